package merge

import "bytes"

// side says whose change a region is.
type side byte

const (
	nobody  side = iota // as in base
	ours                // changed by us alone
	theirs              // changed by them alone
	alike               // changed by both in the same way
	clashed             // changed by both in different ways
)

// region is a range of base and what it became. Regions follow one another and cover all three sequences.
type region struct {
	side                   side
	b0, b1, o0, o1, t0, t1 int
}

// threeWay aligns two sequences with their base. Changes that overlap or touch are one region, as in git.
func threeWay(b, o, t []int32, m *meter) []region {
	mine, other := hunks(b, o, m), hunks(b, t, m)
	var list []region
	at := region{} // where the next region starts
	emit := func(r region) {
		if r.b0 < r.b1 || r.o0 < r.o1 || r.t0 < r.t1 {
			list = append(list, r)
		}
		at = region{b0: r.b1, o0: r.o1, t0: r.t1}
	}
	for len(mine) > 0 || len(other) > 0 {
		r := region{}
		switch {
		case len(other) == 0 || len(mine) > 0 && mine[0].a0 <= other[0].a0:
			r.b0, r.b1 = mine[0].a0, mine[0].a1
		default:
			r.b0, r.b1 = other[0].a0, other[0].a1
		}
		i, j := 0, 0
		for grown := true; grown; {
			grown = false
			for i < len(mine) && mine[i].a0 <= r.b1 {
				r.b1, grown = max(r.b1, mine[i].a1), true
				i++
			}
			for j < len(other) && other[j].a0 <= r.b1 {
				r.b1, grown = max(r.b1, other[j].a1), true
				j++
			}
		}
		same := r.b0 - at.b0
		emit(region{nobody, at.b0, r.b0, at.o0, at.o0 + same, at.t0, at.t0 + same})
		r.o0, r.t0 = at.o0, at.t0
		r.o1, r.t1 = r.o0+r.b1-r.b0+grownBy(mine[:i]), r.t0+r.b1-r.b0+grownBy(other[:j])
		mine, other = mine[i:], other[j:]
		switch {
		case j == 0:
			r.side = ours
		case i == 0:
			r.side = theirs
		case r.o1-r.o0 == r.t1-r.t0 && equal(o[r.o0:r.o1], t[r.t0:r.t1]):
			r.side = alike
		default:
			r.side = clashed
		}
		emit(r)
	}
	emit(region{nobody, at.b0, len(b), at.o0, len(o), at.t0, len(t)})
	return list
}

func grownBy(list []hunk) (n int) {
	for _, h := range list {
		n += h.b1 - h.b0 - (h.a1 - h.a0)
	}
	return n
}

func clean(regions []region) bool {
	for _, r := range regions {
		if r.side == clashed {
			return false
		}
	}
	return true
}

// lines cuts a text after each line break.
func lines(text []byte) [][]byte {
	list := make([][]byte, 0, bytes.Count(text, []byte("\n"))+1)
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		list, text = append(list, text[:end:end]), text[end:]
	}
	return list
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// pick answers what one value became: the side's that changed it. It is not ok where both did, differently.
func pick[T comparable](base, ours, theirs T) (T, bool) {
	switch {
	case ours == theirs || base == theirs:
		return ours, true
	case base == ours:
		return theirs, true
	}
	return ours, false
}

// byLines merges texts line by line. It is not ok where a conflict is left; the regions say where.
type byLines struct {
	base, ours, theirs [][]byte
	regions            []region
}

func mergeLines(base, our, their []byte, m *meter) byLines {
	l := byLines{base: lines(base), ours: lines(our), theirs: lines(their)}
	in := interner{}
	l.regions = threeWay(in.ids(l.base), in.ids(l.ours), in.ids(l.theirs), m)
	return l
}

// text is the merged text, with ours at a conflict.
func (l byLines) text() []byte {
	var out bytes.Buffer
	for _, r := range l.regions {
		if r.side == theirs {
			out.Write(join(l.theirs[r.t0:r.t1]...))
		} else {
			out.Write(join(l.ours[r.o0:r.o1]...))
		}
	}
	return out.Bytes()
}

// cleanly merges texts by lines, and tells whether that leaves nothing to decide.
func cleanly(base, our, their []byte, m *meter) ([]byte, bool) {
	switch {
	case bytes.Equal(our, their), bytes.Equal(base, their):
		return our, true
	case bytes.Equal(base, our):
		return their, true
	}
	l := mergeLines(base, our, their, m)
	if !clean(l.regions) {
		return nil, false
	}
	return l.text(), true
}
