package repository_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository"
)

func TestChangesAreSaidLineByLine(t *testing.T) {
	t.Parallel()
	c := repository.Changed{
		LessonsAdded: []string{"03"}, Reworded: []repository.Reworded{{Path: "01/index.md", Blocks: 2}}, FilesChanged: []string{"02/index.md", "a.png"},
		License: [2]string{"CC-BY-4.0", "CC-BY-SA-4.0"}, Aligned: []string{"5.NF.B.3", "5.NF.B.4"},
	}
	assert.Equal(t, []repository.ChangedLine{
		{"license: CC-BY-SA-4.0, was CC-BY-4.0", "about.license", ": CC-BY-4.0 → CC-BY-SA-4.0"},
		{"lesson added: 03", "diff.lesson.added", " 03"},
		{"reworded: 01/index.md, 2 blocks", "diff.reworded", " 01/index.md (2)"},
		{"standards added: 5.NF.B.3, 5.NF.B.4", "diff.aligned", " 5.NF.B.3, 5.NF.B.4"},
		{"file changed: 02/index.md", "diff.changed", " 02/index.md"},
		{"file changed: a.png", "diff.changed", " a.png"},
	}, c.Lines())
	assert.Equal(t, 4, c.Count())
	assert.False(t, c.Unread(), "a text was reworded")
	assert.False(t, repository.Changed{FilesChanged: []string{"a.png"}}.Unread(), "a picture was")
	assert.True(t, repository.Changed{FilesChanged: []string{"index.md"}}.Unread(), "descriptions alone")
	assert.True(t, repository.Changed{}.Empty())
	assert.False(t, repository.Changed{Aligned: []string{"5.NF.B.3"}}.Empty())
}
