package catalog

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// How many values one statement names, and how many rows it writes: SQLite's driver takes time by the square of the number
// of parameters to bind them, so that more would be slower.
const (
	valuesAtOnce = 100
	rowsAtOnce   = 16
)

// chunks cuts a list into parts that one statement takes.
func chunks(all []string) iter.Seq[[]string] { return slices.Chunk(all, valuesAtOnce) }

// list is a list of n parameters behind some others: ($3,$4) are two behind two.
func list(behind, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("(,"[min(i, 1)])
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(behind + i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// tuples is rows lists of columns parameters each.
func tuples(rows, columns int) string {
	var all []string
	for row := range rows {
		all = append(all, list(row*columns, columns))
	}
	return strings.Join(all, ",")
}

// args puts the parameters of a list behind others.
func args(list []string, first ...any) []any {
	all := append(make([]any, 0, len(first)+len(list)), first...)
	for _, s := range list {
		all = append(all, s)
	}
	return all
}
