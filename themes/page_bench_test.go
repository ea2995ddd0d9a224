package themes

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPage renders a page of results as it is with many resources: twelve cards, and nine facets with their values.
func BenchmarkPage(b *testing.B) {
	set, err := OpenSet(SetOptions{})
	require.NoError(b, err)
	theme := set.Main()
	v := Search{Total: 12345, Feed: "/search.atom?q=fractions", Pager: Pager{Page: 1, Pages: 1029, Next: "/search?page=2&q=fractions"}}
	for i := range 12 {
		c := sampleCard(fmt.Sprint("Sharing pizzas fairly ", i), []string{"en", "es"}[i%2])
		c.MarkedTitle = []Piece{{"Sharing ", false}, {"pizzas", true}, {" fairly", false}}
		c.Excerpt = []Piece{{"… with strips of paper, and find that a ", false}, {"pizza", true}, {" is a division that has not been carried out …", false}}
		v.Cards = append(v.Cards, c)
	}
	for i, field := range []string{"standard", "grade", "subject", "type", "permission", "time", "language", "source", "list"} {
		f := Facet{Field: field, Open: i < 4}
		for j := range 12 {
			c := Count{Label: fmt.Sprintf("Value %d", j), Count: 1000 * j, URL: fmt.Sprintf("/search?%s=value-%d&q=fractions", field, j)}
			if j < 5 {
				f.First = append(f.First, c)
			} else {
				f.More = append(f.More, c)
			}
		}
		v.Facets = append(v.Facets, f)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := theme.Page(io.Discard, "search", Frame{Language: "en", Site: "State", Query: "fractions", Path: "/search?q=fractions", NoIndex: true}, v)
		require.NoError(b, err)
	}
}
