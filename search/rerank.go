package search

import (
	"context"
	"slices"
)

// headSize is how many of the best hits are looked at more closely.
const headSize = 100

// What only decides between hits that are as good as equal.
const (
	remixShare = 0.01   // of its score, for a resource that is remixed very often; half of it for usualRemixes
	yearShare  = 0.0003 // of its score, for each year since 2000, of at most mostYears
	mostYears  = 50

	usualRemixes = 10
)

// standing is what a score is multiplied by: at least 1, and never so much that it makes up for a word. It rests on
// dates alone and not on the clock, so that pages fit together whenever they are asked for.
func standing(remixes int, modified int64) float64 {
	const year, start = 365.25 * 24 * 3600, 946_684_800 // 2000-01-01
	years := min(max(float64(modified-start)/year, 0), mostYears)
	return 1 + yearShare*years + remixShare*float64(remixes)/float64(remixes+usualRemixes)
}

// rerank orders the head of the hits by what is too costly to look at for all. It only raises scores, so that what is
// not in the head stays behind all of it, and pages and cursors fit together however deep.
func (r *run) rerank(ctx context.Context) error {
	head := r.head.sorted()
	if r.start == nil {
		head = slices.Clone(r.best.sorted()) // as best has room for them
		head = head[:min(len(head), headSize)]
	}
	docs := make([][]uint32, len(r.v.parts))
	for _, h := range head {
		docs[h.part] = append(docs[h.part], h.doc)
	}
	words, err := r.plan.weighed(ctx, r.x, r.v)
	if err != nil {
		return err
	}
	for i := range docs {
		if len(docs[i]) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		near, err := r.near(&r.v.parts[i], words, docs[i])
		if err != nil {
			return err
		}
		remixes, err := r.v.parts[i].remixesIn(r.v.parts[i].segment.Segment())
		if err != nil {
			return err
		}
		for j := range head {
			if h := &head[j]; h.part == i {
				h.score = (h.score + near[h.doc]) * standing(int(remixes.of(h.doc)), h.modified)
			}
		}
	}
	inHead := make(map[string]bool, len(head))
	for _, h := range head {
		inHead[h.id] = true
	}
	rest := r.best.heap
	r.best = newTop(r.room() + 1)
	for _, h := range rest {
		if !inHead[h.id] {
			r.best.add(h)
		}
	}
	for _, h := range head {
		if r.start == nil || r.start.before(h) {
			r.best.add(h)
		}
	}
	return nil
}
