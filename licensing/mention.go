package licensing

import (
	"math/bits"
	"strings"
)

// mention is one place of a text that says something about rights.
type mention struct {
	rec        *record
	invalid    bool // names a tool that does not exist
	elems      elements
	base       ID     // of an invalid one: the id without the port that does not exist
	warning    string // what is odd about it
	start, end int    // in the input
	from, to   int    // tokens
	address    bool
	later      bool     // "or any later version" of a license that has no such form
	listed     bool     // one of several versions in a row: "3.0, 2.5, 2.0"
	third      bool     // said of a picture or another part that is not the work
	excluded   bool     // said in an exception: "except for the logo, which is …"
	notice     bool     // a bare copyright notice, which any license outweighs
	restrict   bool     // a restriction of one's own
	limit      elements // what the restriction says in the words of Creative Commons
	plus       bool     // CC+: a permission is added
}

// reader walks through the tokens of a text.
type reader struct {
	*scan
	f *facts
}

// first is the first phrase of a kind among those found.
func first(found []phrase, kind string) (phrase, bool) {
	for _, p := range found {
		if p.kind == kind {
			return p, true
		}
	}
	return phrase{}, false
}

// ccGroup reads a Creative Commons license that starts at token i. ok is false if there is none; next is the token
// after it.
func (r *reader) ccGroup(i int) (ms []mention, next int, ok bool) {
	g := group{upper: true, start: r.tokens[i].start}
	last := i
	for j := i; j < len(r.tokens); {
		n, took := r.ccWord(&g, i, j)
		if n == 0 {
			break
		}
		j += n
		if took {
			last = j
			g.end = r.tokens[j-1].end
		}
	}
	if last == i {
		return nil, i + 1, false
	}
	if g.version != "" && r.plusSign(last-1) {
		g.later = true
	}
	return r.ccMentions(&g, i, last), last, true
}

// plusSign reports whether token i is a number with a plus right behind it.
func (r *reader) plusSign(i int) bool {
	end := r.tokens[i].end
	return r.tokens[i].number && end < len(r.input) && r.input[end] == '+'
}

// ccWord takes what stands at token j into the group: n tokens, or 0 if the group ends here. took is false for words
// that only count if more follows.
func (r *reader) ccWord(g *group, i, j int) (n int, took bool) {
	t := r.tokens[j]
	before := t.before
	if j == i {
		before = 0
	}
	if before&(gapSemicolon|gapLink|gapCopyright) != 0 || before&gapStop != 0 {
		return 0, false
	}
	if before&gapOther != 0 && !(g.mark && g.empty()) {
		return 0, false
	}
	if t.number {
		return r.ccNumber(g, j, before)
	}
	found, n := r.f.phrases.at(r.scan, j)
	mark, e, isCode := codeWord(r.word(j, j+1))
	if isCode && n <= 1 {
		return r.ccCode(g, j, before, mark, e)
	}
	for _, p := range found {
		switch p.kind {
		case "mark":
			if !g.empty() || g.version != "" {
				return 0, false
			}
			g.mark, g.markUpper = true, t.upper
			return n, true
		case "cc0", "pdm", "tool":
			if !g.empty() || g.version != "" {
				return 0, false
			}
			g.unit, g.mark = map[string]string{"cc0": "zero", "pdm": "mark", "tool": "certification"}[p.kind], true
			return n, true
		case "abbr":
			if !g.empty() {
				return 0, false
			}
			g.mark, g.e, g.codes = true, by, 1
			return n, true
		case "unit":
			if g.unit != "" || g.e&^nc != 0 {
				return 0, false
			}
			g.unit = p.value
			if g.e == nc {
				g.unit = "nc-" + g.unit
			}
			g.e = 0
			if strings.HasSuffix(g.unit, "sampling") && r.gapAfter(j+n-1)&gapPlus != 0 {
				g.unit += "+"
			}
			return n, true
		case "element":
			return r.ccElement(g, j, n, before, p.elem)
		case "scope":
			if g.empty() || before&gapComma != 0 {
				return 0, false
			}
			g.scope = p.value
			return n, true
		case "port":
			return r.ccPort(g, j, n, before, p.value)
		case "version":
			return n, false
		case "tag":
			if j+n < len(r.tokens) && r.tokens[j+n].number {
				if w := r.word(j+n, j+n+1); len(w) == 2 && g.version == "" && !g.empty() {
					g.version, g.dotted = string(w[:1])+"."+string(w[1:]), true
					return n + 1, true
				}
			}
			return 0, false
		case "later":
			if g.version == "" {
				return 0, false
			}
			g.later = true
			return n, true
		case "and":
			if g.version == "" && r.elementAt(g, j+n) {
				return n, false
			}
			return 0, false
		case "glue":
			if before&gapComma != 0 {
				return 0, false
			}
			return n, false
		}
	}
	if r.is(j, "zero") && g.mark && g.empty() {
		g.unit = "zero"
		return 1, true
	}
	return r.ccPortCode(g, j, before)
}

