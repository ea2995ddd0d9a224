package search

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

const (
	maxRepairs = 8 // words of one query that are corrected
	// Words of fewer letters are not corrected, and those of fewer than manyLetters by one edit only.
	fewLetters  = 4
	manyLetters = 6
)

// word is one word in any of its forms; a word that the index does not know at all is read as the most similar one
// that it knows.
func (p *planner) word(token string) (atom, error) {
	a, known, err := p.forms(token)
	if err != nil || known || p.repairs >= maxRepairs || !correctable(token) {
		return a, err
	}
	p.repairs++
	similar, err := p.similar(token)
	if err != nil || similar == "" {
		return a, err
	}
	p.hint(Hint{
		Kind: HintSpelling, Term: token, Suggestions: []string{similar},
		Message: fmt.Sprintf("Nothing has the word %q; %q was searched.", token, similar),
	})
	a, _, err = p.forms(similar)
	return a, err
}

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
	english, spanish := p.x.words.stems(token)
	for _, f := range []form{{fieldStemEnglish, english, 1}, {fieldStemSpanish, spanish, 1}} {
		if f.term == "" {
			continue
		}
		n, err := p.v.frequency(p.ctx, f.field, f.term)
		if err != nil {
			return atom{}, false, err
		}
		if n > 0 {
			concepts = append(concepts, concept{[]form{f}, p.v.idf(n), stemWeight})
		}
	}
	if p.x.words.stop(token) {
		for i := range concepts {
			concepts[i].weight *= faintWeight
		}
	}
	match := func(pt *part) (*roaring.Bitmap, error) {
		var sets []*roaring.Bitmap
		for _, c := range concepts {
			for _, f := range c.forms {
				b, err := pt.documents(f.field, f.term)
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

// correctable reports whether a word may be a misspelling: numbers and codes are not.
func correctable(token string) bool {
	if utf8.RuneCountInString(token) < fewLetters || len(token) > 64 {
		return false
	}
	for _, r := range token {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return true
}

// similar gives the known word that takes the fewest edits, of several the most frequent, of several of those the
// first in the alphabet; "" if none is near.
func (p *planner) similar(token string) (string, error) {
	edits := 1
	if utf8.RuneCountInString(token) >= manyLetters {
		edits = 2
	}
	best, fewest, most := "", uint8(edits+1), uint64(0)
	for _, field := range []string{fieldText, fieldTitle} {
		d, _, err := p.v.snapshot.FieldDictFuzzyAutomaton(field, token, edits, "")
		if err != nil {
			return "", err
		}
		for {
			e, err := d.Next()
			if err != nil {
				_ = d.Close()
				return "", err
			}
			if e == nil {
				break
			}
			n := uint8(distance(token, e.Term, edits))
			if n < fewest || n == fewest && (e.Count > most || e.Count == most && e.Term < best) {
				best, fewest, most = e.Term, n, e.Count
			}
		}
		if err := d.Close(); err != nil {
			return "", err
		}
	}
	return best, nil
}

// distance counts insertions, deletions, substitutions and transpositions of neighbors between two words; more than
// most is all the same.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if max(len(x), len(y))-min(len(x), len(y)) > most {
		return most + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], most+1)
}
