package licensing

import "strings"

// elements are the conditions of a Creative Commons license.
type elements uint8

const (
	by elements = 1 << iota
	nc
	nd
	sa
)

func (e elements) has(x elements) bool { return e&x != 0 }

// code renders the elements as ids do: "BY-NC-SA". The tools of version 1.0 without BY put ND first.
func (e elements) code() string {
	order := []struct {
		bit  elements
		name string
	}{{by, "BY"}, {nc, "NC"}, {nd, "ND"}, {sa, "SA"}}
	if !e.has(by) && e.has(nd) && e.has(nc) {
		return "ND-NC"
	}
	var parts []string
	for _, o := range order {
		if e.has(o.bit) {
			parts = append(parts, o.name)
		}
	}
	return strings.Join(parts, "-")
}

// valid reports whether any Creative Commons license ever had exactly these elements.
func (e elements) valid() bool {
	return e != 0 && !(e.has(sa) && e.has(nd))
}

// unitElements reads the unit of an address, such as "by-nc-sa"; false if a part is no element.
func unitElements(unit string) (elements, bool) {
	var e elements
	for part := range strings.SplitSeq(unit, "-") {
		bit, ok := elementNamed(part)
		if !ok || e.has(bit) {
			return 0, false
		}
		e |= bit
	}
	return e, true
}

func elementNamed(s string) (elements, bool) {
	switch s {
	case "by", "BY":
		return by, true
	case "nc", "NC":
		return nc, true
	case "nd", "ND":
		return nd, true
	case "sa", "SA":
		return sa, true
	}
	return 0, false
}
