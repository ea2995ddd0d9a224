package catalog

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// valuesAtOnce is how many values one statement names: SQLite's driver takes time by the square of the number of parameters
// to bind them, so that more would be slower.
const valuesAtOnce = 100

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

// args puts the parameters of a list behind others.
func args(list []string, first ...any) []any {
	all := append(make([]any, 0, len(first)+len(list)), first...)
	for _, s := range list {
		all = append(all, s)
	}
	return all
}
