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
