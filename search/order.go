package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// order is that of a segment's documents with the newest first, those of one moment by their identifiers, as hits with one
// score stand.
type order struct {
	docs  []uint32 // in that order
	place []uint32 // of each document
}

// newOrder puts documents in order, of which it is known where each stands by its identifier.
func newOrder(modified *seconds, byID []uint32) order {
	o := order{make([]uint32, len(byID)), make([]uint32, len(byID))}
	for d := range o.docs {
		o.docs[d] = uint32(d)
	}
	slices.SortFunc(o.docs, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(modified.of(b), modified.of(a)), cmp.Compare(byID[a], byID[b]), cmp.Compare(a, b))
	})
	for i, d := range o.docs {
		o.place[d] = uint32(i)
	}
	return o
}

// greatest finds the greatest of many keys, no two of which are the same.
type greatest struct {
	room  int
	keys  []uint64 // fewer than twice the room
	least uint64   // lesser keys are not among them
}

func (f *greatest) add(key uint64) {
	if f.keys = append(f.keys, key); len(f.keys) == 2*f.room {
		f.cut()
	}
}

// cut leaves only as many as there is room for.
func (f *greatest) cut() {
	slices.Sort(f.keys)
	if more := len(f.keys) - f.room; more >= 0 {
		f.keys = f.keys[:copy(f.keys, f.keys[more:])]
		f.least = f.keys[0]
	}
}

// titledKey is in the key of a document with exactly the title that was searched. No score has the bit.
const titledKey = 1 << 63

// scored gives those documents of a part that may be among the best, by their scores.
func (r *run) scored(p *part, docs []uint32, titled *roaring.Bitmap) []uint32 {
	f := r.greatest(p, docs, titled)
	return r.chosen(p, &f)
}

// greatest finds the keys of the best of the documents, by their scores.
func (r *run) greatest(p *part, docs []uint32, titled *roaring.Bitmap) greatest {
	f := greatest{room: r.best.room, keys: r.keys[:0]}
	if r.best.full() {
		last := &r.best.heap[0]
		f.least = uint64(math.Float32bits(float32(last.score))) << 32
		if last.titled {
			f.least |= titledKey
		}
	}
	total, place := r.scores.total, p.newest.place
	if titled != nil && !titled.IsEmpty() {
		for _, d := range docs {
			key := uint64(math.Float32bits(total[d]))<<32 | uint64(math.MaxUint32-place[d])
			if titled.Contains(d) {
				key |= titledKey
			}
			if key >= f.least {
				f.add(key)
			}
		}
	} else {
		for _, d := range docs {
			if key := uint64(math.Float32bits(total[d]))<<32 | uint64(math.MaxUint32-place[d]); key >= f.least {
				f.add(key)
			}
		}
	}
	f.cut()
	return f
}

// recent gives those documents of a part that may be among the newest. They are given twice.
func (r *run) recent(p *part, docs []uint32, set dense) []uint32 {
	f := greatest{room: r.best.room, keys: r.keys[:0]}
	least := int64(math.MinInt64)
	if r.best.full() {
		least = r.best.heap[0].modified
	}
	if len(docs) > 0 && f.room*p.docs/len(docs) < len(docs) { // so many are looked at until there are enough
		out := r.few[:0]
		for _, d := range p.newest.docs {
			if len(out) == f.room || p.modified.of(d) < least {
				break
			}
			if set.has(d) {
				out = append(out, d)
			}
		}
		r.few = out
		return out
	}
	for _, d := range docs {
		if key := uint64(math.MaxUint32 - p.newest.place[d]); key >= f.least && p.modified.of(d) >= least {
			f.add(key)
		}
	}
	return r.chosen(p, &f)
}

// chosen are the documents of keys.
func (r *run) chosen(p *part, f *greatest) []uint32 {
	f.cut()
	r.keys = f.keys
	out := r.few[:0]
	for _, key := range f.keys {
		out = append(out, p.newest.docs[math.MaxUint32-uint32(key)])
	}
	r.few = out
	return out
}
