package federation_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// The peers in this file misbehave as real ones were seen to.

// script is a peer whose lists are written by hand: token → what stands inside ListRecords. "" is the first page.
type script struct {
	clock       *federationtest.Clock
	granularity oaipmh.Granularity
	deletions   oaipmh.Deletions
	pages       map[string]string
	root        string // more attributes of the root element
	date        string // responseDate; empty: the clock's
	formats     string // what stands inside ListMetadataFormats; empty: oai_dc and something that calls itself lrmi
}

func scripted(t testing.TB, pages map[string]string) (*world, *script) {
	clock := federationtest.NewClock(federationtest.Start)
	s := &script{clock: clock, granularity: oaipmh.Seconds, deletions: oaipmh.Persistent, pages: pages}
	return newWorld(t, clock, s), s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	args := r.URL.Query()
	date := s.date
	if date == "" {
		date = oaipmh.Seconds.Format(s.clock.Now())
	}
	body := ""
	switch args.Get("verb") {
	case "Identify":
		body = fmt.Sprintf("<Identify><repositoryName>Hand</repositoryName><baseURL>x</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>a@b.org</adminEmail><earliestDatestamp>2000-01-01</earliestDatestamp><deletedRecord>%s</deletedRecord><granularity>%s</granularity></Identify>", s.deletions, s.granularity)
	case "ListMetadataFormats":
		body = "<ListMetadataFormats><metadataFormat><metadataPrefix>lrmi</metadataPrefix><schema>x</schema><metadataNamespace>urn:not-ours</metadataNamespace></metadataFormat><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>x</schema><metadataNamespace>y</metadataNamespace></metadataFormat></ListMetadataFormats>"
		if s.formats != "" {
			body = "<ListMetadataFormats>" + s.formats + "</ListMetadataFormats>"
		}
	case "ListRecords":
		page, ok := s.pages[args.Get("resumptionToken")]
		switch {
		case !ok:
			body = `<error code="badResumptionToken">who are you</error>`
		case strings.HasPrefix(page, "<error"):
			body = page
		default:
			body = "<ListRecords>" + page + "</ListRecords>"
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" %s><responseDate>%s</responseDate><request>x</request>%s</OAI-PMH>`, s.root, date, body)
}

const declarations = `xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"`

func dc(i int, stamp, title string) string {
	return fmt.Sprintf(`<record><header><identifier>oai:h.org:%d</identifier><datestamp>%s</datestamp></header><metadata><oai_dc:dc %s><dc:title>%s</dc:title><dc:creator>R. Delgado</dc:creator><dc:rights>CC BY 4.0</dc:rights></oai_dc:dc></metadata></record>`, i, stamp, declarations, title)
}

func deleted(i int, stamp string) string {
	return fmt.Sprintf(`<record><header status="deleted"><identifier>oai:h.org:%d</identifier><datestamp>%s</datestamp></header></record>`, i, stamp)
}

// some are n records from the number on.
func some(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		b.WriteString(dc(i, "2026-01-01T00:00:00Z", fmt.Sprintf("Title %d", i)))
	}
	return b.String()
}

func token(s string) string {
	return "<resumptionToken>" + url.QueryEscape(s) + "</resumptionToken>"
}

// threePages is a list of 30 records.
func threePages() map[string]string {
	return map[string]string{"": some(0, 10) + token("a"), "a": some(10, 10) + token("b"), "b": some(20, 10) + "<resumptionToken/>"}
}

func TestPeerThatFailsOnceIsHarvestedCompletely(t *testing.T) {
	answer := func(s *script, r *http.Request) string {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request, *script){
		"truncated page": func(w http.ResponseWriter, r *http.Request, s *script) {
			body := answer(s, r)
			fmt.Fprint(w, body[:len(body)*2/3])
		},
		"connection dropped": func(w http.ResponseWriter, r *http.Request, s *script) {
			body := answer(s, r)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			fmt.Fprint(w, body[:len(body)/2])
			panic(http.ErrAbortHandler)
		},
		"web page with status 200": func(w http.ResponseWriter, _ *http.Request, _ *script) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html><body>Down for maintenance</body></html>")
		},
		"empty answer":        func(http.ResponseWriter, *http.Request, *script) {},
		"status 500":          func(w http.ResponseWriter, _ *http.Request, _ *script) { w.WriteHeader(500) },
		"status 502":          func(w http.ResponseWriter, _ *http.Request, _ *script) { w.WriteHeader(502) },
		"503, no Retry-After": func(w http.ResponseWriter, _ *http.Request, _ *script) { w.WriteHeader(503) },
		"503, seconds": func(w http.ResponseWriter, _ *http.Request, _ *script) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(503)
		},
		"429, date": func(w http.ResponseWriter, _ *http.Request, s *script) {
			w.Header().Set("Retry-After", s.clock.Now().Add(2*time.Minute).Format(http.TimeFormat))
			w.WriteHeader(429)
		},
		"badResumptionToken": func(w http.ResponseWriter, _ *http.Request, _ *script) {
			fmt.Fprint(w, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badResumptionToken"/></OAI-PMH>`)
		},
		"noRecordsMatch in the middle": func(w http.ResponseWriter, _ *http.Request, _ *script) {
			fmt.Fprint(w, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="noRecordsMatch"/></OAI-PMH>`)
		},
	} {
		for _, at := range []int{2, 3} {
			t.Run(fmt.Sprintf("%s at page %d", name, at), func(t *testing.T) {
				w, s := scripted(t, threePages())
				w.serve = func(rw http.ResponseWriter, r *http.Request, n int) bool {
					if n == at {
						fail(rw, r, s)
						return true
					}
					return false
				}
				before := s.clock.Now()
				run := w.complete(t, false)
				assert.Equal(t, 30, run.New)
				assert.Equal(t, 30, w.held())
				if strings.Contains(name, "seconds") || strings.Contains(name, "date") {
					assert.Equal(t, 2*time.Minute, s.clock.Now().Sub(before), "the peer's wish is kept")
				}
			})
		}
	}
}

func TestPeerThatFailsForEverEndsInALoudError(t *testing.T) {
	for name, c := range map[string]struct {
		fail func(http.ResponseWriter)
		want string
		most int // requests for the page
	}{
		"500":                   {func(w http.ResponseWriter) { w.WriteHeader(500) }, "given up after 6 attempts: HTTP status 500", 6},
		"403":                   {func(w http.ResponseWriter) { w.WriteHeader(403) }, "HTTP status 403", 1},
		"503 for a day":         {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "86400"); w.WriteHeader(503) }, "come back in 24h0m0s", 1},
		"web page":              {func(w http.ResponseWriter) { fmt.Fprint(w, "<html>no</html>") }, "given up after 6 attempts: not OAI-PMH but a web page: <html>no</html>", 6},
		"truncation":            {func(w http.ResponseWriter) { fmt.Fprint(w, "<OAI-PMH><ListRecords>") }, "the answer ends in the middle", 6},
		"endless badly ordered": {func(w http.ResponseWriter) { fmt.Fprint(w, "<OAI-PMH>"+strings.Repeat("<a>", 500)) }, "more than 100 elements inside one another", 1},
		"external entity":       {func(w http.ResponseWriter) { fmt.Fprint(w, `<!DOCTYPE a SYSTEM "file:///etc/passwd"><OAI-PMH>`) }, "not OAI-PMH", 6},
		"an error we cannot fix": {func(w http.ResponseWriter) {
			fmt.Fprint(w, `<OAI-PMH><error code="cannotDisseminateFormat">no</error></OAI-PMH>`)
		}, "cannotDisseminateFormat: no", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := scripted(t, threePages())
			w.serve = func(rw http.ResponseWriter, _ *http.Request, n int) bool {
				if n >= 2 {
					c.fail(rw)
				}
				return n >= 2
			}
			run, err := w.harvest(t, false)
			require.ErrorContains(t, err, c.want)
			assert.Contains(t, err.Error(), w.server.URL)
			assert.Contains(t, run.Error, c.want)
			assert.False(t, run.Complete)
			assert.Equal(t, c.most, w.lists-1)
			assert.Equal(t, 10, w.held(), "what came is kept")
			w.serve = nil
			run = w.complete(t, false)
			assert.Equal(t, 20, run.New)
			assert.True(t, run.Resumed)
		})
	}
}

func TestBadResumptionTokenForEverIsBounded(t *testing.T) {
	w, _ := scripted(t, map[string]string{"": some(0, 10) + token("a")})
	run, err := w.harvest(t, false)
	require.ErrorContains(t, err, "badResumptionToken")
	assert.False(t, run.Complete)
	assert.LessOrEqual(t, w.lists, 6)
	assert.True(t, w.state(t).Watermark.IsZero())
	assert.Empty(t, w.state(t).Resume.Token, "the next run begins the list anew")
}

func TestTokensInACircleAreNoticed(t *testing.T) {
	for name, pages := range map[string]map[string]string{
		"A B A":    {"": some(0, 10) + token("a"), "a": some(10, 10) + token("b"), "b": some(20, 10) + token("a")},
		"constant": {"": some(0, 10) + token("a"), "a": some(10, 10) + token("a")},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := scripted(t, pages)
			_, err := w.harvest(t, false)
			var loop *federation.LoopError
			require.ErrorAs(t, err, &loop)
			assert.Contains(t, err.Error(), "the list does not end")
			assert.LessOrEqual(t, w.lists, 4)
		})
	}
}

func TestEverFreshTokensAreNoticed(t *testing.T) {
	for name, page := range map[string]string{"the same records": some(0, 10), "no records": ""} {
		t.Run(name, func(t *testing.T) {
			w, s := scripted(t, nil)
			w.serve = func(_ http.ResponseWriter, r *http.Request, n int) bool {
				s.pages = map[string]string{r.URL.Query().Get("resumptionToken"): page + token(fmt.Sprint("fresh", n))}
				return false
			}
			_, err := w.harvest(t, false)
			var loop *federation.LoopError
			require.ErrorAs(t, err, &loop)
			assert.Less(t, w.lists, 100)
		})
	}
}

func TestListsLongerThanAnyAreCutLoudly(t *testing.T) {
	w, s := scripted(t, nil)
	w.serve = func(_ http.ResponseWriter, r *http.Request, n int) bool {
		s.pages = map[string]string{r.URL.Query().Get("resumptionToken"): some(n*10, 10) + token(fmt.Sprint("fresh", n))}
		return false
	}
	h := federation.NewHarvester(federation.HarvesterOptions{Inbox: w.inbox, Client: w.server.Client(), Now: w.clock.Now, Sleep: w.clock.Sleep, Pages: 20})
	_, err := h.Run(t.Context(), "state", federation.RunOptions{})
	require.ErrorContains(t, err, "more pages or records than are accepted")
}

func TestEmptyPagesAndBlankTokensAreUnderstood(t *testing.T) {
	w, _ := scripted(t, map[string]string{
		"": some(0, 10) + token("a"), "a": token("b"), "b": some(10, 10) + "<resumptionToken>\n c\n</resumptionToken>",
		"c": some(20, 10) + "<resumptionToken> \n </resumptionToken>",
	})
	assert.Equal(t, 30, w.complete(t, false).New)
}

func TestTokensWithSpecialCharactersAreSentRight(t *testing.T) {
	const odd = `a&b=c+d%20e/"é<`
	w, _ := scripted(t, map[string]string{"": some(0, 10) + "<resumptionToken>" + oaipmh.EscapeText(odd) + "</resumptionToken>", odd: some(10, 10)})
	assert.Equal(t, 20, w.complete(t, false).New)
}

func TestGzipBombIsRefused(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	require.NoError(t, err)
	fmt.Fprint(z, `<?xml version="1.0"?><OAI-PMH><ListRecords><record><metadata><a>`)
	blanks := bytes.Repeat([]byte("a "), 1<<19)
	for range 16 {
		_, err := z.Write(blanks)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	w, _ := scripted(t, threePages())
	w.serve = func(rw http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 2 {
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write(bomb.Bytes())
		}
		return n == 2
	}
	_, err = w.harvest(t, false)
	require.ErrorContains(t, err, "larger than is accepted")
	assert.Equal(t, 2, w.lists, "it is not asked for again")
	assert.Equal(t, 10, w.held())
}

func TestControlCharactersEntitiesAndEncodingsDoNotLoseRecords(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"control characters": {"A\x03B", "A B"},
		"references to them": {"A&#x1;B", "A B"},
		"entities of HTML":   {"caf&eacute;", "café"},
		"stray ampersand":    {"R & D", "R & D"},
		"Latin-1":            {"caf\xe9", "café"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := scripted(t, map[string]string{"": some(0, 5) + dc(5, "2026-01-01T00:00:00Z", c.raw) + some(6, 4)})
			assert.Equal(t, 10, w.complete(t, false).New)
			assert.Equal(t, c.want, w.inbox.Held("state")["oai:h.org:5"].Title)
		})
	}
}

func TestNamespacesOnTheRootAreKept(t *testing.T) {
	w, s := scripted(t, map[string]string{"": strings.ReplaceAll(some(0, 3), declarations, "")})
	s.root = declarations
	assert.Equal(t, 3, w.complete(t, false).New)
	assert.Equal(t, "Title 2", w.inbox.Held("state")["oai:h.org:2"].Title)
}

func TestDuplicatesAndDeletedFlipFlopsEndInTheNewestState(t *testing.T) {
	w, _ := scripted(t, map[string]string{
		"": dc(1, "2026-01-01T00:00:00Z", "Old") + dc(1, "2026-01-03T00:00:00Z", "New") + dc(1, "2026-01-02T00:00:00Z", "Middle") +
			deleted(2, "2026-01-01T00:00:00Z") + dc(2, "2026-01-02T00:00:00Z", "Back") +
			dc(3, "2026-01-01T00:00:00Z", "Gone soon") + dc(4, "2026-01-05T00:00:00Z", "Stays") + token("a"),
		"a": deleted(3, "2026-01-02T00:00:00Z") + deleted(4, "2026-01-02T00:00:00Z") + dc(1, "2026-01-01T00:00:00Z", "Old"),
	})
	run := w.complete(t, false)
	held := w.inbox.Held("state")
	assert.Equal(t, "New", held["oai:h.org:1"].Title)
	assert.Equal(t, "Back", held["oai:h.org:2"].Title)
	assert.False(t, held["oai:h.org:2"].Deleted)
	assert.True(t, held["oai:h.org:3"].Deleted)
	assert.False(t, held["oai:h.org:4"].Deleted)
	assert.Equal(t, federation.Tally{New: 4, Deleted: 1, Unchanged: 2}, run.Tally)
}

func TestBadRecordsGoToQuarantineAndTheRestIsKept(t *testing.T) {
	w, s := scripted(t, map[string]string{"": some(0, 3) +
		`<record><header><identifier>oai:h.org:bad</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="u"><nope:title>x</nope:title></oai_dc:dc></metadata></record>` +
		`<record><header><datestamp>2026-01-01T00:00:00Z</datestamp></header><metadata><a/></metadata></record>` +
		`<record><header><identifier>oai:h.org:other</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header><metadata><lom/></metadata></record>` +
		some(3, 3)})
	run := w.complete(t, false)
	assert.Equal(t, federation.Tally{New: 6, Quarantined: 3}, run.Tally)
	bad, err := w.inbox.Quarantine(t.Context(), "state", 0, 10)
	require.NoError(t, err)
	reasons := map[string]string{}
	for _, q := range bad {
		reasons[q.Identifier] = q.Reason
		assert.Equal(t, run.ID, q.Run)
		assert.NotEmpty(t, q.Raw)
	}
	assert.Equal(t, "the namespace prefix nope is not declared", reasons["oai:h.org:bad"])
	assert.Equal(t, "it has no identifier", reasons[""])
	assert.Contains(t, reasons["oai:h.org:other"], "its metadata cannot be read")

	s.clock.Add(time.Hour)
	s.pages[""] = strings.ReplaceAll(dc(7, "2026-03-01T00:00:00Z", "Mended"), "oai:h.org:7", "oai:h.org:bad")
	w.complete(t, false)
	bad, err = w.inbox.Quarantine(t.Context(), "state", 0, 10)
	require.NoError(t, err)
	assert.Len(t, bad, 2)
}

func TestDayGranularityAsksForWholeDaysWithOverlap(t *testing.T) {
	w, s := scripted(t, map[string]string{"": some(0, 3)})
	s.granularity = oaipmh.Days
	w.complete(t, false)
	s.clock.Add(49 * time.Hour)
	s.pages[""] = `<error code="noRecordsMatch"/>`
	assert.Zero(t, w.complete(t, false).Tally)
	assert.Contains(t, w.asked[len(w.asked)-1], "from=2026-02-28&")
	s.clock.Add(time.Hour)
	w.complete(t, false)
	assert.Contains(t, w.asked[len(w.asked)-1], "from=2026-03-02&", "an empty answer moves the watermark too")
}

func TestAWrongClockDoesNotPoisonTheWatermark(t *testing.T) {
	for date, want := range map[string]time.Time{
		"2999-01-01T00:00:00Z":      federationtest.Start,
		"next tuesday":              federationtest.Start.Add(-time.Hour),
		"2026-03-01T07:59:30.5Z":    federationtest.Start.Add(-30 * time.Second),
		"2026-03-01T08:59:30+01:00": federationtest.Start.Add(-30 * time.Second),
	} {
		w, s := scripted(t, map[string]string{"": dc(1, "2999-01-01T00:00:00.5Z", "From the future")})
		s.date = date
		run := w.complete(t, false)
		assert.Equal(t, 1, run.New)
		assert.NotEmpty(t, run.Warnings, date)
		assert.Equal(t, want, w.state(t).Watermark.Truncate(time.Second), date)
		r, _ := w.inbox.Record("state", "oai:h.org:1")
		assert.Len(t, r.Warnings, 2)
	}
}

func TestAPeerThatForgetsDeletionsIsReconciledByAFullRun(t *testing.T) {
	w, s := scripted(t, threePages())
	s.deletions = oaipmh.No
	w.complete(t, false)
	s.clock.Add(time.Hour)
	s.pages["b"] = some(20, 5)
	run := w.complete(t, true)
	assert.Equal(t, federation.Tally{Unchanged: 25, Deleted: 5}, run.Tally)
	s.clock.Add(time.Hour)
	s.pages = map[string]string{"": some(0, 3)}
	run = w.complete(t, true)
	assert.Zero(t, run.Deleted)
	assert.Equal(t, 25, w.held(), "a list that is suddenly short removes nothing")
	assert.NotEmpty(t, run.Warnings)
	s.pages = map[string]string{"": `<error code="noRecordsMatch"/>`}
	assert.Zero(t, w.complete(t, true).Deleted)
}

func TestAnIncompleteFullRunRemovesNothing(t *testing.T) {
	w, s := scripted(t, threePages())
	w.complete(t, false)
	s.clock.Add(time.Hour)
	delete(s.pages, "b")
	_, err := w.harvest(t, true)
	require.Error(t, err)
	assert.Equal(t, 30, w.held())
}

func TestRedirectsToTheInsideAreRefused(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	w, _ := scripted(t, threePages())
	w.serve = func(rw http.ResponseWriter, r *http.Request, n int) bool {
		if n == 2 {
			http.Redirect(rw, r, inside.URL, http.StatusFound)
		}
		return n == 2
	}
	_, err := w.harvest(t, false)
	require.ErrorContains(t, err, "private or reserved address")
	assert.Equal(t, 2, w.lists)
}

func TestLicensesAreNormalizedAndKeptAsWritten(t *testing.T) {
	w, _ := scripted(t, map[string]string{"": dc(1, "2026-01-01", "A") +
		strings.Replace(dc(2, "2026-01-01", "B"), "CC BY 4.0", "Do as you like", 1) +
		strings.Replace(dc(3, "2026-01-01", "C"), "<dc:rights>CC BY 4.0</dc:rights>", "", 1) +
		strings.Replace(dc(4, "2026-01-01", "D"), "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/us/", 1)})
	w.complete(t, false)
	for id, want := range map[string][2]string{"oai:h.org:1": {"CC-BY-4.0", "CC BY 4.0"}, "oai:h.org:2": {"", "Do as you like"}, "oai:h.org:3": {"", ""},
		"oai:h.org:4": {"", "https://creativecommons.org/licenses/by/4.0/us/"}} {
		r, ok := w.inbox.Record("state", id)
		require.True(t, ok, id)
		assert.Equal(t, want, [2]string{string(r.License), r.Metadata.License}, id)
	}
}
