package federation

import (
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// Peer is another repository that this one harvests.
type Peer struct {
	Name     string        `json:"name"`               // unique here: lower-case letters, digits and hyphens
	Title    string        `json:"title,omitempty"`    // the name the peer gives itself
	URL      string        `json:"url"`                // base URL of its OAI-PMH provider, or of its sitemap
	Source   Source        `json:"source,omitempty"`   // how it is harvested
	Prefix   string        `json:"prefix,omitempty"`   // metadata format; empty: the best one offered
	Sets     []string      `json:"sets,omitempty"`     // only these sets; empty: everything
	Filter   Filter        `json:"filter,omitzero"`    // which of its records are kept
	Interval time.Duration `json:"interval,omitempty"` // between runs; 0: only when asked

	// Reconcile is the longest time until all that the peer has is compared with all that is held, because incremental runs
	// do not show what a peer forgot to tell: deletions, or changes that it dated back. 0: a day where the peer does not tell
	// of deletions, a week where it forgets them, 30 days where it never does. Negative: never.
	Reconcile time.Duration `json:"reconcile,omitempty"`
	Paused    bool          `json:"paused,omitempty"`
	Added     time.Time     `json:"added"`

	// Namespace is whose OAI identifiers the peer speaks for, in lower case: its own, as learned when it was added or first
	// harvested. No two peers have the same one. Records with other identifiers, as aggregators have them, are held and
	// shown as from this peer, but nobody who names their identifier gets them. Empty: it speaks for none.
	Namespace string `json:"namespace,omitempty"`

	// What follows is kept by the Inbox from the runs; SavePeer leaves it alone.

	// Key is the ed25519 key that signs the suggestions of a server of our kind, as KeyID writes it; the first that it
	// showed is kept. Empty: not known yet.
	Key string `json:"key,omitempty"`

	State   State `json:"state"`
	Records int   `json:"records"` // live records held from this peer
}

// Source is how a peer is harvested.
type Source string

// The sources. OAI-PMH is what peers stored without a source have.
const (
	OAIPMH  Source = ""
	Sitemap Source = "sitemap" // pages with JSON-LD by LRMI or AMB, listed in a sitemap
)

// Next is when the next run is due; zero: only when asked.
func (p Peer) Next() time.Time {
	if p.Paused || p.Interval <= 0 {
		return time.Time{}
	}
	return p.State.Ended.Add(p.Interval)
}

// reconciles is the longest time between two looks at everything; false: never.
func (p Peer) reconciles() (time.Duration, bool) {
	const day = 24 * time.Hour
	switch {
	case p.Reconcile != 0:
		return p.Reconcile, p.Reconcile > 0
	case p.Source == Sitemap:
		return 30 * day, true // what disappears is noticed by every run
	case p.State.Deletions == string(oaipmh.Persistent):
		return 30 * day, true
	case p.State.Deletions == string(oaipmh.Transient):
		return 7 * day, true
	}
	return day, true
}

// Due reports whether a run should start at the given time.
func (p Peer) Due(now time.Time) bool {
	return !p.Paused && p.Interval > 0 && !now.Before(p.State.Ended.Add(p.Interval))
}

// State is how far the harvest of a peer has come. It is written in the same transaction as the records that it speaks
// of, so whatever dies, the next run goes on from the last page that was stored. An Inbox stores it whole (as JSON) and
// gives it back; it never looks inside but for Round.
type State struct {
	// The watermark: every change up to it has been stored. It is the responseDate of the first page of the last complete
	// round, as the peer's clock had it; zero before the first.
	Watermark   time.Time `json:"watermark,omitzero"`
	Granularity string    `json:"granularity,omitempty"` // the peer's, as its Identify answered
	Deletions   string    `json:"deletions,omitempty"`   // the peer's deletedRecord: no, transient or persistent
	Ended       time.Time `json:"ended,omitzero"`        // when the last run ended, whether well or not

	// What the watermark was harvested with. When the peer's settings differ from it, the next round is a full one.
	URL    string   `json:"url,omitempty"`
	Prefix string   `json:"prefix,omitempty"`
	Sets   []string `json:"sets,omitempty"`
	Filter Filter   `json:"filter,omitzero"`

	// Reconciled is when the last round ended that named everything that the peer has.
	Reconciled time.Time `json:"reconciled,omitzero"`

	// Friends are base URLs of other repositories that the peer names.
	Friends []string `json:"friends,omitempty"`

	// Round grows with every list that is begun anew; records are stamped with the one that brought them.
	Round int64 `json:"round"`
	// The round under way; nil between rounds.
	Resume *Resume `json:"resume,omitempty"`
}

// Resume is where an unfinished round goes on.
type Resume struct {
	Full     bool      `json:"full,omitempty"`
	Headers  bool      `json:"headers,omitempty"`  // identifiers are listed, to compare them with what is held
	Missing  int       `json:"missing,omitempty"`  // of those listed, how many are held otherwise or not at all
	From     string    `json:"from,omitempty"`     // the argument sent, empty in a full round
	Set      int       `json:"set,omitempty"`      // which of State.Sets is being listed
	Token    string    `json:"token,omitempty"`    // of the next page; empty: the set's first page
	Response time.Time `json:"response,omitzero"`  // responseDate of the round's first page: the next watermark
	Restarts int       `json:"restarts,omitempty"` // times that the list had to begin again
	Received int       `json:"received,omitempty"` // records that this round brought so far
	Listed   int       `json:"listed,omitempty"`   // all that it listed so far: with deleted ones
	Size     int       `json:"size,omitempty"`     // completeListSize, where the peer tells it
}

// Run is one harvest of a peer, from its start to its end, good or bad.
type Run struct {
	ID       int64     `json:"id"` // given by Begin, growing
	Peer     string    `json:"peer"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"` // zero while it goes on
	Full     bool      `json:"full"`
	Resumed  bool      `json:"resumed,omitempty"` // it went on where an interrupted run had stopped
	Replay   bool      `json:"replay,omitempty"`  // nothing was fetched: what is here was read again
	Complete bool      `json:"complete"`          // the whole list arrived and is stored
	Pages    int       `json:"pages"`
	Tally
	Size     int      `json:"size,omitempty"` // records to come in all, where the peer tells it
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Tally counts what became of the records of a page or a run.
type Tally struct {
	New         int `json:"new"`
	Changed     int `json:"changed"`
	Deleted     int `json:"deleted"`
	Unchanged   int `json:"unchanged"`
	Quarantined int `json:"quarantined"`
	Filtered    int `json:"filtered,omitempty"` // left out by the peer's Filter
}

// Add adds the counts of another tally.
func (t *Tally) Add(u Tally) {
	t.New += u.New
	t.Changed += u.Changed
	t.Deleted += u.Deleted
	t.Unchanged += u.Unchanged
	t.Quarantined += u.Quarantined
	t.Filtered += u.Filtered
}

// Received is how many records the tally counts.
func (t Tally) Received() int {
	return t.New + t.Changed + t.Deleted + t.Unchanged + t.Quarantined + t.Filtered
}
