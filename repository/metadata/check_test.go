package metadata_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// few knows three codes.
type few struct{}

func (few) Resolve(code string) standards.Resolution {
	switch code {
	case "5.NF.B.3", "4.NF.B.4":
		return standards.Resolution{Resolution: standards.Pattern}
	case "111":
		return standards.Resolution{Resolution: standards.Ambiguous, Candidates: []standards.Candidate{
			{Framework: "teks-math", Code: "111.7"}, {Framework: "teks-math", Code: "111.2"}}}
	}
	return standards.Resolution{Resolution: standards.Unknown}
}

// TestCheckNamesPlaceAndRemedy runs the folders in testdata/check. Each archive ends with the problems that are found;
// its first line may be "draft".
func TestCheckNamesPlaceAndRemedy(t *testing.T) {
	files, err := filepath.Glob("testdata/check/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			folder := fstest.MapFS{}
			want := -1
			for i, f := range archive.Files {
				if f.Name == "problems" {
					want = i
					continue
				}
				folder[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			require.GreaterOrEqual(t, want, 0)
			_, problems := metadata.Check(folder, metadata.CheckOptions{
				Draft: strings.HasPrefix(string(archive.Comment), "draft"), Standards: few{}})
			got := problems.String()
			if got != "" {
				got += "\n"
			}
			if *update {
				archive.Files[want].Data = []byte(got)
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
			}
			assert.Equal(t, string(archive.Files[want].Data), got)
			for _, p := range problems {
				assert.NotEmpty(t, p.Remedy, p.Message)
				assert.NotEmpty(t, p.Code, p.Message)
			}
		})
	}
}

const lesson = "---\ntitle: Strips\ntype: lesson\nlanguage: en\nlicense: CC-BY-4.0\ncreators: [{name: Rosa Delgado}]\n---\n\nFold a strip.\n"

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestPartsInheritWhatTheyDoNotSay(t *testing.T) {
	tree, problems := metadata.Check(fstest.MapFS{
		"index.md": file("---\ntitle: Fractions\ndescription: A unit.\ntype: unit\nlanguage: en\nlicense: CC BY-SA 4.0\ncreators: [{name: Rosa Delgado}]\n" +
			"subjects: [mathematics]\ngrades: [5]\naudience: [teacher]\nfunding: {funder: US-ED}\nalignments: {teaches: [5.NF.B.3]}\nparts: [b, a]\n---\n"),
		"a/index.md":   file("---\ntitle: A\ntype: lesson\n---\n"),
		"b/index.md":   file("---\ntitle: B\ntype: activity\nlicense: CC0-1.0\nlanguage: es\n---\n"),
		"b/c/index.md": file("---\ntitle: C\ntype: text\n---\n"),
	}, metadata.CheckOptions{})
	require.Empty(t, problems.String())
	require.Len(t, tree.Root.Parts, 2)
	b, a := tree.Root.Parts[0], tree.Root.Parts[1]
	assert.Equal(t, "b", b.Path, "parts come in the order in which the unit names them")
	assert.Equal(t, "CC BY-SA 4.0", a.Metadata.License)
	assert.Equal(t, licensing.CCBYSA, a.License)
	assert.Equal(t, "en", a.Metadata.Language)
	assert.Equal(t, []metadata.Agent{{Name: "Rosa Delgado"}}, a.Metadata.Creators)
	assert.Equal(t, []string{"mathematics"}, a.Metadata.Subjects)
	assert.Equal(t, []string{"5"}, a.Metadata.Grades)
	assert.Equal(t, []string{"teacher"}, a.Metadata.Audience)
	assert.Equal(t, "US-ED", a.Metadata.Funding.Funder)
	assert.Empty(t, a.Metadata.Description)
	assert.Empty(t, a.Metadata.Alignments)
	assert.Empty(t, a.Document.Metadata.License, "the document stays as written")
	assert.Equal(t, licensing.CC0, b.License)
	require.Len(t, b.Parts, 1)
	assert.Equal(t, "es", b.Parts[0].Metadata.Language, "the nearest unit is inherited from")
	assert.Equal(t, licensing.CC0, b.Parts[0].License)
	assert.Equal(t, []metadata.Part{{Path: "c"}}, b.Metadata.Parts, "unnamed parts are parts")
	assert.Len(t, tree.Root.All(), 4)
}

