package themes

import "time"

// Peers lists the repositories that this one harvests.
type Peers struct {
	Peers   []Peer
	Pager   Pager
	Share   []Bar // records by peer; nil for fewer than two peers
	Admin   bool
	Address string // as typed, when it was refused
	Error   *PeerError
	Running bool
	Friends []string // repositories that peers name and that are none here
	OAI     string   // this server's own address for harvesters
}

// Peer is one harvested repository.
type Peer struct {
	Name, Title  string
	Page         string // its page here
	URL          string // of its provider
	List         string // the search that lists its records
	Records      int
	Last         time.Time // up to when everything of it has arrived
	Paused       bool
	Run          *Run // the newest; nil before the first
	MayChange    bool
	Quarantined  int    // in quarantine now; told to administrators only
	QuarantineAt string // address of the page about them
}

// Run is a harvest, going on or finished.
type Run struct {
	State                            string // running, done, failed
	Full, Resumed, Replay            bool
	Received, Expected, Percent      int // of the round; Expected is 0 where the peer does not tell it
	New, Changed, Deleted, Unchanged int
	Quarantined, Filtered            int
	Rate                             int           // records in a second; 0: too early to say
	Left                             time.Duration // until its end, about; 0: not known
	Started, Ended                   time.Time
	Took                             time.Duration
	Error                            *PeerError // nil where all is well, or where the reader is no administrator
	Warnings                         []string   // in English
}

// PeerError is why a harvest or an address failed.
type PeerError struct {
	Kind  string // names the explanation and the remedy, as message keys under "trouble" and "remedy"
	Text  string // what was found, in English; "" where it must not be told
	Alert bool   // it answers what was just typed
}

// Bars is a count by values: a chart with its table.
type Bars struct {
	Name string // a message key under "facet"
	Rows []Bar
}

// Bar is one line of a chart.
type Bar struct {
	Label, URL string
	Count      int
	Percent    int // of the longest bar
}

// PeerPage is what is known of one peer: its catalog for everybody, its health for administrators.
type PeerPage struct {
	Peer
	Charts []Bars
	Watch  bool        // the page reloads itself until the harvest has ended
	Health *PeerHealth // nil for who is no administrator
}

// PeerHealth is how the harvests of a peer go, and what can be done about it.
type PeerHealth struct {
	Runs       []Run // newest first
	Next       time.Time
	Due        bool // the next run is due now
	Added      time.Time
	Format     string // the prefix that is harvested; "" before the first run
	Deletions  string // what the peer does about deletions, as a message key under "deletions"; "" not known
	Namespace  string
	Key        string // that signs its suggestions; "" not known
	Reasons    []Reason
	Settings   PeerSettings
	Reconciled time.Time // when all that the peer has was last compared with all that is held
	ListKey    *ListKey  // another key that its lists are signed with; nil: none
}

// ListKey is a key that waits to be taken.
type ListKey struct {
	Action      string
	Key         string // as OpenSSH writes it
	Now, Before string // fingerprints
	Since       time.Time
}

// Reason is what is wrong with some records.
type Reason struct {
	Text  string // in English
	Count int
}

// PeerSettings is the form for what is harvested of a peer, and when.
type PeerSettings struct {
	Intervals []Choice
	Sets      []Choice // known sets and chosen ones
	More      bool     // the peer has more sets than are listed
	OtherSets string   // chosen ones that are not listed
	Formats   []Choice // nil: there is nothing to choose
	Cleared   bool
	Languages string
	Types     []Choice
	Paused    bool
}

// PeerQuarantine lists records of a peer that could not be accepted.
type PeerQuarantine struct {
	Peer
	Total   int // in quarantine
	Reasons []Reason
	List    []Quarantined
	Replay  bool // they can be read again
	Pager   Pager
}

// Quarantined is a record that could not be accepted.
type Quarantined struct {
	ID         string // names it in forms and addresses
	Identifier string
	Reason     string // in English
	Raw        string // the beginning of what came
	Cut        bool   // Raw is not all of it
	Size       int64  // bytes of what is kept
	Download   string
	Again      bool // it can be read again
	At         time.Time
}

// PeerRemove asks whether a peer is really to be removed.
type PeerRemove struct{ Peer }

// PeerPreview shows what a repository would bring, and asks what is wanted of it.
type PeerPreview struct {
	Title, URL string
	Kind       string // how it is harvested, as a message key under "source"
	Name       string // what it would be called here
	Here       *Link  // it is a peer already
	Error      *PeerError
	Size       int    // records in all; 0 where it does not tell
	Format     string // what would be harvested; "" where nothing that it offers is understood
	Offered    []string
	Deletions  string // as a message key under "deletions"
	Emails     []string

	// What follows is true of the samples.
	Sampled, Cleared, Refused int
	Charts                    []Bars
	Reasons                   []Reason // why some would be set aside
	Unmapped                  []Reason // fields of which nothing was taken
	Samples                   []PeerSample
	Notes                     []string // in English

	Settings PeerSettings
}

// PeerSample is one record and what it would become.
type PeerSample struct {
	Title, Language, Type string
	License               License
	Stated                string // what it says of its license
	Standards             []string
	Grades                []string
	Refused               string // why it would be set aside, in English
	Unmapped              []Field
	More                  int // fields that were not mapped either
}
