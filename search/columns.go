package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// columns hold, for one segment, what is needed of every document that matches: the other way round from the inverted
// index. Segments never change, so columns are built once and shared.
type columns struct {
	docs       int
	words      float64 // sum of length
	length     []float32
	modified   seconds
	newest     order
	heads      []uint32 // of identifiers, see headOf: they tell nearly all apart without a look at the file
	values     map[Field]*column
	group      []uint64 // of near copies and mirrors; 0 for none
	copies     copies
	titles     titles
	remixes    remixes
	frequent   frequent
	begun      begun
	stemMarks  stemMarks
	frameworks frameworkSets
	terms      terms
	bounds     bounds
}

// column has the values of one field. Values are numbered by their order in the segment, from 0.
type column struct {
	names  []string // in the order of bytes
	shared []uint32 // the number of each name in the index's vocabulary of the field
	// Where no document has several values, and there are few: one more than the value of each document, 0 for none.
	single []uint16
	// Otherwise: per document, where its values start; one longer than the documents.
	first []uint32
	value []uint32 // nil where
	short []uint16 // these do
	// The documents of each value, where there are few values.
	sets []dense
}

// fewValues is up to how many values a column keeps the documents of each.
const fewValues = 32

// count adds up how many of the documents have each value. They are given twice: to put sets over each other is quicker
// where they are many.
func (c *column) count(docs []uint32, set dense, sums []int32) {
	if len(c.sets) > 0 && len(c.sets)*len(c.sets[0]) < len(docs) {
		for v, have := range c.sets {
			sums[v+1] += int32(have.common(set))
		}
		return
	}
	if c.single != nil {
		for _, d := range docs {
			sums[c.single[d]]++
		}
		return
	}
	if c.short != nil {
		countValues(docs, c.first, c.short, sums)
		return
	}
	countValues(docs, c.first, c.value, sums)
}

func countValues[N uint16 | uint32](docs, first []uint32, value []N, sums []int32) {
	for _, d := range docs {
		for _, v := range value[first[d]:first[d+1]] {
			sums[uint32(v)+1]++
		}
	}
}

// of gives the value at a place.
func (c *column) of(at uint32) uint32 {
	if c.short != nil {
		return uint32(c.short[at])
	}
	return c.value[at]
}

// each calls f for each value of the documents.
func (c *column) each(docs []uint32, f func(value uint32)) {
	for _, d := range docs {
		if c.single != nil {
			if v := c.single[d]; v > 0 {
				f(uint32(v - 1))
			}
			continue
		}
		for at := c.first[d]; at < c.first[d+1]; at++ {
			f(c.of(at))
		}
	}
}

// appendShared appends the values of a document, as the vocabulary numbers them.
func (c *column) appendShared(list []uint32, doc uint32) []uint32 {
	if c.single != nil {
		if v := c.single[doc]; v > 0 {
			list = append(list, c.shared[v-1])
		}
		return list
	}
	for at := c.first[doc]; at < c.first[doc+1]; at++ {
		list = append(list, c.shared[c.of(at)])
	}
	return list
}

// vocabulary numbers the values of one field in all segments, so that what is counted in several is put together
// without comparing names. Numbers are never given back: an index has few values that it does not have any more.
type vocabulary struct {
	mu      sync.RWMutex
	numbers map[string]uint32
	names   []string
}

// number gives the number of a name, and the name as the vocabulary keeps it.
func (v *vocabulary) number(name string) (uint32, string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n, ok := v.numbers[name]; ok {
		return n, v.names[n]
	}
	if v.numbers == nil {
		v.numbers = map[string]uint32{}
	}
	n := uint32(len(v.names))
	name = strings.Clone(name)
	v.numbers[name], v.names = n, append(v.names, name)
	return n, name
}

// of is number for a value of a field as the index has it. All spellings of a subject have the number of its one name.
func (v *vocabulary) of(f Field, term string) (uint32, string) {
	if f != Subject {
		return v.number(term)
	}
	n, name := v.number(subjectName(term))
	if name != term {
		name = strings.Clone(term)
	}
	return n, name
}

