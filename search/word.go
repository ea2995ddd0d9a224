package search

import "github.com/RoaringBitmap/roaring/v2"

// word is one word in any of its forms; a word that the index does not know at all is read as the most similar ones
// that it knows.
func (p *planner) word(token string) (atom, error) {
	a, _, err := p.forms(token)
	if err != nil || a.exact() || p.repairs >= maxRepairs || !correctable(token) {
		return a, err
	}
	p.repairs++
	return p.correct(token, nil, nil, nil)
}

// exact reports whether a document has the word as it was typed.
func (a atom) exact() bool { return len(a.concepts) > 0 && len(a.concepts[0].forms) > 1 }

// forms gives the atom of a token, and whether any document has it.
func (p *planner) forms(token string) (atom, bool, error) {
	c, err := p.exact(token)
	if err != nil {
		return atom{}, false, err
	}
	var concepts []concept
	if c.idf > 0 {
		concepts = append(concepts, c)
	}
	for _, language := range p.v.languages() {
		f := form{stemFieldOf(language), p.x.words.stem(language, token), 1}
		if f.term == "" {
			continue
		}
		n, err := p.v.frequency(p.ctx, f.field, f.term)
		if err != nil {
			return atom{}, false, err
		}
		if n > 0 {
			weight := stemWeight
			if c.idf == 0 {
				weight = stemAlone
			}
			concepts = append(concepts, concept{[]form{f}, p.v.idf(n), weight})
		}
	}
	faint, err := p.stop(token)
	if err != nil {
		return atom{}, false, err
	}
	if faint {
		for i := range concepts {
			concepts[i].weight *= faintWeight
		}
	}
	match := func(pt *part) (*roaring.Bitmap, error) {
		var sets []*roaring.Bitmap
		for _, c := range concepts {
			for _, f := range c.forms {
				b, err := pt.beyond(f.field, f.term, token)
				if err != nil {
					return nil, err
				}
				sets = append(sets, b)
			}
		}
		return roaring.FastOr(sets...), nil
	}
	return atom{match: match, words: []string{token}, concepts: concepts}, len(concepts) > 0, nil
}

// mostly is the share, of the resources with a word, that must be in a language for the word to be one of that language.
const mostly = 0.8

// stop reports whether a word carries no meaning of its own: in English or Spanish, or in the language that it is a word
// of here. "Die" is an article where German resources have it.
func (p *planner) stop(token string) (bool, error) {
	if p.x.words.stop(token) {
		return true, nil
	}
	for _, language := range p.v.languages() {
		if !p.x.words.stopIn(language, token) {
			continue
		}
		own, all := 0, 0
		for i := range p.v.parts {
			pt := &p.v.parts[i]
			have, err := pt.documents(fieldText, token)
			if err != nil {
				return false, err
			}
			in, err := pt.documents(stemFieldOf(language), stemMark)
			if err != nil {
				return false, err
			}
			all += int(have.GetCardinality())
			own += int(have.AndCardinality(in))
		}
		if float64(own) > mostly*float64(all) {
			return true, nil
		}
	}
	return false, nil
}

// exact is the concept of a token as it is written.
func (p *planner) exact(token string) (concept, error) {
	title, err := p.v.frequency(p.ctx, fieldTitle, token)
	if err != nil {
		return concept{}, err
	}
	text, err := p.v.frequency(p.ctx, fieldText, token)
	if err != nil {
		return concept{}, err
	}
	return concept{
		forms:  []form{{fieldTitle, token, titleWeight}, {fieldText, token, 1}},
		idf:    p.v.idf(max(title, text)),
		weight: 1,
	}, nil
}
