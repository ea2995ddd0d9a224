package search_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func TestSpellingMinds(t *testing.T) {
	texts := []string{
		"The League of Nations met in Geneva.", "Vague notions of heat and cold.", "More notions of heat.", "Notions again.",
		"The charter of the colony.", "A nonlinear resistor is not ohmic.", "Quantum numbers of the atom.", "Heat and cold",
	}
	var docs []search.Document
	for i, s := range texts {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: fmt.Sprint("Text ", i), Body: s})
	}
	x := filled(t, docs)
	for _, c := range []struct{ why, query, read string }{
		{"the other words", "league of ntions", "nations"},
		{"how often a word is, where nothing else decides", "ntions", "notions"},
		{"sound at the beginning", "kwantum", "quantum"},
		{"words run together", "vaguenotions", "vague notions"},
		{"a word that was split", "char ter", "charter"},
		{"a known part of a word like no other", "pseudohmicohmic", "ohmic"},
	} {
		t.Run(c.why, func(t *testing.T) {
			hints := find(t, x, c.query).Hints
			require.Len(t, hints, 1)
			assert.Equal(t, search.HintSpelling, hints[0].Kind)
			assert.Equal(t, []string{c.read}, hints[0].Suggestions)
		})
	}
	assert.Empty(t, find(t, x, "quantums").Hints, "another form of a known word is no misspelling")
}

// BenchmarkSpelling is a search for one word that nothing has, among so many different words.
func BenchmarkSpelling(b *testing.B) {
	for _, words := range []int{20_000, 200_000} {
		b.Run(fmt.Sprint(words), func(b *testing.B) {
			x, err := search.Open("", search.Options{})
			require.NoError(b, err)
			defer func() { require.NoError(b, x.Close()) }()
			var docs []search.Document
			var text strings.Builder
			for i := range words {
				fmt.Fprintf(&text, "%s%s ", name(uint64(i)), name(uint64(i / 14_641))[1:5])
				if i%200 == 199 {
					docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: name(uint64(i)), Body: text.String()})
					text.Reset()
				}
			}
			for i := 0; i < len(docs); i += 500 {
				require.NoError(b, x.Apply(b.Context(), int64(i+1), docs[i:min(i+500, len(docs))], nil))
			}
			q, _ := search.ParseQuery("x" + name(900) + name(9)[1:5])
			b.ReportAllocs()
			for b.Loop() {
				_, err := x.Search(b.Context(), search.Request{Query: q})
				require.NoError(b, err)
			}
		})
	}
}

func TestWordsRunTogetherAreBestWhereTheyStandTogether(t *testing.T) {
	docs := []search.Document{
		{ID: "apart", Title: "Study", Body: "The model, and later its area."},
		{ID: "together", Title: "Study", Body: "An area model is a drawing. Draw one and shade it."},
	}
	for i := range 10 {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: "Study", Body: "Something else."})
	}
	assert.Equal(t, []string{"together", "apart"}, ids(find(t, filled(t, docs), "areamodel")))
}

func TestMisspelledShortWordsAreReadToo(t *testing.T) {
	docs := []search.Document{
		{ID: "module", Title: "A module", Body: "A module of a program."},
		{ID: "market", Title: "A market", Body: "The market sets prices."}, {ID: "market too", Title: "Prices", Body: "In a market."},
		{ID: "marmot", Title: "A marmot", Body: "The marmot, a marmot of the plain, and one more marmot."},
	}
	for i := range 20 {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: "Study", Body: "Something else."})
	}
	x := filled(t, docs)
	assert.Equal(t, []string{"module"}, ids(find(t, x, "mdlue")), "two mistakes in five letters")
	assert.Equal(t, "market", find(t, x, "markwt").Hits[0].ID, "e and w are beside each other")
	assert.Equal(t, []string{"market", "market too"}, ids(find(t, x, "marjet"))[:2], "what is rarer counts no more")
}

func TestLettersOfKeysBesideAreCheap(t *testing.T) {
	x := filled(t, []search.Document{{ID: "1", Title: "parte"}, {ID: "2", Title: "pacte"}})
	assert.Equal(t, "1", find(t, x, "pagte").Hits[0].ID, "r is above g, c is not beside it")
}
