package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"unicode/utf8"
)

// A text that has the words of a question in one passage answers it rather than one that has them here and there. Words
// count in any form that has their stem. The numbers did best on one half of queries made of textbooks, and were held to the other:
// docs/measurements.md.
const (
	passageWeight = 1.2 // of the idf of the words, where all stand in one passage
	passageWords  = 25  // from the first word of a passage to its last
	leastPassage  = 3   // words of a query that is looked for so

	maxForms     = 8   // of a word, the most frequent
	maxFormsRead = 300 // words of a segment that are looked at for forms of one
	leastStem    = 3   // letters that forms have in common
)

// weighed is a wanted word of a query, in the forms that texts may have it in.
type weighed struct {
	forms []string
	idf   float64
}

// weighed lists the wanted words of the query for passage; none if they are few.
func (p *plan) weighed(ctx context.Context, x *Index, v *view) (out []weighed, err error) {
	if p.wanted() < leastPassage {
		return nil, nil
	}
	for i := range p.clauses {
		c := &p.clauses[i]
		if !c.wanted || len(c.atoms) != 1 || len(c.atoms[0].words) == 0 || len(c.atoms[0].concepts) == 0 {
			continue
		}
		w := weighed{c.atoms[0].words, c.atoms[0].concepts[0].idf}
		if len(w.forms) == 1 { // not one that was corrected
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if w.forms, err = v.forms(x, w.forms[0]); err != nil {
				return nil, err
			}
		}
		if out = append(out, w); len(out) == maxTerms {
			break
		}
	}
	return out, nil
}

// forms lists a word and the others with its stem, in any of the languages, that texts have oftenest.
func (v *view) forms(x *Index, word string) ([]string, error) {
	found := map[string]int{}
	for _, language := range v.languages() {
		field := stemFieldOf(language)
		stems := x.writer.stem(field, word)
		if len(stems) != 1 {
			continue
		}
		prefix := common(stems[0], word)
		if utf8.RuneCountInString(prefix) < leastStem {
			continue
		}
		for i := range v.parts {
			left := maxFormsRead
			err := eachCounted(v.parts[i].segment.Segment(), fieldText, nil, []byte(prefix), after(prefix), func(term string, n int) bool {
				if term != word && slices.Contains(x.writer.stem(field, term), stems[0]) {
					found[term] += n
				}
				left--
				return left > 0
			})
			if err != nil {
				return nil, err
			}
		}
	}
	others := make([]string, 0, len(found))
	for term := range found {
		others = append(others, term)
	}
	slices.SortFunc(others, func(a, b string) int { return cmp.Or(cmp.Compare(found[b], found[a]), cmp.Compare(a, b)) })
	return append([]string{word}, others[:min(len(others), maxForms-1)]...), nil
}

// common is what both begin with.
func common(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return a[:n]
}

// passage gives what it adds to the score of a document that its best passage has so many of the words: the square of the
// share of their idf, of all of it. Words of the title are in every passage. room is used for the places.
func passage(at placed, numbers map[string]int, words []weighed, room *[]uint64) float64 {
	places := (*room)[:0]
	all, titled := 0.0, 0.0
	for i, w := range words {
		all += w.idf
		if slices.ContainsFunc(w.forms, func(f string) bool { return len(at[numbers[f]][0]) > 0 }) {
			titled += w.idf
			continue
		}
		for _, f := range w.forms {
			for _, place := range at[numbers[f]][1] {
				places = append(places, place<<8|uint64(i)) // words are at most maxTerms
			}
		}
	}
	*room = places
	if all == 0 {
		return 0
	}
	slices.Sort(places)
	var counts [maxTerms]int
	from, sum, best := 0, titled, titled
	for _, p := range places {
		i := p & 0xff
		if counts[i]++; counts[i] == 1 {
			sum += words[i].idf
		}
		for p>>8-places[from]>>8 > passageWords {
			j := places[from] & 0xff
			if counts[j]--; counts[j] == 0 {
				sum -= words[j].idf
			}
			from++
		}
		best = max(best, sum)
	}
	return passageWeight * all * math.Pow(best/all, 2)
}
