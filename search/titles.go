package search

import "sync"

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
