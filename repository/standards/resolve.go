package standards

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxCandidates = 20
	maxExcerpt    = 120 // characters of a statement in a candidate
)

// Resolve says which statement a code means, in any of the spellings in use: dotted codes with and without prefix and
// cluster, legal citations, URIs, GUIDs; with words such as "standard" or "aligned to" before, and with a colon and a
// description behind.
func (l *Library) Resolve(code string) Resolution { return l.ResolveWith(code, Hint{}) }

// ResolveWith is Resolve with what else is known.
func (l *Library) ResolveWith(code string, h Hint) Resolution {
	l = l.orEmpty()
	unknown := Resolution{Input: code, Candidates: []Candidate{}, Resolution: Unknown}
	if len(code) > 4*maxCode {
		return unknown
	}
	if a := address(code); a != "" {
		return l.resolveURI(unknown, a)
	}
	if id := guid(code); id != "" {
		return l.resolveGUID(unknown, id)
	}
	s := clean(code)
	if s == "" {
		return unknown
	}
	r := l.resolveCode(unknown, s, h)
	if r.Resolution == Unknown {
		if s = undescribed(s); s != "" {
			return l.resolveCode(unknown, s, h)
		}
	}
	return r
}

// resolveCode resolves a cleaned code that is no URI and no GUID.
func (l *Library) resolveCode(unknown Resolution, s string, h Hint) Resolution {
	readings, unread := read(s, h)
	sure, unsure := l.existing(readings, h), l.existing(unread, h)
	switch len(sure) {
	case 0:
	case 1:
		return l.settle(unknown, sure[0])
	default:
		return l.ambiguous(unknown, nil, sure)
	}
	literal := l.literal(s, h.Framework)
	if len(literal) == 0 && h.Framework != "" && l.familyOf[h.Framework] == "" {
		for _, r := range readings { // a framework that took over the codes of a family
			literal = append(literal, l.literal(complete(r).code, h.Framework)...)
		}
	}
	switch {
	case len(unsure) > 0 && (len(literal) == 0 || l.families[unsure[0].family]):
		return l.ambiguous(unknown, literal, unsure)
	case len(literal) == 1:
		return l.exact(unknown, literal[0])
	case len(literal) > 1:
		return l.ambiguous(unknown, literal, nil)
	}
	return unknown
}

// literal gives the keys of the statements of the framework, of all if it is "", whose code is s in any separators and
// case, with or without words such as "standard" before it. What has no letter must be written as it is: 1/2 is not 1.2.
func (l *Library) literal(s, framework string) []string {
	keys := l.within(l.aliases[alias(s)], framework)
	if rest, m := unmark(plain(s)); len(keys) == 0 && m == 0 {
		keys = l.within(l.aliases[alias(rest)], framework)
	}
	if strings.IndexFunc(s, unicode.IsLetter) >= 0 {
		return keys
	}
	var same []string
	for _, key := range keys {
		if clean(l.statements[key].Code) == s {
			same = append(same, key)
		}
	}
	return same
}

// undescribed gives the code that stands before a description, as in "5.NF.B.3: Interpret a fraction as division", or
// "". A description is words without a digit.
func undescribed(s string) string {
	const longestCode = 64
	for _, mark := range []string{": ", " - ", " | "} {
		code, text, ok := strings.Cut(s, mark)
		if !ok || len(code) > longestCode || !strings.Contains(text, " ") || strings.IndexFunc(text, unicode.IsDigit) >= 0 {
			continue
		}
		if first, _ := utf8.DecodeRuneInString(text); unicode.IsLetter(first) {
			return code
		}
	}
	return ""
}

func (l *Library) resolveURI(r Resolution, a string) Resolution {
	if key := l.uris[a]; key != "" {
		return l.exact(r, key)
	}
	if found := l.existing(readURI(a), Hint{}); len(found) == 1 {
		return l.settle(r, found[0])
	}
	if id := guid(a[strings.LastIndexByte(a, '/')+1:]); id != "" {
		return l.resolveGUID(r, id)
	}
	return r
}

func (l *Library) resolveGUID(r Resolution, id string) Resolution {
	if l.statements[id] != nil {
		return l.exact(r, id)
	}
	if published, ok := known().guids[id]; ok {
		return l.settle(r, published)
	}
	return r
}

// existing keeps the readings that are an imported statement or a listed code, and those of families whose codes are
// not listed.
func (l *Library) existing(rs []reading, h Hint) []reading {
	var out []reading
	for _, r := range rs {
		r = complete(r)
		codes := known().families[r.family]
		exists := len(l.codes[r]) > 0 || codes != nil && codes.has[r.code] || codes == nil && !l.families[r.family]
		if exists && (h.Framework == "" || h.Framework == r.family || l.familyOf[h.Framework] == r.family) {
			out = append(out, r)
		}
	}
	return out
}

// within keeps the keys of statements of the framework; all if it is "".
func (l *Library) within(keys []string, framework string) []string {
	if framework == "" {
		return keys
	}
	var out []string
	for _, key := range keys {
		if l.statements[key].Framework == framework {
			out = append(out, key)
		}
	}
	return out
}

// settle answers with the one statement of a reading that exists, or with the reading itself where its framework does
// not have it.
func (l *Library) settle(r Resolution, found reading) Resolution {
	switch keys := l.codes[found]; len(keys) {
	case 0:
		r.Framework, r.Code, r.URI, r.Resolution = found.family, found.code, found.uri(), Pattern
		return r
	case 1:
		return l.exact(r, keys[0])
	default:
		return l.ambiguous(r, keys, nil)
	}
}

func (l *Library) exact(r Resolution, key string) Resolution {
	s := l.statements[key]
	r.Framework, r.Code, r.URI, r.GUID, r.Resolution = s.Framework, s.Code, s.URI, s.Key, Exact
	if c, ok := l.canonical[key]; ok {
		r.Code = c.code
		if r.URI == "" {
			r.URI = c.uri()
		}
	}
	return r
}

func (l *Library) ambiguous(r Resolution, keys []string, rs []reading) Resolution {
	r.Resolution = Ambiguous
	for _, c := range rs {
		if own := l.codes[c]; len(own) > 0 {
			keys = append(keys[:len(keys):len(keys)], own...)
			continue
		}
		r.Candidates = append(r.Candidates, Candidate{Framework: c.family, Code: c.code, URI: c.uri()})
	}
	seen := map[string]bool{}
	for _, key := range keys {
		s := l.statements[key]
		if seen[key] || s == nil {
			continue
		}
		seen[key] = true
		r.Candidates = append(r.Candidates, Candidate{s.Framework, s.Code, s.URI, s.Key, excerpt(s.Text)})
	}
	if len(r.Candidates) > maxCandidates {
		r.Candidates = r.Candidates[:maxCandidates]
	}
	return r
}

// excerpt cuts a text after maxExcerpt characters.
func excerpt(s string) string {
	if utf8.RuneCountInString(s) <= maxExcerpt {
		return s
	}
	runes := []rune(s)
	return strings.TrimSpace(string(runes[:maxExcerpt-1])) + "…"
}
