package merge

import (
	"bytes"
	"regexp"
)

// A merged text is pieces: text that is settled, and conflicts.

// version is one form of a piece.
type version struct{ text, gap []byte }

type piece struct {
	mine, their version
	conflict    *Conflict // nil: mine is settled
	apart       bool      // a blank line keeps it from what comes before
	placed      bool      // that is known
	items       int       // of a list, ours
	from        origin
	tight       tight
}

// origin is which blocks of each side a piece is of; -1 for none.
type origin struct{ o0, o1, t0, t1 int }

// part is the origin of the i-th block.
func (f origin) part(i int) origin {
	if f.o0 >= 0 {
		f.o0, f.o1 = f.o0+i, f.o0+i+1
	}
	if f.t0 >= 0 {
		f.t0, f.t1 = f.t0+i, f.t0+i+1
	}
	return f
}

// tight says on which sides no blank line follows.
type tight struct{ ours, theirs bool }

// nowhere is the origin of what is no block.
var nowhere = origin{-1, -1, -1, -1}

func literal(text []byte) piece { return piece{mine: version{text: text}, from: nowhere} }

// unsettled is what a conflict becomes in a virtual base: text that is equal to no side's.
const unsettled Take = "unsettled"

// choose says what to do about a conflict; the zero Choice keeps ours.
type choose func(*Conflict) Choice

// assemble joins pieces. Blocks that did not stand together on either side get a blank line between them.
func assemble(pieces []piece, decide choose) []byte {
	var out bytes.Buffer
	var before *piece // the last that has text
	loose := true     // a blank line, or nothing, stands before
	write := func(p *piece, v version, own, other bool) {
		if len(v.text) == 0 {
			if p.conflict == nil {
				out.Write(v.gap)
			}
			return
		}
		if out.Len() > 0 && out.Bytes()[out.Len()-1] != '\n' {
			out.WriteByte('\n')
		}
		if before != nil && p.apart && !loose {
			neighbors := own && before.tight.ours && before.from.o1 >= 0 && before.from.o1 == p.from.o0 ||
				other && before.tight.theirs && before.from.t1 >= 0 && before.from.t1 == p.from.t0
			if !neighbors {
				out.WriteByte('\n')
			}
		}
		out.Write(v.text)
		out.Write(v.gap)
		before, loose = p, len(v.gap) > 0
		if p.from == nowhere {
			before = nil
		}
	}
	for i := range pieces {
		p := &pieces[i]
		if p.conflict == nil {
			write(p, p.mine, true, true)
			continue
		}
		var c Choice
		if decide != nil {
			c = decide(p.conflict)
		}
		switch c.Take {
		case Theirs:
			write(p, p.their, false, true)
		case Both:
			write(p, p.mine, true, false)
			write(p, p.their, false, false)
		case unsettled: // no line around it may be taken for one of a side's
			out.Write(unsettle(p.conflict))
			before, loose = nil, true
		case Edited:
			v := version{c.Text, p.mine.gap}
			if len(p.mine.text) == 0 {
				v.gap = p.their.gap
			}
			if p.apart {
				v.text = bytes.TrimRight(v.text, " \t\r\n")
			}
			if len(v.text) > 0 && v.text[len(v.text)-1] != '\n' {
				v.text = join(v.text, []byte("\n"))
			}
			write(p, v, false, false)
		default:
			write(p, p.mine, true, false)
		}
	}
	return out.Bytes()
}

// unsettle marks every line of a conflict's base so that none is equal to one of either side.
func unsettle(c *Conflict) []byte {
	mark := []byte("⟦unsettled " + c.ID + "⟧")
	var out bytes.Buffer
	for _, line := range lines(c.Base) {
		out.Write(mark)
		out.Write(line)
	}
	if out.Len() == 0 {
		out.WriteString("⟦unsettled " + c.ID + " none⟧\n")
	}
	return out.Bytes()
}

var unsettledMark = regexp.MustCompile(`⟦unsettled [0-9a-f]+⟧|⟦unsettled [0-9a-f]+ none⟧\r?\n?`)

func isUnsettled(text []byte) bool { return bytes.Contains(text, []byte("⟦unsettled ")) }

// settle takes those marks out again, to show a base.
func settle(base []byte) []byte {
	if !isUnsettled(base) {
		return base
	}
	return unsettledMark.ReplaceAll(base, nil)
}

// mergeText merges text by lines; what both sides changed is a conflict of these lines.
func mergeText(base, our, their []byte, firstLine int, kind BlockType, m *meter) (pieces []piece, conflicts []*Conflict) {
	l := mergeLines(base, our, their, m)
	line := firstLine
	for _, r := range l.regions {
		b, o, t := l.base[r.b0:r.b1], l.ours[r.o0:r.o1], l.theirs[r.t0:r.t1]
		if r.side != clashed {
			if r.side == theirs {
				pieces = append(pieces, literal(join(t...)))
			} else {
				pieces = append(pieces, literal(join(o...)))
			}
			line += len(o)
			continue
		}
		start, end := 0, 0
		for start < len(o) && start < len(t) && bytes.Equal(o[start], t[start]) {
			start++
		}
		for end < len(o)-start && end < len(t)-start && bytes.Equal(o[len(o)-1-end], t[len(t)-1-end]) {
			end++
		}
		pieces = append(pieces, literal(join(o[:start]...)))
		mine, their := join(o[start:len(o)-end]...), join(t[start:len(t)-end]...)
		c := &Conflict{Kind: TextChanged, Type: kind, Line: line + start, Base: join(b...), Ours: mine, Theirs: their}
		switch {
		case len(b) == 0:
			c.Kind, c.Base = BlockInserted, nil
		case len(mine) == 0:
			c.Kind, c.Ours = BlockDeleted, nil
		case len(their) == 0:
			c.Kind, c.Theirs = BlockDeleted, nil
		}
		conflicts = append(conflicts, c)
		pieces = append(pieces, piece{mine: version{text: mine}, their: version{text: their}, conflict: c, from: nowhere},
			literal(join(o[len(o)-end:]...)))
		line += len(o)
	}
	return pieces, conflicts
}
