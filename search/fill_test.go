package search

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsStoredAtOnceIsBounded(t *testing.T) {
	text := strings.Repeat("one two three ", maxBody/14+1)
	big, several, small := make([]Document, 100), make([]Document, 100), make([]Document, fillDocs+1)
	for i := range big {
		big[i] = Document{ID: fmt.Sprint(i), Body: text + text}
		several[i] = Document{ID: fmt.Sprint(i), Title: text, Keywords: []string{text}}
	}
	assert.Equal(t, fillBytes/maxBody, atOnceOf(big), "of a text, no more than is indexed counts")
	assert.Equal(t, fillBytes/maxBody/2, atOnceOf(several))
	assert.Equal(t, fillDocs, atOnceOf(small))
	assert.Equal(t, 2, atOnceOf(small[:2]))
	assert.Zero(t, atOnceOf(nil))
}

func TestAllOfABatchOfBigTextsIsFound(t *testing.T) {
	x, err := Open("", Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	docs := make([]Document, fillBytes/maxBody+3)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint(i), Title: "long", Body: strings.Repeat(" ", maxBody)}
	}
	require.NoError(t, x.Apply(t.Context(), 9, docs, []string{"0"}))
	n, err := x.Count()
	require.NoError(t, err)
	assert.Equal(t, len(docs)-1, n)
	assert.EqualValues(t, 9, x.Seq())
}
