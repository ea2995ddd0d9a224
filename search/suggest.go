package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Suggestion is one way to go on with what was typed.
type Suggestion struct {
	Kind  SuggestionKind `json:"kind"`
	Text  string         `json:"text"`         // what to search: the title, the words typed so far with the last one completed, the code, the subject
	ID    string         `json:"id,omitempty"` // of a title the resource, of a code the key of the statement
	Count int            `json:"count"`        // resources that have it: in their titles, as their subject, taught or assessed; 1 for a title
}

// SuggestionKind tells suggestions apart.
type SuggestionKind string

// The kinds of suggestion. SuggestSpelling is a word in another spelling, where nothing begins as what was typed.
const (
	SuggestTitle    SuggestionKind = "title"
	SuggestWord     SuggestionKind = "word"
	SuggestStandard SuggestionKind = "standard"
	SuggestSubject  SuggestionKind = "subject"
	SuggestSpelling SuggestionKind = "spelling"
)

// Bounds of suggesting.
const (
	defaultSuggestions = 8
	maxSuggestions     = 20
	maxScan            = 1500 // terms of a segment that are read
	maxCandidates      = 16   // words that the last one may become
	maxTitles          = 60   // resources of a segment whose titles may be suggested
	shortPrefix        = 3    // characters up to which the most frequent words, and answers, are kept at hand
	maxLanguage        = 35   // bytes of a language that answers are kept for: BCP 47's longest without extensions
)

// Suggest gives at most limit (0 is 8, at most 20) ways to go on with what somebody has typed so far: codes of standards
// that something is aligned to, subjects, words of titles and titles. Case and accents make no difference. Resources in
// the language (BCP 47; "" is any) come first. Codes and subjects are those of when a resource was indexed.
func (x *Index) Suggest(ctx context.Context, prefix, language string, limit int) (out []Suggestion, err error) {
	if limit <= 0 {
		limit = defaultSuggestions
	}
	limit = min(limit, maxSuggestions)
	if len(prefix) > maxValue || !searchable(prefix) {
		return []Suggestion{}, ctx.Err()
	}
	key, version := suggested{prefix, language, limit}, x.Version()
	if kept, ok := x.suggestions.of(key, version); ok {
		return kept, ctx.Err()
	}
	defer func() {
		if err == nil {
			x.suggestions.keep(key, version, out)
		}
	}()
	v, err := x.view()
	if err != nil {
		return nil, fmt.Errorf("suggest: %w", err)
	}
	defer func() {
		if e := v.close(); err == nil {
			err = e
		}
		if err != nil {
			out, err = nil, fmt.Errorf("suggest: %w", err)
		}
	}()
	s := suggester{ctx: ctx, x: x, v: v, limit: limit, typed: strings.ToValidUTF8(prefix, " ")}
	if language != "" {
		s.language = fieldMatcher(Language, []string{language})
	}
	return s.all()
}

// suggested is a question for suggestions.
type suggested struct {
	prefix, language string
	limit            int
}

// suggestions keeps the answers to short prefixes, which nearly everybody types on the way to what is meant and which
// cost most, until something is applied.
type suggestions struct {
	mu      sync.Mutex
	version int64
	by      map[suggested][]Suggestion
}

// maxSuggested bounds the answers that are kept.
const maxSuggested = 2000

func (s *suggestions) of(key suggested, version int64) ([]Suggestion, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.by[key]
	return slices.Clone(list), ok && s.version == version
}

