package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCoAuthorsAreThoseOfGit(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []coAuthor{{"Kim Lee", "kim@example.org"}, {"Ana", ""}}, coAuthors("Accept\n\nCo-authored-by: Kim Lee <kim@example.org>\nCo-authored-by:Ana\nco: x\n"))
	assert.Empty(t, coAuthors("Co-authored-by: <a@b>\nText Co-authored-by: X <y>"))
	assert.Len(t, coAuthors(strings.Repeat("Co-authored-by: A <a>\n", 50)), shownAuthors)
	assert.LessOrEqual(t, len([]rune(coAuthors("Co-authored-by: " + strings.Repeat("ñ", 500))[0].Name)), 81)
}
