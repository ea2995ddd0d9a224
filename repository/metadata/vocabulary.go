package metadata

import (
	"embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

//go:embed vocabulary/*.tsv
var vocabularyFiles embed.FS

// term is one value of a vocabulary: its name here, and what others call it by column.
type term struct {
	name   string
	others map[string]string
}

// vocabulary finds terms by any spelling.
type vocabulary struct {
	terms   []*term
	byWords map[string]*term
}

type vocabularies struct {
	grades, bands, types, subjects, audience, languages, rights vocabulary
}

// words are the vocabularies, read from the embedded files when first used and never changed.
var words = sync.OnceValue(func() *vocabularies {
	return &vocabularies{
		grades: readVocabulary("grades"), bands: readVocabulary("bands"), types: readVocabulary("types"),
		subjects: readVocabulary("subjects"), audience: readVocabulary("audience"), languages: readVocabulary("languages"),
		rights: readVocabulary("rights"),
	}
})

func readVocabulary(name string) vocabulary {
	src, err := vocabularyFiles.ReadFile("vocabulary/" + name + ".tsv")
	if err != nil {
		panic(err) // the file is part of the program
	}
	v := vocabulary{byWords: map[string]*term{}}
	var columns []string
	for line := range strings.Lines(string(src)) {
		line = strings.TrimRight(line, "\r\n")
		cells := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "#") || line == "":
			continue
		case columns == nil:
			columns = cells
			continue
		}
		t := &term{name: cells[0], others: map[string]string{}}
		for i, cell := range cells {
			t.others[columns[i]] = cell
		}
		v.terms = append(v.terms, t)
	}
	for _, t := range v.terms { // names first: no spelling hides one
		v.byWords[fold(t.name)] = t
	}
	for _, t := range v.terms {
		for _, column := range columns {
			if !identifying(name, column) {
				continue
			}
			for spelling := range strings.SplitSeq(t.others[column], "|") {
				key := fold(spelling)
				if _, taken := v.byWords[key]; !taken && key != "" {
					v.byWords[key] = t
				}
			}
		}
	}
	return v
}

// identifying reports whether a value of the column stands for one term only.
func identifying(vocabulary, column string) bool {
	switch column {
	case "dcmi", "grades", "lom", "mods", "coar", "ages":
		return false
	}
	return vocabulary != "grades" || column != "amb"
}

// fold makes spellings comparable: case, blanks, final dots and the scheme of URLs do not count.
func fold(s string) string {
	s = strings.TrimSpace(s)
	if folded(s) {
		return s
	}
	s = strings.ToLower(norm.NFC.String(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	s = strings.TrimRight(s, "/.")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\u00A0' || r == '_' && !strings.Contains(s, "/")
	}), " ")
}

// folded reports whether fold would change nothing, as far as that is seen at once.
func folded(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == ',', c == '(', c == ')', c == '\'', c == '&':
		case c == ' ':
			if s[i+1] == ' ' { // a blank is not the last
				return false
			}
		default:
			return false
		}
	}
	return true
}

// find returns the term that a spelling stands for.
func (v vocabulary) find(spelling string) (*term, bool) {
	t, ok := v.byWords[fold(spelling)]
	return t, ok
}

// named returns the term with exactly this name.
func (v vocabulary) named(name string) (*term, bool) {
	t, ok := v.byWords[fold(name)]
	if !ok || t.name != name {
		return nil, false
	}
	return t, true
}

func (v vocabulary) names() []string {
	var names []string
	for _, t := range v.terms {
		names = append(names, t.name)
	}
	return names
}

var gradeRange = regexp.MustCompile(`^(?:(?:us )?grades?|grados?|gr\.?|years? of school)? ?(pk|k|\d{1,2}) ?(?:-|–|—|to|through|a|,) ?(?:grade )?(\d{1,2})$`)

// readGrades understands a grade, a range of grades or a name of several, in common spellings; nil if it is none.
func readGrades(spelling string) []string {
	v := words()
	if t, ok := v.grades.find(spelling); ok {
		return []string{t.name}
	}
	if t, ok := v.bands.find(spelling); ok {
		return strings.Split(t.others["grades"], "|")
	}
	s := fold(spelling)
	if s == "" || s[len(s)-1] < '0' || s[len(s)-1] > '9' {
		return nil
	}
	m := gradeRange.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	names := v.grades.names() // PK, K, 1 … 12, HE, adult
	from := slices.Index(names, strings.ToUpper(trimZero(m[1])))
	to := slices.Index(names, trimZero(m[2]))
	if from < 0 || to < from {
		return nil
	}
	return names[from : to+1]
}

func trimZero(s string) string {
	if n, err := strconv.Atoi(s); err == nil {
		return strconv.Itoa(n)
	}
	return s
}

// readLanguage understands a BCP 47 tag, an ISO 639 code or the name of a language; "" if it is none.
func readLanguage(spelling string) string {
	s := strings.TrimSpace(spelling)
	if t, ok := words().languages.find(s); ok {
		return t.name
	}
	if len(s) < 2 || len(s) > 35 {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

// Types are the types of resource, in the order in which forms offer them.
func Types() []Type {
	var types []Type
	for _, name := range words().types.names() {
		types = append(types, Type(name))
	}
	return types
}
