package standards_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func teks(t testing.TB, name string) *standards.Framework {
	t.Helper()
	raw, err := os.ReadFile("testdata/teks-math-excerpt.json")
	require.NoError(t, err)
	f, err := standards.ReadCASE(bytes.NewReader(raw), name)
	require.NoError(t, err)
	assert.Equal(t, raw, f.Raw, "the package is kept as it was")
	return f
}

func TestReadCASETakesTheOfficialTexasPackage(t *testing.T) {
	f := teks(t, "teks-math")
	assert.Equal(t, "Chapter 111. Mathematics", f.Title)
	assert.Equal(t, "Texas Education Agency", f.Creator)
	assert.Equal(t, "bc997e24-7f3b-5df0-a0cd-3a8ac9cf0e2e", f.GUID)
	assert.Len(t, f.Statements, 22)
	require.Len(t, f.Problems, 1, "the excerpt leaves one parent out")
	assert.Equal(t, "parent-missing", f.Problems[0].Code)

	at := map[string]int{}
	for i, s := range f.Statements {
		at[s.Key] = i
		if s.Parent != "" {
			assert.Less(t, at[s.Parent], i, "%s stands after its parent", s.Code)
		}
		assert.Equal(t, strings.TrimSpace(s.Code), s.Code)
		assert.NotEmpty(t, s.Text)
	}
}

// item and child write parts of a package.
func item(id, code string) string {
	return fmt.Sprintf(`{"identifier":%q,"humanCodingScheme":%q,"fullStatement":"text of %s"}`, id, code, code)
}

func child(origin, target string, sequence int) string {
	return fmt.Sprintf(`{"identifier":"a-%s","associationType":"isChildOf","sequenceNumber":%d,"originNodeURI":{"identifier":%q},"destinationNodeURI":{"identifier":%q}}`,
		origin, sequence, origin, target)
}

func pack(items, associations []string) string {
	return `{"CFDocument":{"identifier":"doc","title":"Trial"},"CFItems":[` + strings.Join(items, ",") +
		`],"CFAssociations":[` + strings.Join(associations, ",") + `]}`
}

func codes(f *standards.Framework) []string {
	var out []string
	for _, s := range f.Statements {
		out = append(out, s.Code)
	}
	return out
}

func problems(f *standards.Framework) []string {
	var out []string
	for _, p := range f.Problems {
		out = append(out, p.Code)
	}
	return out
}

func TestReadCASEToleratesAndReports(t *testing.T) {
	chain := func(n int) string {
		var items, links []string
		for i := range n {
			items = append(items, item(fmt.Sprintf("i%d", i), fmt.Sprintf("c%d", i)))
			if i > 0 {
				links = append(links, child(fmt.Sprintf("i%d", i), fmt.Sprintf("i%d", i-1), 1))
			}
		}
		return pack(items, links)
	}
	tests := []struct {
		name, in string
		codes    []string // of the first statements
		problems []string
	}{
		{"nothing in it", pack(nil, nil), nil, nil},
		{"order by sequence number", pack([]string{item("a", "A"), item("b", "B"), item("c", "C")},
			[]string{child("c", "a", 1), child("b", "a", 2), child("a", "doc", 1)}), []string{"A", "C", "B"}, nil},
		{"no code", pack([]string{item("a", "")}, nil), []string{""}, []string{"code-missing"}},
		{"identifier twice", pack([]string{item("a", "A"), item("a", "B")}, nil), []string{"A"}, []string{"identifier-repeated"}},
		{"no identifier", pack([]string{`{"fullStatement":"x"}`, item("a", "A")}, nil), []string{"A"}, []string{"identifier-missing"}},
		{"parent missing", pack([]string{item("a", "A")}, []string{child("a", "z", 1)}), []string{"A"}, []string{"parent-missing"}},
		{"child missing", pack([]string{item("a", "A")}, []string{child("z", "a", 1)}), []string{"A"}, []string{"child-missing"}},
		{"its own parent", pack([]string{item("a", "A")}, []string{child("a", "a", 1)}), []string{"A"}, []string{"cycle"}},
		{"a cycle of three with a tail", pack([]string{item("a", "A"), item("b", "B"), item("c", "C"), item("d", "D")},
			[]string{child("a", "b", 1), child("b", "c", 1), child("c", "a", 1), child("d", "c", 1)}),
			[]string{"A", "C", "B", "D"}, []string{"cycle"}},
		{"two parents", pack([]string{item("a", "A"), item("b", "B"), item("c", "C")},
			[]string{child("c", "a", 1), child("c", "b", 1)}), []string{"A", "C", "B"}, []string{"several-parents"}},
		{"100 levels", chain(100), []string{"c0", "c1"}, []string{"too-deep"}},
		{"odd types", `{"CFDocument":{"identifier":7,"title":["Trial"],"subject":"Math"},"CFItems":[{"identifier":"a","humanCodingScheme":11,
			"fullStatement":null,"educationLevel":["05",6,null,{"title":"07"}],"CFItemType":{"title":"Standard"}}],"CFAssociations":null}`, []string{"11"}, nil},
		{"wrapped", `{"CFPackage":` + pack([]string{item("a", "A")}, nil) + `}`, []string{"A"}, nil},
		{"byte order mark", "\ufeff" + pack([]string{item("a", "A")}, nil), []string{"A"}, nil},
		{"links by URI alone", `{"CFDocument":{"identifier":"doc"},"CFItems":[{"identifier":"a","uri":"https://x.org/a","humanCodingScheme":"A"},
			{"identifier":"b","uri":"https://x.org/b","humanCodingScheme":"B"}],"CFAssociations":[{"associationType":"isChildOf",
			"originNodeURI":"http://x.org/a","destinationNodeURI":{"uri":"https://www.x.org/b/"}}]}`, []string{"B", "A"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := standards.ReadCASE(strings.NewReader(tt.in), "trial")
			require.NoError(t, err)
			got := codes(f)
			require.GreaterOrEqual(t, len(got), len(tt.codes))
			assert.Equal(t, tt.codes, got[:len(tt.codes):len(tt.codes)])
			assert.Equal(t, tt.problems, problems(f))
			checkTree(t, f)
		})
	}
}

