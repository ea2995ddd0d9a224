package federation

import (
	"fmt"
	"hash/maphash"
)

// LoopError says that a peer's list does not end.
type LoopError struct{ What string }

// Error names the sign.
func (e *LoopError) Error() string { return "the list does not end: " + e.What }

// loopGuard notices lists without an end: tokens that come back, fresh tokens that lead to what was already sent, pages
// without records, and lists longer than any.
type loopGuard struct {
	pages, records int // that may still come

	seed    maphash.Seed
	tokens  map[uint64]bool
	prints  map[uint64]int // pages by what was on them
	repeats int
	empty   int
}

const (
	maxRepeats = 3  // pages that only repeat an earlier one; a peer that stumbles sends one
	maxEmpty   = 50 // pages in a row without a record; filters on the peer's side make some
)

func (g *loopGuard) check(p page) error {
	if g.tokens == nil {
		g.seed, g.tokens, g.prints = maphash.MakeSeed(), map[uint64]bool{}, map[uint64]int{}
	}
	g.pages--
	g.records -= p.count()
	if g.pages < 0 || g.records < 0 {
		return &LoopError{"it has more pages or records than are accepted"}
	}
	next := p.next()
	if next == "" {
		return nil
	}
	key := maphash.String(g.seed, next)
	if g.tokens[key] {
		return &LoopError{"a resumptionToken came for the second time"}
	}
	g.tokens[key] = true
	if p.count() == 0 {
		if g.empty++; g.empty > maxEmpty {
			return &LoopError{fmt.Sprintf("%d pages in a row have no records", g.empty)}
		}
		return nil
	}
	g.empty = 0
	print := p.fingerprint(g.seed)
	if g.prints[print]++; g.prints[print] > 1 {
		if g.repeats++; g.repeats > maxRepeats {
			return &LoopError{fmt.Sprintf("%d pages repeat earlier ones under new resumptionTokens", g.repeats)}
		}
	}
	return nil
}

// fingerprint is the same for pages with the same records.
func (p page) fingerprint(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, r := range p.good {
		_, _ = h.WriteString(r.Identifier)
		_, _ = h.WriteString("\x00" + r.Stamp + "\x00")
	}
	for _, r := range p.headers {
		_, _ = h.WriteString(r.Identifier)
		_, _ = h.WriteString("\x00" + r.Stamp + "\x00")
	}
	for _, q := range p.bad {
		_, _ = h.WriteString(q.Identifier)
		_, _ = h.Write(q.Raw)
	}
	_ = h.WriteByte(byte(p.echoes))
	return h.Sum64()
}
