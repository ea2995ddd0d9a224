package search

import (
	"cmp"
	"slices"
	"strings"

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

// narrow keeps the documents that pass all filters but that of the field except.
func (r *run) narrow(p *part, set *roaring.Bitmap, except Field) (*roaring.Bitmap, error) {
	for _, f := range r.filters {
		if f.field == except && f.field != Permission {
			continue
		}
		b, err := f.match(p)
		if err != nil {
			return nil, err
		}
		set = roaring.And(set, b)
	}
	return set, nil
}

// count adds up how many documents of the set have each value of the field.
func (p *part) count(f Field, set *roaring.Bitmap, counts map[string]int) {
	c := p.values[f]
	if c == nil || len(c.names) == 0 {
		return
	}
	sums := make([]int, len(c.names))
	it := set.ManyIterator()
	buffer := make([]uint32, 512)
	for n := it.NextMany(buffer); n > 0; n = it.NextMany(buffer) {
		for _, d := range buffer[:n] {
			for _, v := range c.of(d) {
				sums[v]++
			}
		}
	}
	for i, n := range sums {
		if n > 0 {
			counts[c.names[i]] += n
		}
	}
}

// maxStandards is how many statements the facet of standards names.
const maxStandards = 100

// listStandards puts the counts of statements in order. What was indexed before its framework was imported counts for
// the imported statement.
func listStandards(l *standards.Library, counts map[string]int, chosen []pick) []Facet {
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
	merged := make(map[string]int, len(counts))
	imported := len(l.Frameworks()) > 0
	for key, n := range counts {
		if imported {
			if r := l.Resolve(key); r.Known() {
				key = r.Key()
			}
		}
		merged[key] += n
	}
	for _, k := range keys {
		merged[k.value] = k.count // what is below counts too: it is what was chosen
	}
	out := listFacet(Standard, merged, keys)
	rest := out[min(len(out), maxStandards):]
	return append(out[:len(out)-len(rest)], slices.DeleteFunc(rest, func(f Facet) bool { return !f.Selected })...)
}

// listFacet puts the counts in order: grades as they go, everything else by count, then by name. Chosen values are
// there even if nothing has them.
func listFacet(f Field, counts map[string]int, chosen []pick) []Facet {
	marked, others := map[string]bool{}, map[string]int{}
	for _, c := range chosen {
		found := false
		for name := range counts {
			if sameValue(f, fold(name), []string{fold(c.value)}) {
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
