package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// WaitError refuses a sign-in because too many before it failed. The password was not looked at.
type WaitError struct {
	After time.Duration // until the next attempt is looked at
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("sign in: too many attempts failed; try again in %s", e.After.Round(time.Second))
}

// ErrBusy says that more passwords than this machine can check are waiting already.
var ErrBusy = errors.New("sign in: too many people sign in at once")

const (
	freeGuesses = 5                // failures within guessMemory that cost nothing
	firstWait   = 30 * time.Second // doubled by every failure after that
	longestWait = 15 * time.Minute
	guessMemory = 15 * time.Minute // a failure is forgotten so long after it, or after the wait that it caused
	maxGuessers = 1 << 16          // names, and as many addresses; the least recent is forgotten first
)

// guesser counts the attempts to sign in that failed, by name and by client address.
type guesser interface {
	// begin counts an attempt as failed, so that attempts at one moment do not all get through, or refuses it with a
	// WaitError. succeeded or dropped take it back. An empty name or address is nobody's.
	begin(ctx context.Context, now time.Time, name, address string) error
	// succeeded forgets the failures of the name and of the address.
	succeeded(ctx context.Context, name, address string) error
	// dropped takes back an attempt whose password was not looked at.
	dropped(ctx context.Context, now time.Time, name, address string) error
}

// guesses is the guesser of one node. It keeps keyed hashes of names and addresses, in memory only: neither can be read
// back, and a restart forgets them.
type guesses struct {
	mu     sync.Mutex
	key    []byte
	counts [2]*lru.Cache[[sha256.Size]byte, *failures] // of names, of addresses: neither can push the other out
}

type failures struct {
	count int
	last  time.Time
	until time.Time // before that nothing is looked at
}

func newGuesses() (*guesses, error) {
	g := &guesses{key: make([]byte, 32)}
	if _, err := rand.Read(g.key); err != nil {
		return nil, err
	}
	for i := range g.counts {
		var err error
		if g.counts[i], err = lru.New[[sha256.Size]byte, *failures](maxGuessers); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *guesses) hash(text string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte(text))
	return [sha256.Size]byte(h.Sum(nil))
}

func (g *guesses) begin(_ context.Context, now time.Time, name, address string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := g.of(now, name, address)
	if err := refuse(now, found); err != nil {
		return err
	}
	for _, f := range found {
		f.fail(now)
	}
	return nil
}

// refuse is a WaitError where the next attempt is not looked at yet.
func refuse(now time.Time, found []*failures) error {
	var wait time.Duration
	for _, f := range found {
		wait = max(wait, f.until.Sub(now))
	}
	if wait > 0 {
		return &WaitError{wait}
	}
	return nil
}

func (f *failures) fail(now time.Time) {
	f.count++
	f.last = now
	if over := f.count - freeGuesses; over >= 0 {
		f.until = now.Add(min(firstWait<<min(over, 10), longestWait))
	}
}

func (f *failures) takeBack(now time.Time) {
	if f.count = max(f.count-1, 0); f.count < freeGuesses || f.last.Equal(now) {
		f.until = time.Time{}
	}
}

// forgotten reports whether the failures are too long ago to count.
func (f *failures) forgotten(now time.Time) bool {
	latest := f.last
	if f.until.After(latest) {
		latest = f.until
	}
	return now.Sub(latest) >= guessMemory
}

func (g *guesses) succeeded(_ context.Context, name, address string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts[0].Remove(g.hash(name))
	g.counts[1].Remove(g.hash(address))
	return nil
}

func (g *guesses) dropped(_ context.Context, now time.Time, name, address string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.of(now, name, address) {
		f.takeBack(now)
	}
	return nil
}

func (g *guesses) of(now time.Time, name, address string) []*failures {
	var list []*failures
	for i, text := range []string{name, address} {
		if text == "" {
			continue
		}
		key := g.hash(text)
		f, ok := g.counts[i].Get(key)
		if !ok || f.forgotten(now) {
			f = new(failures)
			g.counts[i].Add(key, f)
		}
		list = append(list, f)
	}
	return list
}
