package merge

import "math"

// The constants of git's comparison (xdiff): with others, some merges would differ from git's.
const (
	snake       = 20   // elements in a row that make a good anchor
	heuristicAt = 256  // the cost from which anchors are looked for
	minMaxCost  = 256  // the least cost at which a search is cut off
	anchorWorth = 4    // times the cost that an anchor must be from its corner
	maxRepeats  = 1024 // an element with more partners says nothing
	lookAround  = 100  // elements around a frequent one that are looked at
	keepRatio   = 4
)

// compare tells which elements of a are gone and which of b are new. It is E. Myers' search for a middle snake in linear
// space ("An O(ND) Difference Algorithm and Its Variations", 1986, section 4b), with the shortcuts that git takes.
func compare(a, b []int32, whole *meter) (gone, new []bool) {
	m, done := whole.part()
	defer done()
	gone, new = make([]bool, len(a)), make([]bool, len(b))
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	m.spend(len(a) + len(b))
	countA, countB := counts(a), counts(b)
	c := comparison{m: m, gone: gone, new: new}
	c.placeA, c.a = informative(a, start, endA, countB, gone)
	c.placeB, c.b = informative(b, start, endB, countA, new)
	diagonals := len(c.a) + len(c.b) + 3
	c.forward, c.backward = make([]int, diagonals+2), make([]int, diagonals+2)
	c.zero = len(c.b) + 1
	c.maxCost = max(root(diagonals), minMaxCost)
	c.box(0, len(c.a), 0, len(c.b), false)
	return gone, new
}

func counts(list []int32) map[int32]int {
	n := make(map[int32]int, len(list))
	for _, x := range list {
		n[x]++
	}
	return n
}

// root is about the square root: the power of two that is not below it.
func root(n int) int {
	r := 1
	for ; n > 0; n >>= 2 {
		r <<= 1
	}
	return r
}

// informative picks the elements that the search looks at. An element without a partner has changed; so has, among such
// ones, an element with very many.
func informative(list []int32, start, end int, partners map[int32]int, changed []bool) (places []int, kept []int32) {
	const none, some, many = 0, 1, 2
	limit := min(root(len(list)), maxRepeats)
	class := make([]byte, len(list))
	for i := start; i < end; i++ {
		switch n := partners[list[i]]; {
		case n == 0:
			class[i] = none
		case n >= limit:
			class[i] = many
		default:
			class[i] = some
		}
	}
	lost := func(i int) bool {
		first, last := max(start, i-lookAround), min(end-1, i+lookAround)
		before, frequent := 0, 2
		for j := i - 1; j >= first && class[j] != some; j-- {
			if class[j] == none {
				before++
			} else {
				frequent++
			}
		}
		if before == 0 {
			return false
		}
		after := 0
		for j := i + 1; j <= last && class[j] != some; j++ {
			if class[j] == none {
				after++
			} else {
				frequent++
			}
		}
		return after > 0 && frequent*keepRatio < frequent+before+after
	}
	for i := start; i < end; i++ {
		if class[i] == some || class[i] == many && !lost(i) {
			places, kept = append(places, i), append(kept, list[i])
		} else {
			changed[i] = true
		}
	}
	return places, kept
}

type comparison struct {
	m                 *meter
	a, b              []int32
	placeA, placeB    []int // of the elements in the whole sequences
	gone, new         []bool
	forward, backward []int // the furthest place in a reached on each diagonal, from either end
	zero              int   // index of diagonal 0
	maxCost           int
}

