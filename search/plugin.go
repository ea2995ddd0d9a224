package search

import (
	"errors"
	"hash/crc32"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// batch gives what bleve is to be handed, to get the segment. Nothing may be added to its documents.
func (s *built) batch() *index.Batch {
	b := index.NewBatch()
	for _, id := range s.ids {
		b.Update(builtDocument{id, s})
	}
	return b
}

// builtDocument is a document that is in a segment already.
type builtDocument struct {
	id string
	in *built
}

func (d builtDocument) ID() string                                 { return d.id }
func (d builtDocument) Size() int                                  { return len(d.id) }
func (d builtDocument) VisitFields(index.FieldVisitor)             {}
func (d builtDocument) VisitComposite(index.CompositeFieldVisitor) {}
func (d builtDocument) HasComposite() bool                         { return false }
func (d builtDocument) NumPlainTextBytes() uint64                  { return 0 }
func (d builtDocument) AddIDField()                                {}
func (d builtDocument) StoredFieldsBytes() uint64                  { return 0 }
func (d builtDocument) Indexed() bool                              { return false }

// plugin is zapx's, and takes segments that are there.
type plugin struct{ zap.ZapPlugin }

// register makes bleve use the plugin, for all indexes of this process: it knows no other way.
var register = sync.OnceFunc(func() { scorch.RegisterSegmentPlugin(&plugin{}, true) })

func (p *plugin) New(docs []index.Document) (segment.Segment, uint64, error) {
	return p.NewUsing(docs, nil)
}

func (p *plugin) NewUsing(docs []index.Document, config map[string]any) (segment.Segment, uint64, error) {
	if len(docs) == 0 {
		return p.ZapPlugin.NewUsing(docs, config)
	}
	first, ok := docs[0].(builtDocument)
	if !ok {
		return p.ZapPlugin.NewUsing(docs, config)
	}
	s := first.in
	if len(docs) != len(s.ids) {
		return nil, 0, errors.New("a segment without some of its documents")
	}
	base, err := zap.InitSegmentBase(s.mem, crc32.ChecksumIEEE(s.mem), zap.DefaultChunkMode, uint64(len(docs)), s.stored, s.indexed, config)
	if err != nil { // not base, which would be an interface that is not nil
		return nil, 0, err
	}
	return base, uint64(len(s.mem)), nil
}

// opener is told of each segment that is opened before anything is found in it, through the plugin's configuration.
type opener struct {
	tell func(s segment.Segment, path string)
}

const keyOpener = "commonplace/opener"

// MarshalJSON is for bleve, which stores what an index is made with. There is nothing to store.
func (*opener) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// OpenUsing opens a segment, and tells the opener of the configuration.
func (p *plugin) OpenUsing(path string, config map[string]any) (segment.Segment, error) {
	s, err := p.ZapPlugin.OpenUsing(path, config)
	if err != nil {
		return nil, err
	}
	if o, ok := config[keyOpener].(*opener); ok {
		o.tell(s, path)
	}
	return s, nil
}
