package merge

import (
	"bytes"
	"strconv"
)

// bodyMerge merges one Markdown text.
type bodyMerge struct {
	m         *meter
	x         *aligner
	conflicts []*Conflict
}

// place is where in our text a merge has come.
type place struct {
	block int // top-level blocks before it
	line  int // from 1
	in    string
	under string
	level int
}

// mergeBody merges Markdown. Where a merge by lines is clean, it is that. Else blocks are merged, and the blocks within
// them; what cannot be is a conflict.
func mergeBody(base, our, their []byte, firstLine int, m *meter) ([]piece, []*Conflict) {
	if text, ok := cleanly(base, our, their, m); ok && !exposes(text, our, their) {
		return []piece{literal(text)}, nil
	}
	return mergeBlocks(base, our, their, firstLine, m)
}

func mergeBlocks(base, our, their []byte, firstLine int, m *meter) ([]piece, []*Conflict) {
	w := &bodyMerge{m: m, x: newAligner(m)}
	baseLead, b := parseBlocks(base)
	ourLead, o := parseBlocks(our)
	theirLead, t := parseBlocks(their)
	pieces := []piece{{mine: version{gap: gapOf(baseLead, ourLead, theirLead)}, from: nowhere}}
	at := place{line: firstLine + bytes.Count(ourLead, []byte("\n"))}
	pieces = append(pieces, w.sequence(b, o, t, at, true)...)
	return unlessExposed(pieces, w.conflicts, base, our, their, firstLine)
}

// mergeUnsettled merges where a base holds what was a conflict between ancestors. By lines, whatever was decided about it
// stands in its place and meets the other decision there; blocks could be told apart too well.
func mergeUnsettled(base, our, their []byte, firstLine int, m *meter) ([]piece, []*Conflict) {
	pieces, conflicts := mergeText(base, our, their, firstLine, Lines, m)
	return unlessExposed(pieces, conflicts, base, our, their, firstLine)
}

// unlessExposed makes all of a text one conflict if students would see what is for teachers.
func unlessExposed(pieces []piece, conflicts []*Conflict, base, our, their []byte, firstLine int) ([]piece, []*Conflict) {
	if !exposes(assemble(pieces, nil), our, their) {
		return pieces, conflicts
	}
	c := &Conflict{Kind: AudienceMixed, Line: firstLine, Base: base, Ours: our, Theirs: their}
	return []piece{{mine: version{text: our}, their: version{text: their}, conflict: c, from: nowhere}}, []*Conflict{c}
}

// gapOf merges blank lines. Where both sides changed them there are as many as on the side that has more.
func gapOf(base, ours, theirs []byte) []byte {
	if g, ok := pick(string(base), string(ours), string(theirs)); ok {
		return []byte(g)
	}
	if len(ours) > len(theirs) || len(ours) == len(theirs) && string(ours) > string(theirs) {
		return ours
	}
	return theirs
}

// edit is a range of base blocks that a side changed: base[a0:a1] became side[s0:s1]. One block that became another
// version of itself is a revision; everything else takes blocks out or puts blocks in.
type edit struct {
	a0, a1, s0, s1 int
	revision       bool
}

func (w *bodyMerge) edits(base, side []block) (list []edit) {
	partner := w.x.pairs(base, side)
	s := 0
	for i := 0; i <= len(base); {
		from := i
		for i < len(base) && partner[i] < 0 {
			i++
		}
		to := len(side)
		if i < len(base) {
			to = partner[i]
		}
		if from < i || s < to {
			list = append(list, edit{a0: from, a1: i, s0: s, s1: to})
		}
		if i < len(base) && !bytes.Equal(base[i].text, side[to].text) {
			list = append(list, edit{i, i + 1, to, to + 1, true})
		}
		i, s = i+1, to+1
	}
	return list
}

// clash tells whether edits of the two sides cannot both be made.
func clash(e, f edit) bool {
	if e.revision && f.revision {
		return false // they are merged
	}
	if max(e.a0, f.a0) < min(e.a1, f.a1) {
		return true // the same block
	}
	if e.revision || f.revision {
		return false
	}
	if f.a0 < e.a0 || f.a0 == e.a0 && f.a1 < e.a1 {
		e, f = f, e
	}
	switch {
	case f.a0 < e.a1: // f puts blocks between those that e takes out
		return f.a0 > e.a0 || e.s0 < e.s1
	case f.a0 > e.a1:
		return false
	case e.a0 == e.a1: // both begin in the same place
		return f.s0 < f.s1
	}
	return f.a0 == f.a1 // f puts blocks after one that e takes out
}

