package search

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// matcher finds the documents of a part. The bitmap may be the segment's own and must not be changed.
type matcher func(p *part) (*roaring.Bitmap, error)

// clause is one group of a query, ready to run: documents match that match one of its atoms.
type clause struct {
	wanted  bool // of plain words: counts toward the words that a match needs
	faint   bool // of a word without a meaning of its own, or that nothing has: scored where it is, and not needed
	atoms   []atom
	typed   string // of one plain word: its token
	unknown string // of one plain word that nothing has: its token
}

// atom is one term of a query, ready to run.
type atom struct {
	not      bool
	match    matcher
	own      matcher // match without detours; nil where there are none
	detours  []detour
	words    []string // of a plain word: what it was searched as, the likeliest first
	halves   []string // the two words that it most likely was run together of
	concepts []concept
	bonuses  []bonus
}

// bonus is a score that all documents of a set have.
type bonus struct {
	match matcher
	score float64
}

// The bonuses of a standard that the query names: aligned to it, aligned to one below it, mentioning its code. They are
// larger than what a few words can score, so that alignment comes first.
const (
	bonusDirect  = 40
	bonusBelow   = 20
	bonusMention = 4
)

// plan is a query, ready to run.
type plan struct {
	clauses  []clause
	pairs    []pair // plain words that follow each other
	titleKey string // a document with exactly this title comes first; "" if none can
	hints    []Hint
}

// planner turns a query into a plan.
type planner struct {
	ctx     context.Context
	x       *Index
	v       *view
	library *standards.Library
	plan    plan
	repairs int  // words corrected
	words   int  // plain words of the query
	begun   bool // a word that says what it is about was read
}

func (x *Index) plan(ctx context.Context, v *view, q Query) (plan, error) {
	p := planner{ctx: ctx, x: x, v: v, library: x.library.Load()}
	if n := countTerms(q); n > maxTerms {
		q = Query{Groups: q.Groups[:min(len(q.Groups), maxTerms)]} // built by a caller, not parsed
	}
	q, err := p.quoted(q)
	if err != nil {
		return plan{}, err
	}
	for _, g := range q.Groups {
		if len(g) == 1 && g.plain() {
			p.words++
		}
	}
	var title []string
	alone := true
	for i := 0; i < len(q.Groups); i++ {
		g := q.Groups[i]
		if len(g) == 1 && !g[0].Not && g[0].Field == Words {
			title = append(title, g[0].Value)
		} else if len(g) > 1 {
			alone = false
		}
		if i+1 < len(q.Groups) {
			if c, ok := p.codeOfTwo(g, q.Groups[i+1]); ok {
				p.plan.clauses = append(p.plan.clauses, c)
				title = append(title, q.Groups[i+1][0].Value)
				i++
				continue
			}
		}
		said, err := p.grade(q.Groups[i:])
		if err != nil {
			return plan{}, err
		}
		if said > 0 {
			if said > 1 {
				title = append(title, q.Groups[i+1][0].Value)
			}
			i += said - 1
			continue
		}
		if err := p.group(g); err != nil {
			return plan{}, err
		}
	}
	if err := p.repair(); err != nil {
		return plan{}, err
	}
	p.pairs()
	if alone && len(title) > 0 {
		p.plan.titleKey = titleKey(strings.Join(title, " "))
	}
	if !slices.ContainsFunc(p.plan.clauses, func(c clause) bool { return !c.faint }) {
		for i := range p.plan.clauses { // nothing but such words: they count after all
			p.plan.clauses[i].faint, p.plan.clauses[i].wanted = false, true
		}
	}
	return p.plan, nil
}

func countTerms(q Query) (n int) {
	for _, g := range q.Groups {
		n += len(g)
	}
	return n
}

