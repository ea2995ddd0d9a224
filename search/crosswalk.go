package search

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// linkBonus is what a resource scores that is aligned to a linked statement, by the type of the association. Types that
// are not here are no reason to find it. All are less than bonusBelow.
var linkBonus = map[string]float64{
	standards.ExactMatchOf: 12, standards.IsTranslationOf: 11, standards.ReplacedBy: 10, standards.IsPeerOf: 6,
	standards.IsRelatedTo: 5, standards.Precedes: 3,
}

// maxLinks bounds the statements that one term reaches through crosswalks, and maxAround those it looks around from.
const (
	maxLinks  = 300
	maxAround = 1000
)

// link is a statement that a crosswalk leads to.
type link struct {
	relation  string
	inverse   bool
	statement string
	keys      []string // that alignments to it are indexed as
}

// detour finds documents by a link.
type detour struct {
	match matcher
	via   Via
}

// direct finds what the atom finds without links.
func (a atom) direct() matcher {
	if a.own != nil {
		return a.own
	}
	return a.match
}

// linked lists what the statements and those below them are linked to: with Tree what they replaced, with Crosswalk all
// of it, the closest first.
func (x *Index) linked(l *standards.Library, statements []string, reach Reach) []link {
	if reach == Alone || len(statements) == 0 || len(l.Frameworks()) == 0 {
		return nil
	}
	own := map[string]bool{}
	for _, s := range statements {
		own[s] = true
	}
	var links []link
	seen := map[string]bool{}
	add := func(relation string, inverse bool, statement string) {
		if !own[statement] && !seen[statement] && len(links) < maxLinks {
			seen[statement] = true
			links = append(links, link{relation, inverse, statement, l.Keys(statement)})
		}
	}
	if reach == Crosswalk {
		around := slices.Clone(statements)
		for _, s := range statements {
			around = append(around, l.Descendants(s)...)
		}
		around = unique(around)
		for _, s := range around {
			own[s] = true
		}
		var all []standards.Relation
		for _, s := range around[:min(len(around), maxAround)] {
			for _, r := range l.Related(s) {
				if linkBonus[r.Type] > 0 {
					all = append(all, r)
				}
			}
		}
		slices.SortStableFunc(all, func(a, b standards.Relation) int { return int(linkBonus[b.Type] - linkBonus[a.Type]) })
		for _, r := range all {
			add(r.Type, r.Inverse, r.Other)
		}
	}
	outdated := x.outdated(l)
	for _, s := range statements {
		for _, old := range outdated[s] {
			add(standards.ReplacedBy, true, old)
		}
	}
	return links
}

// outdated holds what the statements of a library, and those below them, replaced.
type outdated struct {
	library *standards.Library
	by      map[string][]string
}

// outdated is made once for each library: walking the tree for each query would cost more than the query.
func (x *Index) outdated(l *standards.Library) map[string][]string {
	if o := x.replaced.Load(); o != nil && o.library == l {
		return o.by
	}
	by := map[string][]string{}
	for _, f := range l.Frameworks() {
		for _, a := range f.Associations {
			if a.Type != standards.ReplacedBy {
				continue
			}
			for _, s := range l.Successors(a.Origin) {
				for _, key := range append([]string{s}, l.Ancestors(s)...) {
					if len(by[key]) < maxLinks && !slices.Contains(by[key], a.Origin) {
						by[key] = append(by[key], a.Origin)
					}
				}
			}
		}
	}
	x.replaced.Store(&outdated{l, by})
	return by
}

// mark is a clause that finds documents by links.
type mark struct {
	own     matcher
	detours []detour
}

// marks are those of the clauses and filters.
func marks(clauses []clause, filters []filter) []mark {
	var out []mark
	add := func(atoms []atom) {
		var m mark
		var own []matcher
		for _, a := range atoms {
			m.detours = append(m.detours, a.detours...)
			if a.not {
				return // found for what it is not
			}
			own = append(own, a.direct())
		}
		if len(m.detours) > 0 {
			m.own = both(own...)
			out = append(out, m)
		}
	}
	for _, c := range clauses {
		add(c.atoms)
	}
	for _, f := range filters {
		add([]atom{f.atom})
	}
	return out
}

// via says of each hit how it was found.
func (r *run) via(hits []Hit) error {
	byID := map[string]*Hit{}
	for i := range hits {
		byID[hits[i].ID] = &hits[i]
	}
	found := make([]map[uint32]*Hit, len(r.v.parts)) // by document
	for _, at := range r.best.heap {
		if h := byID[at.id]; h != nil {
			if found[at.part] == nil {
				found[at.part] = map[uint32]*Hit{}
			}
			found[at.part][at.doc] = h
		}
	}
	for _, m := range r.marks {
		for i := range r.v.parts {
			p := &r.v.parts[i]
			own, err := m.own(p)
			if err != nil {
				return err
			}
			own = roaring.Or(own, roaring.Flip(p.live, 0, uint64(p.docs)))
			for _, d := range m.detours {
				b, err := d.match(p)
				if err != nil {
					return err
				}
				for doc, h := range found[i] {
					if h.Via == nil && b.Contains(doc) && !own.Contains(doc) {
						h.Via = &d.via
					}
				}
			}
		}
	}
	return nil
}

// preferences rank what filters find directly before what they find by links.
func preferences(filters []filter) []clause {
	var out []clause
	for _, f := range filters {
		if len(f.detours) > 0 {
			out = append(out, clause{faint: true, atoms: []atom{{bonuses: f.bonuses}}})
		}
	}
	return out
}
