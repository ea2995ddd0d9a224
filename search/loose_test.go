package search_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func TestQuotationsInALongQuestionMayBeInOtherWords(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "cartels", Title: "Oligopoly", Body: "Competitors are our friends and customers the foe: cartels think so.", Grades: []string{"11"}},
		{ID: "friends", Title: "Friends", Body: "A friend in need.", Grades: []string{"2"}},
	})
	const question = `Which cartels said “our customers are the enemy” of their competitors?`
	got := find(t, x, question)
	require.Equal(t, []string{"cartels"}, ids(got))
	require.Len(t, got.Hints, 1)
	assert.Equal(t, search.HintUnknownValue, got.Hints[0].Kind)
	assert.Equal(t, "our customers are the enemy", got.Hints[0].Term)

	assert.Zero(t, find(t, x, `"customers are the enemy"`).Total, "a phrase alone is meant")
	assert.Zero(t, find(t, x, `cartels "customers are the enemy"`).Total)
	grade := func(r *search.Request) { r.Filters = search.Filters{search.Grade: {"2"}} }
	assert.Zero(t, find(t, x, question, grade).Total)
	assert.Zero(t, find(t, x, `cartels customers competitors foe "our friends"`, grade).Total, "the phrase is there without the filter")
	assert.Equal(t, "cartels", find(t, x, `competitors are our friends” and customers`).Hits[0].ID, "a mark without partner")
}
