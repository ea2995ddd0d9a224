package search

import "github.com/RoaringBitmap/roaring/v2"

// pick is a chosen value of a filter, and how many documents choosing it alone gives.
type pick struct {
	value string
	match matcher
	count int
}

// picks are the chosen values of the fields that facets are counted over.
func (x *Index) picks(fields []Field, chosen Filters) map[Field][]pick {
	l := x.library.Load()
	out := map[Field][]pick{}
	for _, f := range fields {
		for _, v := range chosen.chosen(f) {
			out[f] = append(out[f], pick{value: v, match: x.fieldOf(l, f, []string{v}).match})
		}
	}
	return out
}

// countPicks adds up how many documents of the set have each value: not all are values of a column, such as ranges.
func (p *part) countPicks(list []pick, set *roaring.Bitmap) error {
	for i := range list {
		b, err := list[i].match(p)
		if err != nil {
			return err
		}
		list[i].count += int(set.AndCardinality(b))
	}
	return nil
}