// list gives the names by their numbers. It is not to be changed.
func (v *vocabulary) list() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.names[:len(v.names):len(v.names)]
}

// columnFields are the fields that have a column: those of facets, and owner, for filters that fold their values.
func columnFields() []Field { return append(FacetFields(), Owner) }

// columnCache keeps the columns of the segments in use.
type columnCache struct {
	mu           sync.Mutex
	by           map[uint64]*columns
	vocabularies map[Field]*vocabulary
}

// vocabulary is that of a field.
func (c *columnCache) vocabulary(f Field) *vocabulary {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.vocabularies == nil {
		c.vocabularies = map[Field]*vocabulary{}
	}
	v := c.vocabularies[f]
	if v == nil {
		v = &vocabulary{}
		c.vocabularies[f] = v
	}
	return v
}

func (c *columnCache) of(s *scorch.SegmentSnapshot) (*columns, error) {
	c.mu.Lock()
	got := c.by[s.Id()]
	c.mu.Unlock()
	if got != nil && got.docs == int(s.Segment().Count()) {
		return got, nil
	}
	got, err := c.build(s.Segment())
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

// forget has the columns of all segments read again.
func (c *columnCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.by)
}

// keep forgets segments that are merged away, with room for searches that still see them.
func (c *columnCache) keep(segments []*scorch.SegmentSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.by) <= 2*len(segments)+4 {
		return
	}
	used := make(map[uint64]bool, len(segments))
	newest := uint64(0)
	for _, s := range segments {
		used[s.Id()], newest = true, max(newest, s.Id())
	}
	maps.DeleteFunc(c.by, func(id uint64, _ *columns) bool { return !used[id] && id < newest }) // newer ones are about to be used
}

// ahead reads the columns of a segment that is about to be used, so that no search has to: those of a segment that is merged
// of many take as long as hundreds of searches. Without them, and where there is an error, searches do read them.
func (x *Index) ahead(s segment.Segment, path string) {
	id, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ".zap"), 16, 64)
	if err != nil {
		return
	}
	cache := &x.columns
	cache.mu.Lock()
	had := cache.by[id]
	cache.mu.Unlock()
	if had != nil {
		return
	}
	c, err := cache.build(s)
	if err != nil {
		return
	}
	c.copies.docs, c.copies.known = x.shared.copiesAmong(c)
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.by == nil {
		cache.by = map[uint64]*columns{}
	}
	if cache.by[id] == nil {
		cache.by[id] = c
	}
}

