package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
)

// Segments are merged by copying. What a list keeps of its documents stays as it is, byte for byte, and only where a chunk
// ends is looked for; documents get new numbers, and stored ones are not unpacked. zapx reads and writes every number.

// dropped is the new number of a document that is left out.
const dropped = math.MaxUint32

// mergeBuffer is about how many bytes are gathered before they are written.
const mergeBuffer = 1 << 20

// errOtherLayout says that a segment has what a merger does not know, so that zapx is to merge it.
var errOtherLayout = errors.New("segment of another layout")

// merger merges segments into a file.
type merger struct {
	segmentWriter
	file    *os.File
	sum     uint32 // of what was written
	stats   segment.StatsReporter
	stop    <-chan struct{}
	sources []*source
	names   []string // of the fields, see byField
	options []index.FieldIndexingOptions
	cursors []*cursor // of the field at hand, a heap
	same    []entry   // the lists of the term at hand
	old     []uint32  // their documents' old numbers, one list after the other
}

// source is a segment to be merged.
type source struct {
	file    file
	segment segment.Segment
	mem     []byte
	docs    uint64
	stored  uint64 // where the index of stored documents begins
	to      []uint32
	whole   bool // nothing is dropped
	fields  map[string]sourceField
	numbers []uint64 // the new number of each field, by the old one
	moved   bool     // a field has another number
}

type sourceField struct {
	number  int
	options index.FieldIndexingOptions
}

// cursor goes over the terms of a field of a source.
type cursor struct {
	*vellum.FSTIterator
	source *source
	at     int // of the source
	term   []byte
	value  uint64
}

// entry is the list of a term in a source.
type entry struct {
	*cursor
	one          bool // of one document, see oneListed
	numbers, far uint64
	docs         int // how many are in the list
}

func (p *plugin) Merge(segments []segment.Segment, drops []*roaring.Bitmap, path string, stop chan struct{}, s segment.StatsReporter) ([][]uint64, uint64, error) {
	return p.MergeUsing(segments, drops, path, stop, s, nil)
}

