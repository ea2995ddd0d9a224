package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

const (
	maxRepairs = 8 // words of one query that are corrected
	// Words of fewer letters are not corrected, and those of fewer than manyLetters by two edits only where one finds
	// nothing.
	fewLetters  = 4
	manyLetters = 6
	minHalf     = 3 // letters of each of two words that were run together
	leastPart   = 5 // letters of a known part of a word that is like no other

	maxCompared  = 12  // that are compared with the other words of the query
	maxReadings  = 3   // of a misspelled word that are searched
	leastReading = 0.1 // likelihood of those, where the likeliest has 1

	// Weights of what makes a reading likely, as logarithms. They were set on machine-made misspellings of words of
	// textbooks, apart from the queries that the ranking is judged by.
	frequencyWeight = 0.25 // of how many documents have it
	commonWeight    = 0.5  // against how many times more than commonShare have it
	commonShare     = 0.05 // of all documents, and commonLeast: what is in more is seldom what is looked for
	commonLeast     = 10
	editWeight      = 3   // against one edit
	contextWeight   = 0.8 // of how much oftener than by chance it is where the other words of the query are
	besideWeight    = 1   // of how many documents have it beside its neighbor in the query

	splitCost = 0.6 // of two words that were run together, in edits
	stemCost  = 0.3 // of a word that is known in another form
)

