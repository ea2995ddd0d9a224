package federation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Inbox is where the harvester writes: peers, runs over them, and what they brought.
// internal/catalog implements it; federationtest.RunInbox is its contract as tests.
type Inbox interface {
	Peers
	Runs

	// Commit stores one page in ONE transaction: its records, its quarantine, the peer's new state, and the run's counts.
	// After a crash either all of it is there or nothing.
	//
	// Records are keyed by peer and identifier, in the order of the page:
	//   - an identifier not held yet is New; a tombstone for it stores nothing and is Unchanged;
	//   - one that the peer's filter leaves out (Filtered) is counted as Filtered where it is not held; a live one that is
	//     held becomes a tombstone and is Deleted;
	//   - one that is held with another Raw, Metadata, License, Deleted or set of Sets is Changed, or Deleted if it became a
	//     tombstone; a record that comes back after its deletion is Changed;
	//   - one that is held with the same content is Unchanged: no new change number, no new local datestamp, so committing
	//     a page again changes nothing;
	//   - one that this same round (State.Round) already stored with a later Datestamp is Unchanged and stays as it is;
	//   - every one is stamped with State.Round, Unchanged ones too.
	// New, Changed and Deleted ones take a change number of the local feed, and local datestamps, in the same transaction.
	// A tombstone keeps the metadata that the record last had. Storing a record removes its entry from the quarantine; a
	// record held whose new version goes to quarantine stays as it is and is stamped with the round.
	//
	// Headers stamp what is held with State.Round too and change nothing else, but that a deleted one makes a tombstone of a
	// record that is held live; only that is counted.
	//
	// A peer has MaxQuarantine entries in quarantine at most; the oldest give way.
	//
	// It returns kind.ErrConflict, and stores nothing, if the run has finished, was replaced by a newer one of the same
	// peer, or the peer is gone.
	Commit(ctx context.Context, p Page) (Tally, error)

	// Missing returns the identifiers of those headers that are not held as they say: live ones that are held with another
	// Stamp, as tombstones or not at all, and are not in quarantine with the same Stamp.
	Missing(ctx context.Context, peer string, headers []Header) ([]string, error)

	// Quarantine returns the records of a peer that could not be accepted, newest first, without the first skip of them.
	Quarantine(ctx context.Context, peer string, skip, limit int) ([]Quarantined, error)
	// Refused returns records of a peer in quarantine in the order of their entries, beginning behind the entry after; none are
	// left when it returns none. There are at most limit of them, and fewer where they are large.
	Refused(ctx context.Context, peer, after string, limit int) ([]Quarantined, error)
	// Reasons counts the records of a peer in quarantine by what is wrong with them.
	Reasons(ctx context.Context, peer string) (map[string]int, error)
	// Stored returns live records of a peer as they came, in the order of their identifiers, beginning behind after. Of each,
	// only what was received is set: Identifier, Datestamp, Stamp, Sets, Prefix, Raw and About. There are at most limit of them,
	// and fewer where they are large; none are left when it returns none.
	Stored(ctx context.Context, peer, after string, limit int) ([]Harvested, error)
}

// Peers keeps the list of peers.
type Peers interface {
	// Peers returns all of them in the order of their names.
	Peers(ctx context.Context) ([]Peer, error)
	// Peer returns one, or kind.ErrNotFound.
	Peer(ctx context.Context, name string) (Peer, error)
	// SavePeer adds a peer or replaces the settings of the one of that name; its State, Records and Added stay, and its
	// Namespace and Key if p has none. It returns kind.ErrConflict, and stores nothing, if another peer has the Namespace of p.
	SavePeer(ctx context.Context, p Peer) error
	// ChangePeer changes the settings of a peer as they are at that moment, so that no other change is undone and a peer that
	// was removed stays so. Name, State, Records and Added stay whatever change does. Errors are as for SavePeer, and
	// kind.ErrNotFound if there is no such peer. change may be called more than once.
	ChangePeer(ctx context.Context, name string, change func(*Peer)) error
	// Claim gives a namespace to a peer that has none; one that has one keeps it. It returns kind.ErrConflict, and stores
	// nothing, if another peer has it, and kind.ErrNotFound if there is no such peer.
	Claim(ctx context.Context, name, namespace string) error
	// RemovePeer forgets the peer, its runs and its quarantine; its records become tombstones in the local feed, in the same
	// transaction. It returns kind.ErrNotFound if there is no such peer.
	RemovePeer(ctx context.Context, name string) error
}

