package search

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// bareCode understands a plain word as a code, if it is one.
func (p *planner) bareCode(word string) (atom, bool) {
	if !codeLike(word) {
		return atom{}, false
	}
	r := p.library.Resolve(word)
	if r.Resolution == standards.Unknown {
		return atom{}, false
	}
	return p.code(word, word, r), true
}

// code finds what is aligned to the statements that a word means, and what mentions the word.
func (p *planner) code(written, mention string, r standards.Resolution) atom {
	a := p.aligned(written, []standards.Resolution{r})
	tokens := p.x.words.tokens(mention)
	mentions := func(pt *part) (*roaring.Bitmap, error) { return pt.phrase(tokens) }
	aligned := a.match
	a.match = func(pt *part) (*roaring.Bitmap, error) { return union(pt, aligned, mentions) }
	a.bonuses = append(a.bonuses, bonus{mentions, bonusMention})
	return a
}

// standard is standard:value; the value may be a list or a range of codes.
func (p *planner) standard(value string) atom {
	rs := p.library.ResolveAll(value)
	if len(rs) == 0 {
		rs = []standards.Resolution{{Input: value, Resolution: standards.Unknown}}
	}
	return p.aligned(value, rs)
}

// aligned finds what is aligned to one of the statements, or to one below. An ambiguous code finds what is aligned to
// any of its candidates, an unknown one what was aligned to the same letters.
func (p *planner) aligned(written string, rs []standards.Resolution) atom {
	var keys []string
	for _, r := range rs {
		keys = append(keys, literalKey(r.Input))
		switch r.Resolution {
		case standards.Ambiguous:
			var names []string
			for _, c := range r.Candidates {
				keys = append(keys, candidateKeys(p.library, c)...)
				names = append(names, c.Framework+" "+c.Code)
			}
			p.hint(Hint{Kind: HintAmbiguousCode, Term: r.Input, Suggestions: names,
				Message: fmt.Sprintf("The standard %q can mean several; all of them were searched.", r.Input)})
		case standards.Unknown:
			p.hint(Hint{Kind: HintUnknownCode, Term: r.Input,
				Message: fmt.Sprintf("No standard %q is known here.", r.Input)})
		default:
			keys = append(keys, p.library.Keys(r.Key())...)
		}
	}
	keys = unique(append(keys, literalKey(written)))
	below := func(pt *part) (*roaring.Bitmap, error) { return pt.anyOf(fieldStandards, keys) }
	direct := func(pt *part) (*roaring.Bitmap, error) { return pt.anyOf(fieldStandard, keys) }
	return atom{match: below, bonuses: []bonus{{below, bonusBelow}, {direct, bonusDirect - bonusBelow}}}
}

func candidateKeys(l *standards.Library, c standards.Candidate) []string {
	if c.GUID != "" {
		return l.Keys(c.GUID)
	}
	return []string{c.Code}
}
