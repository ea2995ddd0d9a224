package themes

import (
	"html/template"
	"time"
)

// Resource is a lesson, a unit or any other resource, with its content.
type Resource struct {
	Card
	URL        string // of the newest revision
	Unit       *Link  // what this is a part of
	Crumbs     []Link
	Body       template.HTML
	Outline    []Heading
	Parts      []Part
	Coverage   []Link // of a unit: what it has for each framework
	Position   int    // of a part in its unit, from 1
	Of         int
	Previous   *Link
	Next       *Link
	Revision   string // shown revision, abbreviated
	Pinned     bool   // an old revision is shown
	Deleted    bool
	Published  time.Time
	People     []Person
	Funding    *Funding // nil: no grant is named
	Rights     *Reading // of a harvested resource: what its source says, and what was understood
	Credit     Credit
	Alignments []Alignment
	Sources    []Source
	Remixes    []Card
	Languages  []Translation
	Versions   []Version
	More       bool // there are more versions than shown
	Files      []File
	Size       int64
	Access     []string // what is known of who can use it, as message keys under "access"
	Student    bool     // the student view is shown
	Alternate  bool     // the view is not the one that the plain address shows
	HasNotes   bool     // there is something that only the teacher view shows
	MayEdit    bool
	MaySuggest bool      // signed in, and may not edit
	Suggested  int       // open suggestions, for who may edit
	Planned    []Planned // releases to come, for who may edit
	MayRemix   bool      // the license lets a remix be published
	Clone      string
	Links      ResourceLinks
	Home       string // of a harvested resource: its page at its source
	Peer       string
	Harvested  time.Time
	Permanent  string
	Undo       *Undo // after publishing, for who may; nil otherwise
	Upstream   *Upstream
}

// Upstream says, to who may edit a remix, that its source has changed since. Changes is 0 where they were not counted.
type Upstream struct {
	URL, Title, Language string
	Changes, Clean, Need int
}

// Undo takes back the revision that was just published.
type Undo struct{ Action, Revision string }

// Withdraw asks whether a resource is really to be withdrawn.
type Withdraw struct {
	Title, URL, Action, Language string
	Parts, Remixes               int
}

// ResourceLinks are the addresses of what one can do with a resource.
type ResourceLinks struct {
	Self, Student, Teacher, Remix, Edit, History, Download, Print, JSONLD, Delete, Suggest, Suggestions, Offer, Translate string

	Pictures, NoPictures string // the page with its pictures, or with links in their place: what is not shown now; "" where there are none
	Tree                 string // who remixed whom
	Conformance          string // what was checked
	Releases             string // its releases, and the form for the next one
	Report               string // tell the moderators
	TakeDown, Share      string // for moderators, and for who says who else may revise it
	Previews             string // for who may revise it
	PDF                  string // the print as one file; "" where nothing makes it

	SMS, Mail template.URL // a message with the title and the address of the resource; "" for none
}

// Heading is a line of the outline.
type Heading struct {
	Level    int
	ID, Text string
}

// Person made or paid for something.
type Person struct{ Name, URL string }

// Part is a part of a unit.
type Part struct {
	Title, URL, Description, Language, Type string
	Minutes                                 int
	License                                 License // where it is another than the unit's
	Elsewhere                               bool    // a resource of its own that the unit points to
	Parts                                   []Part
	Current                                 bool
}

// Credit is the attribution line to copy.
type Credit struct {
	Text, HTML string
	Shown      template.HTML
}

// Alignment is a standard that a resource teaches, assesses or requires.
type Alignment struct {
	Kind, Code, Text, URL, Language string
	Successors                      []Link // what took the place of the standard, where it was replaced
}

// Source is what a remix came from; sources of sources are nested.
type Source struct {
	Title, URL, Language string
	People               []Person
	License              License
	Changes              string
	Sources              []Source
}

// Translation is the same resource in another language.
type Translation struct {
	Language, Title, URL string
	Behind, Ahead        int // versions that one has had since the translation was made: of this resource, or of that one
}

// Version is one revision of a resource.
type Version struct {
	Revision, Short, Message, Author, URL, Compare string
	Label                                          string // of its release; empty: it has none, and Short is the beginning of its id
	When                                           time.Time
	Current                                        bool
	With                                           []string // who made it together with the author
}

// File is a file beside the text.
type File struct {
	Path, URL string
	Size      int64
	License   License
}

// History lists the revisions of a resource.
type History struct {
	Title, URL, Language string
	Versions             []Version
	Clone                string
}

// Suggestions are the changes offered to a resource's owner.
type Suggestions struct {
	Title, URL, Language, Clone string
	List                        []Suggestion
}

// Suggestion is one of them.
type Suggestion struct {
	Number                    int
	Message, Name, Short, URL string
	Server                    string // that sent it; "" is this one
	At, Decided               time.Time
	State, Decider, Reason    string // State is "", accepted or declined
}

// Compare shows what changed between two revisions.
type Compare struct {
	Title, URL, History, Language string
	Old, New                      Version
	Files                         []FileDiff
}
