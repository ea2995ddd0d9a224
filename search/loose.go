package search

import (
	"context"
	"slices"
)

// leastAround is how many words must stand around a phrase for it to be a part of a longer text rather than what is
// looked for.
const leastAround = 3

// loose answers a request whose phrases nothing has, whatever the filters, by their words: who pastes a question with a
// quotation in it asks for what the question is about. It gives strict, which found nothing, where that is not so.
func (x *Index) loose(ctx context.Context, r Request, strict Results) (Results, error) {
	q, phrases := r.Query.loosened()
	if len(phrases) == 0 {
		return strict, nil
	}
	if len(r.Filters) > 0 {
		all := Request{Query: r.Query, Size: 1, Facets: []Field{}}
		if found, err := x.search(ctx, all); err != nil || found.Total > 0 {
			return strict, err
		}
	}
	r.Query = q
	out, err := x.search(ctx, r)
	if err != nil || out.Total == 0 {
		return strict, err
	}
	for _, t := range phrases {
		out.Hints = append(out.Hints, Hint{
			Kind: HintUnknownValue, Term: t.Value, Message: "No resource here has the words " + t.String() + " together; they were searched one by one.",
		})
	}
	return out, nil
}

// loosened gives the query with its phrases as words, and those phrases: none unless enough words stand around them.
func (q Query) loosened() (Query, []Term) {
	var out Query
	var phrases []Term
	words := 0
	for _, g := range q.Groups {
		if len(g) != 1 || !g[0].Phrase || g[0].Not {
			if len(g) == 1 && g.plain() {
				words++
			}
			out.Groups = append(out.Groups, slices.Clone(g))
			continue
		}
		phrases = append(phrases, g[0])
		for _, word := range foldedWords(g[0].Value) {
			out.Groups = append(out.Groups, Group{{Value: word}})
		}
	}
	if words < leastAround || count(out.Groups) > maxTerms {
		return q, nil
	}
	return out, phrases
}
