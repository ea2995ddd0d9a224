package themes

import "time"

// Lists is the page of all approved lists.
type Lists struct {
	Lists     []ListCard
	Elsewhere []ListCard // of peers
	Calls     []CallCard // that take submissions
	Boards    []Link     // that the visitor is on
	Create    string     // where the visitor, who chairs a board, begins a list; "" for others
}

// ListCard is a list in few words.
type ListCard struct {
	Title, URL, Board    string
	Description          string
	Language             string
	Entries, Version     int
	Modified             time.Time
	Adopt                string // where a chair adopts it; "" for others
	Here                 string // of a list of a peer: what is on it, as it is found here
	Newer                int    // entries with a newer revision, which the visitor may judge
	NewerURL             string
	Follows, FollowsHost string // title and address of the list that it follows
	Excluded             int
}

// CallCard is a call in few words.
type CallCard struct {
	Title, URL, Board, Language string
	Opens, Closes               time.Time
	Open                        bool
	Submissions                 int
	Subjects, Grades            []string
}

// Rekey is a key that took the place of another, with both fingerprints.
type Rekey struct {
	Key, Now, Before string
	At               time.Time
}

// List is the page of one approved list.
type List struct {
	ListCard
	Pins    []ListEntry
	Total   int
	Filters []Count // by standing
	Query   string
	State   string // the filter that is on
	Pager   Pager
	MayEdit bool // the visitor chairs the board
	Letter  string
	JSON    string
	CSV     string
	Feed    string
	Log     string
	Savings string
	Search  string
	Set     string // address of the OAI set
	Clone   string
	Verify  []string // commands
	Key     string   // fingerprint
	Signers string
	Add     string    // where the form for an entry that was decided elsewhere is sent
	Rekey   *Rekey    // the list that it follows is signed with another key, for a chair to take
	LeftOut []LeftOut // of the list that it follows, for a chair to take back
	Change  string    // where that is sent
}

// LeftOut is an entry of a followed list that is left out, and why.
type LeftOut struct{ Identifier, Why string }

// ListEntry is one pinned revision.
type ListEntry struct {
	Title, Language  string
	URL              string // of the pinned revision
	Page             string // of the entry
	Identifier       string
	Revision, Short  string
	Tree             string
	Label            string // what the release of the revision is called; "" where it is none
	Version          string
	License          License
	Standing         string // approved, conditions, expired, superseded, withdrawn
	By               string
	Decided, Expires time.Time
	Conditions       string
	Note             string
	Reason           string
	Grades           []string
	Subjects         []string
	From             *Link // the list that it came from
	Newer            *NewerRevision
	Excluded         bool
}

// NewerRevision is what came after a pinned one.
type NewerRevision struct {
	URL, Compare, Short, Revision string
	Label                         string // of its release; "" where it is none
	Held                          bool
}

// ListEntryPage is one entry with everything that is known of the decision.
type ListEntryPage struct {
	List      ListCard
	Entry     ListEntry
	Scores    []Mean
	Agreement *Agreement
	Findings  []Finding
	Past      []PastRevision
	Call      *Link
	MayEdit   bool
	Action    string
	Own       bool // an entry of this list, and not of the one that it follows
}

// Mean is the mean score of one criterion, of 3.
type Mean struct {
	Title      string
	Mean       string // two digits
	Percent    int    // of 3
	Scores, NA int
}

// Agreement is how far reviewers agree.
type Agreement struct {
	Method         string // cohen, fleiss
	Kappa          string
	Defined        bool
	Level          string // message key: poor, slight, fair, moderate, substantial, perfect
	Same, Criteria int
	Reviewers      int
}

// Finding is the result of one automatic check.
type Finding struct {
	Check, Grade, Summary, URL string
	Details                    []Detail
	Language                   string // of the summary, where it is not the page's
}

// Detail is one detail of a finding.
type Detail struct{ Text, Language string }

// PastRevision is one that was approved before.
type PastRevision struct {
	URL, Short string
	Decided    time.Time
}

// ListNewer is the page with the newer revisions of what is on a list.
type ListNewer struct {
	List   ListCard
	Items  []NewerItem
	Pager  Pager
	Action string
	All    string // where those that are held are shown too; "" where they are
}

// NewerItem is one of them with its changes.
type NewerItem struct {
	Entry    ListEntry
	Revision string
	Diff     *Diff // nil: it is at its home, and cannot be compared here
	Held     bool
}

// Diff is what changed between two revisions.
type Diff struct {
	LessonsAdded, LessonsRemoved           []string
	Reworded                               []Reworded
	FilesAdded, FilesRemoved, FilesChanged []string
	License                                [2]string
	Aligned, Unaligned                     []string
}

// Reworded is a text that was changed.
type Reworded struct {
	Path   string
	Blocks int
}

// ListLetter is a list on paper.
type ListLetter struct {
	ListCard
	Pins     []ListEntry
	Today    time.Time
	Pager    Pager
	Total    int
	Key, Sum string
}

// ListForm is the form for a list.
type ListForm struct {
	Action             string
	Boards             []Choice
	Slug, Title, About string
	Adopt              string // address of the list that it is to follow
	Languages          []Choice
	Problem            string
}

// Log is everything that happened, newest first.
type Log struct {
	Title, URL, Language string
	Steps                []LogStep
	Pager                Pager
}

