package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how long the name of a field can be.
const maxName = 24

// field reads field:value, if that comes next; ok tells whether t is a term then.
func (p *parser) field(t *Term) (ok, isField bool) {
	name, n := fieldName(p.rest)
	if n == 0 {
		return false, false
	}
	f, known := fieldNamed(name)
	if !known && name != "sort" {
		if !strings.HasPrefix(p.rest[n:], "//") {
			p.hint(HintUnknownField, p.rest[:n-1], fieldNames(), fmt.Sprintf("There is no field %q; it was searched as a word.", p.rest[:n-1]))
		}
		return false, false
	}
	p.rest = p.rest[n:]
	if !known {
		p.order()
		return false, true
	}
	t.Field = f
	if f.alignment() {
		t.Reach = p.reach()
	}
	values, bad := p.values(f)
	switch {
	case len(values) == 0 && bad == "":
		p.hint(HintEmptyField, string(f), nil, fmt.Sprintf("The field %q has no value and was left out.", f))
	case bad != "":
		p.hint(HintBadValue, string(f)+":"+bad, examples[f], fmt.Sprintf("%q is no value of the field %q; it was left out.", bad, f))
	}
	if len(values) == 0 {
		return false, true
	}
	t.Value = values[0]
	if len(values) > 1 {
		t.More = values[1:]
	}
	p.terms += len(values)
	return true, true
}

// examples are values of fields that do not take every text.
var examples = map[Field][]string{
	Time:    {"45m", "<45m", "20m..45m", "PT1H30M"},
	Updated: {"2025", ">=2025-01", "2025-01-15..2025-02"},
}

// fieldName gives the name before a colon in lower case, and how many bytes it takes with the colon; 0 if there is none.
func fieldName(s string) (string, int) {
	for i, r := range s {
		switch {
		case r == ':' && i > 0:
			return strings.ToLower(s[:i]), i + 1
		case !unicode.IsLetter(r) || i > maxName:
			return "", 0
		}
	}
	return "", 0
}

func fieldNamed(name string) (Field, bool) {
	if name == "lang" {
		return Language, true
	}
	return Field(name), slices.Contains(Fields(), Field(name))
}

func fieldNames() []string {
	var names []string
	for _, f := range Fields() {
		names = append(names, string(f))
	}
	return append(names, "sort")
}

// order reads the value of sort:.
func (p *parser) order() {
	values, _ := p.values(Words)
	if len(values) == 0 {
		p.hint(HintEmptyField, "sort", nil, `The field "sort" has no value and was left out.`)
		return
	}
	switch s := Sort(strings.ToLower(values[0])); {
	case s == "relevance":
		p.sort = Relevance
	case slices.Contains(Sorts(), s):
		p.sort = s
	default:
		p.hint(HintBadValue, "sort:"+values[0], []string{"relevance", "newest", "oldest", "title", "remixes"},
			fmt.Sprintf("There is no order %q; the best are first.", values[0]))
	}
}

// reach reads the sign before the code of a standard.
func (p *parser) reach() Reach {
	r := Tree
	for strings.HasPrefix(p.rest, string(Alone)) || strings.HasPrefix(p.rest, string(Crosswalk)) {
		r = Reach(p.rest[:1])
		p.rest = p.rest[1:]
	}
	return r
}

// values reads the values of a field, in their usual form; bad is one that the field does not have.
func (p *parser) values(f Field) (values []string, bad string) {
	ends := ","
	if f.alignment() {
		ends = "" // 5.NF.B.1,2 is a list of codes that the package standards reads
	}
	for {
		value, quoted := p.quoted()
		if !quoted {
			value = p.upTo(ends)
			if unitOf(f) != nil && strings.Trim(value, "<>=≤≥") == "" { // time:<"45 minutes"
				more, _ := p.quoted()
				value += more
			}
			value = p.cut(value)
		}
		switch u, ok := usual(f, value); {
		case !ok && searchable(value):
			bad = value
		case !ok || slices.Contains(values, u):
		case p.terms+len(values) < maxTerms:
			values = append(values, u)
		default:
			p.hint(HintTooLong, "", nil, fmt.Sprintf("The query is long: only its first %d words and fields were searched.", maxTerms))
		}
		rest, more := strings.CutPrefix(p.rest, ",")
		if next, _ := utf8.DecodeRuneInString(rest); !more || rest == "" || isSpace(next) {
			return values, bad
		}
		p.rest = rest
	}
}
