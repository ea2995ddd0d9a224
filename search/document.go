package search

import (
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
)

// Document is what the index knows of one resource.
type Document struct {
	ID          string // the resource's UUID
	Title       string
	Description string
	Body        string   // plain text
	Keywords    []string // searched as text
	Creators    []string // names, searched as text
	Language    string   // BCP 47; chooses the stemmer
	Type        string   // "lesson", "unit", …
	Owner       string   // namespace; "" for harvested resources
	Source      string   // name of the peer; "" is this server's own and indexed as "own"
	License     licensing.ID
	Grades      []string // PK, K, 1 … 12, HE, adult
	Subjects    []string
	Alignments  []string // codes, URIs or GUIDs, as written, of what the resource teaches or assesses
	Minutes     int      // time it takes; 0 if not known
	Modified    time.Time
}

// Own is the source of this server's own resources.
const Own = "own"
