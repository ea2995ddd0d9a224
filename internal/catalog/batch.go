package catalog

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// rowsAtOnce is how many rows one statement names or writes.
const rowsAtOnce = 100

// chunks cuts a list into parts that one statement takes.
func chunks(all []string) iter.Seq[[]string] { return slices.Chunk(all, rowsAtOnce) }

// list is a list of n parameters, beginning with the given number: ($3, $4).
func list(first, n int) string {
	b := make([]byte, 0, 6*n+2)
	b = append(b, '(')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '$'), int64(first+i), 10)
	}
	return string(append(b, ')'))
}

// tuples is rows lists of columns parameters each.
func tuples(rows, columns int) string {
	all := make([]string, rows)
	for i := range all {
		all[i] = list(1+i*columns, columns)
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
