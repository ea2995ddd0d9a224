package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

func suggested(t testing.TB, x *search.Index, prefix, language string, limit int) []string {
	t.Helper()
	list, err := x.Suggest(t.Context(), prefix, language, limit)
	require.NoError(t, err)
	require.NotNil(t, list)
	out := []string{}
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s: %s %d", s.Kind, s.Text, s.Count))
	}
	return out
}

func TestSuggest(t *testing.T) {
	day := func(n int) time.Time { return time.Unix(int64(n)*86400, 0) }
	x := filled(t, []search.Document{
		{ID: "a", Title: "Equivalent Fractions", Language: "en", Subjects: []string{"Mathematics"}, Teaches: []string{"5.NF.B.3"}, Modified: day(3)},
		{ID: "b", Title: "Fractions on a line", Language: "en", Subjects: []string{"Mathematics"}, Teaches: []string{"5.NF.B.4"}, Modified: day(1)},
		{ID: "gone", Title: "Fractal", Language: "en"},
	})
	require.NoError(t, x.Apply(t.Context(), 2, []search.Document{
		{ID: "c", Title: "Fracciones equivalentes", Language: "es", Subjects: []string{"Educación física"}, Assesses: []string{"5.NF.B.3"}, Modified: day(2)},
		{ID: "d", Title: "Éclairs for all", Language: "fr", Modified: day(2)},
	}, []string{"gone"}))
	for _, tt := range []struct {
		prefix, language string
		limit            int
		want             []string
	}{
		{"frac", "en", 8, []string{"word: fractions 2", "word: fracciones 1", "title: Fractions on a line 1", "title: Fracciones equivalentes 1", "title: Equivalent Fractions 1"}},
		{"FRÁC", "es", 3, []string{"word: fracciones 1", "title: Fracciones equivalentes 1", "title: Fractions on a line 1"}},
		{"f", "en", 2, []string{"word: fractions 2", "title: Fractions on a line 1"}},
		{"equivalent fr", "", 8, []string{"word: equivalent fractions 1", "title: Equivalent Fractions 1"}},
		{"fractions ", "", 8, []string{"title: Fractions on a line 1", "title: Equivalent Fractions 1"}},
		{"fractions equi", "", 8, []string{"word: fractions equivalent 1", "title: Equivalent Fractions 1"}},
		{"5.nf", "", 8, []string{"standard: 5.NF.B.3 2", "standard: 5.NF.B.4 1"}},
		{"CCSS.Math.Content.5.NF", "", 1, []string{"standard: 5.NF.B.3 2"}},
		{"math", "", 8, []string{"subject: Mathematics 2"}},
		{"educacion", "", 8, []string{"subject: Educación física 1"}},
		{"ecl", "", 8, []string{"word: eclairs 1", "title: Éclairs for all 1"}},
		{"equivqlen", "", 8, []string{}},
		{"fractons", "", 8, []string{"spelling: fractions 2"}},
		{"a Fractoins", "", 8, []string{"spelling: a fractions 2"}},
		{"zzz", "", 8, []string{}}, {"", "", 8, []string{}}, {" *", "", 8, []string{}}, {strings.Repeat("a", 10_000), "", 8, []string{}},
		{"\xff\x00", "", 8, []string{}}, {"Gone", "", 8, []string{}}, {"fractal", "", 8, []string{}},
	} {
		assert.Equal(t, tt.want, suggested(t, x, tt.prefix, tt.language, tt.limit), tt.prefix)
	}
	list, err := x.Suggest(t.Context(), "éclairs f", "", 0)
	require.NoError(t, err)
	assert.Equal(t, "d", list[len(list)-1].ID)
	assert.NotContains(t, strings.Join(suggested(t, x, "fract", "", 20), "\n"), "Fractal")
}

// Each kind has a place, the codes first: none takes all the room, however many there are of it.
func TestSuggestionsOfEachKindHaveAPlace(t *testing.T) {
	var docs []search.Document
	for i := range 9 {
		docs = append(docs, search.Document{
			ID: fmt.Sprint(i), Title: fmt.Sprintf("MS%d and others", i), Language: "en", Teaches: []string{fmt.Sprintf("MS-PS1-%d", i%6+1)}, Subjects: []string{"MS science"},
		})
	}
	got := suggested(t, filled(t, docs), "ms", "en", 8)
	var kinds []string
	for _, one := range got {
		kind, _, _ := strings.Cut(one, ":")
		kinds = append(kinds, kind)
	}
	assert.Equal(t, []string{"standard", "standard", "standard", "standard", "subject", "word", "word", "title"}, kinds, got)
}

func TestSuggestNamesImportedStatements(t *testing.T) {
	library := twoEditions(t)
	x, err := search.Open("", search.Options{Library: library})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	require.NoError(t, x.Apply(t.Context(), 1, []search.Document{{ID: "a", Teaches: []string{"NEW.1.a"}}, {ID: "b", Requires: []string{"NEW.2"}}}, nil))
	list, err := x.Suggest(t.Context(), "new.", "en", 8)
	require.NoError(t, err)
	assert.Equal(t, []search.Suggestion{{Kind: search.SuggestStandard, Text: "NEW.1.a", ID: library.Resolve("NEW.1.a").Key(), Count: 1}}, list)
	x.SetLibrary(standards.NewLibrary())
	assert.Len(t, suggested(t, x, "new.", "en", 8), 1)
}
