package web

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiffShowsWhatChanged(t *testing.T) {
	lines, added, removed := diff("one\ntwo\nthree\nfour\nfive\nsix\n", "one\ntwo\n3\nfour\nfive\nsix\n", 1)
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Kind + " " + l.Text + "\n")
	}
	assert.Equal(t, "cut \nsame two\ndel three\nadd 3\nsame four\ncut \n", b.String())
	assert.Equal(t, 1, added)
	assert.Equal(t, 1, removed)
}

// What a comparison shows must lead from the one text to the other, whatever they are.
func TestDiffRebuildsBothTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(string(rune('a'+r.IntN(4))) + "\n")
		}
		return b.String()
	}
	for range 2000 {
		a, b := text(), text()
		lines, _, _ := diff(a, b, 1<<20)
		if a == b {
			continue
		}
		var old, new strings.Builder
		for _, l := range lines {
			if l.Kind != "add" {
				old.WriteString(l.Text + "\n")
			}
			if l.Kind != "del" {
				new.WriteString(l.Text + "\n")
			}
		}
		require.Equal(t, a, old.String(), "from %q to %q", a, b)
		require.Equal(t, b, new.String(), "from %q to %q", a, b)
	}
}

func TestDiffIsBounded(t *testing.T) {
	a, b := strings.Repeat("a\n", 20_000), strings.Repeat("b\n", 20_000)
	lines, added, removed := diff(a, b, 3)
	assert.Len(t, lines, 40_000)
	assert.Equal(t, 20_000, added)
	assert.Equal(t, 20_000, removed)
}
