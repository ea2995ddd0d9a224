package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// lesson is a page with every kind of block.
const lesson = `---
title: Sharing pizzas fairly
description: >-
  Students model division with paper strips.
type: lesson
language: en
license: CC-BY-4.0
creators:
  - name: Amina Yusuf
grades: [5]
alignments:
  teaches: [CCSS.MATH.CONTENT.5.NF.B.3]
time: PT45M
x-district: 12 # our own field
sources:
  - id: state-math/strips
    license: CC0-1.0
---

**You need:** paper strips.

## Start

Three friends share two pizzas.

1. How much does each get?
2. Draw it.
3. Explain it.

| Pizzas | Friends |
|:-:|:-:|
| 2 | 3 |
| 3 | 4 |

` + "```python\nprint(2 / 3)\n```" + `

$$
\frac{2}{3}
$$

> Fair is not always equal.

## Talk

What did you find?

::: teacher
## Answers

- **1.** Two thirds.
- **2.** Any drawing.

Watch for thirds that are not equal.
:::
`

// sides changes a text twice as people do, and worse, often in the same place.
func sides(r *rand.Rand, text string) (string, string) {
	spot := r.Float64()
	return random(r, text, spot), random(r, text, spot)
}

func random(r *rand.Rand, text string, spot float64) string {
	for range r.IntN(4) {
		parts := strings.SplitAfter(text, "\n")
		at := r.IntN(len(parts))
		if r.IntN(2) == 0 {
			at = min(len(parts)-1, int(spot*float64(len(parts)))+r.IntN(3))
		}
		switch r.IntN(9) {
		case 0:
			parts = append(parts[:at:at], parts[at+1:]...)
		case 1:
			parts = append(parts[:at:at], append([]string{fmt.Sprintf("New line %d.\n", r.IntN(3))}, parts[at:]...)...)
		case 2:
			parts = append(parts[:at:at], append([]string{"\n", fmt.Sprintf("A new paragraph %d.\n", r.IntN(3)), "\n"}, parts[at:]...)...)
		case 3:
			parts[at] = strings.Replace(parts[at], "e", "E", 1)
		case 4:
			parts[at] = strings.TrimSuffix(parts[at], "\n") + " more\n"
		case 5:
			parts[at], parts[len(parts)-1-at] = parts[len(parts)-1-at], parts[at]
		case 6:
			parts[at] = []string{":::\n", "::: teacher\n", "```\n", "---\n", "$$\n", "7. seven\n", "| a | b |\n", "\n"}[r.IntN(8)]
		case 7:
			parts = append(parts[:at:at], append([]string{parts[at]}, parts[at:]...)...)
		default:
			parts[at] = strings.Replace(parts[at], "5", "4, 5", 1)
		}
		text = strings.Join(parts, "")
	}
	if r.IntN(12) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

func one(name, text string) Tree { return Tree{name: {Data: []byte(text)}} }

// checkMerge holds what is true of every merge of one file.
func checkMerge(t *testing.T, name, base, ours, theirs string) {
	t.Helper()
	b, o, x := one(name, base), one(name, ours), one(name, theirs)
	text := func(r Result) string { return string(r.Files[name].Data) }

	for _, c := range []struct {
		r    Result
		want string
	}{
		{Trees(b, b, x, Options{}), theirs}, {Trees(b, o, b, Options{}), ours}, {Trees(b, x, x, Options{}), theirs},
	} {
		require.True(t, c.r.Clean())
		require.Equal(t, c.want, text(c.r))
	}

	r, swapped := Trees(b, o, x, Options{}), Trees(b, x, o, Options{})
	again := Trees(b, o, x, Options{})
	require.Equal(t, text(r), text(again), "the same merge gives the same")
	require.Equal(t, len(r.Conflicts), len(swapped.Conflicts), "sides swapped")
	if r.Clean() {
		require.Equal(t, text(r), text(swapped), "sides swapped")
	}
	seen := map[string]bool{}
	for i, c := range r.Conflicts {
		require.False(t, seen[c.ID])
		seen[c.ID] = true
		s := swapped.Conflicts[i]
		require.Equal(t, [3]string{string(c.Base), string(c.Ours), string(c.Theirs)}, [3]string{string(s.Base), string(s.Theirs), string(s.Ours)})
		require.False(t, bytes.Equal(c.Ours, c.Theirs) && c.Kind != FileRenamed, "nothing to decide: %q", c.Ours)
	}
	for _, mark := range []string{"<<<<<<<", ">>>>>>>", "unsettled"} {
		require.Equal(t, strings.Count(base+ours+theirs, mark) > 0, strings.Contains(text(r), mark), "no markers")
	}

	// Deciding for one side everywhere can be done, and leaves nothing open.
	for _, take := range []Take{Mine, Theirs, Both} {
		choices := map[string]Choice{}
		for _, c := range r.Conflicts {
			choices[c.ID] = Choice{Take: take}
		}
		done, err := r.Resolve(choices)
		if take == Both && err != nil {
			continue // two values in a field that has one
		}
		require.NoError(t, err)
		require.True(t, done.Clean())
		if take == Mine {
			require.Equal(t, text(r), text(done))
		}
	}

	if front, body := cutFront([]byte(ours)); readable(front) {
		doc, _ := metadata.Parse(name, []byte(ours))
		require.Equal(t, string(doc.Body), string(body))
	}

	// Blocks are the texts, and picking all or none of them gives one or the other.
	blocks := Diff([]byte(ours), []byte(theirs))
	var all, none []byte
	for _, block := range blocks {
		none, all = append(none, block.A...), append(all, block.B...)
		var before, after string
		for _, w := range block.Words {
			if w.Kind != Inserted {
				before += w.Text
			}
			if w.Kind != Removed {
				after += w.Text
			}
		}
		if block.Words != nil {
			require.Equal(t, string(block.A), before)
			require.Equal(t, string(block.B), after)
		}
	}
	require.Equal(t, ours, string(none))
	require.Equal(t, theirs, string(all))
}

func TestEveryMerge(t *testing.T) {
	clean := 0
	const n = 600
	for i := range n {
		r := rand.New(rand.NewPCG(11, uint64(i)))
		ours, theirs := sides(r, lesson)
		name := []string{"index.md", "notes.txt"}[i%2]
		if !t.Run(fmt.Sprint(i), func(t *testing.T) { checkMerge(t, name, lesson, ours, theirs) }) {
			break
		}
		if Trees(one(name, lesson), one(name, ours), one(name, theirs), Options{}).Clean() {
			clean++
		}
	}
	assert.Greater(t, clean, n/3)
	t.Logf("%d of %d clean", clean, n)
}

// What git merges without a conflict comes out the same here, in Markdown, too.
func TestMarkdownAgreesWithGitWhereThatIsClean(t *testing.T) {
	dir := t.TempDir()
	_, body := cutFront([]byte(lesson))
	clean := 0
	for i := range 300 {
		r := rand.New(rand.NewPCG(12, uint64(i)))
		base := string(body)
		ours, theirs := sides(r, base)
		if strings.HasPrefix(ours, "---") || strings.HasPrefix(theirs, "---") {
			continue // is a front matter
		}
		want, conflicts := gitMergeFile(t, dir, base, ours, theirs)
		if conflicts > 0 {
			continue
		}
		clean++
		got := Trees(one("notes.md", base), one("notes.md", ours), one("notes.md", theirs), Options{})
		if len(got.Conflicts) > 0 && exposes([]byte(want), []byte(ours), []byte(theirs)) {
			continue // git would show an answer to students
		}
		require.True(t, got.Clean(), "%d: %+v", i, got.Conflicts)
		require.Equal(t, want, string(got.Files["notes.md"].Data), i)
	}
	assert.Greater(t, clean, 100)
}

func FuzzMerge(f *testing.F) {
	f.Add("index.md", lesson, strings.Replace(lesson, "Draw it", "Draw both", 1), strings.Replace(lesson, "Explain it", "Say why", 1))
	f.Add("index.md", "---\ntitle: a\n---\n\nb\n", "---\ntitle: c\n---\n", "b")
	f.Add("a.txt", "1\n2\n3\n", "1\r\n2\r\n3", "2\n3\n4\n")
	f.Add("a.md", "1. a\n2. b\n", "1. a\n2. c\n3. b\n", "1. x\n\n  y\n2. b\n")
	f.Add("a.md", "::: teacher\na\n:::\n", "a\n", "::: teacher\nb\n")
	f.Add("a.md", "| a |\n|-|\n| b |", "$$\na", "```\n:::\n")
	f.Fuzz(func(t *testing.T, name, base, ours, theirs string) {
		switch name {
		case "index.md", "a.md", "a.txt":
			checkMerge(t, name, base, ours, theirs)
		default:
			checkMerge(t, "x.md", base, ours, theirs)
		}
	})
}

// meaning is a text without the way in which its front matter is written, and without blank lines.
func meaning(name string, text []byte) string {
	front, body := cutFront(text)
	if name != "index.md" || !readable(front) {
		return string(text)
	}
	out := fmt.Sprintf("%+v\n", metadataOf(front))
	for _, e := range entries(front) {
		if !knownField(e.key) {
			out += string(e.text)
		}
	}
	return strings.Join(strings.FieldsFunc(out+string(body), func(r rune) bool { return r == '\n' }), "\n")
}

// Two people merged each other and decided every conflict by chance. Merged again, what they decided alike is settled, and
// where they differ neither wins.
func TestEveryCrissCross(t *testing.T) {
	asked := 0
	for i := range 1000 {
		r := rand.New(rand.NewPCG(13, uint64(i)))
		name := []string{"index.md", "notes.txt"}[i%2]
		ours, theirs := sides(r, lesson)
		root, left, right := one(name, lesson), one(name, ours), one(name, theirs)
		decide := func(ours, theirs Tree, mine bool) Tree {
			m := Trees(root, ours, theirs, Options{})
			choices := map[string]Choice{}
			for _, c := range m.Conflicts {
				choices[c.ID] = Choice{Take: Mine}
				if (r.IntN(2) == 0) == mine {
					choices[c.ID] = Choice{Take: Theirs}
				}
			}
			done, err := m.Resolve(choices)
			require.NoError(t, err)
			return done.Files
		}
		a, b := decide(left, right, true), decide(right, left, false)
		base, err := Trees(root, left, right, Options{}).unsettled()
		require.NoError(t, err, i)
		final := Trees(base, a, b, Options{})
		require.Equal(t, meaning(name, a[name].Data), meaning(name, final.Files[name].Data), "%d: ours is held", i)
		require.Equal(t, meaning(name, a[name].Data) == meaning(name, b[name].Data), final.Clean(), "%d", i)
		if !final.Clean() {
			asked++
		}
		for _, c := range final.Conflicts {
			require.NotContains(t, string(c.Base), "unsettled")
		}
	}
	assert.Greater(t, asked, 50)
}
