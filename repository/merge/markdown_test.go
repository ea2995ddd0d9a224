package merge_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

const page = `---
title: Sharing pizzas fairly
type: lesson
language: en
license: CC-BY-4.0
creators:
  - name: Amina Yusuf
grades: [5]
---

Students share pizzas.

## Start

1. How much does each get?
2. Draw it.
3. Explain it.

## Practice

| Pizzas | Friends |
|:-:|:-:|
| 2 | 3 |
| 3 | 4 |
| 5 | 4 |

::: teacher
## Answers

- **1.** Two thirds.
- **2.** Any drawing.

Watch for thirds that are not equal.
:::

## Before you go

What did you find out today?
`

func file(text string) merge.Tree { return merge.Tree{"index.md": {Data: []byte(text)}} }

// with is a text with some parts replaced: what, by what, and so on.
func with(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		require.Equal(t, 1, strings.Count(text, pairs[i]), "%q", pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// mergePage merges two versions of the page.
func mergePage(ours, theirs string) merge.Result {
	return merge.Trees(file(page), file(ours), file(theirs), merge.Options{})
}

func content(r merge.Result) string { return string(r.Files["index.md"].Data) }

func resolve(t testing.TB, r merge.Result, choices ...merge.Choice) string {
	t.Helper()
	byID := map[string]merge.Choice{}
	require.Len(t, r.Conflicts, len(choices))
	for i, c := range choices {
		byID[r.Conflicts[i].ID] = c
	}
	done, err := r.Resolve(byID)
	require.NoError(t, err)
	require.True(t, done.Clean())
	return content(done)
}

// What merges without a question. Many of these git would ask about.
func TestMergesCleanly(t *testing.T) {
	for _, c := range []struct {
		name                 string
		ours, theirs, merged []string // what is replaced in the page, by what
	}{
		{"different paragraphs",
			[]string{"share pizzas.", "share tortillas."}, []string{"find out today", "find out"},
			[]string{"share pizzas.", "share tortillas.", "find out today", "find out"}},
		{"neighboring questions",
			[]string{"Draw it.", "Draw two ways."}, []string{"Explain it.", "Say why."},
			[]string{"Draw it.", "Draw two ways.", "Explain it.", "Say why."}},
		{"neighboring rows of a table",
			[]string{"| 2 | 3 |", "| 4 | 6 |"}, []string{"| 3 | 4 |", "| 6 | 8 |"},
			[]string{"| 2 | 3 |", "| 4 | 6 |", "| 3 | 4 |", "| 6 | 8 |"}},
		{"a question put in above one that changed",
			[]string{"2. Draw it.\n3. Explain it.", "2. Guess first.\n3. Draw it.\n4. Explain it."}, []string{"Explain it.", "Say why."},
			[]string{"2. Draw it.\n3. Explain it.", "2. Guess first.\n3. Draw it.\n4. Say why."}},
		{"questions put in by both, above one that changed",
			[]string{"1. How much does each get?\n2. Draw it.\n3. Explain it.", "1. Look.\n2. How much does each get?\n3. Draw it.\n4. Explain it."},
			[]string{"2. Draw it.\n3. Explain it.", "2. Guess first.\n3. Draw it.\n4. Say why."},
			[]string{"1. How much does each get?\n2. Draw it.\n3. Explain it.", "1. Look.\n2. How much does each get?\n3. Guess first.\n4. Draw it.\n5. Say why."}},
		{"neighboring answers in the key",
			[]string{"Two thirds.", "Two thirds of a pizza."}, []string{"Any drawing.", "Any fair drawing."},
			[]string{"Two thirds.", "Two thirds of a pizza.", "Any drawing.", "Any fair drawing."}},
		{"a heading and the text right below it",
			[]string{"## Before you go", "## Exit ticket"}, []string{"What did you find out today?", "What surprised you?"},
			[]string{"## Before you go", "## Exit ticket", "What did you find out today?", "What surprised you?"}},
		{"a section taken out, and a change elsewhere",
			[]string{"\n## Before you go\n\nWhat did you find out today?\n", ""}, []string{"share pizzas.", "share tortillas."},
			[]string{"\n## Before you go\n\nWhat did you find out today?\n", "", "share pizzas.", "share tortillas."}},
		{"the same change twice",
			[]string{"Draw it.", "Sketch it.", "share pizzas.", "share tortillas."}, []string{"Draw it.", "Sketch it."},
			[]string{"Draw it.", "Sketch it.", "share pizzas.", "share tortillas."}},
		{"a paragraph added, the next one changed",
			[]string{"## Practice\n", "## Practice\n\nFill the table.\n"}, []string{"| 2 | 3 |", "| 4 | 6 |"},
			[]string{"## Practice\n", "## Practice\n\nFill the table.\n", "| 2 | 3 |", "| 4 | 6 |"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := with(t, page, c.ours...), with(t, page, c.theirs...)
			for _, sides := range [][2]string{{ours, theirs}, {theirs, ours}} {
				r := mergePage(sides[0], sides[1])
				assert.Empty(t, r.Conflicts)
				assert.Equal(t, with(t, page, c.merged...), content(r))
			}
		})
	}
}

func TestSameParagraphIsAConflictThatTheTeacherDecides(t *testing.T) {
	r := mergePage(with(t, page, "What did you find out today?", "What did you learn?", "share pizzas.", "share tortillas."),
		with(t, page, "What did you find out today?", "What surprised you?", "Two thirds", "⅔"))
	require.Len(t, r.Conflicts, 1)
	c := r.Conflicts[0]
	assert.Equal(t, merge.Conflict{
		ID: c.ID, Path: "index.md", Kind: merge.TextChanged, Type: merge.Paragraph, Block: 7, Line: 38, Under: "Before you go",
		Base: []byte("What did you find out today?\n"), Ours: []byte("What did you learn?\n"), Theirs: []byte("What surprised you?\n"),
	}, c)
	assert.Equal(t, "What did you learn?", strings.Split(content(r), "\n")[c.Line-1])

	held := with(t, page, "What did you find out today?", "What did you learn?", "share pizzas.", "share tortillas.", "Two thirds", "⅔")
	assert.Equal(t, held, content(r), "ours is held, and all else is merged")
	assert.Equal(t, held, resolve(t, r, merge.Choice{Take: merge.Mine}))
	assert.Equal(t, with(t, held, "What did you learn?", "What surprised you?"), resolve(t, r, merge.Choice{Take: merge.Theirs}))
	assert.Equal(t, with(t, held, "What did you learn?", "What did you learn?\n\nWhat surprised you?"), resolve(t, r, merge.Choice{Take: merge.Both}))
	assert.Equal(t, with(t, held, "What did you learn?", "What did you learn that surprised you?"),
		resolve(t, r, merge.Choice{Take: merge.Edited, Text: []byte("What did you learn that surprised you?")}))
	assert.Equal(t, "2 changes upstream: 1 merges cleanly, 1 needs you", r.Summary().String())
}

func TestConflictInTheAnswerKeySaysSo(t *testing.T) {
	r := mergePage(with(t, page, "Two thirds.", "2/3"), with(t, page, "Two thirds.", "0.67"))
	require.Len(t, r.Conflicts, 1)
	c := r.Conflicts[0]
	assert.Equal(t, "teacher", c.In)
	assert.Equal(t, "Answers", c.Under)
	assert.Equal(t, merge.Item, c.Type)
	assert.Equal(t, "- **1.** 2/3", strings.Split(content(r), "\n")[c.Line-1])
	assert.Equal(t, with(t, page, "Two thirds.", "0.67"), resolve(t, r, merge.Choice{Take: merge.Theirs}))
}

func TestParagraphThatOneTookOutAndTheOtherChanged(t *testing.T) {
	without, changed := with(t, page, "\nWatch for thirds that are not equal.\n", ""), with(t, page, "Watch for", "Look out for")
	r := mergePage(without, changed)
	require.Len(t, r.Conflicts, 1)
	c := r.Conflicts[0]
	assert.Equal(t, merge.BlockDeleted, c.Kind)
	assert.Nil(t, c.Ours)
	assert.Equal(t, "Look out for thirds that are not equal.\n", string(c.Theirs))
	assert.Equal(t, without, content(r))
	assert.Equal(t, changed, resolve(t, r, merge.Choice{Take: merge.Theirs}))

	r = mergePage(changed, without)
	assert.Equal(t, changed, content(r), "what the teacher wrote stays, though upstream took it out")
	assert.Equal(t, without, resolve(t, r, merge.Choice{Take: merge.Theirs}))
}

func TestBothPutAParagraphInTheSamePlace(t *testing.T) {
	ours, theirs := with(t, page, "## Practice\n", "## Practice\n\nUse strips.\n"), with(t, page, "## Practice\n", "## Practice\n\nUse circles.\n")
	r := mergePage(ours, theirs)
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, merge.BlockInserted, r.Conflicts[0].Kind)
	assert.Nil(t, r.Conflicts[0].Base)
	assert.Equal(t, ours, content(r))
	assert.Equal(t, with(t, page, "## Practice\n", "## Practice\n\nUse strips.\n\nUse circles.\n"), resolve(t, r, merge.Choice{Take: merge.Both}))
	assert.Equal(t, page, resolve(t, r, merge.Choice{Take: merge.Edited}), "no text takes it out")
}

func TestParagraphAddedToASectionThatTheTeacherTookOut(t *testing.T) {
	ours := with(t, page, "\n## Before you go\n\nWhat did you find out today?\n", "")
	r := mergePage(ours, page+"\nWrite one sentence.\n")
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, ours, content(r), "no sentence without its section")
}