// elementAt reports whether token j starts an element that the group lacks.
func (r *reader) elementAt(g *group, j int) bool {
	if j >= len(r.tokens) || g.e == 0 {
		return false
	}
	found, _ := r.f.phrases.at(r.scan, j)
	p, ok := first(found, "element")
	if ok {
		return !g.e.has(p.elem) && p.elem != by
	}
	mark, e, code := codeWord(r.word(j, j+1))
	return code && !mark && !g.e.has(e|by)
}

// ccNumber takes a version, or the 0 of CC0.
func (r *reader) ccNumber(g *group, j int, before gap) (int, bool) {
	w := string(r.word(j, j+1))
	if w == "0" && g.mark && g.empty() && before&^(gapSpace|gapHyphen) == 0 {
		g.unit = "zero"
		return 1, true
	}
	if g.version != "" {
		if before&gapComma != 0 && before&^(gapComma|gapSpace) == 0 && len(w) == 3 && w[1] == '.' && g.dotted && len(g.more) < 16 {
			g.more = append(g.more, w)
			return 1, true
		}
		if before == gapComma && len(g.version) == 3 && !g.dotted && len(w) == 1 { // decimal comma: "4,0"
			g.version, g.dotted = g.version[:2]+w, true
			return 1, true
		}
		return 0, false
	}
	if g.empty() && !g.mark || before&gapComma != 0 && len(w) < 3 {
		return 0, false
	}
	switch {
	case len(w) == 3 && w[1] == '.':
		g.version, g.dotted = w, true
	case len(w) == 1 && (before&^gapHyphen == 0 || r.is(j-1, "v") || r.is(j-1, "version") || r.bareVersion(j)):
		g.version = w + ".0"
	case len(w) > 3 && w[1] == '.':
		g.version, g.dotted = w, true // such as "4.0.1": it will be found not to exist
	default:
		return 0, false
	}
	return 1, true
}

// bareVersion reports whether a single digit may be a version because no other word follows that it could count.
func (r *reader) bareVersion(j int) bool {
	if j+1 >= len(r.tokens) || r.tokens[j+1].before&^gapSpace != 0 {
		return true
	}
	found, _ := r.f.phrases.at(r.scan, j+1)
	for _, p := range found {
		switch p.kind {
		case "glue", "scope", "port", "or", "and":
			return true
		}
	}
	return r.tokens[j+1].upper && r.f.ports[string(r.word(j+1, j+2))]
}

// ccCode takes short codes: by, nc, sa, or cc with them in one word.
func (r *reader) ccCode(g *group, j int, before gap, mark bool, e elements) (int, bool) {
	t := r.tokens[j]
	if mark && (!g.empty() || g.version != "") {
		return 0, false
	}
	if before&gapComma != 0 && (mark || e.has(by) || !g.e.has(by)) { // but "CC BY, NC, SA"
		return 0, false
	}
	if e != 0 && g.e != 0 && before&gapOpen != 0 {
		return r.ccRepetition(g, j)
	}
	if g.unit != "" || e&g.e != 0 || e != 0 && g.version != "" && g.e != 0 && before&gapHyphen == 0 {
		return 0, false
	}
	if e == by && g.mark && g.e == 0 && before == gapSpace && !t.upper && g.markUpper && r.plainWordAfter(j) {
		return 0, false // "CC by Jane Doe"
	}
	if mark {
		g.mark, g.markUpper = true, t.upper
		g.plus = r.gapAfter(j)&gapPlus != 0 && e == 0
	}
	g.e |= e
	g.codes += bits.OnesCount8(uint8(e))
	g.upper = g.upper && t.upper
	g.lastBy = e == by
	return 1, true
}