func (s *suggestions) keep(key suggested, version int64, list []Suggestion) {
	if utf8.RuneCountInString(key.prefix) > shortPrefix || len(key.language) > maxLanguage {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.version {
		return
	}
	if s.by == nil || version > s.version || len(s.by) >= maxSuggested {
		s.by, s.version = map[suggested][]Suggestion{}, version
	}
	s.by[key] = slices.Clone(list)
}

type suggester struct {
	ctx      context.Context
	x        *Index
	v        *view
	typed    string
	language matcher
	limit    int
}

func (s *suggester) all() ([]Suggestion, error) {
	codes, err := s.codes()
	if err != nil {
		return nil, err
	}
	subjects, err := s.values('s', fold(s.typed))
	if err != nil {
		return nil, err
	}
	words, titles, err := s.text()
	if err != nil {
		return nil, err
	}
	if len(codes)+len(subjects)+len(words)+len(titles) == 0 {
		return s.spelling()
	}
	out := []Suggestion{}
	take := func(list *[]Suggestion, n int) {
		n = min(n, len(*list), s.limit-len(out))
		out = append(out, (*list)[:n]...)
		*list = (*list)[n:]
	}
	take(&codes, max(s.limit/2, 1))
	take(&subjects, max(s.limit/4, 1))
	take(&words, max(s.limit/3, 1))
	take(&titles, s.limit)
	take(&words, s.limit)
	take(&codes, s.limit)
	take(&subjects, s.limit)
	return out, nil
}

// suggestTerms are what a document's codes and subjects are suggested by: a letter, the folded text, and what it is.
func suggestTerms(l *standards.Library, keys, subjects []string) []string {
	var out []string
	for _, key := range keys {
		code := foldCode(codeOf(l, key))
		if code == "" {
			continue
		}
		out = append(out, "c"+code+"\x00"+key)
		for _, p := range codePrefixes {
			if short, ok := strings.CutPrefix(code, p); ok {
				out = append(out, "c"+short+"\x00"+key)
			}
		}
	}
	for _, s := range mapped(subjects, strings.TrimSpace) {
		if len(s) <= maxValue {
			out = append(out, "s"+fold(s)+"\x00"+s)
		}
	}
	return out
}

func foldCode(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func codeOf(l *standards.Library, key string) string {
	if s, ok := l.Statement(key); ok && s.Code != "" {
		return s.Code
	}
	return key
}

// values gives the codes or subjects that begin so, the most frequent first.
func (s *suggester) values(kind byte, prefix string) ([]Suggestion, error) {
	prefix = string(kind) + prefix
	sums := tally{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		if some, err := p.begun(prefix); err != nil {
			return nil, err
		} else if !some {
			continue
		}
		err := p.eachFrom(fieldSuggest, prefix, func(term string, n int) { sums.add(i, term, n) })
		if err != nil {
			return nil, err
		}
	}
	l := s.x.library.Load()
	var out []Suggestion
	for _, c := range sums.mostFrequent() {
		n := 0
		for i := range s.v.parts {
			if !c.in.has(i) {
				continue
			}
			list, err := s.v.parts[i].postings(fieldSuggest, c.term)
			if err != nil {
				return nil, err
			}
			if list != nil {
				n += int(list.Count())
			}
		}
		_, value, ok := strings.Cut(c.term, "\x00")
		switch {
		case !ok || n == 0: // only what was deleted has it
		case kind == 's':
			out = append(out, Suggestion{Kind: SuggestSubject, Text: value, Count: n})
		default:
			out = append(out, Suggestion{Kind: SuggestStandard, Text: codeOf(l, value), ID: value, Count: n})
		}
	}
	slices.SortFunc(out, bySize)
	return out[:min(len(out), s.limit)], nil
}

// codes gives the codes that begin so; what all codes of a framework begin with may be there or not.
func (s *suggester) codes() ([]Suggestion, error) {
	typed := foldCode(s.typed)
	out, err := s.values('c', typed)
	for _, p := range codePrefixes {
		if short, ok := strings.CutPrefix(typed, p); ok && short != "" && len(out) == 0 && err == nil {
			out, err = s.values('c', short)
		}
	}
	return out, err
}

// codePrefixes are what people leave out of codes.
var codePrefixes = []string{"ccss.math.content.", "ccss.math.practice.", "ccss.ela-literacy."}

func bySize(a, b Suggestion) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
}

// eachFrom calls f for the terms of the field that begin with the prefix, at most maxScan, with how many documents have
// each, deleted ones included.
func (p *part) eachFrom(field, prefix string, f func(term string, n int)) error {
	d, err := p.dictionary(field)
	if err != nil || d == nil {
		return err
	}
	it := d.AutomatonIterator(nil, []byte(prefix), after(prefix))
	for range maxScan {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		f(e.Term, int(e.Count))
	}
	return nil
}

// begun are the first bytes of what a segment's documents are suggested by. Most of what is typed begins no code and no
// subject, and looking that up in the segment costs far more.
type begun struct {
	once sync.Once
	by   map[string]bool
	err  error
}

const begunBytes = 4

// begun reports whether the segment may have a code or subject that begins so.
func (p *part) begun(prefix string) (bool, error) {
	b := &p.columns.begun
	b.once.Do(func() {
		b.by = map[string]bool{}
		d, err := p.segment.Segment().Dictionary(fieldSuggest)
		if err != nil || d == nil {
			b.err = err
			return
		}
		it := d.AutomatonIterator(nil, nil, nil)
		for {
			e, err := it.Next()
			if err != nil || e == nil {
				b.err = err
				return
			}
			for n := 1; n <= min(begunBytes, len(e.Term)); n++ {
				if !b.by[e.Term[:n]] {
					b.by[strings.Clone(e.Term[:n])] = true
				}
			}
		}
	})
	return b.by[prefix[:min(len(prefix), begunBytes)]], b.err
}

// after is the first text that is behind all that begin with the prefix.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// text completes the last word from the titles, and finds titles that have the words.
func (s *suggester) text() (words, titles []Suggestion, err error) {
	tokens := s.x.words.tokens(s.typed)
	if len(tokens) == 0 {
		return nil, nil, nil
	}
	last := tokens[len(tokens)-1]
	if r, _ := utf8.DecodeLastRuneInString(s.typed); isSpace(r) {
		last = "" // complete
	} else {
		tokens = tokens[:len(tokens)-1]
	}
	bases := make([]*roaring.Bitmap, len(s.v.parts)) // resources with the words before the last in their titles
	for i := range s.v.parts {
		p := &s.v.parts[i]
		bases[i] = p.live
		for _, t := range tokens {
			b, err := p.documents(fieldTitle, t)
			if err != nil {
				return nil, nil, err
			}
			bases[i] = roaring.And(bases[i], b)
		}
	}
	if last == "" {
		titles, err = s.titles(bases)
		return nil, titles, err
	}
	candidates, err := s.candidates(last)
	if err != nil {
		return nil, nil, err
	}
	if err := s.ctx.Err(); err != nil {
		return nil, nil, err
	}
	head := strings.TrimRightFunc(s.typed, func(r rune) bool { return !isSpace(r) })
	found := make([]*roaring.Bitmap, len(s.v.parts))
	weights := map[string]int{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		ours := p.live
		if s.language != nil {
			if ours, err = s.language(p); err != nil {
				return nil, nil, err
			}
		}
		found[i] = roaring.New()
		for j := range candidates {
			c := &candidates[j]
			if !c.in.has(i) {
				continue
			}
			b, err := p.documents(fieldTitle, c.term)
			if err != nil {
				return nil, nil, err
			}
			if len(tokens) > 0 {
				b = roaring.And(b, bases[i])
			}
			found[i].Or(b)
			c.n += int(b.GetCardinality())
			weights[c.term] += int(b.AndCardinality(ours))
		}
	}
	for _, c := range candidates {
		if c.n > 0 {
			words = append(words, Suggestion{Kind: SuggestWord, Text: head + c.term, Count: c.n})
		}
	}
	slices.SortStableFunc(words, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(weights[b.Text[len(head):]], weights[a.Text[len(head):]]), bySize(a, b))
	})
	titles, err = s.titles(found)
	return words, titles, err
}