// LogStep is one step.
type LogStep struct {
	At         time.Time
	Kind, Name string
	What, Note string
	Number     int
}

// Board is the page of a board for those who are on it.
type Board struct {
	Name, Title string
	Lists       []ListCard
	Calls       []CallCard
	Waiting     []SubmissionCard // for the visitor
	Rubrics     []RubricCard
	Chair       bool
	Reviewers   int
}

// RubricCard is a rubric in few words.
type RubricCard struct {
	Title, URL, Language string
	Criteria, Version    int
}

// SubmissionCard is a submission in few words.
type SubmissionCard struct {
	Title, Language, URL, State string
	Number                      int
	Reviews, Votes              int
	By                          string
	At                          time.Time
	Call                        string
	Mine                        string // what the visitor has to do: review, vote, decide; "" for nothing
}

// Rubric is the builder.
type Rubric struct {
	Board            string
	Action           string
	ID, Title, About string
	Criteria         []Criterion
	Problem          string
	Sources          []Link // rubrics to begin with
	Fixed            bool   // shown, not changed
	Version          int
	Language         string
}

// Criterion is one of its fields.
type Criterion struct {
	Number      int
	ID          string
	Title, Help string
	Anchors     [4]string
	Needed      bool
}

// CallForm is the form for a call.
type CallForm struct {
	Action, Board, Problem     string
	ID, Title, Description     string
	Subjects, Grades           string
	Opens, Closes              string // YYYY-MM-DD
	Quorum, Reviews, Months    int
	Rubrics, Lists, Frameworks []Choice
	Licenses                   []Choice
}

// Call is the page of a call.
type Call struct {
	CallCard
	Description     string
	Licenses        []License
	Framework       string
	Rubric          Link
	Quorum, Reviews int
	Months          int
	List            Link
	Submissions     []SubmissionCard
	Mine            []Choice // what the visitor may hand in
	SignIn          string   // where a reader signs in to hand something in
	Action          string
	Reviewer, Chair bool
	Sheet           string
	Last            string // the last day, for the form
	BoardURL        string
	Log             string
}

// Sheet is the page of a call's score sheet, with what a sheet that was sent would say.
type Sheet struct {
	Title, URL  string // of the call
	Action, CSV string
	Open        int // submissions that the reader may review and has not
	Problems    []Problem
	More        int  // problems that are not shown
	Checked     bool // a sheet was checked, and can be sent
	Rows        []SheetRow
	Carried     string // the sheet that was checked; "" where it is too long to carry on
}

// SheetRow is what a sheet says of one submission.
type SheetRow struct {
	Number          int
	Title, Language string
	URL             string
	Scores          []string // by criterion
	Comment         string
}

// Submission is the page of one submission, with all that its reader may see and do.
type Submission struct {
	SubmissionCard
	CallTitle, CallURL string
	Entry              ListEntry
	Note               string
	Findings           []Finding
	Approved           *NewerRevision // what is on the list now
	Action             string
	Entitled           bool   // may review and vote
	Why                string // message key of why not; "" for who is not of the board
	Declared           bool
	Review             *ReviewForm
	Reviews            []ReviewView // that may be seen
	Hidden             int          // reviews that are in, and may not be seen yet
	Agreement          *Agreement
	Scores             []Mean
	MayVote            bool
	Choices            []string
	Voted              string
	VoteNote           string
	Tally              []Count
	Quorum, Missing    int
	Left               int // votes of those who have left the board; they do not count
	MayDecide          bool
	Result             string // what the votes say
	Expires            string
	Conditions         []string // that votes name
	Outcome            *Outcome
	MayRetract         bool
	Problem            string
}

// ReviewForm is the review to be filled in.
type ReviewForm struct {
	Criteria []ReviewField
	Comment  string
}

// ReviewField is one criterion to be scored.
type ReviewField struct {
	Criterion
	Score   string // what was chosen
	Comment string
}

// ReviewView is a review that is in.
type ReviewView struct {
	Name    string
	At      time.Time
	Marks   []MarkView
	Comment string
	Own     bool
}

// MarkView is one score.
type MarkView struct{ Title, Score, Comment string }

// Outcome is a decision.
type Outcome struct {
	Result, Name, Conditions, Note string
	At, Expires                    time.Time
	List                           string
}

// Grants is the report on what was funded.
type Grants struct {
	Rows   []GrantRow
	Totals []Count
	CSV    string
	Pager  Pager
	Owner  string
	Owners []Choice
}

// GrantRow is one funded material.
type GrantRow struct {
	Title, URL, Language string
	Funder, Grant        string
	License              License
	Verdict              string
	Reasons              []string
	Published            time.Time
}

// Savings is the report on what a list saves.
type Savings struct {
	List      ListCard
	Materials int
	Students  int
	Years     int
	Price     string
	Printing  string
	Share     string
	Each      string // dollars a material and year
	Year      string // dollars a year
	All       string // dollars over the years
	Problem   string
}

// Badge is an approval beside a resource.
type Badge struct {
	Kind        string // exact, newer, copy, expired, withdrawn
	List, Board string
	Peer        string // whose list it is; "" for this server
	URL         string
	Pinned      string // address of the approved revision
	Short       string
	Blocks      int  // of a copy: how many differ
	Same        bool // of a copy: none differ
}
