package standards

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxList  = 1000      // codes that ResolveAll reads from one text
	maxRange = 50        // codes in one range
	maxText  = 512 << 10 // bytes that ResolveAll looks at
	maxTries = 5000      // codes that ResolveAll tries in one text
	window   = 7         // words that may form one code, as in "19 TAC § 111.7 (b) (3) (H)"
)

var (
	listSeparator = regexp.MustCompile(`(?i)[,;\n\r\t|•‣▪◦]+|\s(?:and/or|and|or|as well as|y|e|&|\+)\s`)
	leadingAnd    = regexp.MustCompile(`(?i)^(?:and|or|y|e|&|\+)\s+`)
	rangeWord     = regexp.MustCompile(`(?i)\s+(?:through|thru|to|until|a|al|hasta)\s+|\s*\.\.+\s*`)
	connector     = regexp.MustCompile(`(?i)^(?:through|thru|to|until|hasta|[-–—])$`)
	lastPart      = regexp.MustCompile(`(?i)^(.*?)(\d{1,2}|[a-z])[)\]]?$`)
	tailPart      = regexp.MustCompile(`\d{1,2}|[a-zA-Z]+`)
	tail          = regexp.MustCompile(`(?i)^\.?[(\[]?(?:\d{1,2}|[a-z])[)\]]?(?:[. ]?[(\[]?(?:\d{1,2}|[a-z])[)\]]?)?$`)
)

// ResolveAll reads a text with codes: a list, separated by commas, semicolons, new lines, bullets, slashes or "and",
// with ranges (5.NF.B.3–5, RL.4.1 through RL.4.3), codes that continue the one before (5.NF.3, 4), and words around. It
// gives one resolution for each code, in order, and stops after 1,000. Input is the part of the text as it was written,
// and the same for all members of a range. A part in which no code is known gives one Unknown, words around a code
// give none.
func (l *Library) ResolveAll(text string) []Resolution { return l.ResolveAllWith(text, Hint{}) }

// ResolveAllWith is ResolveAll with what else is known.
func (l *Library) ResolveAllWith(text string, h Hint) []Resolution {
	if r := l.ResolveWith(text, h); r.Resolution != Unknown {
		return []Resolution{r}
	}
	if len(text) > maxText {
		text = text[:maxText]
	}
	x := lister{l: l.orEmpty(), hint: h, left: maxTries}
	for _, piece := range listSeparator.Split(text, maxList+1) {
		piece = leadingAnd.ReplaceAllString(strings.TrimSpace(piece), "")
		if piece == "" {
			continue
		}
		found := x.piece(piece)
		x.before = found[len(found)-1]
		x.all = append(x.all, found...)
		if len(x.all) >= maxList {
			return x.all[:maxList]
		}
	}
	return x.all
}

// lister reads one text.
type lister struct {
	l      *Library
	hint   Hint
	left   int        // tries
	before Resolution // what the part before was; its Input ends with the code
	all    []Resolution
}

func (x *lister) resolve(code string) Resolution {
	if x.left--; x.left < 0 {
		return Resolution{Input: code, Resolution: Unknown}
	}
	return x.l.ResolveWith(code, x.hint)
}

// piece reads one part of a list, which gives at least one resolution.
func (x *lister) piece(piece string) []Resolution {
	r := x.resolve(piece)
	if r.Resolution != Unknown {
		return []Resolution{r}
	}
	if next := x.continued(x.before, piece); next.Known() {
		return []Resolution{next}
	}
	if len(piece) <= maxCode {
		if found := x.ranged(piece); found != nil {
			return found
		}
		if found := x.slashed(piece); found != nil {
			return found
		}
	}
	if found := x.words(strings.Fields(piece)); found != nil {
		return found
	}
	return []Resolution{r}
}

// continued reads the end of a code that begins as the one before: "4" or "4b" after 5.NF.3, "(C)" after 111.7(b)(3)(A).
func (x *lister) continued(before Resolution, end string) Resolution {
	unknown := Resolution{Input: end, Resolution: Unknown}
	s := clean(end)
	if !before.Known() || !tail.MatchString(s) {
		return unknown
	}
	parts := tailPart.FindAllString(s, 2)
	same := func(code string) (Resolution, bool) {
		r := x.resolve(code)
		r.Input = end
		return r, r.Known() && r.Framework == before.Framework
	}
	for _, code := range []string{clean(before.Input), before.Code} { // 5.NF.3 goes on over the end of a cluster
		if m := lastPart.FindStringSubmatch(code); m != nil && m[1] != "" && len(parts) == 1 && isDigits(m[2]) == isDigits(parts[0]) {
			if r, ok := same(m[1] + parts[0]); ok {
				return r
			}
		}
	}
	separator := "."
	if before.Framework == ngss {
		separator = "-"
	}
	whole := strings.Split(before.Code, separator)
	for n := len(parts); n <= len(parts)+1 && n < len(whole); n++ {
		if kept := whole[:len(whole)-n]; isDigits(whole[len(kept)]) == isDigits(parts[0]) {
			if r, ok := same(strings.Join(append(slices.Clone(kept), parts...), separator)); ok {
				return r
			}
		}
	}
	return unknown
}

