package search

import (
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
	at    position
}

// selection is what one facet, or the page, is about: the matches that pass all filters but those of one field.
type selection struct {
	members []member
	sorted  bool // by group
}

func (s *selection) add(i int, p *part, docs *roaring.Bitmap) {
	for it := docs.Iterator(); it.HasNext(); {
		d := it.Next()
		s.members = append(s.members, member{group: p.group[d], part: i, doc: d})
	}
	s.sorted = false
}

// each calls f with the members of each group.
func (s *selection) each(f func([]member) error) error {
	if !s.sorted {
		slices.SortFunc(s.members, func(a, b member) int {
			switch {
			case a.group < b.group:
				return -1
			case a.group > b.group:
				return 1
			case a.part != b.part:
				return a.part - b.part
			}
			return int(a.doc) - int(b.doc)
		})
		s.sorted = true
	}
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

// collapse counts each group of the matches once, and lets its best resource stand for it: one of this server, if it has
// any, otherwise the first in the order of hits.
func (r *run) collapse() error {
	r.others = map[string][]string{}
	err := r.page.each(func(members []member) error {
		r.total++
		slices.SortFunc(members, func(a, b member) int {
			switch {
			case a.own != b.own:
				if a.own {
					return -1
				}
				return 1
			case a.at.before(b.at):
				return -1
			}
			return 1
		})
		first := members[0].at
		for _, m := range members[1:] {
			r.others[first.id] = append(r.others[first.id], m.at.id)
		}
		r.keep(first)
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
			if slices.ContainsFunc(members, func(m member) bool { return sets[i][m.part].Contains(m.doc) }) {
				*sums[i]++
			}
		}
		if under {
			return nil
		}
		values = values[:0]
		for _, m := range members {
			values = r.v.parts[m.part].values[f].appendShared(values, m.doc)
		}
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			n.put(v, 1)
		}
		return nil
	})
}
