package themes

import "time"

// Conformance is the report on one revision: what machines found, and what a person must look at.
type Conformance struct {
	Title, URL, Language string
	Short                string // of the revision
	Made                 time.Time
	JSON                 string // address of the same as data
	Errors, Warnings     int
	Gates                []GateCheck
	States               []Count // criteria by state
	Criteria             []Success
}

// GateCheck is one check of the release gate. State is passed, warned, failed or none.
type GateCheck struct {
	Name, State string
	Problems    []Problem
}

// Success is a success criterion of WCAG 2.1. State is passed, failed, person or none; By is content or page.
type Success struct {
	Number, Level, State, By string
	Problems                 []Problem
}

// Releases are the versions of a resource, with the form for the next one.
type Releases struct {
	Title, URL, Language string
	Feed                 string // address of the Atom feed
	List                 []Release
	May                  bool   // the visitor may release the newest revision, which has no version yet
	Action               string // where the form goes
	Version, Notes       string // as proposed or typed
	Revision, Short      string // what would be released
	Changes              *Diff  // since the last release; nil for the first one
	Errors, Warnings     int    // of the report
	Report               string
	Problems             []Problem // why it was refused
	Taken, Wrong         bool      // the version is another release's, or cannot be one
	Planned              []Planned // to be made at a time, for members
	When                 When      // as typed
	Late                 bool      // the time is not ahead
}

// When is a time as a form has it. Zone is the name of a message.
type When struct {
	ID              string // of the fields
	Due             time.Time
	Day, Hour, Zone string
	Zones           []string // to choose from
}

// Planned is a release that is to be made at a time. Problem is why it was not made then: report, rights, gone or taken.
type Planned struct {
	When
	Version, Notes, By string
	Revision, Short    string
	Problem            string
}

// Release is one version of a resource.
type Release struct {
	Version, URL    string
	Revision, Short string
	Notes           []string // paragraphs
	First           string   // line of the notes
	By              string
	At              time.Time
}

// ReleasePage shows one release with its downloads.
type ReleasePage struct {
	Release
	Title, Page, Language      string // of the resource
	License                    License
	Pinned, Zip, Print, Report string
	Clone                      string // command
	Newer                      bool   // something was published since
	Before                     Link   // the release before
	Compare                    string
	Changes                    *Diff
}

// NewsPage tells of releases of what a person's resources were made from.
type NewsPage struct {
	List   []News
	Boards []BoardNews
}

// BoardNews is a release of something that a list of one of the person's boards has an earlier revision of.
type BoardNews struct {
	Release
	Source   Link
	List     Link
	Approved string // what the list's revision is called
	Judge    string // where the chair takes the newer one; empty for others
}

// News is one such release.
type News struct {
	Release
	Of, Source  Link
	Pull        string // where its changes are taken in
	Translation bool   // Of is a translation: it has no pull
	Peer        string // where the source lives, if not here
}
