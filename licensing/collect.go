package licensing

import "strings"

// findings are all that one text says.
type findings struct {
	mentions []mention
	dual     bool     // "dual licensed", "at your option"
	usgov    bool     // the government of the United States is named
	plus     bool     // a permission is added
	beyond   bool     // further permissions may be had somewhere
	some     bool     // "some rights reserved"
	excludes []string // what an exception leaves out
	marks    int      // bare "Creative Commons"
	strays   elements // elements that stand outside of any license
}

// maxMentions bounds the mentions of one text.
const maxMentions = 128

// collect walks through the text once.
func (r *reader) collect() findings {
	var out findings
	third, excluded, leading := false, false, false
	link := 0
	add := func(m mention) {
		m.third, m.excluded = third, excluded
		if len(out.mentions) < maxMentions {
			out.mentions = append(out.mentions, m)
		}
	}
	links := func(upTo int) {
		for ; link < len(r.links) && r.links[link].token <= upTo; link++ {
			l := r.links[link]
			if m, ok := r.f.readAddress(r.input[l.start:l.end]); ok {
				m.start, m.end, m.from, m.to, m.address = l.start, l.end, l.token, l.token, true
				add(m)
			}
		}
	}
	for i := 0; i < len(r.tokens); {
		links(i)
		t := r.tokens[i]
		if t.before&(gapStop|gapSemicolon) != 0 && i > 0 && !r.tokens[i-1].initial() {
			third, excluded = false, false
		}
		if leading && t.before&gapComma != 0 { // "Except where noted, this is …": what follows is the rule
			excluded, leading = false, false
		}
		if t.before&gapCopyright != 0 || r.copyrightSign(i) {
			add(mention{rec: r.f.byID[AllRightsReserved], notice: true, start: t.start, end: t.end, from: i, to: i})
		}
		if next, ok := r.tryLicense(i, add); ok {
			i = next
			continue
		}
		found, n := r.f.phrases.at(r.scan, i)
		next := i + 1
		for _, p := range found {
			m := mention{start: t.start, end: r.tokens[i+n-1].end, from: i, to: i + n}
			switch p.kind {
			case "status", "custom":
				if p.value != string(PublicDomain) || n > 1 || t.end-t.start > 2 || len(r.tokens) == 1 {
					m.rec = r.f.byID[ID(p.value)]
					add(m)
				}
			case "notice":
				if r.noticeAfter(i + n) {
					m.rec, m.notice = r.f.byID[AllRightsReserved], true
					add(m)
				}
			case "restrict":
				m.rec, m.restrict = r.f.byID[Custom], true
				m.limit, _ = elementNamed(p.value)
				add(m)
			case "nostatus":
				out.some = true
			case "usgov":
				out.usgov = true
			case "plus":
				out.plus = true
			case "beyond":
				out.beyond = true
			case "dual":
				out.dual = true
			case "third":
				third = true
			case "mark":
				out.marks++
				if r.gapAfter(i+n-1)&gapPlus != 0 {
					out.plus = true
				}
			case "element":
				if !third && !excluded && p.elem != by {
					out.strays |= p.elem
				}
			case "part":
				if r.gapAfter(i+n-1)&gapColon != 0 {
					third = false
				}
			case "except":
				excluded, leading = true, i == 0 || t.before&gapStop != 0
				if len(out.excludes) < 8 {
					out.excludes = append(out.excludes, r.sentence(t.start, leading))
				}
			default:
				continue
			}
			next = i + n
		}
		i = next
	}
	links(len(r.tokens))
	return out
}

// tryLicense reads a license that starts at token i.
func (r *reader) tryLicense(i int, add func(mention)) (next int, ok bool) {
	found, n := r.f.phrases.at(r.scan, i)
	if p, is := first(found, "name"); is {
		if m, next, ok := r.nameMention(i, n, p.value); ok {
			add(m)
			return next, true
		}
		return i, false
	}
	start := len(found) == 0
	for _, p := range found {
		switch p.kind {
		case "mark", "element", "unit", "cc0", "pdm", "tool", "abbr":
			start = true
		}
	}
	if !start {
		return i, false
	}
	if len(found) == 0 {
		if _, _, code := codeWord(r.word(i, i+1)); !code {
			return i, false
		}
	}
	ms, next, ok := r.ccGroup(i)
	if !ok || len(ms) == 0 {
		return i, false
	}
	for _, m := range ms {
		add(m)
	}
	return next, true
}

// initial reports whether the token is a single letter with a dot: the dot ends no sentence.
func (t token) initial() bool { return t.stop && t.end-t.start == 1 }

// copyrightSign reports whether token i is the c of "(c)".
func (r *reader) copyrightSign(i int) bool {
	return r.is(i, "c") && r.tokens[i].before&gapOpen != 0 && r.gapAfter(i)&gapClose != 0 && r.noticeAfter(i+1)
}

// noticeAfter reports whether a year, a sign or a name follows, as in a copyright notice.
func (r *reader) noticeAfter(i int) bool {
	if i >= len(r.tokens) {
		return len(r.tokens) == 1
	}
	t := r.tokens[i]
	return t.number && t.end-t.start == 4 || t.before&gapCopyright != 0 || t.title || r.is(i, "c") || r.is(i, "by")
}

// maxExcerpt bounds what is quoted of an exception, in bytes.
const maxExcerpt = 200

// sentence is the text from a place to the end of its sentence, or of its clause.
func (r *reader) sentence(start int, clause bool) string {
	s := r.input[start:min(len(r.input), start+maxExcerpt)]
	for i := 0; i+1 < len(s); i++ {
		if (s[i] == '.' || s[i] == ';') && (s[i+1] == ' ' || s[i+1] == '\n') || s[i] == '\n' || clause && s[i] == ',' {
			s = s[:i]
			break
		}
	}
	return strings.TrimRight(strings.ToValidUTF8(strings.TrimSpace(s), ""), ".;")
}
