package load

import (
	"math"
	"time"
)

// Times are how long things took, in classes 5 % apart from a microsecond on: quantiles are within 5 %.
type Times struct {
	N      int
	Max    time.Duration
	Errors int
	counts [500]int
}

const step = 1.05

func (t *Times) add(d time.Duration) {
	t.N++
	t.Max = max(t.Max, d)
	class := 0
	if us := float64(d) / float64(time.Microsecond); us > 1 {
		class = min(int(math.Ceil(math.Log(us)/math.Log(step))), len(t.counts)-1)
	}
	t.counts[class]++
}

// Quantile is the time that the share q of all did not exceed, 0 where there are none.
func (t *Times) Quantile(q float64) time.Duration {
	if t.N == 0 {
		return 0
	}
	left := int(math.Ceil(q * float64(t.N)))
	for class, n := range t.counts {
		if left -= n; left <= 0 {
			return min(time.Duration(math.Pow(step, float64(class))*float64(time.Microsecond)), t.Max)
		}
	}
	return t.Max
}

// join adds the times of another.
func (t *Times) join(o *Times) {
	t.N += o.N
	t.Errors += o.Errors
	t.Max = max(t.Max, o.Max)
	for i, n := range o.counts {
		t.counts[i] += n
	}
}
