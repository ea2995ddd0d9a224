package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/themes"
)

// outline writes a comparison as one line a block.
func outline(blocks []themes.BlockDiff) string {
	var b strings.Builder
	for _, block := range blocks {
		b.WriteString(block.Kind + ":" + block.Text)
		for _, w := range block.Words {
			b.WriteString(map[string]string{"added": "+", "removed": "-"}[w.Kind] + "[" + w.Text + "]")
		}
		for _, f := range block.Fields {
			b.WriteString(f.Field + " " + f.Old + ">" + f.New)
		}
		b.WriteString(string(block.Old) + string(block.New) + "\n")
	}
	return b.String()
}

func TestDiffShowsWordsFieldsAndPictures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blocks, changed := w.server.differ("/r/a/b", "en").text("index.md",
		[]byte("---\ntitle: A\n---\n\n# One\n\nFold it twice.\n\nStay.\n\nStay too.\n\nAnd I.\n\n![old](a.svg)\n"),
		[]byte("---\ntitle: B\n---\n\n# One\n\nFold it three times.\n\nStay.\n\nStay too.\n\nAnd I.\n\n![new](a.svg)\n"))
	assert.Equal(t, 3, changed)
	got := outline(blocks)
	assert.Contains(t, got, "changed:title A>B\n")
	assert.Contains(t, got, "[Fold it ]-[twice]+[three times][.]")
	assert.Contains(t, got, "same:Stay.\ncut:\nsame:And I.\n", "far from any change the text is left out")
	assert.Contains(t, got, `alt="old"`, "pictures are shown")
	assert.Contains(t, got, `alt="new"`)
}

func TestDiffOfFilesIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := fstest.MapFS{
		"long.md":  {Data: []byte(strings.Repeat("b\n\n", 5000))},
		"large.md": {Data: []byte(strings.Repeat("b", comparedBytes+1))},
		"a.png":    {Data: []byte("\x89PNG\x00")},
		"more.txt": {Data: []byte("b\n")},
	}
	files, err := w.server.differ("/r/a/b", "en").files(t.Context(), []change{
		{path: "long.md", kind: "added"}, {path: "large.md", kind: "added"}, {path: "a.png", kind: "added"}, {path: "more.txt", kind: "added"},
	}, fstest.MapFS{}, many)
	require.NoError(t, err)
	require.Len(t, files, 4)
	assert.True(t, files[0].Omitted, "more blocks than a page shows")
	assert.True(t, files[1].Omitted)
	assert.True(t, files[2].Binary)
}

func TestDiffShowsNoScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blocks, _ := w.server.differ("/r/a/b", "en").text("index.md", nil, []byte("<script>alert(1)</script>\n\n![x](javascript:alert(1))\n"))
	assert.NotContains(t, outline(blocks), "<script")
	assert.NotContains(t, outline(blocks), "javascript:alert(1)\"")
}

func TestDiffShowsIndentation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, changed := w.server.differ("/r/a/b", "en").text("sum.py", []byte("if paid:\n    total += 1\n    left = 0\n"), []byte("if paid:\n    total += 1\nleft = 0\n"))
	assert.Equal(t, 1, changed)
	_, changed = w.server.differ("/r/a/b", "en").text("index.md", []byte("One.\n\nTwo.\n"), []byte("One.\n\n    Two.\n"))
	assert.Equal(t, 2, changed, "it becomes code")
	_, changed = w.server.differ("/r/a/b", "en").text("index.md", []byte("One.\n\nTwo.\n"), []byte("One.\n\n\nTwo.\n"))
	assert.Zero(t, changed)
}

// What an owner accepts is all on the page, by its name at least, and can be left.
func TestDiffNamesEveryFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var changes []change
	var m merge.Result
	files := fstest.MapFS{}
	for i := range 3 * comparedFiles {
		name := fmt.Sprintf("notes/%03d.txt", i)
		files[name] = &fstest.MapFile{Data: []byte("b\n")}
		changes = append(changes, change{path: name, kind: "added"})
		m.Changes = append(m.Changes, merge.Change{Path: name, Kind: merge.Added})
	}
	d := w.server.differ("/r/a/b", "en")
	d.boxes = newBoxes(m, url.Values{})
	list, err := d.files(t.Context(), changes, fstest.MapFS{}, files)
	require.NoError(t, err)
	require.Len(t, list, len(changes))
	last := list[len(list)-1]
	assert.True(t, last.Omitted)
	assert.Equal(t, "file-149", last.Name)
	leave := d.boxes.leave(m, list)
	assert.Contains(t, leave, last.Path, "its box is not checked")
	assert.Len(t, leave, len(changes))
}
