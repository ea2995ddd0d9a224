package search

import (
	"slices"

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

// placed is where a document has the words of a query, by field.
type placed map[string][2][]uint64

// textFields are the fields with positions, as placed has them.
var textFields = [2]string{fieldTitle, fieldText}

// near gives, for documents of one part, what their words standing together as in the query, or in one passage, adds to
// the score. The occurrences of pairs are counted and tempered as those of words are.
func (v *view) near(p *part, plan *plan, words []weighed, docs []uint32) (map[uint32]float64, error) {
	set := newDense(roaring.BitmapOf(docs...), p.docs, nil)
	var room hits
	at := make(map[uint32]placed, len(docs))
	for _, d := range docs {
		at[d] = placed{}
	}
	var lists [][]string
	for _, pr := range plan.pairs {
		lists = append(lists, pr.a, pr.b)
	}
	for _, w := range words {
		lists = append(lists, w.forms)
	}
	read := map[string]bool{}
	for _, w := range slices.Concat(lists...) {
		if read[w] {
			continue
		}
		read[w] = true
		for i, field := range textFields {
			if err := p.place(i, field, w, set, at, &room); err != nil {
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
			out[d] = passage(at[d], words, &places)
		}
		length := 1 - temper + temper*float64(p.length[d])/v.average
		for _, pr := range plan.pairs {
			n := 0.0
			for _, a := range pr.a {
				for _, b := range pr.b {
					x, y := at[d][a], at[d][b]
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

// place adds the positions of a word in one field of the documents.
func (p *part) place(i int, field, word string, set dense, at map[uint32]placed, room *hits) error {
	l, err := p.postings(field, word)
	if err != nil || l == nil || p.placeless {
		return err
	}
	if err := room.read(l, set, true); err != nil {
		return err
	}
	for k, d := range room.docs {
		both := at[d][word]
		if both[i], err = room.kept[k].places(nil); err != nil {
			return err
		}
		at[d][word] = both
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
