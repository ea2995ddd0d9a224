package search

import (
	"encoding/binary"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// Of what has a broad word, few documents are among the best. For such words it is kept with a segment, which never
// changes, what any of each 16 documents scores at most: then only those need be scored where that is as much as the best
// of the others have (Ding and Suel: Faster Top-k Document Retrieval Using Block-Max Indexes, 2011). The scores are
// those that they would have anyway.

// Bounds of that.
const (
	blockDocs    = 16   // documents with one bound
	leastBounded = 2000 // documents that have a word, and that match, from which on it is worth it
	maxBounds    = 512  // words of a segment, which take a byte for each block
	maxAsked     = 8 * maxBounds
	mostMissing  = 2    // times the matches: documents of words that are not kept, up to which they are looked at
	looseBound   = 1.01 // how much more than it was a score may be, before it is looked at again
	rounding     = 1 + 1e-5
)

var askedSeed = maphash.MakeSeed()

// bounds are what is kept of the words of a segment. Making them costs about what scoring does, so that words are looked at
// only when they are asked for again.
type bounds struct {
	mu    sync.Mutex
	by    map[string]*bound
	asked map[uint64]bool // hashes of keys that were asked for and not made
}

// bound is what the documents of each block score at most for the concepts of one atom, as these were then.
type bound struct {
	most    []uint8 // in steps
	step    float32
	tops    []float32 // of the concepts
	average float32
	deleted uint64 // documents of the segment, which are not in it
}

// boundKey tells what is scored apart from everything else.
func boundKey(temper float32, concepts []concept) string {
	key := binary.LittleEndian.AppendUint32(nil, math.Float32bits(temper))
	for i := range concepts {
		for _, f := range concepts[i].forms {
			key = binary.LittleEndian.AppendUint32(key, math.Float32bits(f.weight))
			key = append(append(append(append(key, f.field...), 0), f.term...), 0)
		}
		key = append(key, 0)
	}
	return string(key)
}

// grown is how many times what it says a document may score by now.
func (b *bound) grown(v *view, concepts []concept) float32 {
	more := float32(0)
	for i := range concepts {
		if top := concepts[i].top(); top > 0 {
			more = max(more, top/b.tops[i])
		}
	}
	return more * max(1, float32(v.average)/b.average) * rounding
}

// of gives a bound that was kept and can be used.
func (k *bounds) of(key string, v *view, p *part, concepts []concept) *bound {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.by[key]
	if b == nil || b.deleted > p.deleted() || !(b.grown(v, concepts) <= looseBound) {
		return nil
	}
	return b
}

// again reports whether a bound that is not kept was asked for before.
func (k *bounds) again(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	hash := maphash.String(askedSeed, key)
	if k.asked[hash] {
		return true
	}
	if k.asked == nil || len(k.asked) >= maxAsked {
		k.asked = map[uint64]bool{}
	}
	k.asked[hash] = true
	return false
}

func (k *bounds) keep(key string, b *bound) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil {
		k.by = map[string]*bound{}
	}
	if len(k.by) >= maxBounds {
		for old := range maps.Keys(k.by) {
			delete(k.by, old)
			break
		}
	}
	k.by[key] = b
}

// deleted is how many documents of the segment are not there any more.
func (p *part) deleted() uint64 { return uint64(p.docs) - p.live.GetCardinality() }

// bounds finds what the documents of each block of a part score at most for each atom that is scored; nothing where it takes
// longer than to score so many documents, or an atom is asked for the first time.
func (r *run) bounds(p *part, matches int) (atoms []*atom, found []*bound, err error) {
	missing, fresh := 0, false
	for i := range r.plan.clauses {
		for j := range r.plan.clauses[i].atoms {
			a := &r.plan.clauses[i].atoms[j]
			if len(a.concepts) == 0 {
				continue
			}
			key := boundKey(r.scores.temper, a.concepts)
			b := p.bounds.of(key, r.v, p, a.concepts)
			if b == nil {
				fresh = !p.bounds.again(key) || fresh
				n, err := p.broadest(a.concepts)
				if err != nil {
					return nil, nil, err
				}
				missing += n
			}
			atoms, found = append(atoms, a), append(found, b)
		}
	}
	if fresh || missing > mostMissing*matches {
		return nil, nil, nil
	}
	for i, a := range atoms {
		if found[i] == nil {
			if found[i], err = r.bound(p, a); err != nil {
				return nil, nil, err
			}
		}
	}
	return atoms, found, nil
}