// sequence merges lists of blocks. Apart says that blank lines keep neighbors from running into one another.
func (w *bodyMerge) sequence(b, o, t []block, at place, apart bool) (out []piece) {
	mine, other := w.edits(b, o), w.edits(b, t)
	i, j, k := 0, 0, 0 // of base, ours, theirs
	here := at
	ahead := func(toO int) {
		for ; j < toO; j++ {
			if o[j].kind == Heading {
				here.under = o[j].headingText()
			}
			here.line += bytes.Count(o[j].text, []byte("\n")) + bytes.Count(o[j].gap, []byte("\n"))
			if at.level == 0 {
				here.block++
			}
		}
	}
	emit := func(list ...piece) {
		for _, p := range list {
			if !p.placed {
				p.apart, p.placed = apart, true
			}
			out = append(out, p)
		}
	}
	keep := func(toB int) { // blocks that neither side changed, but perhaps their gaps
		for ; i < toB; i++ {
			emit(triad{b[i : i+1], o[j : j+1], t[k : k+1], origin{j, j + 1, k, k + 1}}.side(ours)...)
			ahead(j + 1)
			k++
		}
	}
	for len(mine) > 0 || len(other) > 0 {
		n, q, a0, a1 := group(mine, other)
		keep(a0)
		e, f := edits(mine[:n]), edits(other[:q])
		mine, other = mine[n:], other[q:]
		toO, toT := j+a1-a0+e.grown(), k+a1-a0+f.grown()
		r := triad{b[a0:a1], o[j:toO], t[k:toT], origin{j, toO, k, toT}}
		switch {
		case q == 0:
			emit(r.side(ours)...)
		case n == 0:
			emit(r.side(theirs)...)
		case n == 1 && q == 1 && e[0].revision && f[0].revision:
			emit(w.revised(b[a0], o[j], t[k], r.from, here)...)
		case sameBlocks(r.o, r.t):
			emit(r.side(ours)...)
		default:
			emit(w.clashed(r, here))
		}
		i = a1
		ahead(toO)
		k = toT
	}
	keep(len(b))
	return out
}

type edits []edit

func (list edits) grown() (n int) {
	for _, e := range list {
		n += e.s1 - e.s0 - (e.a1 - e.a0)
	}
	return n
}

// group answers how many edits at the head of each list belong together, and the range of base that they cover.
func group(mine, other []edit) (n, q, a0, a1 int) {
	before := func(e, f edit) bool {
		if e.a0 != f.a0 {
			return e.a0 < f.a0
		}
		return e.a1 < f.a1 // what is put before a block comes before what happens to it
	}
	switch {
	case len(other) == 0 || len(mine) > 0 && before(mine[0], other[0]):
		n, a0, a1 = 1, mine[0].a0, mine[0].a1
	case len(mine) == 0 || before(other[0], mine[0]):
		q, a0, a1 = 1, other[0].a0, other[0].a1
	case clash(mine[0], other[0]) || mine[0].revision && other[0].revision:
		n, q, a0, a1 = 1, 1, mine[0].a0, mine[0].a1
	default:
		n, a0, a1 = 1, mine[0].a0, mine[0].a1
	}
	for grown := true; grown; {
		grown = false
		for q < len(other) && other[q].a0 <= a1 && n > 0 && clashesAny(other[q], mine[:n]) {
			a0, a1, grown = min(a0, other[q].a0), max(a1, other[q].a1), true
			q++
		}
		for n < len(mine) && mine[n].a0 <= a1 && q > 0 && clashesAny(mine[n], other[:q]) {
			a0, a1, grown = min(a0, mine[n].a0), max(a1, mine[n].a1), true
			n++
		}
		// Edits of base blocks that the group covers come along.
		for n < len(mine) && mine[n].a0 < a1 && mine[n].a1 <= a1 {
			n, grown = n+1, true
		}
		for q < len(other) && other[q].a0 < a1 && other[q].a1 <= a1 {
			q, grown = q+1, true
		}
	}
	return n, q, a0, a1
}

func clashesAny(e edit, list []edit) bool {
	for _, f := range list {
		if clash(e, f) {
			return true
		}
	}
	return false
}

// triad is a range of blocks in all three versions.
type triad struct {
	b, o, t []block
	from    origin
}

// side is one side's blocks as pieces.
func (r triad) side(s side) []piece {
	paired := len(r.b) == len(r.o) && len(r.o) == len(r.t)
	from, blocks := origin{r.from.o0, r.from.o0, -1, -1}, r.o
	if s == theirs {
		from, blocks = origin{-1, -1, r.from.t0, r.from.t0}, r.t
	}
	list := make([]piece, len(blocks))
	for i, b := range blocks {
		p := literal(b.text)
		p.mine.gap, p.from = b.gap, from.part(i)
		p.tight = tight{s != theirs && len(b.gap) == 0, s == theirs && len(b.gap) == 0}
		if paired {
			p.mine.gap, p.from = gapOf(r.b[i].gap, r.o[i].gap, r.t[i].gap), r.from.part(i)
			p.tight = tight{len(r.o[i].gap) == 0, len(r.t[i].gap) == 0}
		}
		list[i] = p
	}
	return list
}

