package federation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// listed answers ListIdentifiers with headers, and incremental lists with nothing new.
func (w *world) listed(headers *string) {
	w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
		args := r.URL.Query()
		body := ""
		switch {
		case args.Get("verb") == "ListIdentifiers":
			body = "<ListIdentifiers>" + *headers + "</ListIdentifiers>"
			if strings.HasPrefix(*headers, "<error") {
				body = *headers
			}
		case args.Get("from") != "":
			body = `<error code="noRecordsMatch"/>`
		default:
			return false
		}
		fmt.Fprintf(rw, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>%s</responseDate><request>x</request>%s</OAI-PMH>`,
			oaipmh.Seconds.Format(w.clock.Now()), body)
		return true
	}
}

func header(i int, stamp string) string {
	return fmt.Sprintf(`<header><identifier>oai:h.org:%d</identifier><datestamp>%s</datestamp></header>`, i, stamp)
}

func headers(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		b.WriteString(header(i, "2026-01-01T00:00:00Z"))
	}
	return b.String()
}

func TestDeletionsThatThePeerForgetsAreFoundByIdentifiers(t *testing.T) {
	for deletions, after := range map[oaipmh.Deletions]time.Duration{
		oaipmh.No: 25 * time.Hour, oaipmh.Transient: 8 * 24 * time.Hour, oaipmh.Persistent: 31 * 24 * time.Hour,
	} {
		t.Run(string(deletions), func(t *testing.T) {
			w, s := scripted(t, threePages())
			s.deletions = deletions
			w.complete(t, false)
			list := headers(0, 25)
			w.listed(&list)
			lists := w.lists

			s.clock.Add(time.Hour)
			assert.Zero(t, w.complete(t, false).Tally, "it is not time yet")
			mark := w.state(t).Watermark
			s.clock.Add(after)
			run := w.complete(t, false)
			assert.Equal(t, federation.Tally{Deleted: 5}, run.Tally)
			assert.False(t, run.Full)
			assert.Equal(t, 25, w.held())
			assert.Equal(t, 2, w.lists-lists, "no record was fetched again")
			assert.True(t, w.state(t).Watermark.After(mark))
			assert.Equal(t, s.clock.Now(), w.state(t).Reconciled)

			s.clock.Add(after)
			list = headers(0, 3)
			run = w.complete(t, false)
			assert.Zero(t, run.Deleted)
			assert.Contains(t, strings.Join(run.Warnings, " "), "listed 3 records where 25 are held", "a list that is suddenly short removes nothing")
			assert.Equal(t, 25, w.held())
		})
	}
}

func TestChangesDatedBackAreFound(t *testing.T) {
	w, s := scripted(t, threePages())
	w.complete(t, false)
	const past = "2020-01-01T00:00:00Z"
	list := headers(0, 29) + header(29, past)
	w.listed(&list)
	s.pages["b"] = some(20, 9) + dc(29, past, "Dated back")
	s.clock.Add(31 * 24 * time.Hour)
	run := w.complete(t, false)
	assert.True(t, run.Full)
	assert.Equal(t, 1, run.Changed)
	assert.Equal(t, "Dated back", w.inbox.Held("state")["oai:h.org:29"].Title)
	assert.Contains(t, strings.Join(run.Warnings, " "), "1 records that the peer lists are not held as it says")

	s.clock.Add(31 * 24 * time.Hour)
	run = w.complete(t, false)
	assert.False(t, run.Full, "nothing differs any more")
	assert.Empty(t, run.Warnings)
}

func TestAPeerWithoutListIdentifiersIsFetchedWhole(t *testing.T) {
	w, s := scripted(t, threePages())
	s.deletions = oaipmh.No
	w.complete(t, false)
	list := `<error code="badVerb">what?</error>`
	w.listed(&list)
	s.pages["b"] = some(20, 5)
	s.clock.Add(25 * time.Hour)
	run := w.complete(t, false)
	assert.True(t, run.Full)
	assert.Equal(t, 5, run.Deleted)
}

func TestReconciliationIsASetting(t *testing.T) {
	w, s := scripted(t, threePages())
	w.complete(t, false)
	list := headers(0, 20)
	w.listed(&list)
	p, err := w.inbox.Peer(t.Context(), "state")
	require.NoError(t, err)
	p.Reconcile = -1
	require.NoError(t, w.inbox.SavePeer(t.Context(), p))
	s.clock.Add(1000 * 24 * time.Hour)
	assert.Zero(t, w.complete(t, false).Deleted, "never")
	p.Reconcile = time.Minute
	require.NoError(t, w.inbox.SavePeer(t.Context(), p))
	s.clock.Add(time.Hour)
	assert.Equal(t, 10, w.complete(t, false).Deleted)
}

func TestAnInterruptedComparisonGoesOnAndRemovesNothingBefore(t *testing.T) {
	w, s := scripted(t, threePages())
	s.deletions = oaipmh.No
	w.complete(t, false)
	list := headers(0, 25) + token("more")
	w.listed(&list)
	s.clock.Add(25 * time.Hour)
	calls := 0
	w.inbox.Fail = func(p federation.Page) error {
		if calls++; calls == 3 {
			return fmt.Errorf("killed")
		}
		if len(p.Headers) > 0 {
			list = headers(25, 3)
		}
		return nil
	}
	_, err := w.harvest(t, false)
	require.Error(t, err)
	assert.Equal(t, 30, w.held())
	w.inbox.Fail = nil
	run := w.complete(t, false)
	assert.True(t, run.Resumed)
	assert.Equal(t, 2, run.Deleted)
	assert.Contains(t, w.asked[len(w.asked)-1], "resumptionToken=more")
}

// TestAListThatEndsBeforeWhatThePeerAnnouncedRemovesNothing: it ends like a whole one, and names more than half of what is held.
func TestAListThatEndsBeforeWhatThePeerAnnouncedRemovesNothing(t *testing.T) {
	gone := func(from, n int) string { // deleted records count as listed
		var b strings.Builder
		for i := from; i < from+n; i++ {
			fmt.Fprintf(&b, `<record><header status="deleted"><identifier>oai:h.org:%d</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header></record>`, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		page    string
		held    int
		warning string
	}{
		"cut short":         {some(0, 20) + `<resumptionToken completeListSize="60"/>`, 30, "announced 60 records and listed 20"},
		"about as many":     {some(0, 20) + `<resumptionToken completeListSize="25"/>`, 20, "announced 25 records and listed 20"},
		"with deleted ones": {some(0, 20) + gone(100, 40) + `<resumptionToken completeListSize="60"/>`, 20, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := scripted(t, threePages())
			w.complete(t, false)
			require.Equal(t, 30, w.held())
			s.clock.Add(time.Hour)
			s.pages = map[string]string{"": c.page}
			run := w.complete(t, true)
			assert.Equal(t, c.held, w.held())
			if c.warning == "" {
				assert.Empty(t, run.Warnings)
				return
			}
			assert.Contains(t, strings.Join(run.Warnings, "; "), c.warning)
		})
	}
}
