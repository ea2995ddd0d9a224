package search

import (
	"context"
	"fmt"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
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

type suggester struct {
	ctx      context.Context
	x        *Index
	v        *view
	typed    string
	language matcher
	inside   []*roaring.Bitmap // see ours
	limit    int
}

// ours gives the documents of a part that are in the language, which must not be changed.
func (s *suggester) ours(i int) (*roaring.Bitmap, error) {
	p := &s.v.parts[i]
	if s.language == nil {
		return p.live, nil
	}
	if s.inside == nil {
		s.inside = make([]*roaring.Bitmap, len(s.v.parts))
	}
	if s.inside[i] == nil {
		b, err := s.language(p)
		if err != nil {
			return nil, err
		}
		s.inside[i] = b
	}
	return s.inside[i], nil
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
