package search

import "context"

// headSize is how many of the best hits are looked at more closely.
const headSize = 100

// rerank orders the head of the hits by what is too costly to look at for all. It only adds to scores, so that what is
// not in the head stays behind all of it, and pages and cursors fit together however deep.
func (r *run) rerank(ctx context.Context) error {
	head := r.head.sorted()
	docs := make([][]uint32, len(r.v.parts))
	for _, h := range head {
		docs[h.part] = append(docs[h.part], h.doc)
	}
	for i := range docs {
		if len(docs[i]) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		near, err := r.v.near(&r.v.parts[i], r.plan.pairs, docs[i])
		if err != nil {
			return err
		}
		for j := range head {
			if h := &head[j]; h.part == i {
				h.score += near[h.doc]
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