// counted is a term and how many documents have it.
type counted struct {
	term string
	n    int
	in   segmentSet // the segments that may have it
}

// segmentSet is a set of the numbers of segments: of those from 63 on, all or none.
type segmentSet uint64

func (s segmentSet) has(i int) bool { return s&(1<<min(i, 63)) != 0 }

// tally adds up terms over segments, and notes which segments have each: most have few of them, and to look for one
// where it is not costs as much as where it is.
type tally map[string]counted

func (t tally) add(segment int, term string, n int) {
	c := t[term]
	t[term] = counted{term, c.n + n, c.in | 1<<min(segment, 63)}
}

func (t tally) mostFrequent() []counted {
	list := make([]counted, 0, len(t))
	for _, c := range t {
		list = append(list, c)
	}
	return mostFrequent(list)
}

// candidates are the most frequent words of titles that begin so, without their counts.
func (s *suggester) candidates(prefix string) ([]counted, error) {
	sums := tally{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		if utf8.RuneCountInString(prefix) > shortPrefix {
			if err := p.eachFrom(fieldTitle, prefix, func(term string, n int) { sums.add(i, term, n) }); err != nil {
				return nil, err
			}
			continue
		}
		frequent, err := p.frequentOf(p.segment.Segment())
		if err != nil {
			return nil, err
		}
		for _, c := range frequent[prefix] {
			sums.add(i, c.term, c.n)
		}
	}
	list := sums.mostFrequent()
	for i := range list {
		list[i].n = 0
		if utf8.RuneCountInString(prefix) <= shortPrefix {
			list[i].in = ^segmentSet(0) // where it is not frequent it may be, too
		}
	}
	return list, nil
}

func mostFrequent(list []counted) []counted {
	slices.SortFunc(list, func(a, b counted) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.term, b.term)) })
	return list[:min(len(list), maxCandidates)]
}

// frequent has, for the beginnings of up to shortPrefix characters, the most frequent words of a segment's titles: there
// are too many that begin with a letter to read them each time.
type frequent struct {
	once sync.Once
	by   map[string][]counted
	err  error
}

func (c *columns) frequentOf(s segment.Segment) (map[string][]counted, error) {
	f := &c.frequent
	f.once.Do(func() {
		f.by = map[string][]counted{}
		d, err := s.Dictionary(fieldTitle)
		if err != nil || d == nil {
			f.err = err
			return
		}
		it := d.AutomatonIterator(nil, nil, nil)
		for {
			e, err := it.Next()
			if err != nil || e == nil {
				f.err = err
				break
			}
			n := 0
			for i := range e.Term {
				if n > 0 && n <= shortPrefix {
					f.add(e.Term[:i], e.Term, int(e.Count))
				}
				n++
			}
			if n <= shortPrefix {
				f.add(e.Term, e.Term, int(e.Count))
			}
		}
		for prefix, list := range f.by {
			f.by[prefix] = slices.Clip(slices.Clone(mostFrequent(list)))
		}
	})
	return f.by, f.err
}

