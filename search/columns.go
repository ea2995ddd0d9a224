package search

import (
	"fmt"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// columns hold, for one segment, what is needed of every document that matches: the other way round from the inverted
// index. Segments never change, so columns are built once and shared.
type columns struct {
	docs     int
	words    float64 // sum of length
	length   []float32
	modified []int64
	ids      []string
	values   map[Field]*column
	titles   titles
}

// column has the values of one field.
type column struct {
	names []string // in the order of bytes
	first []uint32 // per document, where its values start; one longer than the documents
	value []uint32 // positions in names
}

// of gives the values of a document, as positions in names.
func (c *column) of(doc uint32) []uint32 { return c.value[c.first[doc]:c.first[doc+1]] }

// columnFields are the fields that have a column: those of facets, and owner, for filters that fold their values.
func columnFields() []Field { return append(FacetFields(), Owner) }

// columnCache keeps the columns of the segments in use.
type columnCache struct {
	mu sync.Mutex
	by map[uint64]*columns
}

func (c *columnCache) of(s *scorch.SegmentSnapshot) (*columns, error) {
	c.mu.Lock()
	got := c.by[s.Id()]
	c.mu.Unlock()
	if got != nil && got.docs == int(s.Segment().Count()) {
		return got, nil
	}
	got, err := newColumns(s.Segment())
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[uint64]*columns{}
	}
	c.by[s.Id()] = got
	return got, nil
}

// keep forgets segments that are merged away, with room for searches that still see them.
func (c *columnCache) keep(segments []*scorch.SegmentSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.by) <= 2*len(segments)+4 {
		return
	}
	by := make(map[uint64]*columns, len(segments))
	for _, s := range segments {
		if got := c.by[s.Id()]; got != nil {
			by[s.Id()] = got
		}
	}
	c.by = by
}

func newColumns(s segment.Segment) (*columns, error) {
	n := int(s.Count())
	c := &columns{
		docs: n, length: make([]float32, n), modified: make([]int64, n), ids: make([]string, n),
		values: map[Field]*column{},
	}
	err := eachTerm(s, fieldLength, func(term string, docs []uint32) error {
		v, err := strconv.ParseFloat(term, 32)
		if err != nil {
			return err
		}
		c.words += v * float64(len(docs))
		for _, d := range docs {
			c.length[d] = float32(v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachTerm(s, fieldModified, func(term string, docs []uint32) error {
		v, err := strconv.ParseInt(term, 10, 64)
		for _, d := range docs {
			c.modified[d] = v
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachTerm(s, fieldID, func(term string, docs []uint32) error {
		for _, d := range docs {
			c.ids[d] = term
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range columnFields() {
		if c.values[f], err = newColumn(s, f, n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newColumn(s segment.Segment, f Field, n int) (*column, error) {
	c := &column{first: make([]uint32, n+1)}
	type entry struct{ doc, value uint32 }
	var pairs []entry
	name := string(f)
	if f == Standard {
		name = fieldAligned
	}
	err := eachTerm(s, name, func(term string, docs []uint32) error {
		if term == "" {
			return nil
		}
		v := uint32(len(c.names))
		c.names = append(c.names, term)
		for _, d := range docs {
			pairs = append(pairs, entry{d, v})
			c.first[d+1]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range n {
		c.first[i+1] += c.first[i]
	}
	c.value = make([]uint32, len(pairs))
	next := append([]uint32(nil), c.first...)
	for _, p := range pairs {
		c.value[next[p.doc]] = p.value
		next[p.doc]++
	}
	return c, nil
}

// eachTerm calls f for each term of a field with the documents that have it, deleted ones included.
func eachTerm(s segment.Segment, field string, f func(term string, docs []uint32) error) error {
	d, err := s.Dictionary(field)
	if err != nil || d == nil {
		return err
	}
	it := d.AutomatonIterator(nil, nil, nil)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		l, err := d.PostingsList([]byte(e.Term), nil, nil)
		if err != nil {
			return err
		}
		docs := bitmapOf(l).ToArray()
		if len(docs) > 0 && uint64(docs[len(docs)-1]) >= s.Count() {
			return fmt.Errorf("field %s: document %d of %d", field, docs[len(docs)-1], s.Count())
		}
		if err := f(e.Term, docs); err != nil {
			return fmt.Errorf("field %s: %w", field, err)
		}
	}
}
