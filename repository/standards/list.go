package standards

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	maxList  = 1000 // codes that ResolveAll reads from one text
	maxRange = 50   // codes in one range
)

var (
	listSeparator = regexp.MustCompile(`[,;\n|]+|\s(?:and|y|&)\s`)
	rangeOf       = regexp.MustCompile(`(?i)^(.*?)(\d{1,2}|\(?[a-z]\)?)\s*(?:-|\.\.|\sto\s|\sa\s)\s*(?:(.*?)[. -]?)?(\d{1,2}|\(?[a-z]\)?)$`)
	lastPart      = regexp.MustCompile(`(?i)^(.*?)(\d{1,2}|[a-z])\)?$`)
	shortPart     = regexp.MustCompile(`(?i)^(?:\d{1,2}|\(?[a-z]\)?)$`)
)

// ResolveAll reads a list of codes, separated by commas, semicolons, new lines or "and", with ranges (5.NF.B.3–5) and
// codes that continue the one before (5.NF.3, 4). It gives one resolution for each code, in order, and stops after
// 1,000. A part that is no code gives one Unknown.
func (l *Library) ResolveAll(text string) []Resolution { return l.ResolveAllWith(text, Hint{}) }

// ResolveAllWith is ResolveAll with what else is known.
func (l *Library) ResolveAllWith(text string, h Hint) []Resolution {
	if r := l.ResolveWith(text, h); r.Resolution != Unknown {
		return []Resolution{r}
	}
	if len(text) > maxList*maxCode {
		text = text[:maxList*maxCode]
	}
	var all []Resolution
	before := ""
	for _, piece := range listSeparator.Split(text, maxList+1) {
		if piece = strings.TrimSpace(piece); piece == "" {
			continue
		}
		found := l.resolvePiece(piece, before, h)
		for _, r := range found {
			if r.Known() {
				before = r.Input
			}
		}
		all = append(all, found...)
		if len(all) >= maxList {
			return all[:maxList]
		}
	}
	return all
}

// resolvePiece reads one part of a list: a code, the end of the code before, a range, or codes with blanks between.
func (l *Library) resolvePiece(piece, before string, h Hint) []Resolution {
	r := l.ResolveWith(piece, h)
	if r.Resolution != Unknown {
		return []Resolution{r}
	}
	if before != "" && shortPart.MatchString(piece) {
		if m := lastPart.FindStringSubmatch(clean(before)); m != nil {
			if next := l.ResolveWith(m[1]+strings.Trim(piece, "()"), h); next.Known() {
				return []Resolution{next}
			}
		}
	}
	if members := l.resolveRange(clean(piece), h); members != nil {
		return members
	}
	if parts := strings.Split(piece, "/"); len(parts) > 1 && !strings.Contains(piece, "://") {
		return l.resolveParts(parts, r, h)
	}
	if words := strings.Fields(piece); len(words) > 1 {
		return l.resolveWords(words, r, h)
	}
	return []Resolution{r}
}

// resolveRange gives the members of a range if its first and last are known; members between that do not exist, as
// where a cluster ends, are left out.
func (l *Library) resolveRange(s string, h Hint) []Resolution {
	m := rangeOf.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	stem, first, last := m[1], strings.Trim(m[2], "()"), strings.Trim(m[4], "()")
	if m[3] != "" && !strings.EqualFold(strings.TrimRight(m[3], ". -"), strings.TrimRight(stem, ". -")) {
		return nil
	}
	var names []string
	if isDigits(first) && isDigits(last) {
		from, _ := strconv.Atoi(first)
		to, _ := strconv.Atoi(last)
		for n := from; n <= to && n-from < maxRange; n++ {
			names = append(names, strconv.Itoa(n))
		}
	} else if !isDigits(first) && !isDigits(last) {
		for c := strings.ToLower(first)[0]; c <= strings.ToLower(last)[0]; c++ {
			names = append(names, string(c))
		}
	}
	var out []Resolution
	for i, name := range names {
		r := l.ResolveWith(stem+name, h)
		if !r.Known() {
			if i == 0 || i == len(names)-1 {
				return nil
			}
			continue
		}
		out = append(out, r)
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// resolveParts reads codes with slashes between (5.NF.3/4). If one of them is none, the whole is one Unknown.
func (l *Library) resolveParts(parts []string, whole Resolution, h Hint) []Resolution {
	var out []Resolution
	before := ""
	for i := 0; i < len(parts) && i < maxList; i++ {
		found := l.resolvePiece(strings.TrimSpace(parts[i]), before, h)
		if !found[0].Known() {
			return []Resolution{whole}
		}
		before = found[len(found)-1].Input
		out = append(out, found...)
	}
	return out
}

// resolveWords finds codes among words, two words together first, as in "MS PS1-2". If it finds none, the whole is one
// Unknown.
func (l *Library) resolveWords(words []string, whole Resolution, h Hint) []Resolution {
	var out []Resolution
	found := false
	for i := 0; i < len(words) && i < maxList; i++ {
		if i+1 < len(words) {
			if r := l.ResolveWith(words[i]+" "+words[i+1], h); r.Known() {
				out, found = append(out, r), true
				i++
				continue
			}
		}
		r := l.ResolveWith(words[i], h)
		found = found || r.Resolution != Unknown
		out = append(out, r)
	}
	if !found {
		return []Resolution{whole}
	}
	return out
}
