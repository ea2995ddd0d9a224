package themes

import "html/template"

// FileDiff is what changed in one file.
type FileDiff struct {
	Path, From string // From is where a renamed one was
	Kind       string // added, modified, deleted, renamed
	Blocks     []BlockDiff
	Changed    int // how many of the blocks differ
	Binary     bool
	Omitted    bool   // too large to be compared here
	Name       string // of the box that takes the whole change; "" where blocks have boxes, or nothing can be chosen
	Left       bool   // the box is not checked
}

// BlockDiff is a block of two versions of a text: a paragraph, a heading, a table. Kind is "same", "added", "removed",
// "changed", or "cut" where equal blocks are left out.
type BlockDiff struct {
	Kind     string
	Name     string // of the box that takes this change; "" where it cannot be taken alone
	Left     bool   // the box is not checked
	Under    string // the heading that it stands under
	In       string // "teacher" for what students do not see
	Text     string // of "same", shortened
	Words    []WordDiff
	Fields   []FieldDiff
	Old, New template.HTML // rendered, where the words alone do not show it
}

// WordDiff is some words of a changed block. Kind is "same", "added" or "removed".
type WordDiff struct{ Kind, Text string }

// FieldDiff is a field of the metadata that differs. A list has one item a line.
type FieldDiff struct{ Field, Old, New string }

// Pull shows what changed at a remix's source, before it is taken in.
type Pull struct {
	Title, URL, Action, Language string
	Source                       Link
	SourceLanguage               string
	Base, Upstream               string // the revisions that the page is about
	From, Now                    string // what the source's are called: taken in last, and its newest
	Changes, Clean, Need         int
	Files                        []FileDiff
	Conflicts                    []Choosing
	UpToDate                     bool
	Overtaken                    bool // something was published since the form was shown
	Undecided                    bool // the form was sent with something left open
	Problems                     []Problem
}

// Review shows a suggestion to who may accept it.
type Review struct {
	Suggestion
	Title, Page, Action, Language, Clone string
	Newest                               string // the revision that it would be merged into
	From, Now                            string // what the revision that it changes, "" where there is no one, and Newest are called
	Files                                []FileDiff
	Conflicts                            []Choosing
	Need                                 int
	MayDecide                            bool
	Overtaken, Undecided                 bool
	Problems                             []Problem
}

// Choosing is one thing that two people changed differently, for a person to decide.
type Choosing struct {
	ID                 string
	Path, Under, Field string
	Kind               string // text, inserted, removed, field, file, added, deleted, renamed, path, audience
	In                 string
	Base, Ours, Theirs template.HTML // "" where a side has nothing there
	Text               string        // to edit: what was typed, or ours
	Editable           bool
	Both               bool   // both can stand
	Take               string // what was chosen: mine, theirs, both, edited; ""
}