func sameBlocks(a, b []block) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].text, b[i].text) {
			return false
		}
	}
	return true
}

// revised merges a block that both sides changed.
func (w *bodyMerge) revised(b, o, t block, from origin, at place) []piece {
	r := triad{[]block{b}, []block{o}, []block{t}, from}
	whole := func(text []byte) []piece {
		list := r.side(ours)
		list[0].mine.text = text
		return list
	}
	if text, ok := cleanly(b.text, o.text, t.text, w.m); ok {
		return whole(text)
	}
	if o.number != "" && b.number != "" && t.number != "" {
		if text, ok := cleanly(b.unnumbered(), o.unnumbered(), t.unnumbered(), w.m); ok {
			return whole(numbered(o.text, numberOf(b.number, o.number, t.number), text))
		}
	}
	if len(b.kids) > 0 && len(o.kids) > 0 && len(t.kids) > 0 && b.kind == o.kind && o.kind == t.kind {
		inner := at
		inner.level++
		if o.kind == Container {
			inner.in = o.name
		}
		list := w.sequence(b.kids, o.kids, t.kids, inner, o.kind == Container)
		if o.kind == List && counted(b.kids) && counted(o.kids) && counted(t.kids) {
			renumber(list, numberOf(b.kids[0].number, o.kids[0].number, t.kids[0].number))
		}
		if len(list) > 0 {
			first, last := &list[0], &list[len(list)-1]
			first.from.o0, first.from.t0, first.apart = from.o0, from.t0, true
			last.from.o1, last.from.t1 = from.o1, from.t1
			last.mine.gap, last.tight = gapOf(b.gap, o.gap, t.gap), tight{len(o.gap) == 0, len(t.gap) == 0}
			last.their.gap = last.mine.gap
			return list
		}
	}
	return []piece{w.clashed(r, at)}
}

// clashed makes a conflict.
func (w *bodyMerge) clashed(r triad, at place) piece {
	c := &Conflict{Kind: TextChanged, Block: at.block, Line: at.line, In: at.in, Under: at.under,
		Base: shown(r.b), Ours: shown(r.o), Theirs: shown(r.t)}
	switch {
	case len(r.b) == 0:
		c.Kind = BlockInserted
	case len(r.o) == 0 || len(r.t) == 0:
		c.Kind = BlockDeleted
	}
	for _, list := range [][]block{r.o, r.t, r.b} {
		if len(list) > 0 {
			c.Type = list[0].kind
			break
		}
	}
	w.conflicts = append(w.conflicts, c)
	p := piece{mine: versionOf(r.o), their: versionOf(r.t), conflict: c, from: r.from, items: len(r.o)}
	p.tight = tight{len(p.mine.gap) == 0, len(p.their.gap) == 0}
	return p
}

// shown is blocks as a person sees them: without the blank lines at the end.
func shown(list []block) []byte {
	if len(list) == 0 {
		return nil
	}
	return versionOf(list).text
}

func versionOf(list []block) (v version) {
	for i, b := range list {
		v.text = append(v.text, b.text...)
		if i < len(list)-1 {
			v.text = append(v.text, b.gap...)
		} else {
			v.gap = b.gap
		}
	}
	return v
}

// numberOf merges the numbers of an item: what both sides put before it counts.
func numberOf(base, ours, theirs string) string {
	if n, ok := pick(base, ours, theirs); ok {
		return n
	}
	b, _ := strconv.Atoi(base[:len(base)-1])
	o, _ := strconv.Atoi(ours[:len(ours)-1])
	t, _ := strconv.Atoi(theirs[:len(theirs)-1])
	return strconv.Itoa(max(0, min(o+t-b, 999_999_999))) + ours[len(ours)-1:]
}

// counted tells whether items are numbered one after the other.
func counted(items []block) bool {
	for i, item := range items {
		if item.number == "" {
			return false
		}
		first, _ := strconv.Atoi(items[0].number[:len(items[0].number)-1])
		if n, _ := strconv.Atoi(item.number[:len(item.number)-1]); n != first+i {
			return false
		}
	}
	return len(items) > 0
}

// renumber gives the items of a list the numbers from first on.
func renumber(list []piece, first string) {
	n, _ := strconv.Atoi(first[:len(first)-1])
	for i := range list {
		p := &list[i]
		if p.conflict != nil {
			n += p.items
			continue
		}
		if m := marker.find(p.mine.text); m != nil && len(m[2]) > 1 {
			b := block{text: p.mine.text, number: string(m[2])}
			p.mine.text = numbered(b.text, strconv.Itoa(n)+b.number[len(b.number)-1:], b.unnumbered())
		}
		n++
	}
}

// numbered is an item with another number, indented like a model.
func numbered(model []byte, number string, text []byte) []byte {
	indent := len(model) - len(bytes.TrimLeft(model, " "))
	return join(model[:indent], []byte(number), text)
}
