package themes

import "html/template"

// Frameworks lists the sets of standards.
type Frameworks struct{ Frameworks []FrameworkLine }

// FrameworkLine is one set of standards.
type FrameworkLine struct {
	Title, URL, Publisher, Language string
	Coverage                        string // address of the page that says what there is for it
	Statements, Resources           int
	Editions                        []Link // the older ones
}

// Terms say whose standards these are and what must stand where they are shown.
type Terms struct{ Publisher, License, Notice, Source, Language string }

// Framework is the tree of one edition of a set of standards.
type Framework struct {
	Title, URL, Language string
	Edition              string // "" where there is only one
	Newest               string // address of the newest edition, of an older one
	Editions             []Edition
	Coverage             string
	Tree                 []Statement
	Pager                Pager
	Changes              *EditionChanges
	Terms                Terms
}

// Edition is one of the editions of a framework.
type Edition struct {
	Label, URL string
	Statements int
	Shown      bool // it is the one of the page
	Newest     bool
}

// EditionChanges tell what became of an older edition in the newest.
type EditionChanges struct {
	Added, Removed, Changed int
	Gone                    []Gone // the first of those removed
}

// Gone is a statement that the newest edition does not have.
type Gone struct {
	Statement
	Successors []Statement
}

// Statement is one line of a framework.
type Statement struct {
	Code, Text, URL, Language string
	Kind                      string // the framework's own word: Domain, Cluster, Standard
	Count                     int    // resources for it and for what is below it
	Children                  []Statement
	Hidden                    int // statements right below that are not among Children; they are on its own page
	Grades                    []string
}

// Standard is the page of one statement.
type Standard struct {
	Statement
	Framework    Link // its framework
	Path         []Link
	HTML, Notes  template.HTML
	Newest       string // address of this statement in the newest edition, of one in an older edition
	Successors   []Statement
	Predecessors []Statement
	Before       []Statement // what students learn before
	After        []Statement
	Lessons      []Lessons
	Associations []Association
	Pager        Pager // of what is below
	Coverage     string
	Terms        Terms
}

// Lessons are the resources that do one thing with a statement.
type Lessons struct {
	Kind  string // teaches, assesses, requires
	Total int
	All   string // the search that lists all of them
	Cards []Card
}

// Association leads to a related statement.
type Association struct {
	Kind string
	Statement
}

// Coverage is a framework against what there is for it.
type Coverage struct {
	Title, URL, Language string // of the framework
	Of                   string // all, owner, source, unit
	Subject              Link   // of owner, source and unit
	Path                 []Link // above what is shown, the whole framework first
	Under                *CoverageRow
	State                string // only statements in this state are listed; "" for all
	States               []Count
	Enough               int
	Columns              []string
	Rows                 []HeatRow
	Table                []CoverageRow
	Pager                Pager
	CSV                  string
	Cards                []Card // of a unit: what there is for one statement
	In                   *Statement
	Hidden               []Field
	Terms                Terms
}

// HeatRow is one grade, or span of grades, of a heat map.
type HeatRow struct {
	Grades []string
	Cells  []HeatCell
}

// HeatCell is what there is for one domain in one grade.
type HeatCell struct {
	Label                  string // names of the domain, for readers who do not see the head of the column
	URL                    string
	Resources              int
	Covered, Thin, Missing int // standards
	Level                  int // 0 to 4: how much is covered
	Empty                  bool
}

// Total is the number of standards of the cell.
func (c HeatCell) Total() int { return c.Covered + c.Thin + c.Missing }

// CoverageRow is one line of the table.
type CoverageRow struct {
	Statement
	Search                 string // the search for its resources
	Below                  string // the same table for what is below; "" for a standard
	Depth                  int    // 0 to 3
	State                  string // covered, thin, missing
	Covered, Thin, Missing int
}

// Total is the number of standards of the row.
func (r CoverageRow) Total() int { return r.Covered + r.Thin + r.Missing }