// box compares a[a0:a1] with b[b0:b1]. An exact search never takes a shortcut.
func (c *comparison) box(a0, a1, b0, b1 int, exact bool) {
	for {
		for a0 < a1 && b0 < b1 && c.a[a0] == c.b[b0] {
			a0, b0 = a0+1, b0+1
		}
		for a0 < a1 && b0 < b1 && c.a[a1-1] == c.b[b1-1] {
			a1, b1 = a1-1, b1-1
		}
		if a0 == a1 || b0 == b1 {
			c.replaced(a0, a1, b0, b1)
			return
		}
		if c.m.exhausted() {
			c.byUnique(a0, a1, b0, b1)
			return
		}
		s := c.split(a0, a1, b0, b1, exact)
		c.box(a0, s.a, b0, s.b, s.exactBefore)
		a0, b0, exact = s.a, s.b, s.exactAfter
	}
}

func (c *comparison) replaced(a0, a1, b0, b1 int) {
	for _, i := range c.placeA[a0:a1] {
		c.gone[i] = true
	}
	for _, i := range c.placeB[b0:b1] {
		c.new[i] = true
	}
}

// split is a point through which a short way from one corner of a box to the other leads.
type split struct {
	a, b                    int
	exactBefore, exactAfter bool
}

func (c *comparison) split(a0, a1, b0, b1 int, exact bool) split {
	f, r, z := c.forward, c.backward, c.zero
	low, high := a0-b1, a1-b0
	midF, midB := a0-b0, a1-b1
	odd := (midF-midB)&1 != 0
	minF, maxF, minB, maxB := midF, midF, midB, midB
	f[z+midF], r[z+midB] = a0, a1
	for cost := 1; ; cost++ {
		anchored := false
		if minF > low {
			minF--
			f[z+minF-1] = -1
		} else {
			minF++
		}
		if maxF < high {
			maxF++
			f[z+maxF+1] = -1
		} else {
			maxF--
		}
		c.m.spend(maxF - minF + 2)
		for d := maxF; d >= minF; d -= 2 {
			i := f[z+d+1]
			if f[z+d-1] >= i {
				i = f[z+d-1] + 1
			}
			from := i
			for i < a1 && i-d < b1 && c.a[i] == c.b[i-d] {
				i++
			}
			anchored = anchored || i-from > snake
			c.m.spend(i - from)
			f[z+d] = i
			if odd && minB <= d && d <= maxB && r[z+d] <= i {
				return split{i, i - d, true, true}
			}
		}
		if minB > low {
			minB--
			r[z+minB-1] = math.MaxInt
		} else {
			minB++
		}
		if maxB < high {
			maxB++
			r[z+maxB+1] = math.MaxInt
		} else {
			maxB--
		}
		for d := maxB; d >= minB; d -= 2 {
			i := r[z+d-1]
			if i >= r[z+d+1] {
				i = r[z+d+1] - 1
			}
			from := i
			for i > a0 && i-d > b0 && c.a[i-1] == c.b[i-d-1] {
				i--
			}
			anchored = anchored || from-i > snake
			c.m.spend(from - i)
			r[z+d] = i
			if !odd && minF <= d && d <= maxF && i <= f[z+d] {
				return split{i, i - d, true, true}
			}
		}
		if exact && !c.m.exhausted() {
			continue
		}
		if anchored && cost > heuristicAt {
			if s, ok := c.anchor(a0, a1, b0, b1, cost, minF, maxF, minB, maxB); ok {
				return s
			}
		}
		if cost >= c.maxCost || c.m.exhausted() {
			return c.furthest(a0, a1, b0, b1, minF, maxF, minB, maxB)
		}
	}
}

// anchor looks for a long common run far from the corner that the search came from.
func (c *comparison) anchor(a0, a1, b0, b1, cost, minF, maxF, minB, maxB int) (s split, ok bool) {
	best := 0
	for d := maxF; d >= minF; d -= 2 {
		i := c.forward[c.zero+d]
		j := i - d
		worth := i - a0 + j - b0 - distance(d, a0-b0)
		if worth > anchorWorth*cost && worth > best && a0+snake <= i && i < a1 && b0+snake <= j && j < b1 &&
			equal(c.a[i-snake:i], c.b[j-snake:j]) {
			best, s = worth, split{i, j, true, false}
		}
	}
	if best > 0 {
		return s, true
	}
	for d := maxB; d >= minB; d -= 2 {
		i := c.backward[c.zero+d]
		j := i - d
		worth := a1 - i + b1 - j - distance(d, a1-b1)
		if worth > anchorWorth*cost && worth > best && a0 < i && i <= a1-snake && b0 < j && j <= b1-snake &&
			equal(c.a[i:i+snake], c.b[j:j+snake]) {
			best, s = worth, split{i, j, false, true}
		}
	}
	return s, best > 0
}

