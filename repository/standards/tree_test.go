package standards_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func TestAncestorsFollowTheGrammarWithoutImport(t *testing.T) {
	var l *standards.Library // nil is an empty library
	for code, want := range map[string][]string{
		"5.NF.B.3": {"5.NF.B", "5.NF"}, "5.NF.B.4.a": {"5.NF.B.4", "5.NF.B", "5.NF"}, "HSA-REI.B.3": {"HSA-REI.B", "HSA-REI"},
		"RL.9-10.1": {"RL.9-10"}, "K-2-ETS1-1": {"K-2-ETS1"}, "111.7.b.3.H": {"111.7.b.3", "111.7.b", "111.7"},
		"MA.5.FR.2.4": {"MA.5.FR.2", "MA.5.FR"}, "110.7.b.3.A": {"110.7.b.3", "110.7.b", "110.7"}, "MP3": nil, "nonsense": nil,
	} {
		assert.Equal(t, want, l.Ancestors(code), code)
	}
	assert.Equal(t, []string{"5.NF.B.3", "5.NF.B.4", "5.NF.B.5", "5.NF.B.6", "5.NF.B.7"}, l.Children("5.NF.B"))
	assert.Len(t, l.Descendants("5.NF.B"), 12)
	assert.Equal(t, "5.NF.B.4.a", l.Descendants("5.NF.B")[2], "parents before their children")
}

func TestTreeOfAnImportedFramework(t *testing.T) {
	l := standards.NewLibrary(teks(t, "teks-math"))
	leaf := l.Resolve("111.7.b.3.H").Key()
	above := l.Ancestors(leaf)
	var codes []string
	for _, key := range above {
		s, ok := l.Statement(key)
		assert.True(t, ok)
		codes = append(codes, s.Code)
		assert.Contains(t, l.Descendants(key), leaf)
	}
	assert.Equal(t, []string{"111.7.b.3", "111.7.b", "111.7", "111"}, codes)
	assert.Len(t, l.Children(above[0]), 12)
	assert.Equal(t, []string{leaf, "111.7.b.3.H"}, l.Keys(leaf), "found under the code it had before the import, too")
	assert.Len(t, l.Roots("teks-math"), 4, "three subchapters and the item without its parent")

	above4 := l.Ancestors(l.Resolve("111.7.b.2.A").Key())
	s, ok := l.Statement(above4[0])
	assert.True(t, ok, "above a code that is not imported stands the imported statement")
	assert.Equal(t, "111.7.b.2", s.Code)
}

func TestLibraryIsInOrderAndKeepsTheFirst(t *testing.T) {
	b, a, again := teks(t, "b"), teks(t, "a"), teks(t, "b")
	l := standards.NewLibrary(b, nil, a, again)
	fs := l.Frameworks()
	assert.Equal(t, []*standards.Framework{a, b}, fs)
	s, ok := l.Statement("BC58F0F4C764535083E12AEFFB85F057")
	assert.True(t, ok)
	assert.Equal(t, "b", s.Framework)
	assert.Equal(t, []standards.Shared{{Framework: "b", Statements: len(a.Statements)}}, l.Shared("a"))
	assert.Empty(t, l.Shared("b"))
	assert.Empty(t, l.Shared("none"))
	assert.Equal(t, l.Roots("b"), l.Roots("a"), "a copy has a tree")
	count := func(string) standards.Count { return standards.Count{Subtree: standards.Counts{Total: 1}} }
	assert.Len(t, l.Coverage("a", 1, count).Rows, len(l.Coverage("b", 1, count).Rows))
	assert.NotEmpty(t, l.Coverage("a", 1, count).Rows)
	_, ok = l.Statement("none")
	assert.False(t, ok)
	_, ok = l.Framework("c")
	assert.False(t, ok)
}
