package search

import "errors"

// Request asks for one page of results.
type Request struct {
	Query   Query
	Filters Filters
	Sort    Sort    // Relevance is that of the query
	Size    int     // hits on a page: 1 to 100; 0 is 20
	Page    int     // from 1; 0 is 1; the last reachable is the one that ends at hit 10,000
	Cursor  string  // Results.Next of the page before; wins over Page, and reaches any depth
	Facets  []Field // which to count; nil counts all of FacetFields
	// CountOnly has Total and Facets alone counted, without any hits: over everything that takes a fraction of the time.
	CountOnly bool
	// StandardUnder is a statement (key, code or URI) or the short name of a framework: the facet of Standard then counts
	// the statements right below it, each with all that is below, in their order. Frameworks has the frameworks counted.
	StandardUnder string
	WholeTree     bool // count all statements below StandardUnder, at most 20,000, rather than those right below it
}

// Filters are chosen values, as the select boxes of the page give them. Values of one field are alternatives, but for
// those of Permission, which must all hold; fields add up. They narrow what the query found. A value of a field of
// standards may begin with a [Reach].
type Filters map[Field][]string

// Sort is the order of the hits.
type Sort string

// The orders. Ties are broken by the date of modification, newest first, then by ID.
const (
	Relevance Sort = ""
	Newest    Sort = "newest"
	Oldest    Sort = "oldest"
	Title     Sort = "title"   // by the folded title
	Remixes   Sort = "remixes" // those with the most first
)

// Sorts lists the orders.
func Sorts() []Sort { return []Sort{Relevance, Newest, Oldest, Title, Remixes} }

// Results is one page of hits, and what is true of all of them.
type Results struct {
	Total  int               // exact number of matches; mirrors and near copies of one lesson are one
	Hits   []Hit             // never nil
	Facets map[Field][]Facet // counts of all matches; most frequent first, grades and times in their order
	Next   string            // cursor of the next page; "" on the last
	Hints  []Hint
	Relax  []Relaxation // where Total is 0: what would be found with less, the nearest first
}

// Hit is one resource found.
type Hit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
	// Others are the other resources found that are the same lesson: mirrors of one record, and near copies of its text. The
	// best come first, at most 20; Copies is how many there are. This server's own stand for those of peers.
	Others []string `json:"others,omitempty"`
	Copies int      `json:"copies,omitempty"`
	Via    *Via     `json:"via,omitempty"` // how it was found, if not by an alignment to what was asked for
}

// Via says that a resource is not aligned to the statement that was asked for, but to one that is linked to it.
type Via struct {
	Relation string `json:"relation"` // CASE association type: exactMatchOf, isRelatedTo, replacedBy, precedes
	// Inverse: Statement is the origin of the association. With replacedBy, Statement was replaced by what was asked for:
	// the alignment is out of date.
	Inverse   bool   `json:"inverse,omitempty"`
	Statement string `json:"statement"` // key of the statement that it, or one above, is aligned to
}

// Relaxation is a request with one filter or one term less than what found nothing.
type Relaxation struct {
	Field   Field   // of the filter that was left out; Words if a term was
	Value   string  // the filter's value; the term as it is written in a query
	Filter  bool    // a filter was left out rather than a term of the query
	Request Request // without it
	Total   int     // what it finds
	Hits    []Hit   // the first of them, at most 3
}

// Facet is how many matches have a value. Mirrors and near copies are one match, which has the values of all of them that
// pass the filters: with two sources, it counts once for each; with a filter by source, only what is of the source counts. The counts of a field leave the Filters of that same field out, so that the
// other choices stay visible with what they would give; those of Permission, which add up, do not.
type Facet struct {
	Value    string `json:"value"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected,omitempty"`
}

// FacetFields lists the fields that facets can be counted over. The values of Standard are keys of the statements that
// are taught or assessed, at most the 100 most frequent, or those that Request.StandardUnder asks for. Those of Time are
// spans of minutes, such as "16m..30m".
func FacetFields() []Field {
	return []Field{License, Permission, Grade, Subject, Type, Language, Source, List, Time, Standard}
}

// ErrCursor says that a cursor is not one that this package gave for this order.
var ErrCursor = errors.New("invalid cursor")
