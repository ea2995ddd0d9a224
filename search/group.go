package search

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Resources that are one lesson stand in one group: mirrors, which have one Document.Origin, and near copies of a text.
// The group is decided when a resource is indexed, by what is there then, and stored with it as a number: that of the
// first of the group. All of a group are near copies of each other or mirrors, so that it does not drift with each copy.

// Bounds of looking for a group.
const (
	maxAlike   = 32 // resources whose text is compared
	maxMembers = 20 // of a group that are compared
)

// grouping decides the groups of what is stored together.
type grouping struct {
	v       *view
	gone    map[string]bool // what the batch replaces or deletes
	origins map[string]uint64
	bands   map[string][]*grouped
	members map[uint64][]*grouped
}

// grouped is what is known of one resource.
type grouped struct {
	id     string
	origin string
	group  uint64
	sketch *sketch
	bands  []string
}

func newGrouping(v *view) grouping {
	return grouping{v, map[string]bool{}, map[string]uint64{}, map[string][]*grouped{}, map[uint64][]*grouped{}}
}

// add decides the groups of documents that are about to be indexed; nil for those that can have no copy.
func (g *grouping) add(upserts []Document, deletes []string) ([]*grouped, error) {
	for i := range upserts {
		g.gone[upserts[i].ID] = true
	}
	for _, id := range deletes {
		g.gone[id] = true
	}
	out := make([]*grouped, len(upserts))
	for i := range upserts {
		d := &upserts[i]
		n := &grouped{id: d.ID, origin: d.Origin}
		n.sketch, n.bands = sketchOf(d)
		if n.origin == "" && n.sketch == nil {
			continue
		}
		var err error
		if n.group, err = g.find(n); err != nil {
			return nil, err
		}
		out[i] = n
		if n.origin != "" {
			g.origins[n.origin] = n.group
		}
		for _, b := range n.bands {
			g.bands[b] = append(g.bands[b], n)
		}
		g.members[n.group] = append(g.members[n.group], n)
	}
	return out, nil
}

// in adds what is known of a resource to its fields.
func (g *grouped) in(fields map[string]any) map[string]any {
	if g == nil {
		return fields
	}
	fields[fieldGroup], fields[fieldBand] = groupTerm(g.group), g.bands
	if g.origin != "" {
		fields[fieldOrigin] = originTerm(g.origin)
	}
	if g.sketch != nil {
		fields[fieldSketch] = g.sketch
	}
	return fields
}

// find gives the group of a resource: that of its mirrors, that of the nearest copy, or a new one.
func (g *grouping) find(n *grouped) (uint64, error) {
	if n.origin != "" {
		if group, ok := g.origins[n.origin]; ok {
			return group, nil
		}
		mirrors, err := g.stored(fieldOrigin, originTerm(n.origin), 1)
		if err != nil {
			return 0, err
		}
		if len(mirrors) > 0 {
			return mirrors[0].group, nil
		}
	}
	if n.sketch != nil {
		group, err := g.copied(n)
		if err != nil || group != 0 {
			return group, err
		}
	}
	if n.origin != "" {
		return max(1, mix(hashText(1, n.origin))), nil
	}
	return max(1, mix(hashText(hashText(2, n.id), string(n.sketch[:])))), nil
}

// copied gives the group of which all have nearly the same text, 0 if there is none.
func (g *grouping) copied(n *grouped) (uint64, error) {
	tried := map[uint64]bool{}
	best, most := uint64(0), sameText
	for _, b := range n.bands {
		found, err := g.stored(fieldBand, b, maxAlike)
		if err != nil {
			return 0, err
		}
		for _, c := range append(found, g.bands[b][:min(len(g.bands[b]), maxAlike)]...) {
			if tried[c.group] || len(tried) >= maxAlike || c.sketch == nil {
				continue
			}
			tried[c.group] = true
			members, err := g.stored(fieldGroup, groupTerm(c.group), maxMembers)
			if err != nil {
				return 0, err
			}
			least := 1.0
			for _, m := range append(members, g.members[c.group][:min(len(g.members[c.group]), maxMembers)]...) {
				if m.sketch != nil {
					least = min(least, n.sketch.like(m.sketch))
				}
			}
			if least >= most && (best == 0 || least > most || c.group < best) {
				best, most = c.group, least
			}
		}
	}
	return best, nil
}

