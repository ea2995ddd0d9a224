package search

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of highlighting.
const (
	SnippetSize = 240    // characters of a snippet, where none are given
	maxMatches  = 10_000 // matches of a text that are looked at
	maxMemo     = 4096   // words of a text whose stems are remembered
)

// Snippet is the part of a text that shows best why it was found.
type Snippet struct {
	Text   string // of the text as it is, but for bytes that are no UTF-8
	Spans  []Span // where Text matches, in order, apart from each other
	Before bool   // there is text before it
	After  bool   // there is text after it
}

// Span is a range of bytes: from Start up to but without End, both at characters.
type Span struct{ Start, End int }

// Piece is a piece of a snippet that matches or does not.
type Piece struct {
	Text  string
	Match bool
}

// Pieces cuts the snippet at its spans. They are plain text: whoever puts them into HTML escapes them.
func (s Snippet) Pieces() []Piece {
	var out []Piece
	at := 0
	for _, m := range s.Spans {
		if m.Start > at {
			out = append(out, Piece{s.Text[at:m.Start], false})
		}
		out = append(out, Piece{s.Text[m.Start:m.End], true})
		at = m.End
	}
	if at < len(s.Text) {
		out = append(out, Piece{s.Text[at:], false})
	}
	return out
}

// Highlighter finds the words of one query in texts. It is safe for use by many goroutines.
type Highlighter struct {
	words   analyzers
	exact   map[string]int // folded word → its number
	singles []lone
	phrases []phrase
	numbers int

	mu    sync.Mutex
	stems map[string]map[string]int // language → stem → the number of its word; of the languages of the texts so far
}

// lone is a folded word that stands alone.
type lone struct {
	word   string
	number int
}

// phrase is a sequence of words as the shift-and algorithm wants it: of each word, the bits of the places where it stands.
type phrase struct {
	places map[string]uint64
	length int
	number int
}

// Highlighter gives what finds the words of the query in texts: in any case, with or without accents, and in other forms
// of the text's language. The hints are those of the results: words that were searched in another spelling are found in
// that. Words that carry no meaning of their own are only marked where there is nothing else.
func (x *Index) Highlighter(q Query, hints []Hint) *Highlighter {
	h := &Highlighter{words: x.words, exact: map[string]int{}, stems: map[string]map[string]int{}}
	respelled := map[string][]string{}
	for _, hint := range hints {
		if hint.Kind == HintSpelling {
			respelled[fold(hint.Term)] = hint.Suggestions
		}
	}
	var faint [][]string
	terms := 0
	for _, g := range q.Groups {
		for _, t := range g {
			if terms++; t.Not || t.Field != Words || terms > maxTerms {
				continue
			}
			words := foldedWords(t.Value)
			if len(words) == 1 && x.words.stop(words[0]) {
				faint = append(faint, words)
				continue
			}
			h.add(words)
			for _, s := range respelled[fold(t.Value)] {
				h.add(foldedWords(s))
			}
		}
	}
	if h.numbers == 0 {
		for _, words := range faint {
			h.add(words)
		}
	}
	return h
}

func (h *Highlighter) add(words []string) {
	number := h.numbers
	switch {
	case len(words) == 0:
		return
	case len(words) == 1:
		h.exact[words[0]] = number
		h.singles = append(h.singles, lone{words[0], number})
	default:
		words = words[:min(len(words), 64)]
		p := phrase{map[string]uint64{}, len(words), number}
		for i, w := range words {
			p.places[w] |= 1 << i
		}
		h.phrases = append(h.phrases, p)
	}
	h.numbers++
}

// stemsIn gives the stems of the words in a language of stemFilters. They are not to be changed.
func (h *Highlighter) stemsIn(language string) map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	stems, ok := h.stems[language]
	if !ok {
		stems = map[string]int{}
		for _, s := range h.singles {
			if stem := h.words.stem(language, s.word); stem != "" {
				stems[stem] = s.number
			}
		}
		h.stems[language] = stems
	}
	return stems
}

