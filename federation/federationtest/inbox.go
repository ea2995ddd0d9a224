package federationtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

// InboxFactory makes an empty inbox for one test, and the way to look at what it holds of a peer, by identifier. What a
// removed peer left is looked up under its name too.
type InboxFactory func(t *testing.T) (inbox federation.Inbox, held func(peer string) map[string]Held)

// RunInbox checks that an implementation keeps the promises of federation.Inbox.
func RunInbox(t *testing.T, factory InboxFactory) {
	for name, test := range map[string]func(*inboxTest, *testing.T){
		"peers are saved, listed and removed":           (*inboxTest).settings,
		"saving a peer leaves its state alone":          (*inboxTest).keepsState,
		"a namespace belongs to one peer":               (*inboxTest).namespace,
		"settings are changed as they are":              (*inboxTest).changes,
		"records are new, changed, deleted, unchanged":  (*inboxTest).tally,
		"committing a page again changes nothing":       (*inboxTest).idempotent,
		"licenses and sets are part of the content":     (*inboxTest).content,
		"within a round the later datestamp holds":      (*inboxTest).flipFlop,
		"a new round may bring older datestamps":        (*inboxTest).restamp,
		"page and state are one":                        (*inboxTest).state,
		"the newest run owns the peer":                  (*inboxTest).fenced,
		"a finished run stores nothing more":            (*inboxTest).finished,
		"a run keeps its counts and its end":            (*inboxTest).run,
		"the sweep removes what the round did not name": (*inboxTest).sweep,
		"quarantine keeps one entry for each record":    (*inboxTest).quarantine,
		"quarantine is bounded, and counted by reason":  (*inboxTest).bounded,
		"headers stamp, and missing ones are named":     (*inboxTest).headers,
		"what the filter leaves out is not held":        (*inboxTest).filtered,
		"what is stored comes back as it came":          (*inboxTest).stored,
		"a record read otherwise has changed":           (*inboxTest).remapped,
		"what comes and goes on one page is consistent": (*inboxTest).onePage,
		"removing a peer leaves tombstones":             (*inboxTest).remove,
		"peers do not touch each other's records":       (*inboxTest).apart,
		"a canceled commit stores nothing":              (*inboxTest).canceled,
	} {
		t.Run(name, func(t *testing.T) {
			inbox, held := factory(t)
			x := &inboxTest{Inbox: inbox, held: held}
			x.save(t, "state")
			test(x, t)
		})
	}
}

type inboxTest struct {
	federation.Inbox
	held func(string) map[string]Held
}

func (x *inboxTest) save(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, x.SavePeer(t.Context(), federation.Peer{
		Name: name, Title: "The State", URL: "https://" + name + ".example.org/oai", Sets: []string{"grade:5"}, Interval: time.Hour, Added: Start,
	}))
}

func (x *inboxTest) begin(t *testing.T, peer string) federation.Run {
	t.Helper()
	run, err := x.Begin(t.Context(), federation.Run{Peer: peer, Started: Start})
	require.NoError(t, err)
	return run
}

func record(id, title string, day int) federation.Harvested {
	return federation.Harvested{
		Identifier: id, Datestamp: Start.AddDate(0, 0, day), Prefix: federation.DublinCore, Raw: []byte("<dc>" + title + "</dc>"),
		Metadata: described(title), License: "CC-BY-4.0", Sets: []string{"grade:5"},
	}
}

func gone(id string, day int) federation.Harvested {
	return federation.Harvested{Identifier: id, Datestamp: Start.AddDate(0, 0, day), Deleted: true}
}

func (x *inboxTest) page(run federation.Run, round int64, records ...federation.Harvested) federation.Page {
	return federation.Page{Run: run.ID, Peer: run.Peer, At: Start, State: federation.State{Round: round}, Records: records}
}

func (x *inboxTest) commit(t *testing.T, p federation.Page) federation.Tally {
	t.Helper()
	tally, err := x.Commit(t.Context(), p)
	require.NoError(t, err)
	return tally
}
