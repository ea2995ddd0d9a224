package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// name makes a word of a number.
func name(n uint64) string {
	s := "q"
	for range 4 {
		s += string("bdfgklmnprstvz"[n%14]) + string("aeiou"[n%5])
		n /= 11
	}
	return s
}

// corpus makes n resources of about 1 kB with words in a natural distribution.
func corpus(n int) []search.Document {
	r := rand.New(rand.NewPCG(3, 4))
	words := rand.NewZipf(r, 1.1, 4, 30_000)
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(name(words.Uint64()) + " ")
		}
		return b.String()
	}
	domains := []string{"OA", "NBT", "NF", "MD", "G"}
	docs := make([]search.Document, n)
	for i := range docs {
		grade := 1 + r.IntN(5)
		docs[i] = search.Document{
			ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), i), Title: text(5), Description: text(30), Body: text(150),
			Language: []string{"en", "en", "es"}[r.IntN(3)], Type: []string{"lesson", "unit", "activity", "assessment"}[r.IntN(4)],
			License: "CC-BY-4.0", Grades: []string{fmt.Sprint(grade)}, Subjects: []string{[]string{"mathematics", "science", "history"}[r.IntN(3)]},
			Teaches:  []string{fmt.Sprintf("%d.%s.A.%d", grade, domains[r.IntN(len(domains))], 1+r.IntN(3))},
			Modified: time.Unix(int64(1_600_000_000+r.IntN(100_000_000)), 0),
		}
	}
	return docs
}

func BenchmarkSearch(b *testing.B) {
	for _, size := range []int{1000, 20_000} {
		docs := corpus(size)
		x, err := search.Open("", search.Options{})
		require.NoError(b, err)
		for i := 0; i < len(docs); i += 500 {
			require.NoError(b, x.Apply(b.Context(), int64(i+1), docs[i:min(i+500, len(docs))], nil))
		}
		for _, kind := range []struct {
			name, query string
			filters     search.Filters
			sort        search.Sort
		}{
			{"everything", "", nil, search.Newest},
			{"word", name(900), nil, search.Relevance},
			{"words", name(90) + " " + name(300) + " " + name(2000), nil, search.Relevance},
			{"broad", name(5), nil, search.Relevance},
			{"filtered", name(40) + " " + name(90), search.Filters{search.Grade: {"5"}, search.Subject: {"science"}}, search.Relevance},
			{"phrase", `"` + name(5) + " " + name(9) + `"`, nil, search.Relevance},
			{"standard", "standard:5.NF.A.1", nil, search.Relevance},
			{"subtree", "standard:5.NF", nil, search.Relevance},
			{"misspelled", "x" + name(900), nil, search.Relevance},
			{"newest", name(5), nil, search.Newest},
		} {
			b.Run(fmt.Sprintf("%d/%s", size, kind.name), func(b *testing.B) {
				q, _ := search.ParseQuery(kind.query)
				b.ReportAllocs()
				for b.Loop() {
					_, err := x.Search(b.Context(), search.Request{Query: q, Filters: kind.filters, Sort: kind.sort})
					require.NoError(b, err)
				}
			})
		}
		require.NoError(b, x.Close())
	}
}

func BenchmarkApply(b *testing.B) {
	docs := corpus(500)
	b.Run("500", func(b *testing.B) {
		x, err := search.Open(b.TempDir(), search.Options{})
		require.NoError(b, err)
		n := int64(0)
		for b.Loop() {
			n++
			require.NoError(b, x.Apply(b.Context(), n, docs, nil))
		}
		require.NoError(b, x.Close())
	})
	b.Run("1", func(b *testing.B) {
		x, err := search.Open(b.TempDir(), search.Options{})
		require.NoError(b, err)
		n := int64(0)
		for b.Loop() {
			n++
			require.NoError(b, x.Apply(b.Context(), n, docs[n%500:n%500+1], nil))
		}
		require.NoError(b, x.Close())
	})
}
