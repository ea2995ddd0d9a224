package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// Report is what came of a plan.
type Report struct {
	All    Times
	Kinds  map[Kind]*Times
	Away   int // requests that were turned away, 503 with Retry-After, where Plan.Away says that they may be; in no other number
	Took   time.Duration
	Errors []string // the first of each kind of error
	Ledger *Ledger
}

// Run makes the load of a plan. A request that is answered with anything but what it asked for is an error in the report; a
// plan that cannot be carried out is an error of Run.
func Run(ctx context.Context, p Plan) (*Report, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the Balancer
	users, err := newUsers(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if err := errors.Join(users.signIn(ctx), users.look(ctx)); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	r := &Report{Kinds: map[Kind]*Times{}, Ledger: users.ledger}
	for _, k := range Kinds {
		r.Kinds[k] = &Times{}
	}
	var mu sync.Mutex
	said := map[string]bool{}
	record := func(k Kind, took time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		if p.Away && errors.Is(err, errAway) {
			r.Away++
			return
		}
		r.Kinds[k].add(took)
		if err == nil {
			return
		}
		r.Kinds[k].Errors++
		if text := string(k) + ": " + err.Error(); len(r.Errors) < 20 && !said[shape(text)] {
			said[shape(text)] = true
			r.Errors = append(r.Errors, text)
		}
	}
	var under sync.WaitGroup
	var waiting atomic.Int64
	choose := rand.New(rand.NewPCG(p.Seed, 1))
	deck := p.Mix.deck()
	if p.Begun != nil {
		p.Begun()
	}
	began := time.Now()
	gap := time.Duration(float64(time.Second) / p.Rate)
	for n := 0; ; n++ {
		due := began.Add(time.Duration(n) * gap)
		if due.Sub(began) >= p.Duration || ctx.Err() != nil {
			break
		}
		select {
		case <-p.Until:
			under.Wait()
			return r.end(began), nil
		case <-time.After(time.Until(due)):
		}
		kind, seed := deck[choose.IntN(len(deck))], choose.Uint64()
		if waiting.Load() >= mostUnderWay {
			record(kind, 0, fmt.Errorf("not sent: %d requests wait for an answer", mostUnderWay))
			continue
		}
		waiting.Add(1)
		under.Go(func() {
			defer waiting.Add(-1)
			ctx, cancel := context.WithTimeout(ctx, p.Timeout)
			defer cancel()
			err := users.do(ctx, kind, n, rand.New(rand.NewPCG(seed, uint64(n))))
			record(kind, time.Since(due), err) // what waited to be sent has waited for the server
		})
	}
	under.Wait()
	return r.end(began), nil
}

// end sums up.
func (r *Report) end(began time.Time) *Report {
	r.Took = time.Since(began)
	for _, t := range r.Kinds {
		r.All.join(t)
	}
	return r
}

// shape is an error without its numbers and addresses, so that each is told once.
func shape(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, text[:min(len(text), 80)])
}

// deck has each kind as often as the mix says.
func (m Mix) deck() []Kind {
	var deck []Kind
	for _, k := range Kinds {
		for range m[k] {
			deck = append(deck, k)
		}
	}
	return deck
}

// Write writes the report as a table.
func (r *Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\trequests\terrors\tp50\tp90\tp99\tmax\t")
	row := func(name string, x *Times) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t\n", name, x.N, x.Errors, ms(x.Quantile(.5)), ms(x.Quantile(.9)), ms(x.Quantile(.99)), ms(x.Max))
	}
	for _, k := range Kinds {
		if r.Kinds[k].N > 0 {
			row(string(k), r.Kinds[k])
		}
	}
	row("all", &r.All)
	if r.Away > 0 {
		fmt.Fprintf(t, "turned away\t%d\t\t\t\t\t\t\n", r.Away)
	}
	fmt.Fprintf(t, "a second\t%.1f\t\t\t\t\t\t\n", float64(r.All.N)/r.Took.Seconds())
	for _, e := range r.Errors {
		fmt.Fprintf(t, "%s\n", e)
	}
	return t.Flush()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

// errAway says that a server has no time now.
var errAway = errors.New("turned away")

// ok reads an answer to its end, and is an error unless it has one of the statuses.
func ok(r *http.Response, statuses ...int) ([]byte, error) {
	defer r.Body.Close()
	b, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		if r.StatusCode == s {
			return b, nil
		}
	}
	err = fmt.Errorf("%s %s: %s: %.200s", r.Request.Method, r.Request.URL.Path, r.Status, b)
	if r.StatusCode == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != "" {
		err = errors.Join(errAway, err)
	}
	return b, err
}
