package search_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/search"
)

func TestOneWordLooksForTheTextThatTreatsItAtLength(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "note", Title: "Notes", Body: spread(0, 34, "quark", "quark")},
		{ID: "chapter", Title: "Particles", Body: spread(0, 289, "quark", "quark", "quark", "quark", "quark", "quark", "quark")},
	})
	assert.Equal(t, []string{"chapter", "note"}, ids(find(t, x, "quark")))
}
