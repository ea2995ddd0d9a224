package merge_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/merge"
)

// marked writes a comparison as text: [-removed-] and [+added+].
func marked(words []merge.WordChange) string {
	var out strings.Builder
	for _, w := range words {
		switch w.Kind {
		case merge.Removed:
			out.WriteString("[-" + w.Text + "-]")
		case merge.Inserted:
			out.WriteString("[+" + w.Text + "+]")
		default:
			out.WriteString(w.Text)
		}
	}
	return out.String()
}

func changedBlocks(a, b string) (list []merge.Block) {
	for _, block := range merge.Diff([]byte(a), []byte(b)) {
		if block.Kind != merge.Same {
			list = append(list, block)
		}
	}
	return list
}

func TestDiffShowsWords(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"a word", "Students share two pizzas.\n", "Students share three pizzas.\n", "Students share [-two-][+three+] pizzas.\n"},
		{"words in a row are one change", "We share two pizzas.\n", "We divide three pizzas.\n", "We [-share two-][+divide three+] pizzas.\n"},
		{"a formula is one word", "Then $2 \\div 3$ is it.\n", "Then $2 \\div 4$ is it.\n", "Then [-$2 \\div 3$-][+$2 \\div 4$+] is it.\n"},
		{"so is an image", "See ![Two](a.png) here.\n", "See ![Two](b.png) here.\n", "See [-![Two](a.png)-][+![Two](b.png)+] here.\n"},
		{"an accent is part of its word", "El niño come.\n", "El niña come.\n", "El [-niño-][+niña+] come.\n"},
		{"wrapped anew", "One two\nthree four.\n", "One two three\nfour.\n", "One two[-\n-][+ +]three[- -][+\n+]four.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			blocks := changedBlocks(c.a, c.b)
			require.Len(t, blocks, 1)
			assert.Equal(t, merge.Revised, blocks[0].Kind)
			assert.Equal(t, c.want, marked(blocks[0].Words))
		})
	}
}

func TestDiffSaysWhereBlocksStand(t *testing.T) {
	b := with(t, page, "Any drawing.", "Any fair drawing.", "\n## Before you go\n\nWhat did you find out today?\n", "",
		"## Practice\n", "## Practice\n\nUse strips.\n", "grades: [5]", "grades: [5, 6]", "title: Sharing pizzas fairly", "title: Sharing cakes")
	blocks := changedBlocks(page, b)
	type seen struct {
		Kind      merge.Mark
		Type      merge.BlockType
		In, Under string
	}
	var got []seen
	for _, block := range blocks {
		got = append(got, seen{block.Kind, block.Type, block.In, block.Under})
	}
	assert.Equal(t, []seen{
		{merge.Revised, merge.Front, "", ""},
		{merge.Inserted, merge.Paragraph, "", "Practice"},
		{merge.Revised, merge.List, "teacher", "Answers"},
		{merge.Removed, merge.Heading, "", "Answers"},
		{merge.Removed, merge.Paragraph, "", "Answers"},
	}, got)
	assert.Equal(t, []merge.FieldChange{{"title", "Sharing pizzas fairly", "Sharing cakes"}, {"grades", "[5]", "[5, 6]"}}, blocks[0].Fields)
}

func TestPickTakesASuggestionByBlock(t *testing.T) {
	b := with(t, page, "share pizzas.", "share cakes.", "Any drawing.", "Any fair drawing.", "## Practice\n", "## Practice\n\nUse strips.\n",
		"What did you find out today?", "What surprised you?\n\nTell a friend.")
	blocks := merge.Diff([]byte(page), []byte(b))
	pick := func(want ...string) string {
		return string(merge.Pick(blocks, func(i int) bool {
			for _, w := range want {
				if strings.Contains(string(blocks[i].B), w) {
					return true
				}
			}
			return false
		}))
	}
	assert.Equal(t, page, pick())
	assert.Equal(t, b, pick("cakes", "fair drawing", "strips", "surprised", "friend"))
	assert.Equal(t, with(t, page, "Any drawing.", "Any fair drawing."), pick("fair drawing"))
	assert.Equal(t, with(t, page, "## Practice\n", "## Practice\n\nUse strips.\n"), pick("strips"))
	assert.Equal(t, page+"\nTell a friend.\n", pick("friend"), "a blank line stands between")
}

func TestDiffLines(t *testing.T) {
	blocks := merge.DiffLines([]byte("a,1\nb,2\nc,3\n"), []byte("a,1\nb,5\nc,3\nd,4\n"))
	require.Len(t, blocks, 4)
	assert.Equal(t, "b,[-2-][+5+]\n", marked(blocks[1].Words))
	assert.Equal(t, merge.Inserted, blocks[3].Kind)
	assert.Equal(t, "a,1\nb,2\nc,3\nd,4\n", string(merge.Pick(blocks, func(i int) bool { return i == 3 })))
}
