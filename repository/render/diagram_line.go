package render

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxTicks  = 200
	maxNamed  = 31 // numbers beside the marks
	maxJumps  = 40
	maxPlaced = 40 // points
)

// hop is a jump on the line.
type hop struct {
	from, to *big.Rat
	label    string
}

var (
	hopForm  = regexp.MustCompile(`^([-−]?[\d./ ]+?) *(?:->|→|to) *([-−]?[\d.]+(?: \d+/\d+|/\d+)?)(?: +(.*))?$`)
	hopsForm = regexp.MustCompile(`^(\d{1,3}) *[x×*] *([-−]?[\d.]+(?: \d+/\d+|/\d+)?)(?: +from +([-−]?[\d./ ]+))?$`)
)

// numberLine is a line with its marks.
type numberLine struct {
	from, to, step *big.Rat
	ticks          int // marks after the first
	left, unit     float64
}

func (l numberLine) x(r *big.Rat) float64 {
	return l.left + l.unit*float(new(big.Rat).Sub(r, l.from))
}

func (l numberLine) holds(r *big.Rat) bool { return r.Cmp(l.from) >= 0 && r.Cmp(l.to) <= 0 }

// drawNumberLine draws a line with marks, numbers, points and jumps.
func drawNumberLine(s *sheet, c *canvas) string {
	const long = 420.0
	from, to, step := s.one("from", "0"), s.one("to", ""), s.one("step", "1")
	if to.value == "" {
		s.fail(0, "write a line such as to: 5", "there is no end of the line")
		return ""
	}
	l := numberLine{from: s.number(from, from.value), to: s.number(to, to.value), step: s.number(step, step.value), left: 22}
	span := new(big.Rat).Sub(l.to, l.from)
	if span.Sign() <= 0 {
		s.fail(to.line, "let to be larger than from", "the line has no length")
	}
	if l.step.Sign() <= 0 || span.Cmp(new(big.Rat).Mul(l.step, big.NewRat(maxTicks, 1))) > 0 {
		s.fail(step.line, "make the step larger, or the line shorter", "the line would have more than %d marks, or none", maxTicks)
	}
	if len(s.faults) > 0 {
		return ""
	}
	whole := new(big.Rat).Quo(span, l.step)
	l.ticks = int(new(big.Int).Quo(whole.Num(), whole.Denom()).Int64())
	l.unit = long / float(span)

	alt := newSentences()
	alt.add(s.words.line, shown(l.from), shown(l.to), shown(l.step))
	hops := s.hops(l, alt)
	y := 24.0
	points := s.all("point")
	if len(hops) > 0 {
		y = 70
	} else if len(points) > 0 {
		y = 50
	}
	segment(&c.lines, l.left-14, y, l.left+long+14, y)
	below := s.marks(c, l, y, step)
	for _, h := range hops {
		a, b := l.x(h.from), l.x(h.to)
		pen(&c.heavy, "M", a, y-4)
		pen(&c.heavy, "Q", (a+b)/2, y-76, b, y-4)
		lean := 5.0
		if b < a {
			lean = -lean
		}
		pen(&c.heavy, "m", -lean-1, -7)
		pen(&c.heavy, "l", lean+1, 7)
		pen(&c.heavy, "l", lean-1, -9)
		if h.label != "" {
			c.text((a+b)/2, y-47, h.label, false)
		}
	}
	low := false
	for i, f := range points {
		if i == maxPlaced {
			s.fail(f.line, "draw less in one diagram", "a line may have %d points", maxPlaced)
			break
		}
		r, _, label := s.labeled(f, f.value)
		if !l.holds(r) {
			s.fail(f.line, "choose a point between from and to", "point: %s is not on the line", f.value)
			continue
		}
		c.point(l.x(r), y)
		switch {
		case len(hops) > 0 && label != "":
			c.text(l.x(r), y+below+18, label, false)
			low = true
		case label != "":
			c.text(l.x(r), y-16, label, false)
		case len(hops) == 0:
			c.value(l.x(r), y-18-drop(r), r, false)
		}
		alt.add(s.words.point, label, shown(r))
	}
	if low {
		below += 20
	}
	c.width, c.height = long+44, y+below+6
	return alt.String()
}

// drop is how much room a number takes below its first base line.
func drop(r *big.Rat) float64 {
	if r.IsInt() {
		return 0
	}
	return 14
}