// reading is what a word that the index does not know may mean.
type reading struct {
	words []string // one, or two that were run together
	score float64
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

// repair reads the words that the index does not know, each as the likeliest known ones, in the light of the others.
func (p *planner) repair() error {
	cs := p.plan.clauses
	for i := range cs {
		c := &cs[i]
		if c.unknown == "" || p.repairs >= maxRepairs {
			continue
		}
		p.repairs++
		if done, err := p.rejoin(i); err != nil || done {
			if err != nil {
				return err
			}
			continue
		}
		if !correctable(c.unknown) || p.x.words.stop(c.unknown) {
			continue
		}
		var others, before, after []string
		for j, o := range cs {
			if j == i || !o.wanted || len(o.atoms) != 1 || len(o.atoms[0].words) == 0 {
				continue
			}
			w := o.atoms[0].words[0]
			others = append(others, w)
			switch j {
			case i - 1:
				before = []string{w}
			case i + 1:
				after = []string{w}
			}
		}
		a, err := p.correct(c.unknown, others, before, after)
		if err != nil {
			return err
		}
		if len(a.concepts) > 0 {
			c.atoms, c.wanted, c.faint, c.unknown = []atom{a}, true, false, ""
		}
	}
	return nil
}

// rejoin reads an unknown word and a neighbor as one known word that was split.
func (p *planner) rejoin(i int) (bool, error) {
	cs := p.plan.clauses
	for _, j := range []int{i + 1, i - 1} {
		if j < 0 || j >= len(cs) || len(cs[j].atoms) != 1 || cs[j].typed == "" {
			continue
		}
		first, second := min(i, j), max(i, j)
		joined := cs[first].typed + cs[second].typed
		a, known, err := p.forms(joined)
		if err != nil {
			return false, err
		}
		if !known {
			continue
		}
		p.hint(spelled(cs[first].typed+" "+cs[second].typed, joined))
		cs[first] = clause{wanted: true, typed: joined, atoms: []atom{a}}
		cs[second] = clause{faint: true, atoms: []atom{{match: nothing}}}
		return true, nil
	}
	return false, nil
}

func nothing(*part) (*roaring.Bitmap, error) { return roaring.New(), nil }

func spelled(typed, read string) Hint {
	return Hint{
		Kind: HintSpelling, Term: typed, Suggestions: []string{read},
		Message: fmt.Sprintf("Nothing has the word %q; %q was searched.", typed, read),
	}
}

// correct gives the atom of a word that the index does not know: its likeliest readings, each with its likelihood as
// weight. Without any it gives an atom without concepts.
func (p *planner) correct(token string, others, before, after []string) (atom, error) {
	readings, err := p.readings(token)
	if err != nil {
		return atom{}, err
	}
	stemmed, known, err := p.forms(token)
	if err != nil {
		return atom{}, err
	}
	if known { // by its stem alone
		n := 0.0
		for _, c := range stemmed.concepts {
			n = max(n, float64(p.v.count)/math.Exp(c.idf))
		}
		readings = append(readings, reading{[]string{token}, p.v.plausible(int(n), stemCost)})
		slices.SortFunc(readings, likelier)
	}
	if err := p.weigh(readings, others, before, after); err != nil {
		return atom{}, err
	}
	out := atom{match: nothing}
	var matches []matcher
	best := 0.0 // idf of the likeliest reading: that another is rarer makes it no likelier
	for i, r := range readings {
		likelihood := math.Exp(r.score - readings[0].score)
		if i == maxReadings || likelihood < leastReading {
			break
		}
		var parts []matcher
		for _, w := range r.words {
			a, _, err := p.forms(w)
			if err != nil {
				return atom{}, err
			}
			for _, c := range a.concepts {
				if best == 0 {
					best = c.idf
				}
				c.weight *= likelihood * min(1, best/c.idf)
				out.concepts = append(out.concepts, c)
			}
			parts = append(parts, a.match)
		}
		matches = append(matches, allOfThem(parts))
		if len(r.words) == 1 {
			out.words = append(out.words, r.words[0])
		}
	}
	if len(matches) == 0 {
		return out, nil
	}
	if len(readings[0].words) == 2 {
		out.halves = readings[0].words
	}
	if read := strings.Join(readings[0].words, " "); read != token {
		p.hint(spelled(token, read))
	}
	out.match = func(pt *part) (*roaring.Bitmap, error) { return union(pt, matches...) }
	return out, nil
}

func allOfThem(ms []matcher) matcher {
	return func(p *part) (*roaring.Bitmap, error) {
		var all *roaring.Bitmap
		for _, m := range ms {
			b, err := m(p)
			if err != nil {
				return nil, err
			}
			if all == nil {
				all = b
			} else {
				all = roaring.And(all, b)
			}
		}
		return all, nil
	}
}

// readings lists known words that are few edits away, and pairs of them that may have been run together, the likeliest
// first: how many documents have it against how much was done to it.
func (p *planner) readings(token string) ([]reading, error) {
	found := map[string]uint64{}
	near := func(field string, a *automaton, prefix string) error {
		here := map[string]uint64{}
		for i := range p.v.parts {
			if err := p.v.parts[i].near(field, a, prefix, here); err != nil {
				return err
			}
		}
		for w, n := range here {
			found[w] = max(found[w], n)
		}
		return p.ctx.Err()
	}
	one, two := newAutomaton(token, 1), newAutomaton(token, 2)
	typed := []rune(token)
	for _, field := range textFields {
		if err := near(field, one, ""); err != nil {
			return nil, err
		}
		if len(typed) < manyLetters {
			continue
		}
		for _, first := range firsts(typed[0]) {
			if err := near(field, two, first); err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 && len(typed) > fewLetters && len(typed) < manyLetters {
		for _, field := range textFields {
			if err := near(field, two, string(typed[:1])); err != nil {
				return nil, err
			}
		}
	}
	var out []reading
	for w, n := range found {
		cost := edited(typed, []rune(w))
		out = append(out, reading{[]string{w}, p.v.plausible(int(n), cost)})
	}
	for i := minHalf; i <= len(typed)-minHalf; i++ {
		halves := []string{string(typed[:i]), string(typed[i:])}
		n, err := p.beside(halves[0], halves[1])
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, reading{halves, p.v.plausible(n, splitCost)})
		}
	}
	if len(out) == 0 {
		return p.halves(typed)
	}
	slices.SortFunc(out, likelier)
	return out[:min(len(out), maxCompared)], nil
}

// near adds the words of a field with the prefix that the automaton accepts, and how many documents of the part
// have each.
func (p *part) near(field string, a *automaton, prefix string, found map[string]uint64) error {
	var from, to []byte
	if prefix != "" {
		from, to = []byte(prefix), append([]byte(prefix), 0xff)
	}
	return eachCounted(p.segment.Segment(), field, a, from, to, func(term string, n int) bool {
		if len(term) > 1 {
			found[term] += uint64(n)
		}
		return true
	})
}

// halves reads a word that is like no other as two known ones that have a text in common without standing side by
// side, or else as the longest known beginning or end of it: "noneohmic".
func (p *planner) halves(typed []rune) (out []reading, err error) {
	longest := reading{}
	length := leastPart - 1
	for i := minHalf; i <= len(typed)-minHalf; i++ {
		halves := []string{string(typed[:i]), string(typed[i:])}
		var sets [2]int
		both := 0
		for j := range p.v.parts {
			x, err := p.v.parts[j].documents(fieldText, halves[0])
			if err != nil {
				return nil, err
			}
			y, err := p.v.parts[j].documents(fieldText, halves[1])
			if err != nil {
				return nil, err
			}
			sets[0] += int(x.GetCardinality())
			sets[1] += int(y.GetCardinality())
			both += int(x.AndCardinality(y))
		}
		if both > 0 {
			out = append(out, reading{halves, p.v.plausible(both, splitCost)})
		}
		for k, letters := range [2]int{i, len(typed) - i} {
			if sets[k] > 0 && letters > length {
				longest, length = reading{[]string{halves[k]}, p.v.plausible(sets[k], splitCost)}, letters
			}
		}
	}
	if len(out) == 0 && length >= leastPart {
		out = append(out, longest)
	}
	slices.SortFunc(out, likelier)
	return out, nil
}

// plausible is how likely a word that n documents have is meant, as a logarithm. Common words are typed oftener, but
// rare ones are searched oftener than their share of the texts, and those that are everywhere hardly ever.
func (v *view) plausible(n int, cost float64) float64 {
	common := commonLeast + commonShare*float64(v.count)
	over := math.Log(max(1, float64(n)/common))
	return frequencyWeight*math.Log(1+min(float64(n), common)) - commonWeight*over - editWeight*cost
}

func likelier(a, b reading) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	return slices.Compare(a.words, b.words)
}

