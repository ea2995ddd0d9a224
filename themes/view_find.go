package themes

// Home is the first page.
type Home struct {
	Resources, Harvested int
	Subjects             []Count
	Grades               []Count
	Frameworks           []Count
	Recent               []Card
	Examples             []Link
}

// Search is a list of results with its filters.
type Search struct {
	Total    int
	Chips    []Chip
	Facets   []Facet
	Cards    []Card
	Hints    []Hint
	Sorts    []Count
	Hidden   []Field // filters that the search form must keep
	Drop     []Chip  // for an empty result: what to leave out, the nearest first
	Nearest  []Card  // for an empty result: the first that the first of Drop finds
	Standard Link    // for an empty result: the page of the standard that was asked for
	Pager    Pager
	Feed     string // address of the search as a feed
	Browsed  bool   // nothing was asked: everything is listed
}

// Chip is a selected filter and the address without it; of Search.Drop, the words for leaving it out.
type Chip struct {
	Field, Value, URL string
	Count             int // hits without it, where known
}

// Facet is a group of filters.
type Facet struct {
	Field  string
	Open   bool    // it is not folded
	Path   []Count // of a tree: the way to the node whose children First and More are
	First  []Count
	More   []Count
	Browse []Link // other ways to go on
	// Coverage is the address of what there is for the framework of the facet, and what is missing; "" for others.
	Coverage string
}

// Hint says what was made of a query, or what else to try; links without an address are examples.
type Hint struct {
	Text  string
	Links []Link
}

// Field is a hidden form field.
type Field struct{ Name, Value string }