func TestAssetsHaveLicensesOfTheirOwn(t *testing.T) {
	tree, problems := metadata.Check(fstest.MapFS{
		"index.md": file(strings.Replace(lesson, "---\n\n", "assets: {a.png: {license: CC BY-SA 3.0}, b.png: {alt: B}, c.png: {license: CC BY}}\n---\n\n", 1)),
		"a.png":    file("x"), "b.png": file("x"), "c.png": file("x"),
	}, metadata.CheckOptions{})
	assert.Equal(t, "license-version", codes(problems))
	assert.Equal(t, map[string]licensing.ID{"a.png": "CC-BY-SA-3.0", "c.png": licensing.NotCleared}, tree.Root.Assets)
	assert.Equal(t, licensing.CCBY, tree.Root.License)
}

func TestCheckReadsNoFileBeyondItsBounds(t *testing.T) {
	for name, c := range map[string]struct {
		folder  fstest.MapFS
		options metadata.CheckOptions
		code    string
	}{
		"one file":      {fstest.MapFS{"index.md": file(lesson), "a.bin": file("0123456789")}, metadata.CheckOptions{MaxFile: 200, MaxTotal: 1000}, ""},
		"too large":     {fstest.MapFS{"index.md": file(lesson), "a.bin": file(strings.Repeat("0", 201))}, metadata.CheckOptions{MaxFile: 200}, "file-too-large"},
		"all too large": {fstest.MapFS{"index.md": file(lesson), "a.bin": file("0123456789")}, metadata.CheckOptions{MaxTotal: int64(len(lesson)) + 9}, "too-large"},
		"too many":      {fstest.MapFS{"index.md": file(lesson), "a": file(""), "b": file("")}, metadata.CheckOptions{MaxFiles: 2}, "too-many-files"},
		"too deep":      {fstest.MapFS{"index.md": file(lesson), "a/b/c/d": file("")}, metadata.CheckOptions{MaxDepth: 2}, "too-deep"},
		"long text":     {fstest.MapFS{"index.md": file(lesson + strings.Repeat("word ", 1<<18))}, metadata.CheckOptions{}, "index-too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := metadata.Check(c.folder, c.options)
			assert.Equal(t, c.code != "", problems.Refuse())
			assert.Equal(t, c.code, codes(problems))
		})
	}
}

func TestCheckRefusesAHugeFileByItsSizeAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.md"), []byte(lesson), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "film.mp4"), nil, 0o644))
	require.NoError(t, os.Truncate(filepath.Join(dir, "film.mp4"), 2<<30))
	_, problems := metadata.Check(os.DirFS(dir), metadata.CheckOptions{})
	assert.Equal(t, "film.mp4: error: the file has 2 GB, more than the 100 MB that one file may have (make it smaller, or link to it where it is)", problems.String())
}

func TestCheckRefusesNamesThatCannotTravel(t *testing.T) {
	for name, want := range map[string]string{
		".git/config":         "file-name",
		"a/.GIT/config":       "file-name",
		".git./config":        "file-name",
		".gitmodules":         "file-name",
		"media/.GITmodules":   "file-name",
		".g\u200dit":          "file-name",
		"a\\b.png":            "file-name",
		"a\nb.png":            "file-name",
		"a\u202Egnp.exe":      "file-name",
		"Index.md":            "file-case",
		"media/caf\u00e9.png": "",
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := metadata.Check(fstest.MapFS{"index.md": file(lesson), name: file("x")}, metadata.CheckOptions{})
			assert.Equal(t, want, codes(problems))
		})
	}
	_, problems := metadata.Check(fstest.MapFS{"index.md": file(lesson), "caf\u00e9": file("x"), "cafe\u0301": file("x")}, metadata.CheckOptions{})
	assert.Equal(t, "file-case", codes(problems))
}

func TestCheckRefusesSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.md"), []byte(lesson), 0o644))
	if err := os.Symlink("/etc", filepath.Join(dir, "media")); err != nil {
		t.Skip("this system has no symbolic links: ", err)
	}
	_, problems := metadata.Check(os.DirFS(dir), metadata.CheckOptions{})
	assert.Equal(t, "symlink", codes(problems))
}

func TestIgnoredNamesAreNoPartOfThePublication(t *testing.T) {
	tree, problems := metadata.Check(fstest.MapFS{"index.md": file(lesson), ".git/config": file("x")},
		metadata.CheckOptions{Ignore: []string{".git"}})
	assert.Empty(t, problems)
	assert.Equal(t, []metadata.File{{Path: "index.md", Size: int64(len(lesson))}}, tree.Files)
}

func TestCheckOfNoFolder(t *testing.T) {
	_, problems := metadata.Check(os.DirFS(filepath.Join(t.TempDir(), "none")), metadata.CheckOptions{})
	assert.Equal(t, "folder-missing", codes(problems))
}

func TestExcerptIsTheDescriptionOrTheFirstParagraph(t *testing.T) {
	tree, _ := metadata.Check(fstest.MapFS{"index.md": file(lesson)}, metadata.CheckOptions{})
	assert.Equal(t, "Fold a strip.", tree.Root.Excerpt)
	assert.Equal(t, 3, tree.Root.Words)
	tree, _ = metadata.Check(fstest.MapFS{"index.md": file(strings.Replace(lesson, "Fold a strip.",
		"# Heading\n\n![strips](a.png)\n*Fold* the [strip](b) `now`\nin **two**.\n\nMore.", 1)), "a.png": file("x")}, metadata.CheckOptions{})
	assert.Equal(t, "Fold the strip in two.", tree.Root.Excerpt)
}

func codes(problems metadata.Problems) string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return strings.Join(list, " ")
}

func FuzzCheck(f *testing.F) {
	f.Add("![a](b.png) [c][d]\n\n[d]: <e f>\n`x` ``y` ~~~\n<!-- z -->", "a: b")
	f.Add("[[![](((\\))) \"t\" '\n```\n", "parts: [a/b, {id: x}]\nassets: {a: {license: CC0}}")
	f.Fuzz(func(t *testing.T, body, front string) {
		src := "---\n" + front + "\n---\n" + body
		tree, problems := metadata.Check(fstest.MapFS{"index.md": file(src), "a/index.md": file(src)}, metadata.CheckOptions{Standards: few{}})
		lines := strings.Count(src, "\n") + 1
		for _, p := range problems {
			if p.Line < 0 || p.Line > lines {
				t.Fatalf("line %d of %d: %v", p.Line, lines, p)
			}
		}
		if len([]rune(tree.Root.Excerpt)) > 281 {
			t.Fatalf("long excerpt: %q", tree.Root.Excerpt)
		}
	})
}

// TestCheckTakesHostileTexts must end soon: each text makes a careless scanner start again at every byte.
func TestCheckTakesHostileTexts(t *testing.T) {
	for _, piece := range []string{"[", "![", "](", "[](", "`", "` ``", "[a](<", "\\", "<!--", "[x]: y\n", "![][x]", "- ```\n", "(\"", "[a](b \"", "\n\n`"} {
		src := lesson + strings.Repeat(piece, (1<<18)/len(piece))
		tree, _ := metadata.Check(fstest.MapFS{"index.md": file(src)}, metadata.CheckOptions{})
		assert.NotEmpty(t, tree.Root.Body, piece)
	}
}