// codeOfTwo reads two plain words as one code: MS PS1-2.
func (p *planner) codeOfTwo(a, b Group) (clause, bool) {
	if len(a) != 1 || len(b) != 1 || !a.plain() || !b.plain() {
		return clause{}, false
	}
	text := a[0].Value + " " + b[0].Value
	if !codeLike(b[0].Value) && !codeLike(text) {
		return clause{}, false
	}
	if p.library.Resolve(b[0].Value).Known() && !p.library.Resolve(a[0].Value).Known() {
		if first := p.library.Resolve(text); first.Known() && first.Key() == p.library.Resolve(b[0].Value).Key() {
			return clause{atoms: []atom{p.code(text, b[0].Value, first)}}, true // CCSS 5.NF.3
		}
		return clause{}, false
	}
	r := p.library.Resolve(text)
	if !r.Known() || p.library.Resolve(a[0].Value).Known() {
		return clause{}, false
	}
	return clause{atoms: []atom{p.code(text, text, r)}}, true
}

// codeLike reports whether a word can be a code at all: with a digit and something else, or in parts.
func codeLike(s string) bool {
	digit, letter, separator := false, false, false
	for i, r := range s {
		switch {
		case unicode.IsNumber(r):
			digit = true
		case unicode.IsLetter(r):
			letter = true
		case i > 0:
			separator = true
		}
	}
	return digit && (letter || separator) || letter && separator || len(s) >= 32
}

// group adds the clauses of one group: one, or for a word that is several to the index one each.
func (p *planner) group(g Group) error {
	if len(g) == 1 && g.plain() {
		t := g[0]
		if a, ok := p.bareCode(t.Value); ok {
			p.plan.clauses = append(p.plan.clauses, clause{atoms: []atom{a}})
			return nil
		}
		return p.plain(t.Value)
	}
	c := clause{wanted: g.plain()}
	for _, t := range g {
		a, err := p.term(t)
		if err != nil {
			return err
		}
		c.atoms = append(c.atoms, a)
	}
	p.plan.clauses = append(p.plan.clauses, c)
	return nil
}

// plain adds a clause for each word of a value, and for each two characters of a script without blanks.
func (p *planner) plain(value string) error {
	tokens := p.x.words.tokens(value)
	joined, err := p.compound(value, tokens)
	if err != nil {
		return err
	}
	for i, token := range tokens {
		before, after := i > 0 && ideograph(tokens[i-1]), i+1 < len(tokens) && ideograph(tokens[i+1])
		if ideograph(token) && (before || after) {
			if after {
				if err := p.bigram(tokens[i : i+2]); err != nil {
					return err
				}
			}
			continue
		}
		a, known, err := p.forms(token)
		if err != nil {
			return err
		}
		if len(joined.concepts) > 0 {
			alone := a.match
			a.match, known = func(pt *part) (*roaring.Bitmap, error) { return union(pt, alone, joined.match) }, true
			if i == 0 {
				a.concepts = append(a.concepts, joined.concepts...)
			}
		}
		stop, err := p.stop(token)
		if err != nil {
			return err
		}
		task := p.words >= fewestAround && !p.begun && tasks[token]
		faint := !known || stop || task
		p.begun = p.begun || !faint
		if task && !stop {
			for k := range a.concepts {
				a.concepts[k].weight *= faintWeight
			}
		}
		c := clause{wanted: !faint, faint: faint, typed: token, atoms: []atom{a}}
		if !a.exact() && len(joined.concepts) == 0 {
			c.unknown = token
		}
		p.plan.clauses = append(p.plan.clauses, c)
	}
	return nil
}

// compound gives the word that the parts of a hyphenated one make where it is written as one: part-whole, partwhole.
func (p *planner) compound(typed string, parts []string) (atom, error) {
	if len(parts) != 2 || !strings.ContainsAny(typed, "-\u2010\u2011") || !correctable(parts[0]+parts[1]) {
		return atom{}, nil
	}
	a, known, err := p.forms(parts[0] + parts[1])
	if err != nil || !known {
		return atom{}, err
	}
	return a, nil
}

