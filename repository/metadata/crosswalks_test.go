package metadata

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// generatedFrom is the line of docs/crosswalks.md below which all comes from the tables in vocabulary.
const generatedFrom = "<!-- Below this line all is made from the files in repository/metadata/vocabulary: go test ./repository/metadata -update -->\n"

// TestTheDocumentedValuesAreThoseInUse keeps docs/crosswalks.md equal to the tables.
func TestTheDocumentedValuesAreThoseInUse(t *testing.T) {
	const file = "../../docs/crosswalks.md"
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	written, _, ok := strings.Cut(string(src), generatedFrom)
	require.True(t, ok, "%s lacks the line %q", file, generatedFrom)
	want := written + generatedFrom + valueTables()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		src = []byte(want)
	}
	assert.Equal(t, want, string(src))
}

func valueTables() string {
	v := words()
	var out strings.Builder
	for _, table := range []struct {
		title   string
		values  vocabulary
		columns []string // with their titles in turn
	}{
		{"Grades", v.grades, []string{"ceds", "CEDS", "amb", "AMB", "lom", "LOM context", "ages", "ages"}},
		{"Names of several grades", v.bands, []string{"grades", "grades"}},
		{"Types", v.types, []string{"amb", "AMB", "lrmi", "LRMI", "dcmi", "DCMI", "lom", "LOM", "mods", "MODS", "coar", "COAR"}},
		{"Audiences", v.audience, []string{"lrmi", "LRMI", "lom", "LOM"}},
		{"Subjects", v.subjects, []string{"amb", "AMB"}},
		{"Languages", v.languages, nil},
		{"Codes for rights", v.rights, nil},
	} {
		fmt.Fprintf(&out, "\n## %s\n\n| ours |", table.title)
		for i := 1; i < len(table.columns); i += 2 {
			out.WriteString(" " + table.columns[i] + " |")
		}
		out.WriteString(" read as well |\n|---|" + strings.Repeat("---|", len(table.columns)/2+1) + "\n")
		for _, term := range table.values.terms {
			fmt.Fprintf(&out, "| %s |", term.name)
			for i := 0; i < len(table.columns); i += 2 {
				cell := strings.ReplaceAll(term.others[table.columns[i]], "|", ", ")
				out.WriteString(" " + shortAddress(cell) + " |")
			}
			fmt.Fprintf(&out, " %s |\n", spellingsText(term.others["spellings"]))
		}
	}
	return out.String()
}

// shortAddress leaves the concept of an address of a vocabulary.
func shortAddress(s string) string {
	if i := strings.LastIndexByte(s, '/'); i >= 0 && isWeb(s) {
		return s[i+1:]
	}
	return s
}

// spellingsText lists spellings, and the addresses of each vocabulary together.
func spellingsText(cell string) string {
	var plain, order []string
	byScheme := map[string][]string{}
	for s := range strings.SplitSeq(cell, "|") {
		i := strings.LastIndexByte(s, '/')
		if !isWeb(s) || i < 0 {
			if s != "" {
				plain = append(plain, s)
			}
			continue
		}
		scheme := s[:i+1]
		if byScheme[scheme] == nil {
			order = append(order, scheme)
		}
		byScheme[scheme] = append(byScheme[scheme], s[i+1:])
	}
	slices.Sort(order)
	for _, scheme := range order {
		plain = append(plain, "`"+scheme+"` "+strings.Join(byScheme[scheme], " "))
	}
	return strings.Join(plain, ", ")
}

// TestNoSpellingMeansTwoThings finds rows of a table that hide one another, and values that do not come back.
func TestNoSpellingMeansTwoThings(t *testing.T) {
	v := words()
	for name, values := range map[string]vocabulary{"grades": v.grades, "bands": v.bands, "types": v.types, "audience": v.audience,
		"subjects": v.subjects, "languages": v.languages, "rights": v.rights} {
		for _, term := range values.terms {
			for s := range strings.SplitSeq(term.others["spellings"], "|") {
				if s == "" {
					continue
				}
				found, ok := values.find(s)
				require.True(t, ok, "%s: %q", name, s)
				assert.Equal(t, term.name, found.name, "%s: %q", name, s)
			}
		}
	}
	for _, band := range v.bands.terms {
		for grade := range strings.SplitSeq(band.others["grades"], "|") {
			_, ok := v.grades.named(grade)
			assert.True(t, ok, "%s: %q", band.name, grade)
		}
		_, ok := v.grades.find(band.name)
		assert.False(t, ok, "%s is one grade too", band.name)
	}
	for _, typ := range v.types.terms {
		if lom := typ.others["lom"]; lom != "" {
			found, ok := v.types.find(lom)
			assert.True(t, ok && found == typ, "LOM's %s is read as another type than it is written for", lom)
		}
	}
}
