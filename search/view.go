package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum"
)

// view is the index as it is at one moment.
type view struct {
	reader   index.IndexReader
	snapshot *scorch.IndexSnapshot
	parts    []part
	count    int      // documents
	average  float64  // weighted words of a document
	stems    []string // see languages
}

// part is one segment of the index: documents numbered from 0, some of them deleted.
type part struct {
	*columns
	segment *scorch.SegmentSnapshot
	writer  *writer
	live    *roaring.Bitmap
	// Where words stand cannot be read: a phrase is all of its words, and none is near another.
	placeless bool
	fields    map[string]segment.TermDictionary
	readers   map[string]*vellum.Reader
	lists     map[listKey]*listing // nil where the segment does not have the term
	inTexts   map[string]*listing  // see wordLists
	broken    bool                 // see id
}

type listKey struct{ field, term string }

// view pins the index; close it after use.
func (x *Index) view() (v *view, err error) {
	advanced, err := x.bleve.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = reader.Close()
		}
	}()
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("index of another kind: %T", reader)
	}
	v = &view{reader: reader, snapshot: snapshot}
	segments := snapshot.Segments()
	words, docs := 0.0, 0.0
	for _, s := range segments {
		c, err := x.columns.of(s)
		if err != nil {
			return nil, err
		}
		p := part{
			columns: c, placeless: x.placeless, segment: s, writer: &x.writer, live: s.DocNumbersLive(),
			fields:  map[string]segment.TermDictionary{},
			readers: map[string]*vellum.Reader{}, lists: map[listKey]*listing{}, inTexts: map[string]*listing{},
		}
		v.count += int(p.live.GetCardinality())
		words += c.words
		docs += float64(c.docs)
		v.parts = append(v.parts, p)
	}
	x.columns.keep(segments)
	v.average = 1
	if docs > 0 && words > docs {
		v.average = words / docs
	}
	return v, nil
}

// languages lists the languages of the index's resources that have stems, in alphabetical order.
func (v *view) languages() []string {
	if v.stems == nil {
		v.stems = []string{}
		for i := range v.parts {
			for _, field := range v.parts[i].segment.Segment().Fields() {
				if language, ok := strings.CutPrefix(field, stemPrefix); ok && !slices.Contains(v.stems, language) {
					v.stems = append(v.stems, language)
				}
			}
		}
		slices.Sort(v.stems)
	}
	return v.stems
}

// close gives back what view took, and says what could not be read meanwhile.
func (v *view) close() error {
	err := v.reader.Close()
	for i := range v.parts {
		if v.parts[i].broken {
			return errors.Join(errStored, err)
		}
	}
	return err
}

var errStored = fmt.Errorf("stored documents: %w", errList)

// id is the identifier of a document, see stored.
func (p *part) id(doc uint32) string { return string(p.stored(doc)) }

// stored is the identifier of a document in the segment's file: those of a million take 70 MB of memory otherwise. It must not
// be used after the view. Where the file is broken it is empty, and close says so.
func (p *part) stored(doc uint32) (id []byte) {
	defer func() {
		if r := recover(); r != nil || len(id) == 0 { // bleve panics on some broken files
			id, p.broken = nil, true
		}
	}()
	id, err := p.segment.Segment().DocID(uint64(doc))
	if err != nil {
		return nil
	}
	return id
}

// postings gives the list of a term, or nil if the segment does not have it. A view reads each list once.
func (p *part) postings(field, term string) (l *listing, err error) {
	key := listKey{field, term}
	if l, ok := p.lists[key]; ok {
		return l, nil
	}
	if strings.HasPrefix(field, stemPrefix) {
		l, err = p.stemmed(field, term)
	} else {
		l, err = p.listed(field, term)
	}
	if err == nil {
		p.lists[key] = l
	}
	return l, err
}

// zapped is the list of a term as zapx reads it, or nil if the segment does not have it.
func (p *part) zapped(field, term string) (segment.PostingsList, error) {
	d, err := p.dictionary(field)
	if err != nil || d == nil {
		return nil, err
	}
	l, err := d.PostingsList([]byte(term), p.segment.Deleted(), nil)
	if err != nil || l.Count() == 0 {
		return nil, err
	}
	return l, nil
}

// documents gives the documents with the term. The bitmap may be the segment's own and must not be changed.
func (p *part) documents(field, term string) (*roaring.Bitmap, error) {
	l, err := p.postings(field, term)
	if err != nil || l == nil {
		return roaring.New(), err
	}
	return l.set(), nil
}

// documentsDeletedToo is documents without leaving deleted ones out.
func (p *part) documentsDeletedToo(field, term string) (*roaring.Bitmap, error) {
	d, err := p.segment.Segment().Dictionary(field)
	if err != nil || d == nil {
		return roaring.New(), err
	}
	l, err := d.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	return bitmapOf(l), nil
}

// bitmapOf gives the documents of a postings list.
func bitmapOf(l segment.PostingsList) *roaring.Bitmap {
	it, ok := l.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return roaring.New()
	}
	if n, ok := it.DocNum1Hit(); ok {
		return roaring.BitmapOf(uint32(n))
	}
	if b := it.ActualBitmap(); b != nil {
		return b
	}
	return roaring.New()
}

// frequency is in how many documents the term is.
func (v *view) frequency(ctx context.Context, field, term string) (int, error) {
	n := 0
	for i := range v.parts {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		l, err := v.parts[i].postings(field, term)
		if err != nil {
			return 0, err
		}
		if l != nil {
			n += l.n
		}
	}
	return n, nil
}