// MergeUsing merges segments into the file, and gives the new number of each document; one that is to be dropped has
// 1<<64 - 1. Segments that are not all files of our layout are left to zapx.
func (p *plugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string, stop chan struct{}, s segment.StatsReporter, config map[string]any) ([][]uint64, uint64, error) {
	m := &merger{stats: s, stop: stop}
	err := m.open(segments, drops)
	if errors.Is(err, errOtherLayout) || err == nil && m.docs == 0 {
		return p.ZapPlugin.MergeUsing(segments, drops, path, stop, s, config)
	}
	if err == nil {
		err = m.merge(path)
	}
	switch {
	case errors.Is(err, segment.ErrClosed): // bleve compares it
		return nil, 0, segment.ErrClosed
	case err != nil:
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	numbers := make([][]uint64, len(m.sources))
	for i, o := range m.sources {
		numbers[i] = make([]uint64, o.docs)
		for d, n := range o.to {
			numbers[i][d] = uint64(n)
			if n == dropped {
				numbers[i][d] = math.MaxUint64
			}
		}
	}
	return numbers, m.at(), nil
}

// open reads what the segments are made of, and numbers documents and fields.
func (m *merger) open(segments []segment.Segment, drops []*roaring.Bitmap) error {
	next := uint32(0)
	options := map[string]index.FieldIndexingOptions{}
	for i, s := range segments {
		z, ok := s.(*zap.Segment)
		if !ok || fileOf(s) == nil || len(z.GetUpdatedFields()) > 0 || z.CallbackId() != "" {
			return errOtherLayout
		}
		o := &source{file: z, segment: s, mem: z.Data(), docs: z.NumDocs(), stored: z.StoredIndexOffset(), whole: true}
		if err := o.readFields(z.SectionsIndexOffset()); err != nil {
			return err
		}
		edges := o.stored + 8*o.docs
		if o.docs > 1<<31 || edges >= uint64(len(o.mem)) {
			return errList
		}
		if o.mem[edges] != 0 { // documents within documents
			return errOtherLayout
		}
		o.to = make([]uint32, o.docs)
		for d := range o.to {
			if i < len(drops) && drops[i] != nil && drops[i].Contains(uint32(d)) {
				o.to[d], o.whole = dropped, false
				continue
			}
			o.to[d] = next
			next++
		}
		for name, f := range o.fields {
			if had, ok := options[name]; ok {
				f.options &= had
			}
			options[name] = f.options
		}
		m.sources = append(m.sources, o)
	}
	m.docs = int(next)
	for name := range options {
		m.names = append(m.names, name)
	}
	slices.SortFunc(m.names, byField)
	for _, name := range m.names {
		m.options = append(m.options, options[name])
	}
	for _, o := range m.sources {
		o.numbers = make([]uint64, len(o.fields))
		for new, name := range m.names {
			if f, ok := o.fields[name]; ok {
				o.numbers[f.number] = uint64(new)
				o.moved = o.moved || f.number != new
			}
		}
	}
	return nil
}

// readFields reads the fields of a segment.
func (o *source) readFields(at uint64) error {
	r := decoder{mem: o.mem, at: at}
	n := r.uvarint()
	if n > uint64(len(o.mem)) {
		return errList
	}
	o.fields = make(map[string]sourceField, n)
	for i := range n {
		f := decoder{mem: o.mem, at: r.fixed()}
		name := string(f.bytes(f.uvarint()))
		o.fields[name] = sourceField{int(i), index.FieldIndexingOptions(f.uvarint())}
		for range min(f.uvarint(), zap.NumSections) {
			kind, where := f.short(), f.fixed()
			switch {
			case kind == sectionTerms:
				s := decoder{mem: o.mem, at: where}
				if a, b := s.uvarint(), s.uvarint(); s.err == nil && (a != notUninverted || b != notUninverted) {
					return errOtherLayout // values by document
				}
			case where != 0:
				return errOtherLayout
			}
		}
		if err := errors.Join(r.err, f.err); err != nil {
			return err
		}
	}
	if r.err == nil && uint64(len(o.fields)) != n {
		return errList
	}
	return r.err
}

// merge writes the file, or none.
func (m *merger) merge(path string) (err error) {
	if m.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = m.file.Close()
			_ = os.Remove(path)
		}
	}()
	m.out = make([]byte, 0, 2*mergeBuffer)
	stored, err := m.storedDocuments()
	if err != nil {
		return err
	}
	fst, _ := dictionaries.Get().(*dictionary)
	if fst == nil {
		fst = &dictionary{}
	}
	defer dictionaries.Put(fst)
	starts := make([]uint64, len(m.names))
	for i, name := range m.names {
		if starts[i], err = m.field(name, fst); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	fields := m.fields(m.names, m.options, starts)
	m.out = binary.BigEndian.AppendUint32(m.out, 0) // bytes of the name of an encryption
	for _, n := range [...]uint64{uint64(m.docs), stored, fields} {
		m.out = binary.BigEndian.AppendUint64(m.out, n)
	}
	m.out = binary.BigEndian.AppendUint32(m.out, zap.DefaultChunkMode)
	m.out = binary.BigEndian.AppendUint32(m.out, zap.Version)
	m.out = binary.BigEndian.AppendUint32(m.out, crc32.Update(m.sum, crc32.IEEETable, m.out))
	if err := m.flush(0); err != nil {
		return err
	}
	return errors.Join(m.file.Sync(), m.file.Close())
}

// flush writes what was gathered, if it is more than so many bytes.
func (m *merger) flush(most int) error {
	if len(m.out) <= most {
		return nil
	}
	select {
	case <-m.stop:
		return segment.ErrClosed
	default:
	}
	m.sum = crc32.Update(m.sum, crc32.IEEETable, m.out)
	n, err := m.file.Write(m.out)
	if m.stats != nil {
		m.stats.ReportBytesWritten(uint64(n))
	}
	m.gone += uint64(n)
	m.out = m.out[:0]
	return err
}

// storedDocuments copies what can be read back, and gives where the index of it is.
func (m *merger) storedDocuments() (uint64, error) {
	at := make([]uint64, 0, m.docs)
	var meta []byte
	for _, o := range m.sources {
		for d, n := range o.to {
			if n == dropped {
				continue
			}
			r := decoder{mem: o.mem, at: o.stored + 8*uint64(d)}
			r.at = r.fixed()
			from := r.at
			size, data := r.uvarint(), r.uvarint()
			old := r.bytes(size)
			packed := r.bytes(data)
			if r.err != nil {
				return 0, r.err
			}
			at = append(at, m.at())
			if !o.moved {
				m.out = append(m.out, o.mem[from:r.at]...)
			} else {
				var err error
				if meta, err = o.appendMeta(meta[:0], old); err != nil {
					return 0, err
				}
				m.uvarint(uint64(len(meta)), data)
				m.out = append(append(m.out, meta...), packed...)
			}
			if err := m.flush(mergeBuffer); err != nil {
				return 0, err
			}
		}
	}
	return m.storedAt(at), nil
}

