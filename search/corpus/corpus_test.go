package corpus_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search/corpus"
)

func TestCorpusIsTheSameEveryTime(t *testing.T) {
	a, b := corpus.New(1, false), corpus.New(1, false)
	assert.Equal(t, a.Documents(0, 20), append(b.Documents(0, 10), b.Documents(10, 20)...))
	assert.NotEqual(t, a.Document(1), corpus.New(2, false).Document(1))
}

func TestCorpusIsOfTheSizeAndShapeThatItSays(t *testing.T) {
	c := corpus.New(1, false)
	description, body, with := 0, 0, 0
	const n = 500
	seen := map[string]bool{}
	for _, d := range c.Documents(0, n) {
		assert.False(t, seen[d.ID])
		seen[d.ID] = true
		description += len(d.Description)
		body += len(d.Body)
		if strings.Contains(d.Description+d.Body, " "+corpus.Ranked(0, corpus.Broad)+" ") {
			with++
		}
	}
	assert.InDelta(t, 1500, description/n, 100)
	assert.InDelta(t, 5000, body/n, 250)
	assert.InDelta(t, .5, float64(with)/n, .15, "a broad word is in half of the catalog")
	assert.Less(t, len(corpus.New(1, true).Document(0).Description), 350)
}

func TestFrameworkHasTheStatementsOfTheResources(t *testing.T) {
	f, err := corpus.Framework()
	require.NoError(t, err)
	assert.Empty(t, f.Problems)
	assert.InDelta(t, 10_000, len(f.Statements), 1500)
	known := map[string]bool{}
	for _, s := range f.Statements {
		known[s.Key] = true
	}
	for _, d := range corpus.New(1, true).Documents(0, 200) {
		for _, a := range d.Teaches {
			assert.True(t, known[a], a)
		}
	}
	assert.True(t, known[corpus.Subtree(77, false)])
	assert.True(t, known[corpus.Subtree(77, true)])
}