// bigram adds a clause for two characters that stand together in a script without blanks, as words mostly do.
func (p *planner) bigram(pair []string) error {
	a, err := p.phrase(slices.Clone(pair))
	if err != nil {
		return err
	}
	n := 0
	for i := range p.v.parts {
		b, err := a.match(&p.v.parts[i])
		if err != nil {
			return err
		}
		n += int(b.GetCardinality())
	}
	if n > 0 {
		a.bonuses = []bonus{{a.match, p.v.idf(n)}}
	}
	p.plan.clauses = append(p.plan.clauses, clause{wanted: true, atoms: []atom{a}})
	return nil
}

func (p *planner) term(t Term) (atom, error) {
	a, err := p.positive(t)
	if err != nil || !t.Not {
		return a, err
	}
	return atom{not: true, match: a.match}, nil
}

func (p *planner) positive(t Term) (atom, error) {
	switch {
	case t.Field.alignment():
		return p.standard(t), nil
	case t.Field != Words:
		return p.field(t)
	case t.Phrase:
		return p.phrase(p.x.words.tokens(t.Value))
	}
	if a, ok := p.bareCode(t.Value); ok {
		return a, nil
	}
	tokens := p.x.words.tokens(t.Value)
	if len(tokens) == 1 {
		return p.word(tokens[0])
	}
	return p.phrase(tokens)
}

// pairs lists the telling words that follow each other, or were run together.
func (p *planner) pairs() {
	last := -1
	for i, c := range p.plan.clauses {
		if len(c.atoms) == 1 && len(c.atoms[0].halves) == 2 && len(c.atoms[0].concepts) > 0 {
			h := c.atoms[0].halves
			p.plan.pairs = append(p.plan.pairs, pair{h[:1], h[1:], 1, 2 * c.atoms[0].concepts[0].idf})
		}
		if !c.wanted || len(c.atoms) != 1 || len(c.atoms[0].words) == 0 || len(c.atoms[0].concepts) == 0 {
			if !c.faint {
				last = -1
			}
			continue
		}
		if last >= 0 && i-last <= nearWords {
			x, y := &p.plan.clauses[last].atoms[0], &c.atoms[0]
			p.plan.pairs = append(p.plan.pairs, pair{x.words, y.words, i - last, x.concepts[0].idf + y.concepts[0].idf})
		}
		last = i
	}
}

// phrase is words next to each other, in the title or in the text.
func (p *planner) phrase(tokens []string) (atom, error) {
	a := atom{match: func(pt *part) (*roaring.Bitmap, error) { return pt.phrase(tokens) }}
	if p.x.placeless && len(tokens) > 1 && !slices.ContainsFunc(p.plan.hints, func(h Hint) bool { return h.Kind == HintOldIndex }) {
		p.hint(Hint{Kind: HintOldIndex, Message: "The index is being made anew. Until then the words of a phrase are found wherever they stand."})
	}
	for _, token := range unique(tokens) {
		c, err := p.exact(token)
		if err != nil {
			return atom{}, err
		}
		if c.idf > 0 {
			a.concepts = append(a.concepts, c)
		}
	}
	return a, nil
}

// field is a value of one field.
func (p *planner) field(t Term) (atom, error) {
	m := p.x.fieldOf(p.library, t.Field, t.Values()).match
	for i := range p.v.parts {
		b, err := m(&p.v.parts[i])
		if err != nil {
			return atom{}, err
		}
		if b.Intersects(p.v.parts[i].live) {
			return atom{match: m}, nil
		}
	}
	p.hint(Hint{
		Kind: HintUnknownValue, Term: t.String(), Message: "No resource here has " + t.String() + ".",
	})
	return atom{match: m}, nil
}

func (p *planner) hint(h Hint) {
	if len(p.plan.hints) < 20 {
		p.plan.hints = append(p.plan.hints, h)
	}
}
