package catalog

import (
	"context"
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

// execRows runs a statement over rows of some values each, as many at once as one takes: a database over the network answers
// each statement after a round trip, for which all that write wait.
func (t *ticket) execRows(ctx context.Context, before, behind string, width int, values []any) error {
	for some := range slices.Chunk(values, valuesAtOnce/width*width) {
		var b strings.Builder
		b.WriteString(before)
		for i := range len(some) / width {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(list(i*width, width))
		}
		b.WriteString(behind)
		if err := t.tx.later(ctx, b.String(), some...); err != nil {
			return err
		}
	}
	return nil
}

// execLists runs a statement that ends in a list of values, as many at once as one takes.
func (t *ticket) execLists(ctx context.Context, query string, first, values []any) error {
	for some := range slices.Chunk(values, valuesAtOnce) {
		if err := t.tx.later(ctx, query+list(len(first), len(some)), append(slices.Clone(first), some...)...); err != nil {
			return err
		}
	}
	return nil
}
