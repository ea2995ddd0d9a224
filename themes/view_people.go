package themes

import "time"

// Token gives a program the right to act for a person.
type Token struct {
	ID, Label        string
	Scopes           []string
	Created, Expires time.Time // Expires is zero for never
	Expired          bool
}

// Session is a browser that is signed in.
type Session struct {
	ID, Agent, Method string // Method is the provider's title; "" for a password
	Created           time.Time
	Current           bool
}

// Identity is an account elsewhere that signs in as this one.
type Identity struct {
	Title, Issuer string
	Created       time.Time
	Last          bool // the only way in: it cannot be taken away
}

// TeamLine is a team or board of a person.
type TeamLine struct {
	Name, Title, URL, Kind, Role string
}

// Newcomer asks somebody whom a provider vouched for how they want to be called.
type Newcomer struct {
	Provider            string // its title
	Name, Display, Next string
	Taken, Wrong        bool // the name
}

// Teams are all teams and boards, with a form that makes one.
type Teams struct {
	List         []TeamLine
	MayCreate    bool
	Name, Title  string // typed
	Board        bool
	Taken, Wrong bool // the name
}

// Team is a team or a board.
type Team struct {
	Name, Title, URL, Kind string
	Roles                  []string
	Members                []Member
	Invitations            []Invitation
	MayManage, In          bool
	Link                   string // of an invitation, shown this once
	Self                   string // account that looks

	Mails          bool // the server can send an invitation's link
	Note, Address  string
	Wrong          bool // the address is none
	Mailed, Enough bool // the link goes out; it does not, because too many did today
}

// Member is somebody in a team, or with a right on a resource.
type Member struct {
	Account, Display, Role, Source string
	Since                          time.Time
}

// Invitation is an offer of a role.
type Invitation struct {
	ID, Team, Kind, Note, Role, By, Account, Action string
	State                                           string // accepted, declined, revoked or expired; "" while it waits
	Created, Expires                                time.Time
}

// Sharing says who else may revise a resource.
type Sharing struct {
	Title, Language, URL, Action string
	List                         []Member
	Unknown                      string // a name that nobody has
}

// Audit is a page of the log of decisions and rights, the newest first.
type Audit struct {
	Events []AuditEvent
	Older  string
	Head   string // hash of the newest event
}

// AuditEvent is a line of it.
type AuditEvent struct {
	Seq                   int64
	At                    time.Time
	Actor, Action, Object string
	Detail                []Field
}

// Leave asks whether somebody leaves.
type Leave struct {
	Name, Display, Credit, Pseudonym string
	Resources                        int
	Wrong, Last                      bool
}

// Report asks what is wrong with a resource.
type Report struct {
	Title, Language, URL, Action, Away, Why, Words string
	Reasons                                        []string
	Wrong                                          bool
	Wait                                           int // minutes; 0: none
}

// Moderation is what waits for moderators, and what they decided that lasts.
type Moderation struct {
	Reports                []ReportLine
	All                    int
	Waiting, Appeals, Down []Takedown
	Blocks                 []Block
	Admin                  bool
}

// ReportLine is a report in the queue.
type ReportLine struct {
	ID, Title, URL, Why, Words, TakeDown string
	At                                   time.Time
}

// Takedown keeps a resource from being shown.
type Takedown struct {
	Address, Title, Language, URL, Basis, Notice, By string
	Appeal, AppealedBy, Answer, AnsweredBy           string
	At                                               time.Time
	Mine                                             bool // who looks took it down, and so does not answer its appeal
}

// Block keeps an owner from publishing.
type Block struct {
	Owner, Reason, By string
	At                time.Time
}

// TakedownForm asks for the reason of a takedown.
type TakedownForm struct {
	Title, Language, URL, Address, Basis, Notice string
	Remixes                                      int
	Now                                          *Takedown // nil: it is shown
	Files                                        []Field   // what is not shown, to decide about it
	Wrong                                        bool
}

// GonePage is shown in the place of a resource that was withdrawn or taken down.
type GonePage struct {
	Resource
	Held *Held // nil: its owner withdrew it
}

// Held is why moderators do not show a resource.
type Held struct {
	Basis, Notice    string
	At               time.Time
	Owner, Moderates bool // who looks
	Action           string
	Appeal, Answer   string
	Previews         string // where its owner makes a link to what waits
}

// Erase asks which files are to be erased from a history.
type Erase struct {
	Title, Language, URL, Address, Paths, Why, Problem string
	Media, Wrong                                       bool
}