// weigh orders readings again, by how well they go with the other words of the query.
func (p *planner) weigh(readings []reading, others, before, after []string) error {
	others = others[:min(len(others), 4)]
	for i := range readings {
		r := &readings[i]
		word := r.words[len(r.words)-1]
		for _, o := range others {
			lift, err := p.lift(word, o)
			if err != nil {
				return err
			}
			r.score += contextWeight * lift / float64(len(others))
		}
		for _, pr := range [][2][]string{{before, r.words[:1]}, {r.words[len(r.words)-1:], after}} {
			if len(pr[0]) == 0 || len(pr[1]) == 0 {
				continue
			}
			n, err := p.beside(pr[0][0], pr[1][0])
			if err != nil {
				return err
			}
			r.score += besideWeight * math.Log(1+float64(n))
		}
	}
	slices.SortFunc(readings, likelier)
	return nil
}

// lift is the logarithm of how much oftener two words are in the same text than by chance.
func (p *planner) lift(a, b string) (float64, error) {
	both, na, nb := 0.0, 0.0, 0.0
	for i := range p.v.parts {
		if err := p.ctx.Err(); err != nil {
			return 0, err
		}
		x, err := p.v.parts[i].documents(fieldText, a)
		if err != nil {
			return 0, err
		}
		y, err := p.v.parts[i].documents(fieldText, b)
		if err != nil {
			return 0, err
		}
		na += float64(x.GetCardinality())
		nb += float64(y.GetCardinality())
		both += float64(x.AndCardinality(y))
	}
	return math.Log((both + 0.5) / (na*nb/float64(max(p.v.count, 1)) + 0.5)), nil
}

// maxBeside is in how many documents of a segment two words may both be to look whether they stand side by side.
const maxBeside = 500

// beside is how many documents have the one word right before the other; where many have both, none is looked at.
func (p *planner) beside(a, b string) (n int, err error) {
	for i := range p.v.parts {
		if err := p.ctx.Err(); err != nil {
			return 0, err
		}
		set, err := p.v.parts[i].phraseUpTo([]string{a, b}, maxBeside)
		if err != nil {
			return 0, err
		}
		n += int(set.GetCardinality())
	}
	return n, nil
}