// A merge by lines would be clean, and show an answer to students.
func TestAnswerIsNotShownBecauseTheKeyWasOpened(t *testing.T) {
	opened := with(t, page, "::: teacher\n", "", "not equal.\n:::\n", "not equal.\n")
	more := with(t, page, "- **2.** Any drawing.\n", "- **2.** Any drawing.\n- **3.** Each gets 2 ÷ 3.\n")
	r := mergePage(opened, more)
	require.NotEmpty(t, r.Conflicts)
	assert.Equal(t, opened, content(r))
	r = mergePage(more, opened)
	require.NotEmpty(t, r.Conflicts)
	assert.Equal(t, more, content(r))
}

// A merge by blocks would be clean: one side changes only the name of the block, and the other only what is in it.
func TestAnswerIsNotShownBecauseTheKeyBecameANote(t *testing.T) {
	note := with(t, page, "::: teacher\n", "::: note\n")
	more := with(t, page, "- **2.** Any drawing.\n", "- **2.** Any drawing.\n- **3.** Each gets 2 ÷ 3.\n")
	for _, sides := range [][2]string{{note, more}, {more, note}} {
		r := mergePage(sides[0], sides[1])
		require.Len(t, r.Conflicts, 1)
		assert.Equal(t, merge.AudienceMixed, r.Conflicts[0].Kind)
		assert.Equal(t, sides[0], content(r))
	}
}

