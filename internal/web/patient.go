package web

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// stallTime is how long a client may leave a transfer without a byte.
const stallTime = time.Minute

// patient reads a body that may take as long as its route has, but never stands still for long, and remembers why it
// broke off. All other bodies have to be there within the server's ReadTimeout, with their heads.
type patient struct {
	r     io.Reader
	conn  net.Conn
	stall time.Duration
	end   time.Time // zero: none
	err   error
}

// patiently is the request's body, of at most limit bytes, for somebody who may send that much: ask who it is first. The
// caller bounds what it reads; what says its length is checked here.
func (s *Server) patiently(c *fiber.Ctx, limit int64) (*patient, error) {
	r, err := reader(c, limit)
	if err != nil {
		return nil, err
	}
	p := &patient{r: r, conn: c.Context().Conn(), stall: s.stall}
	p.end, _ = c.UserContext().Deadline()
	return p, nil
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	now := time.Now()
	until := now.Add(p.stall)
	if !p.end.IsZero() && p.end.Before(until) {
		until = p.end
	}
	if !now.Before(until) {
		p.err = context.DeadlineExceeded
		return 0, p.err
	}
	if err := p.conn.SetReadDeadline(until); err != nil {
		p.err = err
		return 0, err
	}
	n, err := p.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		p.err = err
	}
	return n, err
}
