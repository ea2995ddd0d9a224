package search

import (
	"github.com/RoaringBitmap/roaring/v2"
)

const (
	pairWeight = 2    // of the mean idf of the pairs of words that stand together often
	nearby     = 0.15 // of standing together, for standing at most nearWords apart
	nearWords  = 5
)

// pair is two telling words of a query that follow each other there, with or without small words between.
type pair struct {
	a, b []string // each as it may be written; the first is the likeliest
	gap  int      // b stands so many words after a
	idf  float64  // of both
}

// placed is where a document has the words of a query, by their numbers and by field.
type placed [][2][]uint64

// textFields are the fields with positions, as placed has them.
var textFields = [2]string{fieldTitle, fieldText}

// near gives, for documents of one part, what their words standing together as in the query, or in one passage, adds to
// the score. The occurrences of pairs are counted and tempered as those of words are.
func (r *run) near(p *part, words []weighed, docs []uint32) (map[uint32]float64, error) {
	plan := &r.plan
	numbers := map[string]int{}
	var list []string
	number := func(forms []string) {
		for _, w := range forms {
			if _, ok := numbers[w]; !ok {
				numbers[w], list = len(list), append(list, w)
			}
		}
	}
	for _, pr := range plan.pairs {
		number(pr.a)
		number(pr.b)
	}
	for _, w := range words {
		number(w.forms)
	}
	if len(list) == 0 {
		return nil, nil
	}
	r.otherSet = newDense(roaring.BitmapOf(docs...), p.docs, r.otherSet)
	at := make(map[uint32]placed, len(docs))
	all := make(placed, len(docs)*len(list))
	for i, d := range docs {
		at[d] = all[i*len(list) : (i+1)*len(list)]
	}
	for n, w := range list {
		for i, field := range textFields {
			if err := p.place(i, field, w, n, r.otherSet, at, &r.places); err != nil {
				return nil, err
			}
		}
	}
	var places []uint64
	out := make(map[uint32]float64, len(docs))
	temper := plan.temper()
	weight := pairWeight / float64(len(plan.pairs)) // the longer a query is, the less each pair of it tells
	for _, d := range docs {
		if len(words) > 0 {
			out[d] = passage(at[d], numbers, words, &places)
		}
		length := 1 - temper + temper*float64(p.length[d])/r.v.average
		for _, pr := range plan.pairs {
			n := 0.0
			for _, a := range pr.a {
				for _, b := range pr.b {
					x, y := at[d][numbers[a]], at[d][numbers[b]]
					n += titleWeight*together(x[0], y[0], pr.gap) + together(x[1], y[1], pr.gap)
				}
			}
			if n > 0 {
				out[d] += weight * pr.idf * n / (n + length)
			}
		}
	}
	return out, nil
}

// place adds the positions of a word, which has a number, in one field of the documents.
func (p *part) place(i int, field, word string, number int, set dense, at map[uint32]placed, room *hits) error {
	l, err := p.postings(field, word)
	if err != nil || l == nil || p.placeless {
		return err
	}
	if err := room.read(l, set, true); err != nil {
		return err
	}
	for k, d := range room.docs {
		if at[d][number][i], err = room.kept[k].places(nil); err != nil {
			return err
		}
	}
	return nil
}

// together counts where b stands gap words after a; standing near in another way counts less.
func together(a, b []uint64, gap int) (n float64) {
	j := 0
	for _, x := range a {
		for j < len(b) && b[j]+nearWords < x {
			j++
		}
		best := 0.0
		for k := j; k < len(b) && b[k] <= x+nearWords; k++ {
			switch {
			case b[k] == x+uint64(gap):
				best = 1
			case b[k] != x:
				best = max(best, nearby)
			}
		}
		n += best
	}
	return n
}
