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
	temper      = 0.75 // b, of queries of three words or more
	temperFew   = 0.6  // b, of fewer
)

// concept is one word as the index has it in several fields, scored together.
type concept struct {
	forms  []form
	idf    float64
	weight float64
}

// top is what a document scores less than, however often it has the word.
func (c *concept) top() float32 { return float32(c.weight * c.idf * (saturation + 1)) }

// temper is how much the length of a text tempers the counts. Who asks for one thing looks for the text that treats it at
// length; the more words a query has, the more of them a long text has by chance.
func (p *plan) temper() float64 {
	if p.wanted() < leastPassage {
		return temperFew
	}
	return temper
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
type scorer struct {
	total, counts []float32
	found         []uint32
	set           dense
	few           []uint32 // the documents of the set, if they are few
	temper        float32  // b
	read          map[*listing]*hits
	hits          []*hits // room
}

// begin makes all totals 0.
func (s *scorer) begin(p *part, plan *plan) {
	if s.few == nil { // of the part before
		clear(s.total)
	}
	for _, d := range s.few {
		s.total[d] = 0
	}
	if cap(s.total) < p.docs {
		s.total, s.counts = make([]float32, p.docs), make([]float32, p.docs)
	}
	s.total, s.counts = s.total[:p.docs], s.counts[:p.docs]
	s.few, s.temper = nil, float32(plan.temper())
	if s.read == nil {
		s.read = map[*listing]*hits{}
	}
	s.end()
}

// choose says which documents are scored.
func (s *scorer) choose(p *part, set *roaring.Bitmap) {
	s.set = newDense(set, p.docs, s.set)
	if set.GetCardinality() <= fewSeen {
		s.few = set.ToArray()
	}
}

// end forgets what is of no use to another part. The counts are 0 unless there was an error.
func (s *scorer) end() {
	for _, h := range s.read {
		s.hits = append(s.hits, h)
	}
	clear(s.read)
}

// of gives the documents of a list that are in the set. Words that are their own stem are counted in two concepts, and
// read once.
func (s *scorer) of(l *listing) (*hits, error) {
	if h := s.read[l]; h != nil {
		return h, nil
	}
	var h *hits
	if n := len(s.hits); n > 0 {
		h, s.hits = s.hits[n-1], s.hits[:n-1]
	} else {
		h = &hits{}
	}
	s.read[l] = h
	if s.few != nil { // of which rerank wants to know more
		return h, h.look(l, s.set, s.few)
	}
	return h, h.read(l, s.set, false)
}

// score sums up what each document of the set scores, for all concepts and bonuses.
func (s *scorer) score(v *view, p *part, plan *plan, set *roaring.Bitmap) error {
	s.begin(p, plan)
	s.choose(p, set)
	for i := range plan.clauses {
		for _, a := range plan.clauses[i].atoms {
			if err := s.addAll(v, p, a.concepts); err != nil {
				return err
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
	s.end()
	return nil
}

// addAll scores concepts.
func (s *scorer) addAll(v *view, p *part, concepts []concept) error {
	for i := range concepts {
		if err := s.add(v, p, &concepts[i]); err != nil {
			return err
		}
	}
	return nil
}

// add scores one concept.
func (s *scorer) add(v *view, p *part, c *concept) error {
	if c.idf == 0 {
		return nil
	}
	s.found = s.found[:0]
	for _, f := range c.forms {
		l, err := p.postings(f.field, f.term)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		lists, within := []*listing{l}, dense(nil)
		if l.of != nil {
			lists, within = l.of, l.within
		}
		for _, l := range lists {
			h, err := s.of(l)
			if err != nil {
				return err
			}
			s.count(h, within, f.weight)
		}
	}
	top, average := c.top(), float32(v.average)
	for _, d := range s.found {
		n := s.counts[d]
		s.counts[d] = 0
		length := 1 - s.temper + s.temper*p.length[d]/average
		s.total[d] += top * n / (saturation*length + n)
	}
	return nil
}

// count adds up how often documents have a form.
func (s *scorer) count(h *hits, within dense, weight float32) {
	for i, d := range h.docs {
		if within != nil && !within.has(d) {
			continue
		}
		n := s.counts[d]
		if n == 0 {
			s.found = append(s.found, d)
		}
		s.counts[d] = n + weight*h.times[i]
	}
}