// ranged gives the members of a range if its first and last are known and one comes after the other; nil otherwise.
func (x *lister) ranged(piece string) []Resolution {
	s := clean(piece)
	try := func(from, to int) []Resolution {
		first := x.resolve(strings.TrimSpace(s[:from]))
		if !first.Known() {
			return nil
		}
		first.Input = strings.TrimSpace(s[:from])
		end := strings.TrimSpace(s[to:])
		last := x.continued(first, end)
		if !last.Known() {
			last = x.resolve(end)
		}
		if !last.Known() || last.Framework != first.Framework {
			return nil
		}
		all := x.between(first, last)
		for i := range all {
			all[i].Input = piece
		}
		return all
	}
	if at := rangeWord.FindStringIndex(s); at != nil {
		return try(at[0], at[1])
	}
	at := len(s)
	for range 6 { // a code has few hyphens of its own
		if at = strings.LastIndexByte(s[:at], '-'); at <= 0 {
			return nil
		}
		if all := try(at, at+1); all != nil {
			return all
		}
	}
	return nil
}

// between lists what stands between two statements, both included: the siblings, else the cousins where a range goes
// over the end of a cluster, else what counts from the first to the last.
func (x *lister) between(first, last Resolution) []Resolution {
	l := x.l
	up, upLast := l.parent(first.Key()), l.parent(last.Key())
	row := l.Children(up)
	if up != upLast {
		if up, upLast = l.parent(up), l.parent(upLast); up != upLast {
			return nil
		}
		row = nil
		for _, key := range l.Children(up) {
			row = append(row, l.Children(key)...)
		}
	}
	if up != "" {
		from, to := slices.Index(row, first.Key()), slices.Index(row, last.Key())
		if from >= 0 && to > from && to-from < maxRange {
			var all []Resolution
			for _, key := range row[from : to+1] {
				all = append(all, l.resolutionOf(key, first.Framework))
			}
			return all
		}
	}
	return x.counted(first, last)
}

// counted lists the codes between two that differ in a last number or letter; those that do not exist are left out.
func (x *lister) counted(first, last Resolution) []Resolution {
	a, b := lastPart.FindStringSubmatch(first.Code), lastPart.FindStringSubmatch(last.Code)
	if a == nil || b == nil || a[1] != b[1] || isDigits(a[2]) != isDigits(b[2]) {
		return nil
	}
	from, to := number(a[2]), number(b[2])
	if !isDigits(a[2]) {
		from, to = int(a[2][0]), int(b[2][0])
	}
	if to <= from || to-from >= maxRange {
		return nil
	}
	var all []Resolution
	for n := from; n <= to; n++ {
		end := strconv.Itoa(n)
		if !isDigits(a[2]) {
			end = string(rune(n))
		}
		if r := x.l.ResolveWith(a[1]+end, Hint{Framework: first.Framework}); r.Known() {
			all = append(all, r)
		}
	}
	return all
}

// resolutionOf resolves a key.
func (l *Library) resolutionOf(key, framework string) Resolution {
	if l.statements[key] != nil {
		return l.exact(Resolution{Candidates: []Candidate{}}, key)
	}
	return l.ResolveWith(key, Hint{Framework: framework})
}

// slashed reads codes with slashes between (5.NF.3/4); nil if one of them is none.
func (x *lister) slashed(piece string) []Resolution {
	parts := strings.Split(piece, "/")
	if len(parts) < 2 || len(parts) > window*window || strings.Contains(piece, "://") {
		return nil
	}
	var all []Resolution
	for _, part := range parts {
		r := x.resolve(part)
		if !r.Known() && len(all) > 0 {
			r = x.continued(all[len(all)-1], part)
		}
		if !r.Known() {
			return nil
		}
		all = append(all, r)
	}
	return all
}

// words finds codes among words, the longest first; nil if there is none. What has the look of a code and is none gives
// one Unknown.
func (x *lister) words(words []string) []Resolution {
	var all []Resolution
	found := false
	for i := 0; i < len(words) && len(all) < maxList && x.left > 0; {
		n, rs := x.wordsAt(words[i:])
		switch {
		case rs != nil:
			all, found = append(all, rs...), true
		case codeLike(words[i]):
			all = append(all, Resolution{Input: words[i], Candidates: []Candidate{}, Resolution: Unknown})
		}
		i += n
	}
	if !found {
		return nil
	}
	return all
}

// wordsAt reads a code or a range at the first of the words and tells how many words it took.
func (x *lister) wordsAt(words []string) (int, []Resolution) {
	if !hasDigit(words[0]) && !startsCode(words[0]) {
		return 1, nil
	}
	for n := min(window, len(words)); n > 0; n-- {
		if !slices.ContainsFunc(words[:n], hasDigit) {
			break
		}
		s := strings.Join(words[:n], " ")
		if r := x.resolve(s); r.Resolution != Unknown {
			return n, []Resolution{r}
		}
		if n >= 3 && slices.ContainsFunc(words[1:n-1], connector.MatchString) || n == 1 && strings.ContainsAny(s, "-–—") {
			if rs := x.ranged(s); rs != nil {
				return n, rs
			}
		}
		if n == 1 {
			if rs := x.slashed(s); rs != nil {
				return n, rs
			}
		}
	}
	return 1, nil
}

// startsCode reports whether a word without a digit may begin a code that has blanks in it: a mark, a section sign, or
// letters in upper case.
func startsCode(word string) bool {
	if len(word) > 10 && word == strings.ToLower(word) {
		return false
	}
	_, m, ok := unmarkWord(plain(word)+" 1", 0)
	return ok && m != 0 || len(word) <= 4 && word == strings.ToUpper(word)
}

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsDigit) >= 0 }

// codeLike reports whether a word has the look of a code: letters, digits and separators.
func codeLike(s string) bool {
	return hasDigit(s) && strings.IndexFunc(s, unicode.IsLetter) >= 0 && strings.ContainsAny(s, ".-–§(") && len(s) <= maxCode
}
