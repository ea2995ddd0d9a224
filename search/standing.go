package search

import "github.com/RoaringBitmap/roaring/v2"

// Where documents stand among the hits of a search, and which of them are worth keeping.

// position is where a document stands in the order of hits, without its identifier.
func (r *run) position(i int, d uint32, titled *roaring.Bitmap, names []string, remixes numbers) position {
	p := &r.v.parts[i]
	at := position{modified: p.modified.of(d), part: i, doc: d}
	switch r.request.Sort {
	case Relevance:
		at.score = float64(r.scores.total[d])
		at.titled = titled != nil && titled.Contains(d)
	case Title:
		at.name = names[d]
	case Remixes:
		at.score = float64(remixes.of(d))
	case Oldest:
		at.score = -float64(p.modified.of(d))
	}
	return at
}

// keep keeps a position if it is one of the best.
func (r *run) keep(at position) {
	if r.start == nil || r.start.before(at) {
		r.best.add(at)
	}
	if r.start != nil && r.request.Sort == Relevance {
		r.head.add(at)
	}
}

// promising reports whether a document may stand before the last of those kept.
func (r *run) promising(kept *top, p *part, d uint32, titled *roaring.Bitmap, names []string, remixes numbers) bool {
	if !kept.full() {
		return true
	}
	last := &kept.heap[0]
	switch r.request.Sort {
	case Relevance:
		if titled != nil && last.titled != titled.Contains(d) {
			return !last.titled
		}
		score := float64(r.scores.total[d])
		return score > last.score || score == last.score && p.newer(d, last)
	case Newest:
		return p.newer(d, last)
	case Oldest:
		return -float64(p.modified.of(d)) >= last.score
	case Title:
		return names[d] <= last.name
	case Remixes:
		return float64(remixes.of(d)) >= last.score
	}
	return true
}

// newer reports whether a document was modified after another, or, of those that were harvested together, has an ID before it.
func (p *part) newer(d uint32, last *position) bool {
	if p.modified.of(d) != last.modified {
		return p.modified.of(d) > last.modified
	}
	if head := uint32(headOf(last.id) >> 32); p.heads[d] != head {
		return p.heads[d] < head
	}
	return string(p.stored(d)) < last.id
}
