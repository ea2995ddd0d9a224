package search

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// maxOthers is how many of the collapsed resources a hit names.
const maxOthers = 20

// member is a match that is in a group.
type member struct {
	group uint64
	part  int
	doc   uint32
	own   bool
	at    position // without its identifier, as long as nobody asked for it
}

// selection is what one facet, or the page, is about: the matches that pass all filters but those of one field.
type selection struct {
	members []member
	sorted  bool // by group
}

func (s *selection) add(i int, p *part, docs *roaring.Bitmap) {
	s.members = slices.Grow(s.members, int(docs.GetCardinality()))
	for it := docs.Iterator(); it.HasNext(); {
		d := it.Next()
		s.members = append(s.members, member{group: p.group[d], part: i, doc: d})
	}
	s.sorted = false
}

// sort puts members of one group beside each other, in the order in which they were added.
func (s *selection) sort() {
	if s.sorted {
		return
	}
	type key struct {
		group uint64
		at    int
	}
	keys := make([]key, len(s.members)) // members are large
	for i := range s.members {
		keys[i] = key{s.members[i].group, i}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.group, b.group), a.at-b.at) })
	sorted := make([]member, len(keys))
	for i, k := range keys {
		sorted[i] = s.members[k.at]
	}
	s.members, s.sorted = sorted, true
}

// each calls f with the members of each group.
func (s *selection) each(f func([]member) error) error {
	s.sort()
	for i := 0; i < len(s.members); {
		j := i + 1
		for j < len(s.members) && s.members[j].group == s.members[i].group {
			j++
		}
		if err := f(s.members[i:j]); err != nil {
			return err
		}
		i = j
	}
	return nil
}

// of gives the members of a group.
func (s *selection) of(group uint64) []member {
	s.sort()
	from, found := slices.BinarySearchFunc(s.members, group, func(m member, g uint64) int { return cmp.Compare(m.group, g) })
	if !found || group == 0 {
		return nil
	}
	to := from
	for to < len(s.members) && s.members[to].group == group {
		to++
	}
	return s.members[from:to]
}

// ahead reports whether a member rather stands for its group than another: one of this server, otherwise the first in the
// order of hits.
func (r *run) ahead(a, b *member) bool {
	if a.own != b.own {
		return a.own
	}
	return r.before(&a.at, &b.at)
}

// before is position.before, for positions that may have no identifier yet.
func (r *run) before(a, b *position) bool {
	if a.titled == b.titled && a.score == b.score && a.name == b.name && a.modified == b.modified {
		r.identify(a)
		r.identify(b)
	}
	return a.before(*b)
}

func (r *run) identify(at *position) {
	if at.id == "" {
		at.id = r.v.parts[at.part].id(at.doc)
	}
}

// others are the other resources that a hit stands for, the best first.
func (r *run) others(h *position) []string {
	members := slices.Clone(r.page.of(r.v.parts[h.part].group[h.doc]))
	slices.SortFunc(members, func(a, b member) int {
		if r.ahead(&a, &b) {
			return -1
		}
		return 1
	})
	var out []string
	for i := range members {
		if m := &members[i]; m.part != h.part || m.doc != h.doc {
			r.identify(&m.at)
			out = append(out, m.at.id)
		}
	}
	return out
}

// collapse counts each group of the matches once, and lets its best resource stand for it.
func (r *run) collapse() error {
	err := r.page.each(func(members []member) error {
		r.total++
		first := &members[0]
		for i := range members {
			if m := &members[i]; m != first && r.ahead(m, first) {
				first = m
			}
		}
		if r.start != nil || !r.best.full() || r.before(&first.at, &r.best.heap[0]) {
			r.identify(&first.at)
			r.keep(first.at)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for f, n := range r.counts {
		s := r.selections[f]
		if s == nil {
			s = &r.page
		}
		if err := r.collapseFacet(f, n, s); err != nil {
			return err
		}
	}
	return nil
}

// collapseFacet counts the values of the groups for one field.
func (r *run) collapseFacet(f Field, n *counts, s *selection) error {
	if len(s.members) == 0 {
		return nil
	}
	under := f == Standard && r.request.StandardUnder != ""
	var matchers []matcher
	var sums []*int
	for i := range r.picks[f] {
		matchers, sums = append(matchers, r.picks[f][i].match), append(sums, &r.picks[f][i].count)
	}
	if under {
		for i := range r.branches {
			matchers, sums = append(matchers, r.branches[i].match), append(sums, &r.branches[i].count)
		}
	}
	sets := make([][]*roaring.Bitmap, len(matchers))
	for i, m := range matchers {
		sets[i] = make([]*roaring.Bitmap, len(r.v.parts))
		for j := range r.v.parts {
			var err error
			if sets[i][j], err = m(&r.v.parts[j]); err != nil {
				return err
			}
		}
	}
	var values []uint32
	return s.each(func(members []member) error {
		for i := range sets {
			for j := range members {
				if sets[i][members[j].part].Contains(members[j].doc) {
					*sums[i]++
					break
				}
			}
		}
		if under {
			return nil
		}
		values = values[:0]
		for i := range members {
			m := &members[i]
			values = r.v.parts[m.part].values[f].appendShared(values, m.doc)
		}
		if len(members) > 1 {
			slices.Sort(values)
			values = slices.Compact(values)
		}
		for _, v := range values {
			n.put(v, 1)
		}
		return nil
	})
}