// Snippet gives the at most size characters of a text that have the most of the query's different words, with the words
// around them; where nothing matches, the beginning. The language (BCP 47) is that of the text. Of a text the first
// megabyte is looked at.
func (h *Highlighter) Snippet(text, language string, size int) Snippet {
	if size <= 0 {
		size = SnippetSize
	}
	cut := len(text) > maxBody
	text = plainText(text)
	matches := h.matches(text, language)
	first, last := densest(text, matches, h.numbers, size)
	from, to := 0, 0
	if first < last {
		from, to = matches[first].Start, matches[last-1].End
	}
	from, to = widen(text, from, to, size)
	s := Snippet{Text: text[from:to], Before: from > 0, After: cut || to < len(text)}
	for _, m := range matches {
		if m.Start < from || m.End > to {
			continue
		}
		if n := len(s.Spans); n > 0 && m.Start-from < s.Spans[n-1].End { // the words of a phrase
			s.Spans[n-1].End = max(s.Spans[n-1].End, m.End-from)
			continue
		}
		s.Spans = append(s.Spans, Span{m.Start - from, m.End - from})
	}
	return s
}

// match is where a text has a word, or a phrase, of the query.
type match struct {
	Span
	number int
}

// matches finds the words and phrases of the query in a text, in the order of their starts.
func (h *Highlighter) matches(text, language string) []match {
	if h.numbers == 0 {
		return nil
	}
	language = stemLanguage(language)
	stems := h.stemsIn(language)
	var stemmed, initials [256]bool // with which words begin that are, or may be, wanted
	for s := range stems {
		stemmed[s[0]] = true
	}
	initials = stemmed
	for s := range h.exact {
		initials[s[0]] = true
	}
	for _, p := range h.phrases {
		for s := range p.places {
			initials[s[0]] = true
		}
	}
	var memo map[string]int // the number of a word in another form, -1 for none
	var out []match
	var folded []byte
	var starts [64]int // of the last words
	states := make([]uint64, len(h.phrases))
	w := words{text: text}
	for i := 0; w.next() && len(out) < maxMatches; i++ {
		starts[i%64] = w.start
		if c := text[w.start]; c < utf8.RuneSelf && !initials[lower(c)] {
			clear(states)
			continue // as most words do
		}
		folded = w.fold(folded)
		if len(folded) == 0 {
			continue
		}
		number, ok := h.exact[string(folded)]
		if !ok && stemmed[folded[0]] {
			if number, ok = memo[string(folded)]; !ok {
				word := string(folded)
				number = -1
				if n, found := stems[h.words.stem(language, word)]; found {
					number = n
				}
				if memo == nil {
					memo = map[string]int{}
				}
				if len(memo) < maxMemo {
					memo[word] = number
				}
			}
			ok = number >= 0
		}
		if ok {
			out = append(out, match{Span{w.start, w.end}, number})
		}
		for j, p := range h.phrases {
			states[j] = (states[j]<<1 | 1) & p.places[string(folded)]
			if states[j]&(1<<(p.length-1)) != 0 {
				out = insert(out, match{Span{starts[(i-p.length+1)%64], w.end}, p.number})
			}
		}
	}
	return out
}

