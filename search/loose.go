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
		all := Request{Query: r.Query, CountOnly: true, Facets: []Field{}}
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
		out.Hints = append(out.Hints, loosely(t))
	}
	return out, nil
}

func loosely(phrase Term) Hint {
	return Hint{
		Kind: HintUnknownValue, Term: phrase.Value, Message: "No resource here has the words " + phrase.String() + " together; they were searched one by one.",
	}
}

// quoted reads the phrases of a question or another sentence as words, and hints at those that nothing has.
func (p *planner) quoted(q Query) (Query, error) {
	if !q.asks(p.x.words) {
		return q, nil
	}
	q, phrases := q.loosened()
	for _, t := range phrases {
		a, err := p.phrase(p.x.words.tokens(t.Value))
		if err != nil {
			return q, err
		}
		n := uint64(0)
		for i := range p.v.parts {
			b, err := a.match(&p.v.parts[i])
			if err != nil {
				return q, err
			}
			n += b.GetCardinality()
		}
		if n == 0 {
			p.hint(loosely(t))
		}
	}
	return q, nil
}

// leastSmall is how many words without a meaning of their own make a sentence of enough words.
const leastSmall = 2

// asks reports whether the words of a query around its phrases are a question or another sentence. Who pastes one quotes what
// somebody calls something, and does not ask for the texts that say it so.
func (q Query) asks(a analyzers) bool {
	words, small := 0, 0
	for _, g := range q.Groups {
		if len(g) != 1 || !g.plain() {
			continue
		}
		for _, token := range a.tokens(g[0].Value) {
			words++
			if a.stop(token) {
				small++
			}
		}
	}
	return words >= sentence && small >= leastSmall
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
