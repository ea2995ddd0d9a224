package merge_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/merge"
)

const (
	megabyte = 1 << 20
	some     = megabyte / 8
)

// hostile are texts that are hard to compare, by what makes them so.
func hostile() map[string][3]string {
	fill := func(n int, line func(i int) string) string {
		var out strings.Builder
		for i := 0; out.Len() < n; i++ {
			out.WriteString(line(i))
		}
		return out.String()
	}
	noise := func(n, size, kinds int, form string) string {
		r := rand.New(rand.NewPCG(uint64(n), 5))
		return fill(size, func(int) string { return fmt.Sprintf(form, r.IntN(kinds)) })
	}
	three := func(f func(n int) string) [3]string { return [3]string{f(0), f(1), f(2)} }
	return map[string][3]string{
		"nothing in common":      three(func(n int) string { return fill(megabyte, func(i int) string { return fmt.Sprintf("%d %d\n", n, i) }) }),
		"two lines in any order": three(func(n int) string { return noise(n, megabyte, 2, "%d\n") }),
		"few lines in any order": three(func(n int) string { return noise(n, some, 100, "%d\n") }),
		"50,000 headings": three(func(n int) string {
			return fill(megabyte, func(i int) string { return fmt.Sprintf("# Heading %d\n\n", i*(n+1)) })
		}),
		"paragraphs shuffled":    three(func(n int) string { return noise(n, some, 50_000, "Paragraph %d here.\n\n") }),
		"one list":               three(func(n int) string { return noise(n, some, 300, "%d. item\n") }),
		"one table":              three(func(n int) string { return "| a |\n|-|\n" + noise(n, some, 300, "| %d |\n") }),
		"one line":               three(func(n int) string { return noise(n, some, 300, "%d ") }),
		"containers without end": three(func(n int) string { return noise(n, megabyte, 3, "::: teacher %d\n") }),
		"formulas without end":   three(func(n int) string { return "::: note\n" + noise(n, some, 30, "$$ %d\n\n") + ":::\n" }),
		"fences":                 three(func(n int) string { return noise(n, some, 9, "```%d\n") }),
		"deep quotes":            three(func(n int) string { return strings.Repeat(">", megabyte/2) + noise(n, some, 9, "> %d\n") }),
		"deep lists":             three(func(n int) string { return noise(n, some, 9, "- - - - - - - %d\n      \n") }),
		"blank lines":            three(func(n int) string { return strings.Repeat("\n", megabyte-n) + "end" }),
		"almost a front matter":  three(func(n int) string { return "---\n" + noise(n, some, 900, "x%d: [\n") }),
		"bytes":                  three(func(n int) string { return strings.ReplaceAll(noise(n, some, 900, "\xff%d\r"), "9", "\n") }),
	}
}

// What matters is that this ends; go test's own deadline says so if it does not.
func TestHostileTextsAreMergedWithinBounds(t *testing.T) {
	for name, text := range hostile() {
		for _, file := range []string{"index.md", "a.txt"} {
			if file == "a.txt" && !slices.Contains([]string{"nothing in common", "two lines in any order", "few lines in any order", "bytes"}, name) {
				continue // what makes it hard is Markdown
			}
			t.Run(name+" in "+file, func(t *testing.T) {
				t.Parallel()
				r := merge.Trees(tree(file, text[0]), tree(file, text[1]), tree(file, text[2]), merge.Options{})
				if len(r.Conflicts) > 0 {
					choices := map[string]merge.Choice{}
					for _, c := range r.Conflicts {
						choices[c.ID] = merge.Choice{Take: merge.Mine}
					}
					done, err := r.Resolve(choices)
					require.NoError(t, err)
					assert.True(t, bytes.Equal(r.Files[file].Data, done.Files[file].Data))
				}
				var a, b []byte
				for _, block := range merge.Diff([]byte(text[1]), []byte(text[2])) {
					a, b = append(a, block.A...), append(b, block.B...)
				}
				assert.True(t, text[1] == string(a) && text[2] == string(b))
			})
		}
	}
}

// A merge that has no steps left for comparing is still right.
func TestMergeWithoutWorkLosesNothing(t *testing.T) {
	ours, theirs := with(t, page, "Draw it.", "Sketch it."), with(t, page, "today?", "?")
	r := merge.Trees(file(page), file(ours), file(theirs), merge.Options{Work: 1})
	assert.Empty(t, r.Conflicts, "lines that occur once are still found")
	assert.Equal(t, with(t, page, "Draw it.", "Sketch it.", "today?", "?"), content(r))
}

func TestManyFilesRenamedAtOnce(t *testing.T) {
	base, ours, theirs := merge.Tree{}, merge.Tree{}, merge.Tree{}
	for i := range 3000 {
		text := []byte(fmt.Sprintf("file %d\n%s", i, long))
		base[fmt.Sprintf("old/%d.md", i)] = merge.File{Data: text}
		theirs[fmt.Sprintf("old/%d.md", i)] = merge.File{Data: text}
		ours[fmt.Sprintf("new/%d.md", i)] = merge.File{Data: append(text, "more\n"...)}
	}
	theirs["old/7.md"] = merge.File{Data: []byte("file 7!\n" + long)}
	r := merge.Trees(base, ours, theirs, merge.Options{})
	assert.Empty(t, r.Conflicts)
	assert.Equal(t, "file 7!\n"+long+"more\n", string(r.Files["new/7.md"].Data))
}

func BenchmarkTrees(b *testing.B) {
	unit := func(changed func(i int) string) merge.Tree {
		t := merge.Tree{}
		for i := range 300 {
			t[fmt.Sprintf("%02d/part.md", i)] = merge.File{Data: []byte(strings.Replace(page, "share pizzas", changed(i), 1))}
		}
		return t
	}
	same := func(int) string { return "share pizzas" }
	base, ours, theirs := unit(same), unit(func(i int) string { return fmt.Sprint("share ", i%20/19) }), unit(same)
	theirs["07/part.md"] = merge.File{Data: []byte(with(b, page, "Draw it.", "Sketch it."))}
	b.Run("unit of 300 files", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			merge.Trees(base, ours, theirs, merge.Options{})
		}
	})
	o, t := file(with(b, page, "Draw it.", "Sketch it.", "today?", "now?")), file(with(b, page, "Explain it.", "Say why.", "today?", "?"))
	b.Run("lesson with a conflict", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			merge.Trees(file(page), o, t, merge.Options{})
		}
	})
}
