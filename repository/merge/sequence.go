package merge

// Sequences are compared as numbers: equal lines, words or blocks have equal ones.

// interner gives equal texts equal numbers.
type interner map[string]int32

func (in interner) id(text []byte) int32 {
	if n, ok := in[string(text)]; ok {
		return n
	}
	n := int32(len(in))
	in[string(text)] = n
	return n
}

func (in interner) ids(texts [][]byte) []int32 {
	list := make([]int32, len(texts))
	for i, t := range texts {
		list[i] = in.id(t)
	}
	return list
}

// hunk is a place where two sequences differ: a[a0:a1] became b[b0:b1].
type hunk struct{ a0, a1, b0, b1 int }

// hunks compares two sequences. The result is that of git's default algorithm, so that a merge by lines is the one that
// people know from there, unless the steps are used up.
func hunks(a, b []int32, m *meter) []hunk {
	goneA, newB := compare(a, b, m)
	slide(a, goneA, newB)
	slide(b, newB, goneA)
	var list []hunk
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		h := hunk{a0: i, b0: j}
		for i < len(a) && goneA[i] {
			i++
		}
		for j < len(b) && newB[j] {
			j++
		}
		h.a1, h.b1 = i, j
		if h.a0 < h.a1 || h.b0 < h.b1 {
			list = append(list, h)
		}
		if i < len(a) {
			i, j = i+1, j+1
		}
	}
	return list
}

// slide moves each run of changed elements as far down as equal neighbors allow, joining runs that meet, and back up to
// the last place where it stands beside a change of the other sequence.
func slide(own []int32, changed, other []bool) {
	g, o := firstRun(changed), firstRun(other)
	for {
		if g.start < g.end {
			g, o = slideRun(own, changed, other, g, o)
		}
		var more bool
		if g, more = nextRun(changed, g); !more {
			return
		}
		o, _ = nextRun(other, o)
	}
}

func slideRun(own []int32, changed, other []bool, g, o run) (run, run) {
	highest, beside := 0, -1 // ends of the run
	for {
		size := g.end - g.start
		beside = -1
		for g.start > 0 && own[g.start-1] == own[g.end-1] {
			g = shiftUp(changed, g)
			o = previousRun(other, o)
		}
		highest = g.end
		if o.start < o.end {
			beside = g.end
		}
		for g.end < len(own) && own[g.start] == own[g.end] {
			g = shiftDown(changed, g)
			o, _ = nextRun(other, o)
			if o.start < o.end {
				beside = g.end
			}
		}
		if size == g.end-g.start {
			break
		}
	}
	if g.end != highest && beside >= 0 {
		for o.start == o.end {
			g = shiftUp(changed, g)
			o = previousRun(other, o)
		}
	}
	return g, o
}

// run is a range of changed elements, perhaps empty, between two that are not changed. The n-th run of one sequence
// corresponds to the n-th of the other.
type run struct{ start, end int }

func firstRun(changed []bool) run {
	end := 0
	for end < len(changed) && changed[end] {
		end++
	}
	return run{0, end}
}

func nextRun(changed []bool, r run) (run, bool) {
	if r.end == len(changed) {
		return r, false
	}
	r.start = r.end + 1
	for r.end = r.start; r.end < len(changed) && changed[r.end]; {
		r.end++
	}
	return r, true
}

func previousRun(changed []bool, r run) run {
	if r.start == 0 {
		return r
	}
	r.end = r.start - 1
	for r.start = r.end; r.start > 0 && changed[r.start-1]; {
		r.start--
	}
	return r
}

func shiftUp(changed []bool, r run) run {
	r.start, r.end = r.start-1, r.end-1
	changed[r.start], changed[r.end] = true, false
	for r.start > 0 && changed[r.start-1] {
		r.start--
	}
	return r
}

func shiftDown(changed []bool, r run) run {
	changed[r.start], changed[r.end] = false, true
	r.start, r.end = r.start+1, r.end+1
	for r.end < len(changed) && changed[r.end] {
		r.end++
	}
	return r
}