// appendMeta appends what stands before a stored document, with the new numbers of fields.
func (o *source) appendMeta(meta, old []byte) ([]byte, error) {
	r := decoder{mem: old}
	meta = binary.AppendUvarint(meta, r.uvarint()) // bytes of the ID
	for r.at < uint64(len(old)) && r.err == nil {
		meta = binary.AppendUvarint(meta, o.number(&r))
		for range 3 { // the kind of value, where it begins, its bytes
			meta = binary.AppendUvarint(meta, r.uvarint())
		}
		more := r.uvarint()
		meta = binary.AppendUvarint(meta, more)
		for ; more > 0 && r.err == nil; more-- {
			meta = binary.AppendUvarint(meta, r.uvarint())
		}
	}
	return meta, r.err
}

// number reads the number of a field, and gives the new one.
func (o *source) number(r *decoder) uint64 {
	n := r.uvarint()
	if n >= uint64(len(o.numbers)) {
		r.err = errList
		return 0
	}
	return o.numbers[n]
}

// field merges the lists of a field, and gives where the section begins.
func (m *merger) field(name string, fst *dictionary) (uint64, error) {
	if err := fst.start(); err != nil {
		return 0, err
	}
	if err := m.openCursors(name); err != nil {
		return 0, err
	}
	for len(m.cursors) > 0 {
		m.same = m.same[:0]
		term := m.cursors[0].term
		for len(m.cursors) > 0 && bytes.Equal(m.cursors[0].term, term) {
			m.same = append(m.same, entry{cursor: m.cursors[0]})
			m.pop()
		}
		value, found, err := m.merged()
		if err == nil && found {
			err = fst.builder.Insert(term, value)
		}
		if err == nil {
			err = m.flush(mergeBuffer)
		}
		if err != nil {
			return 0, err
		}
		for _, e := range m.same {
			more, err := e.next()
			if err != nil {
				return 0, err
			}
			if more {
				m.push(e.cursor)
			}
		}
	}
	return m.section(fst)
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

// merged writes the list of a term that those in m.same make, and gives what the dictionary is to say; false if no document
// is left.
func (m *merger) merged() (uint64, bool, error) {
	m.list, m.old = m.list[:0], m.old[:0]
	for i := range m.same {
		if err := m.documents(&m.same[i]); err != nil {
			return 0, false, err
		}
	}
	if len(m.list) == 0 {
		return 0, false, nil
	}
	if e := &m.same[0]; len(m.same) == 1 && e.one {
		return e.value&^(1<<31-1) | uint64(m.list[0]), true, nil
	}
	n, list := len(m.list), m.list
	m.begin(n)
	m.list = list
	old := m.old
	for i := range m.same {
		e := &m.same[i]
		if err := m.kept(e, old[:e.docs], n); err != nil {
			return 0, false, err
		}
		old = old[e.docs:]
	}
	if n == 1 && len(m.far) == 0 && len(m.tf) > 1 && m.tf[0] == 1<<1 && list[0] < oneMost {
		if norm, k := binary.Uvarint(m.tf[1:]); k == len(m.tf)-1 && norm < oneMost {
			return oneDocument | norm<<31 | uint64(list[0]), true, nil
		}
	}
	return m.listed(), true, nil
}

// oneMost is more than any document and norm that stand in a dictionary.
const oneMost = 1 << 31

// documents reads the documents of an entry.
func (m *merger) documents(e *entry) error {
	from := len(m.old)
	d, one, err := oneListed(e.value, e.source.docs)
	switch {
	case err != nil:
		return err
	case one:
		e.one, m.old = true, append(m.old, d)
	default:
		var b []byte
		if e.numbers, e.far, b, err = header(e.source.mem, e.value); err != nil {
			return err
		}
		if m.old, err = appendListedDocs(m.old, b, e.source.docs); err != nil {
			return err
		}
	}
	e.docs = len(m.old) - from
	to := e.source.to
	for _, d := range m.old[from:] {
		if n := to[d]; n != dropped {
			m.list = append(m.list, n)
		}
	}
	return nil
}

// kept copies what the list of an entry keeps of its documents; n is how many the merged list has.
func (m *merger) kept(e *entry, old []uint32, n int) error {
	to := e.source.to
	if e.one {
		if d := to[old[0]]; d != dropped {
			m.reach(uint64(d))
			_, norm := zap.FSTValDecode1Hit(e.value)
			m.tf = binary.AppendUvarint(append(m.tf, 1<<1), norm)
		}
		return nil
	}
	b, err := allChunks(e.source.mem, e.numbers, e.source.docs)
	if err != nil {
		return err
	}
	far, err := allChunks(e.source.mem, e.far, e.source.docs)
	if err != nil {
		return err
	}
	if len(far) > 0 && e.source.moved {
		if far, err = e.source.renumbered(far); err != nil {
			return err
		}
	}
	if n < docsPerChunk && e.source.whole {
		m.tf, m.far = append(m.tf, b...), append(m.far, far...)
		return nil
	}
	return m.keep(b, far, old, to)
}

// allChunks gives the bytes of all chunks, see readChunks.
func allChunks(mem []byte, at, most uint64) ([]byte, error) {
	c, err := readChunks(mem, at, most)
	if err != nil || c.data == nil {
		return nil, err
	}
	end := uint64(0)
	for b := c.ends; len(b) > 0; {
		n, k := binary.Uvarint(b)
		if k <= 0 || n < end {
			return nil, errList
		}
		end, b = n, b[k:]
	}
	if end > uint64(len(c.data)) {
		return nil, errList
	}
	return c.data[:end], nil
}

// keep copies what is kept of documents that stay, and ends chunks where they end now.
func (m *merger) keep(b, far []byte, old, to []uint32) error {
	at, from := 0, 0       // what is to be copied next, in b
	farAt, farFrom := 0, 0 // and in far
	copied := func() {
		m.tf, from = append(m.tf, b[from:at]...), at
		m.far, farFrom = append(m.far, far[farFrom:farAt]...), farAt
	}
	for _, o := range old {
		d := to[o]
		if d == dropped || uint64(d) >= m.limit {
			copied()
			if d != dropped {
				m.reach(uint64(d))
			}
		}
		size, places := keptSize(b[at:])
		if size == 0 {
			return errList
		}
		at += size
		if places {
			n, k := binary.Uvarint(far[farAt:])
			if k <= 0 || n > uint64(len(far)-farAt-k) {
				return errList
			}
			farAt += k + int(n)
		}
		if d == dropped {
			from, farFrom = at, farAt
		}
	}
	copied()
	if at != len(b) || farAt != len(far) {
		return errList
	}
	return nil
}

// keptSize is how many bytes there are of the next document, 0 if they are broken, and whether it has places elsewhere.
func keptSize(b []byte) (size int, places bool) {
	for size < len(b) && b[size] >= 0x80 {
		size++
	}
	if size++; size > len(b) || size > binary.MaxVarintLen64 {
		return 0, false
	}
	if b[0] > 1 { // a norm follows
		from := size
		for size < len(b) && b[size] >= 0x80 {
			size++
		}
		if size++; size > len(b) || size-from > binary.MaxVarintLen64 {
			return 0, false
		}
	}
	return size, b[0]&1 != 0
}

// renumbered gives places with the new number of their field.
func (o *source) renumbered(far []byte) ([]byte, error) {
	var out, one []byte
	for r := (decoder{mem: far}); r.at < uint64(len(far)); {
		l := decoder{mem: r.bytes(r.uvarint())}
		one = one[:0]
		for l.at < uint64(len(l.mem)) && l.err == nil {
			one = binary.AppendUvarint(one, o.number(&l))
			for range 3 { // position, start, end
				one = binary.AppendUvarint(one, l.uvarint())
			}
			more := l.uvarint()
			one = binary.AppendUvarint(one, more)
			for ; more > 0 && l.err == nil; more-- {
				one = binary.AppendUvarint(one, l.uvarint())
			}
		}
		if err := errors.Join(r.err, l.err); err != nil {
			return nil, err
		}
		out = append(binary.AppendUvarint(out, uint64(len(one))), one...)
	}
	return out, nil
}
