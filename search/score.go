package search

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"
)

// The ranking is BM25F: a word in the title counts as much as titleWeight words of the text; the length that tempers
// the counts is weighted in the same way. Stems are a second, weaker opinion. The numbers are those that did best on
// judged queries over textbook modules in English and Spanish; docs/measurements.md says how well.
const (
	titleWeight = 4
	stemWeight  = 0.3
	stemAlone   = 0.8  // of stems of a word that nothing has as it was typed
	faintWeight = 0.3  // of words that say little by themselves
	saturation  = 2.0  // k1
	temper      = 0.75 // b
)

// concept is one word as the index has it in several fields, scored together.
type concept struct {
	forms  []form
	idf    float64
	weight float64
}

// form is a term of one field.
type form struct {
	field, term string
	weight      float32
}

// idf is how much a word in so many documents says.
func (v *view) idf(frequency int) float64 {
	if frequency == 0 {
		return 0
	}
	n, f := float64(max(v.count, frequency)), float64(frequency)
	return math.Log(1 + (n-f+0.5)/(f+0.5))
}

// scorer has the room to score the documents of one part.
type scorer struct{ total, counts []float32 }

func (s *scorer) reset(n int) {
	if cap(s.total) < n {
		s.total, s.counts = make([]float32, n), make([]float32, n)
	}
	s.total, s.counts = s.total[:n], s.counts[:n]
	clear(s.total)
	clear(s.counts)
}

// score sums up what each document of the set scores, for all concepts and bonuses.
func (s *scorer) score(v *view, p *part, clauses []clause, set *roaring.Bitmap) error {
	s.reset(p.docs)
	for _, c := range clauses {
		for _, a := range c.atoms {
			for i := range a.concepts {
				if err := s.add(v, p, &a.concepts[i], set); err != nil {
					return err
				}
			}
			for _, b := range a.bonuses {
				docs, err := b.match(p)
				if err != nil {
					return err
				}
				it := roaring.And(docs, set).Iterator()
				for it.HasNext() {
					s.total[it.Next()] += float32(b.score)
				}
			}
		}
	}
	return nil
}

// add scores one concept.
func (s *scorer) add(v *view, p *part, c *concept, set *roaring.Bitmap) error {
	if c.idf == 0 {
		return nil
	}
	found := make([]uint32, 0, 256)
	for _, f := range c.forms {
		l, err := p.postings(f.field, f.term)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		it := within(l, set, false)
		for {
			posting, err := it.Next()
			if err != nil {
				return err
			}
			if posting == nil {
				break
			}
			d := uint32(posting.Number())
			if s.counts[d] == 0 {
				found = append(found, d)
			}
			s.counts[d] += f.weight * float32(times(posting.Frequency()))
		}
	}
	top := float32(c.weight * c.idf * (saturation + 1))
	for _, d := range found {
		n := s.counts[d]
		s.counts[d] = 0
		length := 1 - temper + temper*p.length[d]/float32(v.average)
		s.total[d] += top * n / (saturation*length + n)
	}
	return nil
}
