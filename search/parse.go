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
	maxTerms = 64  // words, phrases and values of fields
	maxValue = 200 // bytes of one of them
	maxNest  = 16  // parentheses within parentheses
	maxHints = 20
)

// ParseQuery reads what a person typed. Every text is a query; hints say what was read differently. docs/query.md is
// the grammar:
//
//	words                  any of them, better all
//	"quoted phrase"        exactly these words, next to each other
//	-word                  without it; also before phrases, fields and parentheses, also as NOT
//	one OR other           either; binds tighter than the blank
//	(one two) OR other     parentheses
//	field:value            the fields are those of Fields
//	field:a,"two words"    either
//	grade:3..5 time:<45m updated:>=2025-01
//	standard:=5.NF.B.3     that statement alone; standard:~5.NF.B.3 also those that crosswalks link to it
//	sort:newest            newest, oldest, title, remixes
func ParseQuery(q string) (Query, []Hint) {
	p := parser{rest: q}
	if !utf8.ValidString(q) {
		p.rest = strings.ToValidUTF8(q, " ")
		p.hint(HintNotUTF8, "", nil, "Some of the query was no readable text and was left out.")
	}
	root := p.all(0)
	groups, ok := root.groups(false)
	if !ok {
		p.hint(HintTooComplex, "", nil, "The parentheses of the query are too many and were left out.")
		groups = root.flat()
	}
	return Query{Groups: groups, Sort: p.sort}, p.hints
}

type parser struct {
	rest  string
	hints []Hint
	sort  Sort
	open  int // parentheses
	terms int
}

// all reads up to the end, or to the parenthesis that closes.
func (p *parser) all(depth int) node {
	n := node{kind: allOf}
	or, negate := false, false
	add := func(child node) {
		if last := len(n.children) - 1; !or {
			n.children = append(n.children, child)
		} else if n.children[last].kind == oneOf && !n.children[last].closed {
			n.children[last].children = append(n.children[last].children, child)
		} else {
			n.children[last] = node{kind: oneOf, children: []node{n.children[last], child}}
		}
		or = false
	}
	for {
		p.rest = strings.TrimLeftFunc(p.rest, isSpace)
		if p.rest == "" {
			if p.open > 0 {
				p.parentheses()
				p.open = 0
			}
			break
		}
		if p.terms >= maxTerms {
			p.rest = ""
			p.open = 0
			p.hint(HintTooLong, "", nil, fmt.Sprintf("The query is long: only its first %d words and fields were searched.", maxTerms))
			break
		}
		if p.open > 0 && p.rest[0] == ')' {
			p.rest = p.rest[1:]
			p.open--
			if depth > 0 {
				break
			}
			continue
		}
		not := p.minus() || negate
		negate = false
		if strings.HasPrefix(p.rest, "(") {
			p.rest = p.rest[1:]
			if depth == maxNest {
				p.parentheses()
				continue
			}
			p.open++
			if child := p.all(depth + 1); len(child.children) > 0 {
				child.not, child.closed = not, true
				add(child)
			}
			continue
		}
		switch operator, t, ok := p.term(not); {
		case operator == "NOT":
			negate = true
		case operator == "OR":
			if or || len(n.children) == 0 {
				p.looseOr()
			}
			or = len(n.children) > 0
		case ok:
			add(node{kind: leaf, term: t})
		}
	}
	if or {
		p.looseOr()
	}
	return n
}

// minus reads the signs before a term.
func (p *parser) minus() (not bool) {
	for p.rest != "" && (p.rest[0] == '-' || strings.HasPrefix(p.rest, "−")) {
		_, n := utf8.DecodeRuneInString(p.rest)
		p.rest = p.rest[n:]
		not = true
	}
	return not
}

// term reads one term, or an operator. It may read something that is neither.
func (p *parser) term(not bool) (operator string, t Term, ok bool) {
	t.Not = not
	before := len(p.rest)
	if phrase, ok := p.quoted(); ok {
		t.Value, t.Phrase = phrase, true
		if !searchable(phrase) {
			return "", Term{}, false
		}
		p.terms++
		return "", t, true
	}
	if len(p.rest) < before { // a mark without a partner
		return "", Term{}, false
	}
	if ok, isField := p.field(&t); isField {
		return "", t, ok
	}
	word := p.word()
	switch word {
	case "OR", "|":
		return "OR", Term{}, false
	case "AND", "&":
		return "", Term{}, false
	case "NOT":
		return "NOT", Term{}, false
	}
	if t.Value = p.cut(word); !searchable(t.Value) {
		return "", Term{}, false
	}
	p.terms++
	return "", t, true
}

// quoted reads a text in quotation marks of any kind, if one comes next. A mark without a partner is skipped.
func (p *parser) quoted() (string, bool) {
	r, n := utf8.DecodeRuneInString(p.rest)
	if n == 0 || !isQuote(r) {
		return "", false
	}
	text := p.rest[n:]
	end := strings.IndexFunc(text, isQuote)
	if end < 0 {
		p.rest = text
		p.hint(HintUnclosedQuote, "", nil, "A quotation mark has no partner; the words after it were searched one by one.")
		return "", false
	}
	_, n = utf8.DecodeRuneInString(text[end:])
	p.rest = text[end+n:]
	text = text[:end]
	return p.cut(strings.Join(strings.FieldsFunc(text, isSpace), " ")), true
}

// word reads up to the next blank, quotation mark, or parenthesis that closes one before the word.
func (p *parser) word() string { return p.upTo("") }

// upTo is word that also ends at one of the characters.
func (p *parser) upTo(ends string) string {
	inner := 0 // parentheses within the word: §111.7(b)(3)
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		switch {
		case r == '(':
			inner++
		case r == ')' && inner > 0:
			inner--
		case r == ')' && p.open > 0:
			return true
		}
		return isSpace(r) || isQuote(r) || strings.ContainsRune(ends, r)
	})
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
	if len(p.hints) >= maxHints && kind != HintTooLong || slices.ContainsFunc(p.hints, func(h Hint) bool { return h.Kind == kind && h.Term == term }) {
		return
	}
	p.hints = append(p.hints, Hint{Kind: kind, Term: term, Suggestions: suggestions, Message: message})
}

func (p *parser) looseOr() {
	p.hint(HintLooseOr, "", nil, "An OR needs something on both sides; one was left out.")
}

func (p *parser) parentheses() {
	p.hint(HintParentheses, "", nil, "A parenthesis has no partner, or there are too many within each other; some were left out.")
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