// furthest gives up the search and takes the way that came furthest.
func (c *comparison) furthest(a0, a1, b0, b1, minF, maxF, minB, maxB int) split {
	forward, forwardA := -1, -1
	for d := maxF; d >= minF; d -= 2 {
		i := min(c.forward[c.zero+d], a1)
		j := i - d
		if j > b1 {
			i, j = b1+d, b1
		}
		if i+j > forward {
			forward, forwardA = i+j, i
		}
	}
	backward, backwardA := math.MaxInt, math.MaxInt
	for d := maxB; d >= minB; d -= 2 {
		i := max(c.backward[c.zero+d], a0)
		j := i - d
		if j < b0 {
			i, j = b0+d, b0
		}
		if i+j < backward {
			backward, backwardA = i+j, i
		}
	}
	if a1+b1-backward < forward-(a0+b0) {
		return split{forwardA, forward - forwardA, true, false}
	}
	return split{backwardA, backward - backwardA, false, true}
}

func distance(a, b int) int { return max(a-b, b-a) }

func equal(a, b []int32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// byUnique compares a box by the elements that occur once on either side (B. Cohen's patience diff), without looking
// closer at what is between them.
func (c *comparison) byUnique(a0, a1, b0, b1 int) {
	type seen struct{ inA, inB, a, b int }
	at := map[int32]*seen{}
	for i := a0; i < a1; i++ {
		if s := at[c.a[i]]; s != nil {
			s.inA++
		} else {
			at[c.a[i]] = &seen{inA: 1, a: i}
		}
	}
	for j := b0; j < b1; j++ {
		if s := at[c.b[j]]; s != nil {
			s.inB++
			s.b = j
		}
	}
	var pairs [][2]int // in the order of a
	for i := a0; i < a1; i++ {
		if s := at[c.a[i]]; s.inA == 1 && s.inB == 1 {
			pairs = append(pairs, [2]int{i, s.b})
		}
	}
	for _, p := range append(increasing(pairs), [2]int{a1, b1}) {
		if p[0] < a0 || p[1] < b0 {
			continue // inside the run after another pair
		}
		i, j := p[0], p[1]
		for i > a0 && j > b0 && c.a[i-1] == c.b[j-1] {
			i, j = i-1, j-1
		}
		c.replaced(a0, i, b0, j)
		a0, b0 = p[0], p[1]
		for a0 < a1 && b0 < b1 && c.a[a0] == c.b[b0] {
			a0, b0 = a0+1, b0+1
		}
	}
}

// increasing picks the most pairs that also rise in their second number.
func increasing(pairs [][2]int) [][2]int {
	var tails []int // index of the last pair of the best chain of each length
	before := make([]int, len(pairs))
	for i, p := range pairs {
		low, high := 0, len(tails)
		for low < high {
			if mid := (low + high) / 2; pairs[tails[mid]][1] < p[1] {
				low = mid + 1
			} else {
				high = mid
			}
		}
		before[i] = -1
		if low > 0 {
			before[i] = tails[low-1]
		}
		if low == len(tails) {
			tails = append(tails, i)
		} else {
			tails[low] = i
		}
	}
	chain := make([][2]int, len(tails))
	if len(tails) > 0 {
		for i, at := len(tails)-1, tails[len(tails)-1]; i >= 0; i-- {
			chain[i], at = pairs[at], before[at]
		}
	}
	return chain
}
