package search

import (
	"fmt"
	"strings"

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
	a := p.aligned(Standard, Tree, written, []standards.Resolution{r})
	tokens := p.x.words.tokens(mention)
	mentions := func(pt *part) (*roaring.Bitmap, error) { return pt.phrase(tokens) }
	a.match = both(a.match, mentions)
	if a.own != nil {
		a.own = both(a.own, mentions)
	}
	a.bonuses = append(a.bonuses, bonus{mentions, bonusMention})
	return a
}

// both finds what one of the matchers finds.
func both(ms ...matcher) matcher {
	return func(pt *part) (*roaring.Bitmap, error) { return union(pt, ms...) }
}

// standard is a term of a field of standards; its value may be a list or a range of codes.
func (p *planner) standard(t Term) atom {
	value := strings.Join(t.Values(), ", ")
	if tops := topsOf(p.library, value); len(tops) > 0 {
		m := meaning{statements: tops, literal: []string{literalKey(value)}}
		return alignedTo(t.Field, t.Reach, m.keys(p.library), p.x.linked(p.library, tops, t.Reach))
	}
	rs := p.library.ResolveAll(value)
	if len(rs) == 0 {
		rs = []standards.Resolution{{Input: value, Resolution: standards.Unknown}}
	}
	return p.aligned(t.Field, t.Reach, value, rs)
}

// topsOf are the statements at the top of an imported framework, by its short name: together they are all of it.
func topsOf(l *standards.Library, name string) []string {
	if f, ok := l.Framework(name); ok {
		return l.Roots(f.Name)
	}
	return nil
}

// aligned finds what is aligned to one of the statements, as far around them as asked for. An ambiguous code finds what
// is aligned to any of its candidates, an unknown one what was aligned to the same letters.
func (p *planner) aligned(f Field, reach Reach, written string, rs []standards.Resolution) atom {
	for _, r := range rs {
		switch r.Resolution {
		case standards.Ambiguous:
			var names []string
			for _, c := range r.Candidates {
				names = append(names, c.Framework+" "+c.Code)
			}
			p.hint(Hint{Kind: HintAmbiguousCode, Term: r.Input, Suggestions: names,
				Message: fmt.Sprintf("The standard %q can mean several; all of them were searched.", r.Input)})
		case standards.Unknown:
			p.hint(Hint{Kind: HintUnknownCode, Term: r.Input,
				Message: fmt.Sprintf("No standard %q is known here.", r.Input)})
		default:
			p.replaced(r)
		}
	}
	m := meant(p.library, rs)
	return alignedTo(f, reach, append(m.keys(p.library), literalKey(written)), p.x.linked(p.library, m.statements, reach))
}

// replaced says that a statement is out of date.
func (p *planner) replaced(r standards.Resolution) {
	var codes []string
	for _, key := range p.library.Successors(r.Key()) {
		if s, ok := p.library.Statement(key); ok && s.Code != "" {
			key = s.Code
		}
		codes = append(codes, key)
	}
	if len(codes) > 0 {
		p.hint(Hint{Kind: HintReplaced, Term: r.Input, Suggestions: codes[:min(len(codes), 5)],
			Message: fmt.Sprintf("The standard %q was replaced by %s.", r.Input, strings.Join(codes[:min(len(codes), 5)], ", "))})
	}
}

// meaning is what codes were understood as.
type meaning struct {
	statements []string // keys of those that are known
	literal    []string // literalKeys of all
}

func meant(l *standards.Library, rs []standards.Resolution) (m meaning) {
	for _, r := range rs {
		m.literal = append(m.literal, literalKey(r.Input))
		if r.Known() {
			m.statements = append(m.statements, r.Key())
		}
		for _, c := range r.Candidates {
			if c.GUID != "" {
				m.statements = append(m.statements, c.GUID)
			} else {
				m.statements = append(m.statements, c.Code)
			}
		}
	}
	m.statements = unique(m.statements)
	return m
}

// keys are all that alignments to the statements are indexed as.
func (m meaning) keys(l *standards.Library) []string {
	keys := append([]string(nil), m.literal...)
	for _, key := range m.statements {
		keys = append(keys, l.Keys(key)...)
	}
	return unique(keys)
}

// alignedTo finds what is aligned to one of the keys, or linked to it.
func alignedTo(f Field, reach Reach, keys []string, links []link) atom {
	direct := alignedAt(f, false, keys)
	if reach == Alone {
		return atom{match: direct, bonuses: []bonus{{direct, bonusDirect}}}
	}
	below := alignedAt(f, true, keys)
	a := atom{match: below, bonuses: []bonus{{below, bonusBelow}, {direct, bonusDirect - bonusBelow}}}
	if len(links) == 0 {
		return a
	}
	a.own = below
	all := []matcher{below}
	for _, k := range links {
		m := alignedAt(f, true, k.keys)
		all = append(all, m)
		a.detours = append(a.detours, detour{m, Via{k.relation, k.inverse, k.statement}})
		a.bonuses = append(a.bonuses, bonus{without(m, below), linkBonus[k.relation]})
	}
	a.match = both(all...)
	return a
}

// without finds what the first finds and the second does not.
func without(m, not matcher) matcher {
	return func(pt *part) (*roaring.Bitmap, error) {
		a, err := m(pt)
		if err != nil {
			return nil, err
		}
		b, err := not(pt)
		if err != nil {
			return nil, err
		}
		return roaring.AndNot(a, b), nil
	}
}

// alignedAt finds the documents with one of the keys among those of their alignments, or, with above, among those of
// the statements above them too.
func alignedAt(f Field, above bool, keys []string) matcher {
	return func(pt *part) (*roaring.Bitmap, error) {
		var sets []*roaring.Bitmap
		for _, a := range alignmentFields {
			if a.field != f && (f != Standard || a.field == Requires) {
				continue
			}
			name := a.direct
			if above {
				name = a.all
			}
			b, err := pt.anyOf(name, keys)
			if err != nil {
				return nil, err
			}
			sets = append(sets, b)
		}
		return roaring.FastOr(sets...), nil
	}
}

// standardFilter is a filter of a field of standards: what is aligned to one of the codes, with all that they reach.
func (x *Index) standardFilter(l *standards.Library, f Field, values []string) atom {
	var a atom
	for _, v := range values {
		reach := Tree
		for strings.HasPrefix(v, string(Alone)) || strings.HasPrefix(v, string(Crosswalk)) {
			reach, v = Reach(v[:1]), v[1:]
		}
		m := meant(l, l.ResolveAll(v))
		if s, ok := l.Statement(v); ok {
			m.statements = unique(append(m.statements, s.Key))
		}
		m.statements = unique(append(m.statements, topsOf(l, v)...))
		one := alignedTo(f, reach, append(m.keys(l), literalKey(v)), x.linked(l, m.statements, reach))
		if a.match == nil {
			a = one
			continue
		}
		if a.own != nil || one.own != nil {
			a.own = both(a.direct(), one.direct())
		}
		a.match = both(a.match, one.match)
		a.detours = append(a.detours, one.detours...)
		a.bonuses = append(a.bonuses, one.bonuses...)
	}
	return a
}
