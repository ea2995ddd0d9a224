package search

import (
	"bytes"
	"errors"

	"github.com/blevesearch/vellum"
)

// cursor goes over the terms of a field of a source.
type cursor struct {
	*vellum.FSTIterator
	source *source
	at     int // of the source
	term   []byte
	value  uint64
}

// openCursors begins to read the terms of a field.
func (m *merger) openCursors(name string) error {
	m.cursors = m.cursors[:0]
	for i, o := range m.sources {
		if _, ok := o.fields[name]; !ok {
			continue
		}
		fst, err := termsOf(o.segment, o.file, name)
		if err != nil {
			return err
		}
		if fst == nil {
			continue
		}
		it, err := fst.Iterator(nil, nil)
		if errors.Is(err, vellum.ErrIteratorDone) {
			continue
		}
		if err != nil {
			return err
		}
		c := &cursor{FSTIterator: it, source: o, at: i}
		c.term, c.value = it.Current()
		m.push(c)
	}
	return nil
}

// next goes on to the next term, if there is one.
func (c *cursor) next() (bool, error) {
	err := c.Next()
	if errors.Is(err, vellum.ErrIteratorDone) {
		return false, nil
	}
	c.term, c.value = c.Current()
	return err == nil, err
}

// before is the order of the heap: by term, then by source.
func (c *cursor) before(d *cursor) bool {
	if n := bytes.Compare(c.term, d.term); n != 0 {
		return n < 0
	}
	return c.at < d.at
}

func (m *merger) push(c *cursor) {
	m.cursors = append(m.cursors, c)
	h := m.cursors
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

// pop takes the first.
func (m *merger) pop() {
	last := len(m.cursors) - 1
	m.cursors[0] = m.cursors[last]
	m.cursors = m.cursors[:last]
	h := m.cursors
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			return
		}
		if down+1 < len(h) && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(h[i]) {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}
