package licensing

import "math/bits"

// group collects the words of one Creative Commons license.
type group struct {
	mark       bool
	markUpper  bool
	e          elements
	strong     int // elements by name
	codes      int // elements by code
	upper      bool
	lastBy     bool
	unit       string
	version    string
	dotted     bool
	more       []string // further versions in a row
	port       string
	strayPort  bool // a port glued on that does not exist
	scope      string
	later      bool
	plus       bool
	start, end int // in the input
}

func (g *group) empty() bool { return g.e == 0 && g.unit == "" }

// ccMentions says what the group names; nothing if it could as well be ordinary words.
func (r *reader) ccMentions(g *group, from, to int) []mention {
	m := mention{start: g.start, end: g.end, from: from, to: to}
	if g.empty() || g.unit == "" && !g.certain() {
		return nil
	}
	unit := g.unit
	if unit == "" {
		unit = lowerASCII(g.e.code())
	}
	var ms []mention
	for k, v := range append([]string{g.version}, g.more...) {
		got, _ := r.f.tool(unit, v, g.port)
		got.start, got.end, got.from, got.to, got.listed = m.start, m.end, m.from, m.to, k > 0
		got.later, got.elems, got.plus = g.later, g.e, g.plus
		if unit == "certification" {
			got.rec, got.invalid = r.f.byID["CC-PDDC"], false
		}
		if got.warning == "" {
			got.warning = g.oddity()
		}
		ms = append(ms, got)
	}
	return ms
}

// certain reports whether the words can only mean a license: "attribution" or "by" alone can not.
func (g *group) certain() bool {
	n := bits.OnesCount8(uint8(g.e))
	switch {
	case g.mark:
		return true
	case g.strong > 0:
		return n >= 2 || g.version != "" && (g.dotted || g.scope != "")
	case n >= 2:
		return g.e.has(by)
	}
	return g.upper && g.dotted && g.e == by
}

// oddity is a warning about words that contradict the version.
func (g *group) oddity() string {
	switch {
	case g.scope == "unported" && g.version == "4.0":
		return "version 4.0 is International, not Unported"
	case g.scope == "international" && g.version != "" && g.version != "4.0":
		return "only version 4.0 is International"
	case g.scope == "unported" && g.port != "":
		return "a port is not Unported"
	case g.unit == "" && !g.e.has(by):
		return "BY (attribution) is not among the elements"
	}
	return ""
}
