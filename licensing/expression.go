package licensing

import "strings"

// maxExpression bounds the SPDX expressions that are read, in bytes.
const maxExpression = 1024

// readExpression reads an SPDX license expression of known ids with at least one operator and writes it in its canonical
// form. ok is false for anything else.
func (f *facts) readExpression(s string) (string, bool) {
	if first, _, ok := strings.Cut(strings.TrimLeft(s, "( "), " "); !ok {
		return "", false
	} else if _, ok := f.readID(strings.TrimRight(first, ") ")); !ok {
		return "", false
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "(", " ( "), ")", " ) ")
	p := expressionParser{f: f, words: strings.Fields(s)}
	if len(p.words) < 3 || len(p.words) > 128 {
		return "", false
	}
	expr, ok := p.or(0)
	if !ok || p.at != len(p.words) || p.operators == 0 {
		return "", false
	}
	return expr, true
}

type expressionParser struct {
	f         *facts
	words     []string
	at        int
	operators int
}

func (p *expressionParser) operator(name string) bool {
	if p.at < len(p.words) && strings.EqualFold(p.words[p.at], name) {
		p.at++
		p.operators++
		return true
	}
	return false
}

func (p *expressionParser) or(depth int) (string, bool) {
	left, ok := p.and(depth)
	for ok && p.operator("OR") {
		var right string
		right, ok = p.and(depth)
		left += " OR " + right
	}
	return left, ok
}

func (p *expressionParser) and(depth int) (string, bool) {
	left, ok := p.one(depth)
	for ok && p.operator("AND") {
		var right string
		right, ok = p.one(depth)
		left += " AND " + right
	}
	return left, ok
}

func (p *expressionParser) one(depth int) (string, bool) {
	if p.at >= len(p.words) || depth > 16 {
		return "", false
	}
	if p.words[p.at] == "(" {
		p.at++
		inner, ok := p.or(depth + 1)
		if !ok || p.at >= len(p.words) || p.words[p.at] != ")" {
			return "", false
		}
		p.at++
		return "(" + inner + ")", true
	}
	m, ok := p.f.readID(p.words[p.at])
	if !ok {
		return "", false
	}
	p.at++
	id := string(m.rec.ID)
	if p.operator("WITH") {
		if p.at >= len(p.words) || !strings.Contains(strings.ToLower(p.words[p.at]), "exception") {
			return "", false
		}
		id += " WITH " + p.words[p.at]
		p.at++
	}
	return id, true
}
