package standards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// edition reads a package with a version, a date and the parts.
func edition(t testing.TB, version, date string, items, associations []string) *standards.Framework {
	t.Helper()
	f, err := standards.ReadCASE(strings.NewReader(strings.Replace(pack(items, associations), `"title":"Trial"`,
		fmt.Sprintf(`"title":"Trial","version":%q,"lastChangeDateTime":%q`, version, date), 1)), "trial")
	require.NoError(t, err)
	return f
}

func names(all []*standards.Framework) (out []string) {
	for _, f := range all {
		out = append(out, f.Name)
	}
	return out
}

func TestEditionsAreNewestFirst(t *testing.T) {
	e := func(version, date string) *standards.Framework { return edition(t, version, date, nil, nil) }
	tests := []struct {
		name string
		in   []*standards.Framework
		want []string
	}{
		{"one", []*standards.Framework{e("1.0", "")}, []string{"x"}},
		{"in the order of import", []*standards.Framework{e("1.0", ""), e("2.0", "")}, []string{"x", "x@1.0"}},
		{"an old one imported late", []*standards.Framework{e("2.0", "2026-01-01T00:00:00Z"), e("1.0", "2020-01-01T00:00:00Z")}, []string{"x", "x@1.0"}},
		{"of one day", []*standards.Framework{e("2", "2026-01-01T00:00:00Z"), e("1", "2026-01-01T00:00:00Z")}, []string{"x", "x@2"}},
		{"the same version", []*standards.Framework{e("1.0", ""), e("1.0", ""), e("1.0", "")}, []string{"x", "x@1.0-2", "x@1.0"}},
		{"no version", []*standards.Framework{e("", ""), e("", "2026-03-01T10:00:00Z"), e("", "2026-04-01T10:00:00Z")}, []string{"x", "x@2026-03-01", "x@1"}},
		{"an odd version", []*standards.Framework{e("../Año 2019, v. 3@x", ""), e("", "")}, []string{"x", "x@A-o-2019-v.-3-x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := standards.Editions("x", tt.in)
			assert.Equal(t, tt.want, names(got))
			for i, f := range got {
				assert.Equal(t, i > 0, f.Superseded)
			}
			assert.Equal(t, "trial", tt.in[0].Name, "what was given is as it was")
		})
	}
}

func TestCompareTellsWhatChanged(t *testing.T) {
	older := edition(t, "1", "", []string{item("a", "A"), item("b", "B"), item("c", "C"), item("d", "D"), item("e", "E")},
		[]string{child("b", "a", 1), child("c", "a", 2)})
	newer := edition(t, "2", "", []string{
		item("a", "A"), strings.Replace(item("b", "B"), "text of B", "new text", 1), item("c2", "C"), item("d", "D"), item("f", "F"),
	}, []string{
		child("b", "a", 1), child("c2", "a", 2), child("d", "a", 3),
		`{"identifier":"r","associationType":"replacedBy","originNodeURI":{"identifier":"e"},"destinationNodeURI":{"identifier":"f"}}`,
	})
	c := standards.Compare(older, newer)
	require.Len(t, c.Added, 1)
	assert.Equal(t, "F", c.Added[0].Code)
	require.Len(t, c.Removed, 1)
	assert.Equal(t, "E", c.Removed[0].Code)
	assert.Equal(t, []string{"f"}, c.Removed[0].Successors)
	changed := map[string]string{}
	for _, ch := range c.Changed {
		changed[ch.After.Code] = strings.Join(ch.Fields, " ")
	}
	assert.Equal(t, map[string]string{"B": "text", "C": "identifier", "D": "parent"}, changed)

	same := standards.Compare(older, older)
	assert.Empty(t, same.Added)
	assert.Empty(t, same.Removed)
	assert.Empty(t, same.Changed)
}

func TestALibraryAnswersFromTheNewestEdition(t *testing.T) {
	older := edition(t, "1", "", []string{item("a", "A"), item("b", "A.1"), item("c", "A.2"), item("o", "O"), item("d", "O.1")},
		[]string{child("b", "a", 1), child("c", "a", 2), child("d", "o", 1)})
	newer := edition(t, "2", "", []string{item("a", "A"), item("b2", "A.1"), item("d", "O.1")},
		[]string{child("b2", "a", 1), child("d", "a", 2)})
	all := standards.Editions("trial", []*standards.Framework{older, newer})
	l := standards.NewLibrary(all[1], all[0]) // in any order

	assert.Equal(t, []string{"trial"}, names(l.Frameworks()))
	assert.Equal(t, []string{"trial", "trial@1"}, names(l.Editions("trial")))
	assert.Equal(t, []string{"trial", "trial@1"}, names(l.Editions("trial@1")))
	for name, want := range map[string]string{"trial": "2", "trial@2": "2", "trial@1": "1"} {
		f, ok := l.Framework(name)
		require.True(t, ok, name)
		assert.Equal(t, want, f.Version, name)
	}
	r := l.Resolve("A.1")
	assert.Equal(t, standards.Exact, r.Resolution, "the same code in an older edition does not make it ambiguous")
	assert.Equal(t, "b2", r.Key())
	assert.Equal(t, "c", l.Resolve("A.2").Key(), "what only the older edition has is still known")
	assert.Equal(t, "trial@1", l.Resolve("A.2").Framework)

	assert.Equal(t, []string{"b2", "d"}, l.Children("a"))
	assert.Equal(t, []string{"d"}, l.Children("o"), "a heading of the older edition keeps what was below it")
	assert.Equal(t, []string{"a"}, l.Roots("trial"))
	assert.Equal(t, []string{"a", "o"}, l.Roots("trial@1"))
	s, ok := l.Statement("a")
	require.True(t, ok)
	assert.Equal(t, "trial", s.Framework)
}
