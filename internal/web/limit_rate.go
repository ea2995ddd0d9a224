package web

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/metrics"
)

// errTooMany says that a client asks more often than it may.
var errTooMany = errors.New("too many requests")

// rateMemory is how many clients the table of rates has; the one that asked least recently goes first. It is in memory only,
// and is not written anywhere: who searches is nobody's business.
const rateMemory = 1 << 16

// burst is for how long a client that has been quiet may ask at once what it may ask in all.
const burst = 15 * time.Second

// rates are token buckets by client.
type rates struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex
	buckets *lru.Cache[string, *bucket]
}

type bucket struct {
	tokens float64
	seen   time.Time
}

// newRates allows each client so many requests a minute; with 0 it returns nil, which allows all.
func newRates(perMinute int, now func() time.Time) (*rates, error) {
	if perMinute <= 0 {
		return nil, nil //nolint:nilnil // nil is no limit
	}
	buckets, err := lru.New[string, *bucket](rateMemory)
	return &rates{perMinute: perMinute, now: now, buckets: buckets}, err
}

// take takes a token of a client, or says how long to wait for one.
func (r *rates) take(who string) (wait time.Duration) {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	each := time.Minute / time.Duration(r.perMinute)
	most := max(1, float64(burst)/float64(each))
	b, ok := r.buckets.Get(who)
	if !ok {
		b = &bucket{tokens: most, seen: now}
		r.buckets.Add(who, b)
	}
	b.tokens = min(most, b.tokens+float64(now.Sub(b.seen))/float64(each))
	b.seen = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(each))
	}
	b.tokens--
	return 0
}

// costly are the requests that make the server search or compute for whoever asks.
func costly(path string) bool {
	path = strings.TrimRight(path, "/") // routes answer with and without
	return path == "/search" || path == "/search.atom" || strings.HasPrefix(path, "/api/v1/")
}

// limited refuses searches and calls of the API from an address that makes too many of them, unless it says who it is. This
// machine itself is not limited.
func (s *Server) limited(c *fiber.Ctx) error {
	if s.rates == nil || !costly(c.Path()) {
		return c.Next()
	}
	who := client(c)
	if who == "127.0.0.1" || who == "::1/64" || who == "::/64" {
		return c.Next()
	}
	wait := s.rates.take(who)
	if wait == 0 || s.known(c) {
		return c.Next()
	}
	s.o.Metrics.Refused(metrics.TooFast)
	c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	return errTooMany
}

// known reports whether a request says who makes it, by a session or a token.
func (s *Server) known(c *fiber.Ctx) bool {
	if c.Get(fiber.HeaderAuthorization) != "" {
		_, err := s.bearer(c, accounts.ScopeRead)
		return err == nil
	}
	return s.visitor(c).Name != ""
}
