package web

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Bounds of what is read only to be thrown away, so that who sends too much gets to see the answer: closing a connection
// with unread bytes resets it, and browsers then show no page.
const (
	restBefore = 8 << 20 // before the answer
	restTime   = 2 * time.Second
	restAfter  = 1 << 30 // after the answer, before the connection is closed
	restIdle   = 5 * time.Second
	restEnd    = 30 * time.Second
)

// incoming is a request's body. It remembers its end, beyond which the next request would be read. A connection that ends
// before the body does is an io.ErrUnexpectedEOF.
type incoming struct {
	io.Reader
	ended bool
	left  int // bytes that are still to come; negative where the request does not say how many
}

func (s *incoming) Read(p []byte) (n int, err error) {
	if s.ended {
		return 0, io.EOF
	}
	n, err = s.Reader.Read(p)
	if s.left >= 0 {
		s.left -= n
		if errors.Is(err, io.EOF) && s.left > 0 {
			return n, io.ErrUnexpectedEOF
		}
	}
	s.ended = errors.Is(err, io.EOF)
	return n, err
}

// incomingOf is the request's body, the same for every caller; nil if the request has none.
func incomingOf(c *fiber.Ctx) *incoming {
	if s, ok := c.Locals("body").(*incoming); ok {
		return s
	}
	r := c.Context().RequestBodyStream()
	if r == nil {
		return nil
	}
	s := &incoming{Reader: r, left: c.Request().Header.ContentLength()}
	c.Locals("body", s)
	return s
}

// unread deals with what a handler left of a request's body: the next request on the connection must not begin in the
// middle of it. A little is read before the answer; else the answer goes first, and the connection is closed after it.
func (s *Server) unread(c *fiber.Ctx) error {
	err := c.Next()
	rest := incomingOf(c)
	if rest == nil || rest.ended || c.Response().IsBodyStream() { // what streams its answer reads its body first
		return err
	}
	conn := c.Context().Conn()
	if c.Request().Header.ContentLength() <= restBefore { // or is not told
		_ = conn.SetReadDeadline(time.Now().Add(restTime))
		if _, cerr := io.CopyN(io.Discard, rest, restBefore); rest.ended || errors.Is(cerr, io.EOF) {
			return err
		}
	}
	answer := c.Context()
	answer.HijackSetNoResponse(true)
	answer.Hijack(func(conn net.Conn) { linger(answer, conn) })
	return err
}

// linger answers, and reads on until the client closes the connection or has had its time.
func linger(answer *fasthttp.RequestCtx, conn net.Conn) {
	answer.Response.SetConnectionClose()
	_ = conn.SetWriteDeadline(time.Now().Add(restEnd))
	w := bufio.NewWriter(conn)
	if answer.Response.Write(w) != nil || w.Flush() != nil {
		return
	}
	end := time.Now().Add(restEnd)
	scrap := make([]byte, 32<<10)
	for left := restAfter; left > 0 && time.Now().Before(end); {
		_ = conn.SetReadDeadline(time.Now().Add(restIdle))
		n, err := conn.Read(scrap)
		if err != nil {
			return
		}
		left -= n
	}
}

// body reads the request's body, at most limit bytes of it. What is larger is refused.
func body(c *fiber.Ctx, limit int64) ([]byte, error) {
	r, err := reader(c, limit)
	if err != nil {
		return nil, err
	}
	return whole(r, limit)
}

// whole reads all of a body that has at most limit bytes.
func whole(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fiber.NewError(fiber.StatusBadRequest, "the request was cut off")
	}
	if int64(len(b)) > limit {
		return nil, errTooLarge
	}
	return b, nil
}

// reader is the request's body as a stream. The caller bounds what it reads; what says its length is checked here.
func reader(c *fiber.Ctx, limit int64) (io.Reader, error) {
	if n := c.Request().Header.ContentLength(); int64(n) > limit {
		return nil, errTooLarge
	}
	if s := incomingOf(c); s != nil {
		return s, nil
	}
	return strings.NewReader(""), nil
}
