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

func TestQuotationsInASentenceAreWords(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "answer", Title: "Specific heat", Body: "The heat capacity of water is large, so that a lake warms slowly."},
		{ID: "credit", Title: "Credits", Body: "Specific heat capacity of water, a photo."},
	})
	got := find(t, x, `Why does the “specific heat capacity” of water keep a lake from warming in summer?`)
	assert.Equal(t, []string{"answer", "credit"}, ids(got))
	assert.Empty(t, got.Hints)
	assert.Equal(t, []string{"credit"}, ids(find(t, x, `lake water warming "specific heat capacity" summer lesson`)), "no sentence: the phrase is meant")
}

func TestWhatALearnerIsToDoIsNotWhatAQueryIsAbout(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "describe", Title: "Writing", Body: "Describe a habitat. Describe it again, describe it well, and identify the verbs."},
		{ID: "habitat", Title: "Deserts", Body: "The habitat of lizards."},
		{ID: "other", Title: "Oceans", Body: "The habitat of whales and of krill."},
		{ID: "lizards", Title: "Reptiles", Body: "Lizards and snakes."},
	})
	assert.Equal(t, "habitat", ids(find(t, x, "identify and describe the habitat of lizards"))[0])
	assert.Equal(t, "describe", ids(find(t, x, "describe"))[0], "alone it counts")
	assert.Equal(t, "describe", ids(find(t, x, "verbs that describe"))[0])
}

func TestSpanishWordsWithoutMeaningAreSoWithoutAccents(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "more", Title: "Lecturas", Language: "es", Body: "Más y más, también más tarde."},
		{ID: "tides", Title: "El mar", Language: "es", Body: "Las mareas suben dos veces."},
	})
	assert.Equal(t, []string{"tides"}, ids(find(t, x, "mas mareas también")))
}
