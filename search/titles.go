package search

import (
	"strconv"
	"sync"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// titleBytes is how much of a title the order by title looks at.
const titleBytes = 64

// lastTitle stands after every title, for resources without one.
const lastTitle = "\U0010FFFF"

// titles are the folded titles of a segment's documents. They are read when somebody first sorts by them: most never do.
type titles struct {
	once sync.Once
	keys []string
	err  error
}

// titlesOf gives the folded title of each document, at most titleBytes of it.
func (p *part) titlesOf() ([]string, error) {
	t := &p.columns.titles
	t.once.Do(func() {
		t.keys = make([]string, p.docs)
		for i := range t.keys {
			t.keys[i] = lastTitle
		}
		t.err = eachTerm(p.segment.Segment(), fieldTitleKey, func(term string, docs []uint32) error {
			if term == "" {
				return nil
			}
			term = term[:min(len(term), titleBytes)]
			for _, d := range docs {
				t.keys[d] = term
			}
			return nil
		})
	})
	return t.keys, t.err
}

// remixes are how many remixes the documents of a segment have.
type remixes struct {
	once   sync.Once
	counts numbers
	err    error
}

// numbers are one for each document, nil where all are 0.
type numbers []int32

func (c numbers) of(doc uint32) int32 {
	if c == nil {
		return 0
	}
	return c[doc]
}

// remixesIn gives the number of remixes of each document.
func (c *columns) remixesIn(s segment.Segment) (numbers, error) {
	r := &c.remixes
	r.once.Do(func() {
		r.err = eachTerm(s, fieldRemixes, func(term string, docs []uint32) error {
			n, err := strconv.ParseInt(term, 10, 32)
			if n != 0 && r.counts == nil {
				r.counts = make(numbers, c.docs)
			}
			if n == 0 {
				return err
			}
			for _, d := range docs {
				r.counts[d] = int32(n)
			}
			return err
		})
	})
	return r.counts, r.err
}
