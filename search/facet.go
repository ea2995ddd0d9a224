package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// filter is the chosen values of one field, ready to run.
type filter struct {
	field Field
	atom
}

// filters makes the filters ready, in the order of the fields.
func (x *Index) filters(chosen Filters) []filter {
	l := x.library.Load()
	var out []filter
	for _, f := range Fields() {
		var values []string
		for _, v := range chosen[f] {
			if searchable(v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			out = append(out, filter{f, x.fieldOf(l, f, values)})
		}
	}
	return out
}

// choices are the documents of a part that each filter lets through.
func (r *run) choices(p *part) ([]*roaring.Bitmap, error) {
	sets := make([]*roaring.Bitmap, len(r.filters))
	for i, f := range r.filters {
		var err error
		if sets[i], err = f.match(p); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// narrow keeps the documents that pass all filters but those of the field except.
func (r *run) narrow(choices []*roaring.Bitmap, set *roaring.Bitmap, except Field) *roaring.Bitmap {
	for i, f := range r.filters {
		if f.field != except || f.field == Permission {
			set = roaring.And(set, choices[i])
		}
	}
	return set
}

// counts are how many matches have each value of a field, by the value's number in the vocabulary. Most values have none:
// what goes over all values only looks at those that were there.
type counts struct {
	sums  []int32
	there []uint32 // the values with a sum
}

// add counts the values of the documents of one part, see [column.count].
func (n *counts) add(c *column, docs []uint32, set dense, room *[]int32) {
	if c == nil || len(c.names) == 0 {
		return
	}
	if len(docs) < len(c.names)/8 {
		c.each(docs, func(v uint32) { n.put(c.shared[v], 1) })
		return
	}
	if cap(*room) <= len(c.names) {
		*room = make([]int32, 2*len(c.names)+1)
	}
	sums := (*room)[:len(c.names)+1]
	clear(sums)
	c.count(docs, set, sums)
	for i, v := range sums[1:] {
		if v == 0 {
			continue
		}
		n.put(c.shared[i], v)
	}
}

// put adds to the count of a value.
func (n *counts) put(value uint32, more int32) {
	if int(value) >= len(n.sums) {
		n.sums = append(n.sums, make([]int32, int(value)+1-len(n.sums)+64)...)
	}
	if n.sums[value] == 0 {
		n.there = append(n.there, value)
	}
	n.sums[value] += more
}

// named gives the values that are there, by their names.
func (n *counts) named(names []string) map[string]int {
	out := make(map[string]int, len(n.there))
	for _, v := range n.there {
		out[names[v]] = int(n.sums[v])
	}
	return out
}

// maxStandards is how many statements the facet of standards names.
const maxStandards = 100

// meanings caches what statements the values of the facet of standards mean: what was indexed before its framework was
// imported counts for the imported statement.
type meanings struct {
	mu      sync.Mutex
	library *standards.Library
	to      []uint32
}

// of gives, for each number of the vocabulary, the number of what it means now.
func (m *meanings) of(l *standards.Library, v *vocabulary) []uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.library != l || m.to == nil {
		m.library, m.to = l, []uint32{}
	}
	imported := len(l.Frameworks()) > 0
	for names := v.list(); len(m.to) < len(names); names = v.list() {
		at := uint32(len(m.to))
		if imported {
			if r := l.Resolve(names[at]); r.Known() {
				at, _ = v.number(r.Key())
			}
		}
		m.to = append(m.to, at)
	}
	return m.to[:len(m.to):len(m.to)]
}

// listStandards names the statements that most matches are aligned to, and the chosen ones.
func (x *Index) listStandards(n *counts, chosen []pick) []Facet {
	l, v := x.library.Load(), x.columns.vocabulary(Standard)
	to := x.meanings.of(l, v)
	merged := &counts{}
	for _, v := range n.there {
		merged.put(to[v], n.sums[v])
	}
	var keys []pick
	for _, c := range chosen {
		m := meant(l, l.ResolveAll(strings.TrimLeft(c.value, string(Alone+Crosswalk))))
		if s, ok := l.Statement(c.value); ok {
			m.statements = []string{s.Key}
		}
		for _, key := range m.statements {
			keys = append(keys, pick{value: key, count: c.count})
		}
	}
	names := v.list()
	shown := merged.most(maxStandards, names)
	for _, k := range keys {
		shown[k.value] = k.count // what is below counts too: it is what was chosen
	}
	out := listFacet(Standard, shown, keys)
	rest := out[min(len(out), maxStandards):]
	return append(out[:len(out)-len(rest)], slices.DeleteFunc(rest, func(f Facet) bool { return !f.Selected })...)
}

// most gives the values that most matches have, of equal ones the first by name.
func (n *counts) most(room int, names []string) map[string]int {
	sums := make([]int32, len(n.there))
	for i, v := range n.there {
		sums[i] = n.sums[v]
	}
	slices.Sort(sums)
	least := int32(1)
	if len(sums) > room {
		least = sums[len(sums)-room]
	}
	out := make(map[string]int, room)
	var last []string // those with the least count that is shown, of which not all may be
	for _, v := range n.there {
		switch sum := n.sums[v]; {
		case sum > least:
			out[names[v]] = int(sum)
		case sum == least:
			last = append(last, names[v])
		}
	}
	slices.Sort(last)
	for _, name := range last[:min(len(last), room-len(out))] {
		out[name] = int(least)
	}
	return out
}

// listFacet puts the counts in order: grades as they go, everything else by count, then by name. Chosen values are
// there even if nothing has them.
func listFacet(f Field, counts map[string]int, chosen []pick) []Facet {
	marked, others := map[string]bool{}, map[string]int{}
	for _, c := range chosen {
		found := false
		for name := range counts {
			if sameValue(f, valueKey(f, name), []string{valueKey(f, c.value)}) {
				marked[name], found = true, true
			}
		}
		if !found {
			others[c.value] = c.count
		}
	}
	out := []Facet{}
	for name, n := range counts {
		out = append(out, Facet{Value: name, Count: n, Selected: marked[name]})
	}
	for name, n := range others {
		out = append(out, Facet{Value: name, Count: n, Selected: true})
	}
	slices.SortFunc(out, func(a, b Facet) int {
		if f == Time {
			return cmp.Or(cmp.Compare(bandOrder(a.Value), bandOrder(b.Value)), cmp.Compare(a.Value, b.Value))
		}
		if f == Grade {
			if c := cmp.Compare(gradeOrder(a.Value), gradeOrder(b.Value)); c != 0 {
				return c
			}
			return cmp.Compare(a.Value, b.Value)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}

func gradeOrder(g string) int {
	if i := slices.Index(grades, g); i >= 0 {
		return i
	}
	return len(grades)
}