func TestCodeIsMergedByLines(t *testing.T) {
	code := "```python\nimport csv\n\nrows = read()\ntotal = 0\nfor row in rows:\n    total += row\nprint(total)\n```\n"
	base := page + "\n" + code
	merged := func(ours, theirs string) merge.Result {
		return merge.Trees(file(base), file(ours), file(theirs), merge.Options{})
	}
	r := merged(with(t, base, "import csv", "import csv, sys"), with(t, base, "print(total)", "print(total / len(rows))"))
	assert.True(t, r.Clean())
	assert.Equal(t, with(t, base, "import csv", "import csv, sys", "print(total)", "print(total / len(rows))"), content(r))

	r = merged(with(t, base, "total = 0", "total = 1"), with(t, base, "for row in rows:", "for row in rows[1:]:"))
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, with(t, code, "total = 0", "total = 1"), string(r.Conflicts[0].Ours), "the block, so that it can be shown")
}

func TestTextSavedOnWindows(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	ours, theirs := with(t, page, "Draw it.", "Sketch it."), with(t, page, "today?", "?")
	both := with(t, page, "Draw it.", "Sketch it.", "today?", "?")
	r := mergePage(crlf(ours), theirs)
	assert.Empty(t, r.Conflicts)
	assert.Equal(t, crlf(both), content(r))
	r = mergePage(strings.TrimSuffix(ours, "\n"), theirs)
	assert.Empty(t, r.Conflicts)
	assert.Equal(t, strings.TrimSuffix(both, "\n"), content(r))
}