// Runs keeps the history of harvests.
type Runs interface {
	// Begin stores a new run of r.Peer and returns it with its ID, which is never given twice, not even after the peer is
	// gone. An unfinished run of the same peer is finished first, with the error "interrupted" and its time of finish
	// r.Started: the newest run owns the peer, and an older one that is still alive somewhere can store nothing more. It
	// returns kind.ErrNotFound if there is no such peer.
	Begin(ctx context.Context, r Run) (Run, error)
	// End stores how a run ended, in one transaction: its Full, Resumed, Finished, Complete, Error and Warnings, and the
	// peer's state. With
	// e.Sweep every live record of the peer whose round is not e.State.Round becomes a tombstone, counted as Deleted.
	// It returns the stored run. Errors as for Commit.
	End(ctx context.Context, e Ending) (Run, error)
	// Runs returns the runs of a peer, newest first.
	Runs(ctx context.Context, peer string, limit int) ([]Run, error)
}

// Page is what one answer of a peer brought.
type Page struct {
	Run        int64
	Peer       string
	At         time.Time // when it arrived
	Answered   time.Time // the peer's responseDate; zero where it told none that can be
	State      State     // of the peer, once this page is stored
	Size       int       // the run's new Size, 0 for as it was
	Records    []Harvested
	Quarantine []Quarantined
	Headers    []Header // of records that are not fetched again
}

// Header names a record that a peer has, without its content.
type Header struct {
	Identifier string
	Stamp      string // the datestamp as the peer wrote it
	Deleted    bool
}

// MaxQuarantine is how many records of one peer are kept in quarantine; MaxQuarantinedRaw how many bytes of each.
const (
	MaxQuarantine     = 10_000
	MaxQuarantinedRaw = 256 << 10
)

// Ending is how a run ended.
type Ending struct {
	Run   Run
	State State
	Sweep bool // the round listed everything that the peer has: what it did not name is gone
}

// Harvested is one record of a peer, read, mapped and judged.
type Harvested struct {
	Identifier string    // as the peer gave it, opaque
	Datestamp  time.Time // the peer's, UTC
	Stamp      string    // the datestamp as the peer wrote it, for provenance
	Sets       []string
	Deleted    bool // then nothing below is set
	Filtered   bool // the peer's Filter leaves it out

	Prefix string   // the format that it came in
	Raw    []byte   // the metadata element as a document of its own
	About  [][]byte // each about element's content, likewise

	Metadata metadata.Metadata
	License  licensing.ID      // "" is "not cleared"; what the peer wrote is in Metadata.License
	Revision string            // git commit at the origin
	Release  *metadata.Edition // its newest release at the origin, where told
	Git      string            // address for git clone
	Path     string            // folder in that repository
	URL      string            // page at the origin
	Unit     string            // OAI identifier of the unit that it is a part of
	Parts    []string          // OAI identifiers of its parts, in order
	Modified time.Time         // when it last changed at the origin, where told
	Access   metadata.Accessibility

	Warnings []string // what was odd but acceptable
}

// Quarantined is a record that could not be accepted. A peer has one entry at most for each identifier, or for each Raw
// where it gave no identifier.
type Quarantined struct {
	Peer       string    `json:"peer"`
	Run        int64     `json:"run"`
	Identifier string    `json:"identifier,omitempty"`
	Reason     string    `json:"reason"` // what is wrong, for the operator and for the peer's
	Raw        []byte    `json:"raw,omitempty"`
	At         time.Time `json:"at"`

	// What came with it, so that it can be read again. Broken: it cannot, because the record is no record of OAI-PMH, or Raw is
	// only the beginning.
	Prefix string   `json:"prefix,omitempty"`
	Stamp  string   `json:"stamp,omitempty"`
	Sets   []string `json:"sets,omitempty"`
	About  [][]byte `json:"about,omitempty"`
	Broken bool     `json:"broken,omitempty"`
}

// Entry names it among all in quarantine of its peer: by its Identifier, or by a digest of Raw.
func (q Quarantined) Entry() string {
	if q.Identifier != "" {
		return q.Identifier
	}
	sum := sha256.Sum256(q.Raw)
	return hex.EncodeToString(sum[:])
}
