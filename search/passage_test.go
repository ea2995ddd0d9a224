package search_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/search"
)

// spread gives a text with so many other words between those given, and behind them.
func spread(between, behind int, words ...string) string {
	return strings.Join(words, strings.Repeat(" plain", between)+" ") + strings.Repeat(" other", behind)
}

func TestWordsInOnePassageOutrankTheSameWordsApart(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "apart", Title: "Chapter one", Body: spread(40, 0, "glacier", "melts", "river")},
		{ID: "together", Title: "Chapter two", Body: spread(7, 100, "river", "glacier", "melts")},
	})
	assert.Equal(t, []string{"together", "apart"}, ids(find(t, x, "melts river glacier")))
	assert.Equal(t, []string{"together", "apart"}, ids(find(t, x, "melting rivers glaciers")), "in other forms")
}

func TestWordsOfTheTitleAreInEveryPassage(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "text", Title: "Chapter one", Body: spread(40, 0, "volcano", "volcano", "volcano", "volcano", "ash", "lava")},
		{ID: "title", Title: "Chapter of the volcano", Body: spread(7, 300, "ash", "lava")},
	})
	assert.Equal(t, []string{"title", "text"}, ids(find(t, x, "lava volcano ash")))
}
