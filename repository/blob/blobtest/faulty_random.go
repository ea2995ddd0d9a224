package blobtest

import "math/rand/v2"

// Random is a plan for Faulty: each fault happens to the given share of all calls, as 0.03, one at most to each. The same seed
// gives the same faults to the same sequence of calls.
func Random(seed uint64, rate float64, faults ...Fault) func(Op) Fault {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(Op) Fault {
		if i := int(r.Float64() / rate); i < len(faults) {
			return faults[i]
		}
		return None
	}
}

// EveryFault makes each fault there is happen at the rate, with the seed.
func (s *Faulty) EveryFault(seed uint64, rate float64) {
	s.Plan(Random(seed, rate, Before, After, Truncate, Unavailable, Delay))
}
