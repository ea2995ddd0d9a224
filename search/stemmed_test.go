package search

import (
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The lists of stems must say what lists of the stems of all words would.
func TestStemsAreCountedOverAllWords(t *testing.T) {
	x, err := Open("", Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	docs := []Document{
		{ID: "1", Language: "en", Title: "Relate fractions", Body: "Fraction, fraction's relat relates related. Happy happi dying die"},
		{ID: "2", Language: "es", Title: "Relate", Body: "fracciones fracción fraction relates las luces luz"},
		{ID: "3", Title: "fraction", Body: "the dying sky skies fraction happily"},
		{ID: "4", Language: "fr", Title: "fractions", Body: "fraction relate luz"},
		{ID: "5", Language: "en-US", Title: "Nothing", Body: "else"},
		{ID: "6", Language: "en", Title: "Sky", Body: "sky skies"},
	}
	require.NoError(t, x.Apply(t.Context(), 1, docs[:3], nil))
	require.NoError(t, x.Apply(t.Context(), 2, docs[3:], []string{"6"}))
	want := map[string]map[string]uint64{} // by field and stem, then by document
	for _, d := range docs[:5] {
		language := "en"
		switch {
		case d.Language == "es":
			language = "es"
		case d.Language == "fr":
			language = "fr"
		}
		for _, word := range x.words.tokens(d.Title + " " + d.Body) {
			for _, stem := range x.words.stems[language].Analyze([]byte(word)) {
				key := stemFieldOf(language) + " " + string(stem.Term)
				if want[key] == nil {
					want[key] = map[string]uint64{}
				}
				want[key][d.ID]++
			}
		}
	}
	require.Contains(t, want, stemFieldOf("en")+" relat")
	v, err := x.view()
	require.NoError(t, err)
	defer func() { require.NoError(t, v.close()) }()
	for key, documents := range want {
		field, stem, _ := strings.Cut(key, " ")
		got, narrow := map[string]uint64{}, map[string]uint64{}
		n := 0
		for i := range v.parts {
			p := &v.parts[i]
			l, err := p.postings(field, stem)
			require.NoError(t, err)
			if l == nil {
				continue
			}
			n += l.n
			for set, into := range map[*roaring.Bitmap]map[string]uint64{p.live: got, roaring.BitmapOf(0): narrow} {
				s := scorer{read: map[*listing]*hits{}}
				s.begin(p, &plan{})
				s.choose(p, set)
				lists, within := l.of, l.within
				if lists == nil {
					lists, within = []*listing{l}, nil
				}
				for _, one := range lists {
					h, err := s.of(one)
					require.NoError(t, err)
					s.count(h, within, 1)
				}
				for _, d := range s.found {
					into[p.id(d)] = uint64(s.counts[d])
				}
			}
		}
		assert.Equal(t, documents, got, key)
		assert.Len(t, documents, n, key)
		for id, frequency := range narrow {
			assert.Equal(t, documents[id], frequency, key)
		}
	}
}