// plainWordAfter reports whether the next token is a word that says nothing here.
func (r *reader) plainWordAfter(j int) bool {
	if j+1 >= len(r.tokens) || r.tokens[j+1].number || r.tokens[j+1].before != gapSpace {
		return false
	}
	if _, _, code := codeWord(r.word(j+1, j+2)); code {
		return false
	}
	found, _ := r.f.phrases.at(r.scan, j+1)
	return len(found) == 0
}

// ccRepetition skips codes in parentheses that only say again what was said: "Namensnennung (by) 3.0 Schweiz".
func (r *reader) ccRepetition(g *group, j int) (int, bool) {
	var e elements
	k := j
	for ; k < len(r.tokens) && k < j+6; k++ {
		mark, bit, code := codeWord(r.word(k, k+1))
		if !code || mark {
			break
		}
		e |= bit
		if r.gapAfter(k)&gapClose != 0 {
			k++
			break
		}
	}
	if e != g.e {
		return 0, false
	}
	return k - j, true
}

// ccElement takes an element by name.
func (r *reader) ccElement(g *group, j, n int, before gap, e elements) (int, bool) {
	if g.unit != "" || g.version != "" && !g.empty() {
		return 0, false
	}
	if g.e.has(e) {
		if e == by && g.lastBy && before == gapSlash { // "Atribución/Reconocimiento"
			return n, true
		}
		return 0, false
	}
	if before&(gapOpen|gapClose) != 0 && !(g.mark && g.e == 0) || before&gapColon != 0 && !g.mark {
		return 0, false
	}
	g.e |= e
	g.strong++
	g.lastBy = e == by
	return n, true
}

// ccPort takes the name of a jurisdiction after a version, or after the slash that addresses have there.
func (r *reader) ccPort(g *group, j, n int, before gap, port string) (int, bool) {
	if g.version == "" || g.empty() || before&(gapComma|gapAmp) != 0 || before&gapSlash != 0 && before != gapSlash {
		return 0, false
	}
	if g.port != "" && !(g.port == "uk" && before&gapColon != 0) {
		return 0, false
	}
	g.port = lowerASCII(port)
	return n, true
}

// ccPortCode takes the two letters of a jurisdiction, which are also words: "3.0 de" is a port at the end of a text and
// a preposition before a name.
func (r *reader) ccPortCode(g *group, j int, before gap) (int, bool) {
	if g.port == "uk" && (r.is(j, "england") || r.is(j, "and") || r.is(j, "wales")) {
		return 1, true
	}
	if g.version == "" || g.empty() || g.port != "" || before&^(gapSpace|gapHyphen|gapOpen|gapSlash) != 0 {
		return 0, false
	}
	w, t := string(r.word(j, j+1)), r.tokens[j]
	glued := before&(gapHyphen|gapSlash) != 0 && before&gapSpace == 0
	switch {
	case r.f.ports[w] && (glued || before&gapOpen != 0):
	case r.f.ports[w] && !r.plainWordAfter(j):
	case r.f.ports[w] && t.upper && !commonWord(w):
	case glued && len(w) == 2 && t.upper:
		g.strayPort = true
	default:
		return 0, false
	}
	g.port = w
	return 1, true
}

// commonWord reports whether the code of a jurisdiction is a word of English or Spanish as well.
func commonWord(w string) bool {
	switch w {
	case "in", "no", "de", "es", "se", "si", "it", "at", "be", "my", "am", "co", "ve", "us":
		return true
	}
	return false
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