// marks draws the marks and their numbers; it returns how far they reach below the line.
func (s *sheet) marks(c *canvas, l numberLine, y float64, step field) (below float64) {
	every := big.NewRat(1, 1)
	named := s.one("labels", "")
	switch named.value {
	case "":
		if l.step.Cmp(every) > 0 || !new(big.Rat).Quo(every, l.step).IsInt() {
			every = l.step
		}
	case "all":
		every = l.step
	case "none":
		every = nil
	default:
		if every = s.number(named, named.value); every.Sign() <= 0 {
			s.fail(named.line, "write all, none or a number such as 1", "labels: the distance must be more than 0")
			return 10
		}
	}
	names := 0
	decimal := strings.Contains(step.value, ".")
	at := new(big.Rat).Set(l.from)
	for range l.ticks + 1 {
		x := l.x(at)
		half := 6.0
		if every != nil && new(big.Rat).Quo(at, every).IsInt() {
			half = 9
			if names++; names > maxNamed {
				s.fail(named.line, "write a larger distance for labels", "the line would have more than %d numbers", maxNamed)
				break
			}
			if decimal && !at.IsInt() {
				c.text(x, y+28, signed(strings.TrimRight(at.FloatString(4), "0")), false)
			} else {
				c.value(x, y+28, at, false)
				below = max(below, drop(at)+10)
			}
			below = max(below, 32)
		}
		pen(&c.lines, "M", x, y-half)
		pen(&c.lines, "v", 2*half)
		at.Add(at, l.step)
		if below > 40 {
			below = 50
		}
	}
	return s.depth(below, every, l, decimal)
}

// depth is the room below the line: two rows where a number is a fraction.
func (s *sheet) depth(below float64, every *big.Rat, l numberLine, decimal bool) float64 {
	switch {
	case below == 0:
		return 12
	case !decimal && (!every.IsInt() || !l.from.IsInt()):
		return 52
	}
	return 34
}

// hops reads the jumps, and says where they lead.
func (s *sheet) hops(l numberLine, alt *sentences) (list []hop) {
	at := l.from
	if l.holds(new(big.Rat)) {
		at = new(big.Rat)
	}
	for _, f := range s.all("jump") {
		m := hopForm.FindStringSubmatch(f.value)
		if m == nil {
			s.fail(f.line, "write jump: 0 -> 2/3, and a label behind it if you want", "jump: %.40q is not understood", f.value)
			continue
		}
		h := hop{s.number(f, m[1]), s.number(f, m[2]), s.text(f, m[3], maxLabel)}
		list = append(list, h)
		text := strings.TrimSpace(m[3])
		if text != "" {
			text = " (" + text + ")"
		}
		alt.add(s.words.jump+"%s", shown(h.from), shown(h.to), text)
		s.onLine(f, l, h)
	}
	f := s.one("jumps", "")
	if f.value == "" {
		return s.few(list)
	}
	m := hopsForm.FindStringSubmatch(f.value)
	if m == nil {
		s.fail(f.line, "write jumps: 4 x 2/3, or jumps: 4 x 2/3 from 1", "jumps: %.40q is not understood", f.value)
		return nil
	}
	n, _ := strconv.Atoi(m[1])
	if n < 1 || n > maxJumps {
		s.fail(f.line, "draw fewer jumps", "jumps: %d jumps cannot be drawn", n)
		return nil
	}
	size := s.number(f, m[2])
	if m[3] != "" {
		at = s.number(f, m[3])
	}
	start := at
	for range n {
		h := hop{at, new(big.Rat).Add(at, size), ""}
		list, at = append(list, h), h.to
	}
	s.onLine(f, l, hop{start, at, ""})
	alt.add(s.words.jumps, n, shown(size), shown(start), shown(at))
	return s.few(list)
}

func (s *sheet) few(list []hop) []hop {
	if len(list) > maxJumps {
		s.fail(0, "draw fewer jumps", "a line may have %d jumps", maxJumps)
	}
	return list
}

func (s *sheet) onLine(f field, l numberLine, h hop) {
	if !l.holds(h.from) || !l.holds(h.to) {
		s.fail(f.line, "make the line longer, or the jumps shorter", "%s: %s leaves the line", f.key, f.value)
	}
	if h.from.Cmp(h.to) == 0 {
		s.fail(f.line, "let the jump end elsewhere", "%s: %s goes nowhere", f.key, f.value)
	}
}
