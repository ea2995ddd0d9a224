package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a query. What is beyond them is left out, with a hint.
const (
	maxTerms = 64
	maxValue = 200 // bytes of one term
)

// ParseQuery reads what a person typed. Every text is a query; hints say what was read differently.
//
//	words                any of them, better all
//	"quoted phrase"      exactly these words, next to each other
//	-word                without it; also before phrases and fields, also as NOT
//	one OR other         either; binds tighter than the blank
//	field:value          standard license grade subject type language source owner
//	field:"two words"
//	grade:3..5           a range of grades
func ParseQuery(q string) (Query, []Hint) {
	p := parser{rest: q}
	if !utf8.ValidString(q) {
		p.rest = strings.ToValidUTF8(q, " ")
		p.hint(HintNotUTF8, "", nil, "Some of the query was no readable text and was left out.")
	}
	p.parse()
	return p.query, p.hints
}

type parser struct {
	rest  string
	query Query
	hints []Hint
	or    bool // an OR stands before the next term
	terms int
}

func (p *parser) parse() {
	for {
		p.rest = strings.TrimLeftFunc(p.rest, isSpace)
		if p.rest == "" {
			break
		}
		if p.terms == maxTerms {
			p.hint(HintTooLong, "", nil, fmt.Sprintf("The query is long: only its first %d words and fields were searched.", maxTerms))
			break
		}
		p.term()
	}
	if p.or {
		p.looseOr()
	}
}

// term reads one term, or an operator.
func (p *parser) term() {
	var t Term
	for p.rest != "" && (p.rest[0] == '-' || strings.HasPrefix(p.rest, "−")) {
		_, n := utf8.DecodeRuneInString(p.rest)
		p.rest = p.rest[n:]
		t.Not = true
	}
	if phrase, ok := p.quoted(); ok {
		if t.Value = phrase; searchable(phrase) {
			t.Phrase = true
			p.add(t)
		}
		return
	}
	word := p.word()
	switch word {
	case "OR", "|":
		if p.or || len(p.query.Groups) == 0 {
			p.looseOr()
		}
		p.or = len(p.query.Groups) > 0
		return
	case "AND", "&":
		return
	case "NOT":
		p.rest = strings.TrimLeftFunc(p.rest, isSpace)
		if p.rest != "" {
			p.rest = "-" + p.rest
		}
		return
	}
	if p.field(&t, word) {
		return
	}
	if t.Value = p.cut(word); searchable(t.Value) {
		p.add(t)
	}
}

// field reads word as field:value if it is that; the value may be a quoted text that follows.
func (p *parser) field(t *Term, word string) bool {
	name, value, ok := strings.Cut(word, ":")
	if !ok || name == "" {
		return false
	}
	f := Field(strings.ToLower(name))
	if f == "lang" {
		f = Language
	}
	if !slices.Contains(Fields(), f) {
		if !strings.HasPrefix(value, "//") && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
			p.hint(HintUnknownField, name, fieldNames(), fmt.Sprintf("There is no field %q; it was searched as a word.", name))
		}
		return false
	}
	if value == "" {
		value, _ = p.quoted()
	}
	value = p.cut(strings.TrimSpace(value))
	t.Field, t.Value = f, value
	if f == Grade {
		t.Value, t.To = gradeRange(value)
	}
	if !searchable(t.Value) {
		p.hint(HintEmptyField, string(f), nil, fmt.Sprintf("The field %q has no value and was left out.", f))
		return true
	}
	p.add(*t)
	return true
}

func (p *parser) add(t Term) {
	p.terms++
	if n := len(p.query.Groups); p.or {
		p.query.Groups[n-1] = append(p.query.Groups[n-1], t)
	} else {
		p.query.Groups = append(p.query.Groups, Group{t})
	}
	p.or = false
}

// quoted reads a text in quotation marks of any kind, if one comes next.
func (p *parser) quoted() (string, bool) {
	r, n := utf8.DecodeRuneInString(p.rest)
	if n == 0 || !isQuote(r) {
		return "", false
	}
	text := p.rest[n:]
	end := strings.IndexFunc(text, isQuote)
	if end < 0 {
		p.rest = ""
		p.hint(HintUnclosedQuote, "", nil, "A quotation mark has no partner; the phrase was taken to reach to the end.")
	} else {
		_, n = utf8.DecodeRuneInString(text[end:])
		p.rest = text[end+n:]
		text = text[:end]
	}
	return p.cut(strings.Join(strings.FieldsFunc(text, isSpace), " ")), true
}

// word reads up to the next blank or quotation mark.
func (p *parser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return isSpace(r) || isQuote(r) })
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

// cut shortens a term to maxValue bytes, at a character.
func (p *parser) cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	p.hint(HintTooLong, "", nil, fmt.Sprintf("A word of the query is long: only its first %d bytes were searched.", maxValue))
	n := maxValue
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRightFunc(s[:n], isSpace)
}

// hint adds a hint, one of each kind and term.
func (p *parser) hint(kind HintKind, term string, suggestions []string, message string) {
	if slices.ContainsFunc(p.hints, func(h Hint) bool { return h.Kind == kind && h.Term == term }) {
		return
	}
	p.hints = append(p.hints, Hint{Kind: kind, Term: term, Suggestions: suggestions, Message: message})
}

func (p *parser) looseOr() {
	p.hint(HintLooseOr, "", nil, "An OR needs something on both sides; one was left out.")
	p.or = false
}

// searchable reports whether there is anything in s that an index can hold.
func searchable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func isQuote(r rune) bool {
	switch r {
	case '"', '“', '”', '„', '«', '»', '‟', '＂':
		return true
	}
	return false
}

func fieldNames() []string {
	var names []string
	for _, f := range Fields() {
		names = append(names, string(f))
	}
	return names
}
