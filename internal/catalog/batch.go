package catalog

import (
	"iter"
	"slices"
	"strings"
)

// How many values one statement names, and how many rows it writes: the driver takes time by the square of the number of
// parameters to bind them, so that more would be slower.
const (
	valuesAtOnce = 100
	rowsAtOnce   = 16
)

// chunks cuts a list into parts that one statement takes.
func chunks(all []string) iter.Seq[[]string] { return slices.Chunk(all, valuesAtOnce) }

// list is a list of n parameters behind those that are numbered: (?,?). They have no numbers of their own because the
// driver looks for those much longer; SQLite counts them on from the largest number before.
func list(n int) string {
	return "(?" + strings.Repeat(",?", n-1) + ")"
}

// tuples is rows lists of columns parameters each.
func tuples(rows, columns int) string {
	return list(columns) + strings.Repeat(","+list(columns), rows-1)
}

// args puts the parameters of a list behind others.
func args(list []string, first ...any) []any {
	all := append(make([]any, 0, len(first)+len(list)), first...)
	for _, s := range list {
		all = append(all, s)
	}
	return all
}