// insert keeps the order of starts: a phrase is found at its end.
func insert(list []match, m match) []match {
	list = append(list, m)
	for i := len(list) - 1; i > 0 && list[i].Start < list[i-1].Start; i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

// densest gives the matches, from first up to but without last, within size characters that have the most different
// words, of as many those that stand the closest, of those again the first.
func densest(text string, matches []match, numbers, size int) (first, last int) {
	counts := make([]int, numbers)
	different, best, from := 0, 0, 0
	width, end := 0, 0 // characters from the start of matches[from] to the end of the last; that end
	for to, m := range matches {
		if to == 0 {
			end = m.Start
		}
		if m.End > end {
			width += utf8.RuneCountInString(text[end:m.End])
			end = m.End
		}
		if counts[m.number]++; counts[m.number] == 1 {
			different++
		}
		for from < to && (width > size || counts[matches[from].number] > 1) {
			n := matches[from].number
			if counts[n]--; counts[n] == 0 {
				different--
			}
			width -= utf8.RuneCountInString(text[matches[from].Start:matches[from+1].Start])
			from++
		}
		if score := different*(maxBody+1) - min(width, maxBody); score > best {
			best, first, last = score, from, to+1
		}
	}
	return first, last
}

// widen adds to a range of the text, on both sides, up to size characters: from the beginning of a sentence if one is
// near, else of a word, to the end of a word.
func widen(text string, from, to, size int) (int, int) {
	room := size - utf8.RuneCountInString(text[from:to])
	if room <= 0 {
		end := from
		for range size {
			_, width := utf8.DecodeRuneInString(text[end:])
			end += width
		}
		return from, end
	}
	start, n := from, room/3
	if from == 0 {
		n = 0
	}
	best := from
	for start > 0 && n > 0 {
		r, width := utf8.DecodeLastRuneInString(text[:start])
		if isSpace(r) {
			best = start
			if before := strings.TrimRightFunc(text[:start], isSpace); before == "" || strings.ContainsRune(".!?:\n", lastRune(before)) || r == '\n' {
				break
			}
		}
		start -= width
		n--
	}
	if start == 0 {
		best = 0
	}
	room -= utf8.RuneCountInString(text[best:from])
	end := to
	for room > 0 && end < len(text) {
		_, width := utf8.DecodeRuneInString(text[end:])
		end += width
		room--
	}
	if end < len(text) && end > to {
		if r, _ := utf8.DecodeRuneInString(text[end:]); !isSpace(r) {
			if i := strings.LastIndexFunc(text[to:end], isSpace); i >= 0 {
				end = to + i
			}
		}
	}
	return best, end
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// words goes over the words of a text: letters, numbers and marks in a row, and single characters of scripts that do
// not put blanks between words.
type words struct {
	text       string
	start, end int
}

func (w *words) next() bool {
	text, at := w.text, w.end
	for at < len(text) {
		if c := text[at]; c < utf8.RuneSelf {
			if alphanumeric[c] {
				break
			}
			at++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[at:])
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			break
		}
		at += n
	}
	w.start = at
	for at < len(text) {
		if c := text[at]; c < utf8.RuneSelf {
			if !alphanumeric[c] {
				break
			}
			at++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[at:])
		single := r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
		if single && at > w.start || !unicode.In(r, unicode.L, unicode.N, unicode.Mn) {
			break
		}
		if at += n; single {
			break
		}
	}
	w.end = at
	return w.end > w.start
}

// alphanumeric are the ASCII letters and digits.
var alphanumeric = func() (set [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" {
		set[c] = true
	}
	return set
}()

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// fold gives the word in lower case and without accents, in the room of b.
func (w *words) fold(b []byte) []byte {
	b = b[:0]
	word := w.text[w.start:w.end]
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c >= utf8.RuneSelf {
			return foldMarks(b[:0], word)
		}
		b = append(b, lower(c))
	}
	return b
}

func foldMarks(b []byte, word string) []byte {
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRuneInString(word[i:])
		parts := norm.NFD.PropertiesString(word[i:]).Decomposition()
		if i += n; len(parts) == 0 {
			b = appendLetter(b, r)
		}
		for len(parts) > 0 {
			r, n := utf8.DecodeRune(parts)
			b, parts = appendLetter(b, r), parts[n:]
		}
	}
	return b
}

// appendLetter adds a letter in lower case, and no marks.
func appendLetter(b []byte, r rune) []byte {
	if unicode.Is(unicode.Mn, r) {
		return b
	}
	return utf8.AppendRune(b, unicode.ToLower(r))
}

// foldedWords are the words of a text as they are compared.
func foldedWords(s string) []string {
	var out []string
	w := words{text: s}
	for w.next() {
		out = append(out, string(w.fold(nil)))
	}
	return out
}