func TestNeighborsDoNotRunIntoOneAnother(t *testing.T) {
	base := "One.\n\nTwo.\n"
	r := merge.Trees(file(base), file("One.\n"), file("Three is new and long.\n\nOne.\n\nTwo.\n"), merge.Options{})
	assert.Equal(t, "Three is new and long.\n\nOne.\n", content(r))
	// The teacher's text ends without a blank line; what follows from upstream gets one.
	r = merge.Trees(file("# A\n\nOne.\n\nTwo.\n"), file("# A\n\nOne!\n"), file("# A\n\nOne.\n\nTwo.\n\n# B\n\nThree.\n"), merge.Options{})
	text := content(r)
	for _, c := range r.Conflicts {
		done, err := r.Resolve(map[string]merge.Choice{c.ID: {Take: merge.Theirs}})
		require.NoError(t, err)
		text = content(done)
	}
	assert.NotContains(t, text, "One!\nTwo")
	assert.NotContains(t, text, "One!\n# B")
}

func TestNestedPartsOfAListStayTogether(t *testing.T) {
	base := "- one\n\n  more of one\n\n  ```\n  - not an item\n  ```\n- two\n- three\n"
	r := merge.Trees(file(base), file(with(t, base, "more of one", "much of one")), file(with(t, base, "- two", "- deux")), merge.Options{})
	assert.True(t, r.Clean())
	assert.Equal(t, with(t, base, "more of one", "much of one", "- two", "- deux"), content(r))
}

func TestResolveRefusesWhatIsNotOfThisMerge(t *testing.T) {
	r := mergePage(with(t, page, "Draw it.", "Sketch it."), with(t, page, "Draw it.", "Paint it."))
	require.Len(t, r.Conflicts, 1)
	_, err := r.Resolve(map[string]merge.Choice{"0123456789abcdef": {Take: merge.Theirs}})
	require.ErrorIs(t, err, kind.ErrConflict)
	_, err = r.Resolve(map[string]merge.Choice{r.Conflicts[0].ID: {Take: "whatever"}})
	require.ErrorIs(t, err, kind.ErrInvalid)

	later := mergePage(with(t, page, "Draw it.", "Sketch it."), with(t, page, "Draw it.", "Carve it."))
	_, err = later.Resolve(map[string]merge.Choice{r.Conflicts[0].ID: {Take: merge.Theirs}})
	assert.ErrorIs(t, err, kind.ErrConflict, "upstream has changed since the page was shown")
}

func TestDecisionsCanBeMadeOneByOne(t *testing.T) {
	r := mergePage(with(t, page, "Draw it.", "Sketch it.", "share pizzas", "share tortillas"),
		with(t, page, "Draw it.", "Paint it.", "share pizzas", "share cakes"))
	require.Len(t, r.Conflicts, 2)
	first, second := r.Conflicts[0].ID, r.Conflicts[1].ID
	r, err := r.Resolve(map[string]merge.Choice{second: {Take: merge.Theirs}})
	require.NoError(t, err)
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, with(t, page, "Draw it.", "Paint it.", "share pizzas", "share tortillas"), content(r))
	r, err = r.Resolve(map[string]merge.Choice{first: {Take: merge.Theirs}})
	require.NoError(t, err)
	assert.True(t, r.Clean())
	assert.Equal(t, with(t, page, "Draw it.", "Paint it.", "share pizzas", "share cakes"), content(r))
	assert.Equal(t, "2 changes upstream: 2 merge cleanly", r.Summary().String())
}
