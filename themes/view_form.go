package themes

import (
	"html/template"
	"time"
)

// Remix is the form that adapts a resource.
type Remix struct {
	Source   Card
	Title    string
	Owner    string
	Owners   []string
	Text     string
	Changes  string
	Licenses []LicenseChoice // others may adapt it further
	More     []LicenseChoice // allowed, but nobody could adapt it any more
	Refused  []LicenseChoice
	Credit   Credit
	Preview  template.HTML
	Language string
	Action   string
	Free     string   // address that was free when the form was made: by it is known that it is sent twice
	Blocked  []string // why no license would do
	Away     string   // who keeps the source and cannot be reached; the form then has only what was typed
	Rights   *Reading // of a blocked harvested resource: what its source says of rights
	Problems []Problem
	Checking
}

// LicenseChoice is a license that a remix may have, or may not and why.
type LicenseChoice struct {
	License
	Checked bool
	Reasons []string
}

// Fields are the metadata that the edit form offers, as typed.
type Fields struct {
	Title, Description, Type, Language, License, Subjects, Grades, Teaches, Time, Creators string
	Types                                                                                  []Choice
	Languages                                                                              []Choice
	Licenses                                                                               []Choice
}

// Choice is an option of a select.
type Choice struct {
	Value, Label string
	Selected     bool
}

// Conflict shows both sides of an edit that met another.
type Conflict struct {
	Title, URL, Action, Language string
	Base                         string // the revision that now stands
	Began                        string // the revision that the edit began from
	Fields                       Fields // as typed
	Mine, Message, Draft         string
	Conflicts                    []Choosing  // what both changed
	Blocks                       []BlockDiff // what only the other changed, as it comes into the text
	Taken                        int         // how many of the Blocks differ
	Author                       string      // of what now stands
	Undecided                    bool        // the form was sent with something left open
}

// New is the form that publishes.
type New struct {
	Owner    string
	Owners   []string
	Slug     string
	Text     string
	Problems []Problem
	Refused  bool
	Card     *Card
}

// Account is a person's own page.
type Account struct {
	Name, Display, Role string
	Owners              []string
	Teams               []TeamLine
	Tokens              []Token
	Scopes              []string // that a token can have
	Lives               []int    // days that it can last; 0: for ever
	Created             string   // a token, shown this once
	Sessions            []Session
	Identities          []Identity
	Connect             []Link // providers that can be connected
	Sent                []SentLetter
	Cards               []Card
	Moderates, Admin    bool // has the pages of moderators, and of administrators
}

// SentLetter is a suggestion that went to another server.
type SentLetter struct {
	Title, URL, To, There string // There is where its home shows it; "" if it does not
	State                 string // waiting, held, open, accepted, declined, refused
	Reason                string
	At                    time.Time
}

// Letters are the suggestions of servers that are no peers.
type Letters struct{ List []Letter }

// Letter is one of them.
type Letter struct {
	ID, Server, Key, Name, Message string
	About                          Link
	Files                          []string
	At                             time.Time
}

// SignIn is the form that signs in.
type SignIn struct {
	Name, Next, Notice string
	Failed             bool
	Wait               int     // minutes, rounded up, until the next attempt; 0: none failed too often
	Resume             *Resume // a form that waits until its sender is signed in; nil for none
	Providers          []Link  // places whose accounts may sign in too
	Demo               DemoAccount
	Refused            string // why somebody who came back from one is not signed in: denied, lost or unknown; "" for nobody
}

// DemoAccount is one that everybody may sign in with; the zero one is none.
type DemoAccount struct{ Name, Password string }

// Resume is a form that was sent by somebody who was not signed in, or not any more.
type Resume struct {
	Action    string
	Fields    []Field
	Multipart bool
	File      bool // it had a file, which must be chosen again
	Lost      bool // it was too long to be carried along
}

// Error is a page for what did not work.
type Error struct {
	Status int
	Kind   string // not-found, denied, invalid, conflict, too-large, busy, cross-site, gone, internal
	Detail string
	Query  string
	Link   string // a way that works; "" for none
}
