package search

import "errors"

// Request asks for one page of results.
type Request struct {
	Query   Query
	Filters Filters
	Sort    Sort
	Size    int     // hits on a page: 1 to 100; 0 is 20
	Page    int     // from 1; 0 is 1; the last reachable is the one that ends at hit 10,000
	Cursor  string  // Results.Next of the page before; wins over Page, and reaches any depth
	Facets  []Field // which to count; nil counts all of FacetFields
}

// Filters are chosen values, as the select boxes of the page give them. Values of one field are alternatives; fields
// add up. They narrow what the query found.
type Filters map[Field][]string

// Sort is the order of the hits.
type Sort string

// The orders. Ties are broken by the date of modification, newest first, then by ID.
const (
	Relevance Sort = ""
	Newest    Sort = "newest"
)

// Results is one page of hits, and what is true of all of them.
type Results struct {
	Total  int               // exact number of matches
	Hits   []Hit             // never nil
	Facets map[Field][]Facet // counts of all matches; most frequent first, grades in their order
	Next   string            // cursor of the next page; "" on the last
	Hints  []Hint
}

// Hit is one resource found.
type Hit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
}

// Facet is how many matches have a value. The counts of a field leave the Filters of that same field out, so that the
// other choices stay visible with what they would give.
type Facet struct {
	Value    string `json:"value"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected,omitempty"`
}

// FacetFields lists the fields that facets can be counted over. The values of Standard are keys of the statements that
// are aligned to directly, at most the 100 most frequent.
func FacetFields() []Field {
	return []Field{License, Grade, Subject, Type, Language, Source, Standard}
}

// ErrCursor says that a cursor is not one that this package gave for this order.
var ErrCursor = errors.New("invalid cursor")
