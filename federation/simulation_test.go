package federation_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
)

// wire is a provider without a network.
type wire struct {
	s      *shelf
	before func() error // called before each request
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.before != nil {
		if err := w.before(); err != nil {
			return nil, err
		}
	}
	a, err := w.s.AnswerQuery(r.Context(), r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.Status, Body: io.NopCloser(bytes.NewReader(a.Body)), Request: r, Header: http.Header{}}, nil
}

// TestNothingIsLostWhateverHappensInBetween lets a provider change between the pages of its lists, and kills the harvester
// at random. In the end both sides must hold the same.
func TestNothingIsLostWhateverHappensInBetween(t *testing.T) {
	worlds := 100
	if testing.Short() {
		worlds = 30
	}
	// A world is some 380 steps, each at a random moment: a write, a request, a page that is stored or not. 2,700 worlds are a
	// million.
	if n, err := strconv.Atoi(os.Getenv("COMMONPLACE_WORLDS")); err == nil {
		worlds = n
	}
	steps := 0
	defer func() { t.Logf("%d worlds, %d steps", worlds, steps) }()
	for seed := range worlds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			s := newShelf(t, stateURL)
			want := map[string]string{} // title of each live item
			write := func() {
				steps++
				i := r.IntN(60)
				if r.IntN(4) == 0 {
					if _, ok := want[identifier(i)]; ok {
						s.remove(i, "grade:5")
						delete(want, identifier(i))
					}
					return
				}
				title := fmt.Sprintf("Lesson %d, state %d", i, r.IntN(5))
				s.records.Put(federationtest.Put{Identifier: identifier(i), Sets: []string{"grade:5"}, Metadata: metadataOf(i, title)})
				want[identifier(i)] = title
			}
			something := func() error {
				steps++
				for range r.IntN(8) {
					write()
				}
				s.clock.Add(time.Duration(r.IntN(1500)) * time.Millisecond)
				if r.IntN(12) == 0 {
					return errors.New("connection lost")
				}
				return nil
			}
			inbox := federationtest.NewInbox()
			inbox.Fail = func(federation.Page) error {
				steps++
				if r.IntN(5) == 0 {
					return errors.New("killed")
				}
				return nil
			}
			require.NoError(t, inbox.SavePeer(t.Context(), federation.Peer{
				Name: "state", URL: stateURL, Reconcile: time.Duration(seed%3) * 2 * time.Second, // for 1 and 2, nearly every run compares everything
			}))
			harvester := func(before func() error) *federation.Harvester {
				return federation.NewHarvester(federation.HarvesterOptions{
					Inbox: inbox, Client: &http.Client{Transport: wire{s, before}}, Now: s.clock.Now, Sleep: s.clock.Sleep,
				})
			}
			for range 40 {
				write()
			}
			for range 12 {
				// Killed or not, the next one goes on.
				_, _ = harvester(something).Run(t.Context(), "state", federation.RunOptions{Full: r.IntN(6) == 0})
			}
			inbox.Fail = nil
			s.clock.Add(time.Minute)
			// The first ends the round that was interrupted, the second brings what changed since it began.
			for range 2 {
				run, err := harvester(nil).Run(t.Context(), "state", federation.RunOptions{})
				require.NoError(t, err)
				require.True(t, run.Complete)
			}
			got := map[string]string{}
			for id, h := range inbox.Held("state") {
				if !h.Deleted {
					got[id] = h.Title
				}
			}
			require.Equal(t, want, got)
		})
	}
}

func BenchmarkHarvest(b *testing.B) {
	const records = 2000
	s := newShelf(b, stateURL)
	for i := range records {
		s.put(i, "grade:5", "type:lesson")
	}
	s.clock.Add(time.Minute)
	for _, prefix := range []string{federation.LRMI, federation.DublinCore} {
		b.Run(prefix, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				inbox := federationtest.NewInbox()
				require.NoError(b, inbox.SavePeer(b.Context(), federation.Peer{Name: "state", URL: stateURL, Prefix: prefix}))
				h := federation.NewHarvester(federation.HarvesterOptions{
					Inbox: inbox, Client: &http.Client{Transport: wire{s: s}}, Now: s.clock.Now, Sleep: s.clock.Sleep,
				})
				run, err := h.Run(b.Context(), "state", federation.RunOptions{})
				require.NoError(b, err)
				require.Equal(b, records, run.New)
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func FuzzUnwrapLRMI(f *testing.F) {
	f.Add([]byte(`{"name":"x"}`))
	f.Add([]byte(`<lrmi:learningResource xmlns:lrmi="` + federation.LRMINamespace + `">{}</lrmi:learningResource>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		_, _ = federation.UnwrapLRMI(src)
		got, err := federation.UnwrapLRMI(federation.WrapLRMI(src))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(src, bytes.TrimSpace(src)) && isText(src) && !bytes.Equal(got, src) {
			t.Fatalf("%q became %q", src, got)
		}
	})
}

// isText reports whether XML can hold the text as it is.
func isText(src []byte) bool {
	return !bytes.ContainsFunc(src, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || r >= 0xfffd && r <= 0xffff })
}