// bound finds what the documents of each block of a part score at most for an atom, and keeps it for broad ones.
func (r *run) bound(p *part, a *atom) (*bound, error) {
	s := &r.rough
	s.begin(p, &r.plan)
	s.choose(p, p.live)
	if err := s.addAll(r.v, p, a.concepts); err != nil {
		return nil, err
	}
	s.end()
	b := &bound{most: make([]uint8, p.blocks()), average: float32(r.v.average), deleted: p.deleted()}
	b.step = slices.Max(s.total) / math.MaxUint8
	for i := range b.most {
		most := float32(0)
		for _, score := range s.total[i*blockDocs : min((i+1)*blockDocs, p.docs)] {
			most = max(most, score)
		}
		if most > 0 {
			b.most[i] = uint8(min(math.Ceil(float64(most/b.step)), math.MaxUint8))
		}
	}
	for i := range a.concepts {
		b.tops = append(b.tops, a.concepts[i].top())
	}
	n, err := p.broadest(a.concepts)
	if n >= leastBounded {
		p.bounds.keep(boundKey(s.temper, a.concepts), b)
	}
	return b, err
}

// blocks is how many blocks the documents make.
func (p *part) blocks() int { return (p.docs + blockDocs - 1) / blockDocs }

// inBlock are the documents of a block, within their word of a set.
func inBlock(block int) (word int, bits uint64) {
	const blocks = 64 / blockDocs
	return block / blocks, (1<<blockDocs - 1) << (block % blocks * blockDocs)
}

// broadest is how many documents have the form that most have.
func (p *part) broadest(concepts []concept) (n int, err error) {
	for i := range concepts {
		for _, f := range concepts[i].forms {
			l, err := p.postings(f.field, f.term)
			if err != nil {
				return 0, err
			}
			if l != nil {
				n = max(n, l.n)
			}
		}
	}
	return n, nil
}

// bounded reports whether it is worth it to look for the best of so many documents by bounds, and possible: what scores
// without a word has none.
func (r *run) bounded(matches int) bool {
	if r.start != nil || matches < max(leastBounded, 8*r.best.room) {
		return false
	}
	for i := range r.plan.clauses {
		for _, a := range r.plan.clauses[i].atoms {
			if len(a.bonuses) > 0 {
				return false
			}
		}
	}
	return true
}

// bestScored scores those documents of a part that may be among the best, and gives them; also all of those in groups, and
// those with exactly the title, which stand for more than their score. r.set are those that are in no group. Where bounds are
// of no use it scores nothing, and says so.
func (r *run) bestScored(p *part, matches int, members, titled *roaring.Bitmap) (docs []uint32, scored bool, err error) {
	s := &r.scores
	s.begin(p, &r.plan)
	atoms, found, err := r.bounds(p, matches)
	if err != nil || found == nil {
		return nil, false, err
	}
	r.sumBounds = append(r.sumBounds[:0], make([]float32, p.blocks())...)
	for i, b := range found {
		step := b.step * b.grown(r.v, atoms[i].concepts)
		for k, most := range b.most[:len(r.sumBounds)] {
			r.sumBounds[k] += float32(most) * step
		}
	}
	blocks := greatest{room: r.best.room, keys: r.keys[:0]}
	for k, most := range r.sumBounds {
		if key := uint64(math.Float32bits(most))<<32 | uint64(k); key >= blocks.least {
			if word, bits := inBlock(k); r.set[word]&bits != 0 {
				blocks.add(key)
			}
		}
	}
	blocks.cut()
	r.keys = blocks.keys
	s.set = newDense(members, p.docs, s.set)
	for _, key := range blocks.keys {
		word, bits := inBlock(int(uint32(key)))
		s.set[word] |= r.set[word] & bits
	}
	if titled != nil {
		r.otherSet = newDense(titled, p.docs, r.otherSet)
		for k, w := range r.otherSet {
			s.set[k] |= w & r.set[k]
		}
	}
	if docs, err = r.scoreSet(p, r.docs[:0]); err != nil {
		return nil, false, err
	}
	least := r.leastOf(p, docs, titled)
	r.otherSet = append(r.otherSet[:0], s.set...)
	clear(s.set)
	more := false
	for k, most := range r.sumBounds {
		if most*rounding < least {
			continue
		}
		word, bits := inBlock(k)
		s.set[word] |= r.set[word] &^ r.otherSet[word] & bits
		more = more || s.set[word] != 0
	}
	if more {
		docs, err = r.scoreSet(p, docs)
	}
	return docs, true, err
}

// scoreSet scores the documents of r.scores.set, and appends those that are in no group.
func (r *run) scoreSet(p *part, docs []uint32) ([]uint32, error) {
	s := &r.scores
	s.end() // what was read is of another set
	for i := range r.plan.clauses {
		for _, a := range r.plan.clauses[i].atoms {
			if err := s.addAll(r.v, p, a.concepts); err != nil {
				return nil, err
			}
		}
	}
	s.end()
	return s.set.appendCommon(docs, r.set), nil
}

// leastOf is the score that a document needs to be among the best of the part, of which these were scored.
func (r *run) leastOf(p *part, docs []uint32, titled *roaring.Bitmap) float32 {
	f := r.greatest(p, docs, titled)
	r.keys = f.keys
	return math.Float32frombits(uint32(f.least &^ titledKey >> 32))
}