func (f *frequent) add(prefix, term string, n int) {
	list := append(f.by[prefix], counted{term: term, n: n})
	if len(list) >= 8*maxCandidates {
		list = mostFrequent(list)
	}
	f.by[prefix] = list
}

// titles gives titles of the documents, those in the language first, of those the ones that begin as what was typed, then
// the newest.
func (s *suggester) titles(sets []*roaring.Bitmap) ([]Suggestion, error) {
	type candidate struct {
		p        *part
		doc      uint32
		language bool
		modified int64
	}
	var list []candidate
	for i := range s.v.parts {
		p := &s.v.parts[i]
		set := roaring.And(sets[i], p.live)
		ours := p.live
		if s.language != nil {
			var err error
			if ours, err = s.language(p); err != nil {
				return nil, err
			}
		}
		starting := roaring.New()
		if set.GetCardinality() > maxTitles { // else all of them are looked at
			var err error
			if starting, err = s.starting(p); err != nil {
				return nil, err
			}
		}
		n := 0
		for _, b := range []*roaring.Bitmap{roaring.And(set, starting), roaring.And(set, ours), roaring.AndNot(set, ours)} {
			for it := b.Iterator(); it.HasNext() && n < maxTitles; n++ {
				d := it.Next()
				list = append(list, candidate{p, d, ours.Contains(d), p.modified[d]})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.language != b.language {
			if a.language {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.modified, a.modified), cmp.Compare(a.p.ids[a.doc], b.p.ids[b.doc]))
	})
	key := titleKey(s.typed)
	var begin, have []Suggestion
	seen := map[string]bool{}
	for _, c := range list[:min(len(list), 3*s.limit)] {
		title, err := c.p.shown(c.doc)
		if err != nil {
			return nil, err
		}
		k := titleKey(title)
		if seen[k] || title == "" {
			continue
		}
		seen[k] = true
		one := Suggestion{Kind: SuggestTitle, Text: title, ID: c.p.ids[c.doc], Count: 1}
		if strings.HasPrefix(k, key) {
			begin = append(begin, one)
		} else {
			have = append(have, one)
		}
	}
	all := append(begin, have...)
	return all[:min(len(all), s.limit)], nil
}

// starting gives some of the documents whose titles begin as what was typed.
func (s *suggester) starting(p *part) (*roaring.Bitmap, error) {
	out := roaring.New()
	d, err := p.dictionary(fieldTitleKey)
	if err != nil || d == nil {
		return out, err
	}
	key := titleKey(s.typed)
	it := d.AutomatonIterator(nil, []byte(key), after(key))
	for range s.limit {
		e, err := it.Next()
		if err != nil || e == nil {
			return out, err
		}
		b, err := p.documents(fieldTitleKey, e.Term)
		if err != nil {
			return nil, err
		}
		out.Or(b)
	}
	return out, nil
}

// shown gives a document's title as it was written.
func (p *part) shown(doc uint32) (title string, err error) {
	err = p.segment.VisitDocument(uint64(doc), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == fieldShown {
			title = string(value)
			return false
		}
		return true
	})
	return title, err
}

// spelling completes the last word in another spelling.
func (s *suggester) spelling() ([]Suggestion, error) {
	out := []Suggestion{}
	tokens := s.x.words.tokens(s.typed)
	if len(tokens) == 0 || !correctable(tokens[len(tokens)-1]) {
		return out, nil
	}
	last := tokens[len(tokens)-1]
	_, first := utf8.DecodeRuneInString(last)
	d, _, err := s.v.snapshot.FieldDictFuzzyAutomaton(fieldTitle, last, 1, last[:first])
	if err != nil {
		return nil, err
	}
	var list []counted
	for range maxScan {
		e, err := d.Next()
		if err != nil {
			_ = d.Close()
			return nil, err
		}
		if e == nil {
			break
		}
		list = append(list, counted{term: e.Term, n: int(e.Count)})
	}
	head := strings.TrimRightFunc(s.typed, func(r rune) bool { return !isSpace(r) })
	for _, c := range mostFrequent(list) {
		n, err := s.v.frequency(s.ctx, fieldTitle, c.term)
		if err != nil {
			_ = d.Close()
			return nil, err
		}
		if n > 0 && len(out) < min(s.limit, 3) {
			out = append(out, Suggestion{Kind: SuggestSpelling, Text: head + c.term, Count: n})
		}
	}
	return out, d.Close()
}