// stored reads resources with a term that stay in the index, the first by ID.
func (g *grouping) stored(field, term string, most int) ([]*grouped, error) {
	var out []*grouped
	for i := range g.v.parts {
		p := &g.v.parts[i]
		b, err := p.documents(field, term)
		if err != nil {
			return nil, err
		}
		for it := b.Iterator(); it.HasNext() && len(out) < 4*most; {
			d := it.Next()
			id := p.id(d)
			if g.gone[id] {
				continue
			}
			n := &grouped{id: id, group: p.group[d]}
			if n.sketch, err = readSketch(p.segment.Segment(), d); err != nil {
				return nil, err
			}
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b *grouped) int { return cmp.Compare(a.id, b.id) })
	return out[:min(len(out), most)], nil
}

func readSketch(s segment.Segment, d uint32) (found *sketch, err error) {
	err = s.VisitStoredFields(uint64(d), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == fieldSketch && len(value) == bins {
			found = new(sketch)
			copy(found[:], value)
			return false
		}
		return true
	})
	return found, err
}

func groupTerm(g uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], g)
	return string(b[:])
}

func originTerm(s string) string { return s[:min(len(s), maxValue)] }

// shared are the groups that have, or had, several resources. Groups are only added: one that has shrunk again costs a
// little and is right.
type shared struct {
	mu   sync.RWMutex
	in   map[uint64]bool
	list []uint64
}

func (s *shared) add(group uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in == nil {
		s.in = map[uint64]bool{}
	}
	if !s.in[group] {
		s.in[group] = true
		s.list = append(s.list, group)
	}
}

// learn adds the groups that several documents of the view are in.
func (s *shared) learn(v *view) {
	var all []uint64
	for i := range v.parts {
		for it := v.parts[i].live.Iterator(); it.HasNext(); {
			if g := v.parts[i].group[it.Next()]; g != 0 {
				all = append(all, g)
			}
		}
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			s.add(all[i])
		}
	}
}

// learnBatch adds the groups that a batch brings further resources into. Seen are the groups of batches before it that the
// view does not have; those of this one are added.
func (s *shared) learnBatch(v *view, batch []*grouped, seen map[uint64]bool) error {
	for _, n := range batch {
		if n == nil {
			continue
		}
		again := seen[n.group]
		for i := 0; i < len(v.parts) && !again; i++ {
			b, err := v.parts[i].documents(fieldGroup, groupTerm(n.group))
			if err != nil {
				return err
			}
			again = !b.IsEmpty()
		}
		if again {
			s.add(n.group)
		}
		seen[n.group] = true
	}
	return nil
}

// copies are the documents of a segment that are in shared groups.
type copies struct {
	mu    sync.Mutex
	docs  *roaring.Bitmap // replaced, never changed
	known int             // how many of the shared groups it knows; -1 none
}

// copiesIn gives the documents of a part that are in shared groups. The bitmap must not be changed.
func (s *shared) copiesIn(p *part) (*roaring.Bitmap, error) {
	s.mu.RLock()
	list := s.list
	s.mu.RUnlock()
	c := &p.columns.copies
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.docs != nil && c.known >= len(list) {
		return c.docs, nil
	}
	if c.docs != nil && len(list)-c.known < 1000 {
		docs := c.docs.Clone()
		for _, g := range list[c.known:] {
			l, err := p.documentsDeletedToo(fieldGroup, groupTerm(g))
			if err != nil {
				return nil, err
			}
			docs.Or(l)
		}
		c.docs, c.known = docs, len(list)
		return docs, nil
	}
	c.docs, c.known = s.copiesAmong(p.columns)
	return c.docs, nil
}

// copiesAmong looks for the documents in shared groups among all, and gives how many groups it knew.
func (s *shared) copiesAmong(c *columns) (*roaring.Bitmap, int) {
	docs := roaring.New()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for d, g := range c.group {
		if g != 0 && s.in[g] {
			docs.Add(uint32(d))
		}
	}
	docs.RunOptimize()
	return docs, len(s.list)
}
