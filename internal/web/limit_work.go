package web

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/metrics"
	"github.com/commonplace-oer/commonplace/themes"
)

// errOverloaded says that a request waited for its turn as long as it may.
var errOverloaded = errors.New("more is asked for than this server can do")

const (
	// atOncePerProcessor and atOnceLeast are how many requests are worked on at once where no setting says it. More than
	// processors, as much of the work is waiting for the bucket and the database; few enough for each to be done soon.
	atOncePerProcessor = 16
	atOnceLeast        = 32
	// turnTime is how long a request waits for its turn. Who has not got it by then would wait as long again, and a busy
	// server that says so at once loses fewer readers than one that answers nobody in time.
	turnTime = time.Second
	// laterTime is after how many seconds who was turned away is to come again, and up to twice as many, so that not all
	// come at one moment.
	laterTime = 5
)

// waitingForEach is how many requests wait for each that is worked on: those that come after them would hardly get their turn in
// time. Telling them so at once leaves the processors to the others.
const waitingForEach = 32

// turns bounds how many requests are worked on at once. Some of those beyond wait, in the order they came in.
type turns struct {
	places  chan struct{}
	wait    time.Duration
	waiting atomic.Int64
}

func newTurns(atOnce int) *turns {
	return &turns{places: make(chan struct{}, max(1, atOnce)), wait: turnTime}
}

// take waits for a place, and reports whether there was one in time. Give it back.
func (t *turns) take(ctx context.Context) bool {
	select {
	case t.places <- struct{}{}:
		return true
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > waitingForEach*int64(cap(t.places)) {
		return false
	}
	late := time.NewTimer(t.wait)
	defer late.Stop()
	select {
	case t.places <- struct{}{}:
		return true
	case <-late.C:
	case <-ctx.Done():
	}
	return false
}

func (t *turns) give() { <-t.places }

// work is whose turn it is, by what requests do, so that none of the three takes all there is: readers go on while writers
// wait for one another, and harvesters, whose answers are the largest, have a quarter as many places.
type work struct{ reading, changing, harvesting *turns }

func newWork(atOnce int) work {
	if atOnce == 0 {
		atOnce = max(atOnceLeast, atOncePerProcessor*runtime.GOMAXPROCS(0))
	}
	return work{newTurns(atOnce), newTurns(atOnce), newTurns(atOnce / 4)}
}

// costless are the paths that are always answered: what balancers and operators ask for, and files that the program has.
var costless = map[string]bool{
	"/healthz": true, "/readyz": true, "/metrics": true,
	"/logo.svg": true, "/favicon.ico": true, "/robots.txt": true, "/site.webmanifest": true, "/opensearch.xml": true, "/offline": true,
	"/suggest.js": true, "/editor.js": true, "/offline.js": true, "/worker.js": true, "/oai/lrmi.xsd": true, "/api/v1/openapi.json": true,
}

// turnsOf are those that a request waits for; nil where it waits for nobody. A pack or a large file belongs to a push or a clone
// that was let in by its first request, and is not cut off in the middle.
func (w work) turnsOf(c *fiber.Ctx) *turns {
	path := c.Path()
	switch {
	case costless[path], isMedia(c), isGit(c) && c.Method() == fiber.MethodPost:
		return nil
	case path == "/oai":
		return w.harvesting
	case c.Method() == fiber.MethodGet, c.Method() == fiber.MethodHead, c.Method() == fiber.MethodOptions:
		return w.reading
	}
	return w.changing
}

// waits reports whether answering takes as long as somebody else pleases: a client that sends a large body, another server, a
// browser that prints. Such a request gets its turn, and gives it to the next one at once.
func waits(c *fiber.Ctx) bool {
	if n := c.Request().Header.ContentLength(); n > prefetched || n == -1 { // or is not told
		return true
	}
	path := c.Path()
	return strings.HasSuffix(path, "/remix") || strings.HasSuffix(path, "/print.pdf") || strings.HasSuffix(path, "/download.zip")
}

// inTurn has a request wait for its turn, and refuses it where that takes too long.
func (s *Server) inTurn(c *fiber.Ctx) error {
	t := s.work.turnsOf(c)
	if t == nil {
		return c.Next()
	}
	if !t.take(c.UserContext()) {
		s.o.Metrics.Refused(metrics.Overloaded)
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(laterTime+rand.IntN(laterTime+1))) //nolint:gosec // nothing to guess
		return errOverloaded
	}
	if waits(c) {
		t.give()
		return c.Next()
	}
	defer t.give()
	return c.Next()
}

// busyKey is what the page for those who were turned away depends on: nothing of a request but its language and its look.
type busyKey struct {
	theme                *themes.Theme
	language, look, kind string
}

type busyPage struct {
	style string
	body  []byte
}

// busyKept is how many of them are kept; a theme that is edited makes new ones.
const busyKept = 64

// busy answers with that page, in the words for a kind of failure. There is no time now to make it for each, or to ask the
// database who reads it, or no database.
func (s *Server) busy(c *fiber.Ctx, kind string) error {
	key := busyKey{s.theme(c), language(c), look(c), kind}
	p, ok := s.busyPages.Get(key)
	if !ok {
		f := themes.Frame{Language: key.language, Look: key.look, Site: key.theme.Site(), Path: "/", NoIndex: true}
		if f.Site == "" {
			f.Site = s.o.SiteName
		}
		var b bytes.Buffer
		style, err := key.theme.Page(&b, "error", f, themes.Error{Status: fiber.StatusServiceUnavailable, Kind: kind})
		if err != nil {
			return err
		}
		p = busyPage{style, b.Bytes()}
		s.busyPages.Add(key, p)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, policy(p.style, ""))
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return s.send(c, p.body)
}