func TestReadCASEKeepsOtherAssociations(t *testing.T) {
	f, err := standards.ReadCASE(strings.NewReader(pack([]string{item("a", "A")}, []string{
		`{"identifier":"x","associationType":"exactMatchOf","originNodeURI":{"identifier":"a"},"destinationNodeURI":{"uri":"https://other.org/items/9"}}`,
		`{"identifier":"y","associationType":"ext:unlocks","originNodeURI":{"identifier":"a"},"destinationNodeURI":{"identifier":"a"}}`,
	})), "trial")
	require.NoError(t, err)
	assert.Equal(t, []standards.Association{
		{GUID: "x", Type: "exactMatchOf", Origin: "a", Target: "https://other.org/items/9"},
		{GUID: "y", Type: "ext:unlocks", Origin: "a", Target: "a"},
	}, f.Associations)
}

func TestReadCASENamesTheLicense(t *testing.T) {
	f, err := standards.ReadCASE(strings.NewReader(`{"CFDocument":{"identifier":"d","licenseURI":{"title":"CC BY 4.0","identifier":"l"}},
		"CFDefinitions":{"CFLicenses":[{"identifier":"l","title":"other","licenseText":"Credit us."}]}}`), "x")
	require.NoError(t, err)
	assert.Equal(t, "CC BY 4.0", f.License)
	assert.Equal(t, "Credit us.", f.Notice)
}

func TestReadCASERefuses(t *testing.T) {
	deep := strings.Repeat(`{"title":`, 5000) + `"x"` + strings.Repeat("}", 5000)
	tests := map[string]struct{ in, message string }{
		"nothing":         {"", "unexpected end"},
		"no JSON":         {"<html>", "line 1"},
		"cut off":         {"{\"CFDocument\":\n{\"title\":", "line 2"},
		"other JSON":      {`{"title":"x"}`, "no CFDocument"},
		"an array":        {`[1,2]`, "line 1"},
		"too large":       {`{"CFDocument":{"title":"` + strings.Repeat("x", 64<<20) + `"}}`, "more than 64 MB"},
		"too many items":  {`{"CFDocument":{"title":"x"},"CFItems":[{}` + strings.Repeat(",{}", 400_000) + `]}`, "more than 200000 elements"},
		"too many grades": {`{"CFDocument":{"title":"x"},"CFItems":[{"educationLevel":[1` + strings.Repeat(",1", 1000) + `]}]}`, "more than 50 values"},
		"endless nesting": {`{"CFItems":` + strings.Repeat("[", 20_000), "depth"},
		"nested titles":   {`{"CFDocument":{"subject":` + deep + `}}`, "no CFDocument"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := standards.ReadCASE(strings.NewReader(tt.in), "x")
			require.ErrorIs(t, err, standards.ErrInvalid)
			assert.ErrorContains(t, err, tt.message)
		})
	}
}

func TestReadCASEPassesReadErrorsOn(t *testing.T) {
	broken := errors.New("connection lost")
	_, err := standards.ReadCASE(&failing{broken}, "x")
	require.ErrorIs(t, err, broken)
	assert.NotErrorIs(t, err, standards.ErrInvalid)
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// checkTree asserts what every framework promises.
func checkTree(t testing.TB, f *standards.Framework) {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range f.Statements {
		require.NotEmpty(t, s.Key)
		require.False(t, seen[s.Key], "%s is there once", s.Key)
		require.True(t, s.Parent == "" || seen[s.Parent], "the parent of %s stands before it", s.Key)
		seen[s.Key] = true
	}
	l := standards.NewLibrary(f)
	n := 0
	for _, root := range l.Roots(f.Name) {
		n += 1 + len(l.Descendants(root))
	}
	require.Equal(t, len(f.Statements), n, "the tree reaches every statement once")
}

func FuzzReadCASE(f *testing.F) {
	raw, err := os.ReadFile("testdata/teks-math-excerpt.json")
	require.NoError(f, err)
	f.Add(raw[:4000])
	f.Add([]byte(pack([]string{item("a", "A"), item("b", "B")}, []string{child("a", "b", 1), child("b", "a", 2)})))
	f.Add([]byte(`{"CFDocument":{"title":null,"uri":"x"},"CFItems":[{"uri":"https://x/00000000-0000-0000-0000-000000000001"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := standards.ReadCASE(bytes.NewReader(in), "x")
		if err != nil {
			require.ErrorIs(t, err, standards.ErrInvalid)
			return
		}
		checkTree(t, got)
	})
}