// build reads the columns of a segment, those of several fields at the same time.
func (cache *columnCache) build(s segment.Segment) (*columns, error) {
	n := int(s.Count())
	c := &columns{docs: n, length: make([]float32, n), heads: make([]uint32, n), values: map[Field]*column{}, group: make([]uint64, n)}
	byID := make([]uint32, n)
	steps := []func() error{
		func() error {
			at := uint32(0)
			return eachTerm(s, fieldID, func(term string, docs []uint32) error {
				for _, d := range docs {
					c.heads[d], byID[d] = uint32(headOf(term)>>32), at
				}
				at++
				return nil
			})
		},
		func() error {
			return eachTerm(s, fieldGroup, func(term string, docs []uint32) error {
				if len(term) != 8 {
					return fmt.Errorf("group %x", term)
				}
				for _, d := range docs {
					c.group[d] = binary.BigEndian.Uint64([]byte(term))
				}
				return nil
			})
		},
		func() error {
			all := make([]int64, n)
			err := eachTerm(s, fieldModified, func(term string, docs []uint32) error {
				v, err := strconv.ParseInt(term, 10, 64)
				for _, d := range docs {
					all[d] = v
				}
				return err
			})
			c.modified = newSeconds(all)
			return err
		},
		func() error {
			return eachTerm(s, fieldLength, func(term string, docs []uint32) error {
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
		},
	}
	steps = append(steps, // what searches and suggestions would read the first time
		func() error { _, err := c.frequentOf(s); return err },
		func() error { _, err := c.begunIn(s, ""); return err },
		func() error { _, err := c.remixesIn(s); return err },
	)
	fields := columnFields()
	made := make([]*column, len(fields))
	for i, f := range fields {
		vocabulary := cache.vocabulary(f)
		steps = append(steps, func() (err error) {
			made[i], err = newColumn(s, f, n, vocabulary)
			return err
		})
	}
	errs := make([]error, len(steps))
	var running sync.WaitGroup
	for i, step := range steps {
		run := func() {
			defer func() {
				if r := recover(); r != nil { // bleve panics on some broken files
					errs[i] = fmt.Errorf("%v", r)
				}
			}()
			errs[i] = step()
		}
		if n < fewDocs {
			run()
		} else {
			running.Go(run)
		}
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c.newest = newOrder(&c.modified, byID)
	for i, f := range fields {
		c.values[f] = made[i]
	}
	return c, nil
}

// fewDocs is up to how many documents a segment has when its columns are read one after the other.
const fewDocs = 2000

func newColumn(s segment.Segment, f Field, n int, shared *vocabulary) (*column, error) {
	c := &column{first: make([]uint32, n+1)}
	var entries, ends []uint32 // the documents of each value, and where they end
	name := string(f)
	if f == Standard {
		name = fieldAligned
	}
	most := uint32(0)
	err := eachTerm(s, name, func(term string, docs []uint32) error {
		if term == "" {
			return nil
		}
		number, term := shared.of(f, term)
		c.names, c.shared = append(c.names, term), append(c.shared, number)
		entries = append(entries, docs...)
		ends = append(ends, uint32(len(entries)))
		for _, d := range docs {
			c.first[d+1]++
			most = max(most, c.first[d+1])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.fill(n, most, entries, ends)
	return c, nil
}

// fill keeps the values of n documents, of which one has at most so many. first is how many each has.
func (c *column) fill(n int, most uint32, entries, ends []uint32) {
	each := func(f func(doc uint32, value int)) {
		at := uint32(0)
		for v, end := range ends {
			for ; at < end; at++ {
				f(entries[at], v)
			}
		}
	}
	if n >= fewDocs && len(c.names) <= fewValues {
		c.sets = make([]dense, len(c.names))
		for v := range c.sets {
			c.sets[v] = make(dense, (n+63)/64)
		}
		each(func(doc uint32, value int) { c.sets[value][doc>>6] |= 1 << (doc & 63) })
	}
	if most <= 1 && len(c.names) < math.MaxUint16 {
		c.first, c.single = nil, make([]uint16, n)
		each(func(doc uint32, value int) { c.single[doc] = uint16(value + 1) })
		return
	}
	for i := range n {
		c.first[i+1] += c.first[i]
	}
	next := slices.Clone(c.first)
	if len(c.names) <= math.MaxUint16+1 {
		c.short = make([]uint16, len(entries))
		each(func(doc uint32, value int) {
			c.short[next[doc]] = uint16(value)
			next[doc]++
		})
		return
	}
	c.value = make([]uint32, len(entries))
	each(func(doc uint32, value int) {
		c.value[next[doc]] = uint32(value)
		next[doc]++
	})
}

// seconds are times since 1970, of the documents of a segment: in 4 bytes each where they are within 136 years.
type seconds struct {
	from  int64
	since []uint32
	all   []int64 // otherwise
}

func newSeconds(all []int64) seconds {
	if len(all) == 0 {
		return seconds{}
	}
	from := slices.Min(all)
	if to := slices.Max(all); uint64(to)-uint64(from) > math.MaxUint32 {
		return seconds{all: all}
	}
	s := seconds{from: from, since: make([]uint32, len(all))}
	for d, at := range all {
		s.since[d] = uint32(at - from)
	}
	return s
}

func (s *seconds) of(doc uint32) int64 {
	if s.all != nil {
		return s.all[doc]
	}
	return s.from + int64(s.since[doc])
}
