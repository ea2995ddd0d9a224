package repository_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func beside() fstest.MapFS {
	return fstest.MapFS{
		"strips/index.md":  {Mode: 0o644, Data: []byte("---\ntitle: Strips\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: Kim}] # first\n---\nFold.\n")},
		"strips/a.svg":     {Mode: 0o644, Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		"recipes.md":       {Mode: 0o644, Data: []byte("Cook it.\n")},
		"pdf/worksheet.md": {Mode: 0o644, Data: []byte("no\n")},
		"pdf/sheet 1.pdf":  {Mode: 0o644, Data: []byte("%PDF-1.4")},
		"pdf/key.pdf":      {Mode: 0o644, Data: []byte("%PDF-1.4")},
	}
}

const table = "Path,slug,Title,License,Creators,Language,Type,Grade,Standards,Files,Budget\n" +
	"strips/,,,CC BY 4.0,Rosa Delgado <https://rosa.example>|Kim Lee,,,\"4; 5\",5.NF.B.3,,7\n" +
	",,,,,,,,,,\n" +
	"recipes.md,cook,Recipes,CC BY 4.0,Rosa,en,lesson,5,,pdf/key.pdf,\n" +
	"pdf/sheet 1.pdf,,A sheet,CC0,Rosa,en,activity,5,,,\n" +
	"gone.md,,,,,,,,,,\n" +
	"../secret.md,,,,,,,,,,\n" +
	"recipes.md,cook,,,,,,,,,\n" +
	"recipes.md,Not A Slug,,,,,,,,,\n" +
	",,Only words,CC0,Rosa,en,text,,,,\n"

func TestASheetIsResourcesWithWhatItSaysOfThem(t *testing.T) {
	sheet, err := repository.ReadSheet("units.csv", strings.NewReader(table), beside())
	require.NoError(t, err)
	assert.Equal(t, []string{"Budget"}, sheet.Left)
	require.Len(t, sheet.Rows, 4)
	lines := []int{}
	for _, p := range sheet.Problems {
		assert.Equal(t, "units.csv", p.File)
		lines = append(lines, p.Line)
	}
	assert.Equal(t, []int{6, 7, 8, 9}, lines)
	assert.Contains(t, sheet.Problems[2].Message, "line 4 has the same address")

	w := newWorld(t)
	for _, row := range sheet.Rows {
		o, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: row.Slug, Files: row.Files, Actor: rosa})
		require.NoError(t, err, row.Line)
		assert.Empty(t, o.Problems.String(), row.Line)
	}
	strips := w.get(t, "rosa/strips").Metadata
	assert.Equal(t, "Strips", strips.Title, "what the row leaves empty stays")
	assert.Equal(t, "CC BY 4.0", strips.License)
	assert.Equal(t, []metadata.Agent{{Name: "Rosa Delgado", URL: "https://rosa.example"}, {Name: "Kim Lee"}}, strips.Creators)
	assert.Equal(t, []string{"4", "5"}, strips.Grades)
	assert.Equal(t, []string{"5.NF.B.3"}, strips.Alignments.Teaches)
	assert.Contains(t, w.get(t, "rosa/cook").Text, "Cook it.")
	files, err := w.Files(t.Context(), w.get(t, "rosa/sheet-1"))
	require.NoError(t, err)
	pdf, err := fs.ReadFile(files, "sheet 1.pdf")
	require.NoError(t, err)
	assert.Equal(t, "%PDF-1.4", string(pdf))
	assert.Contains(t, w.get(t, "rosa/sheet-1").Text, "sheet 1.pdf")

	again, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "strips", Files: sheet.Rows[0].Files, Actor: rosa})
	require.NoError(t, err)
	assert.True(t, again.Unchanged)
}

func TestAFolderOfASheetIsAFileSystem(t *testing.T) {
	sheet, err := repository.ReadSheet("t.csv", strings.NewReader("path;files;title\nstrips;pdf/key.pdf|pdf/sheet 1.pdf;T\n"), beside())
	require.NoError(t, err)
	require.Len(t, sheet.Rows, 1, sheet.Problems)
	assert.NoError(t, fstest.TestFS(sheet.Rows[0].Files, "index.md", "a.svg"))
	list, err := fs.ReadDir(sheet.Rows[0].Files, ".")
	require.NoError(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{"a.svg", "index.md", "key.pdf", "sheet 1.pdf"}, names)
}

func TestWhatIsNoSheetIsRefused(t *testing.T) {
	for name, raw := range map[string]string{
		"empty": "", "no column": "a,b\n1,2\n", "twice": "path,folder\n", "latin": "title\n\xe9t\xe9\n", "quotes": "title\n\"open\n",
	} {
		_, err := repository.ReadSheet("t.csv", strings.NewReader(raw), beside())
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add(table)
	f.Add("title;creators\nA;\"B <x>\"\n")
	f.Add("path\tslug\n.\tx\n")
	f.Fuzz(func(t *testing.T, raw string) {
		sheet, err := repository.ReadSheet("t.csv", strings.NewReader(raw), beside())
		if err != nil {
			return
		}
		for _, row := range sheet.Rows {
			src, err := fs.ReadFile(row.Files, "index.md")
			require.NoError(t, err)
			_, problems := metadata.Parse("index.md", src)
			for _, p := range problems {
				require.NotEqual(t, "yaml", p.Code)
			}
		}
	})
}
