package search

// node is a part of a query as it was typed. Queries are run as groups, all of which must hold, of alternatives; so
// parentheses are multiplied out.
type node struct {
	kind     nodeKind
	term     Term // of a leaf
	children []node
	not      bool
	closed   bool // by parentheses: nothing more joins it
}

type nodeKind int

const (
	leaf nodeKind = iota
	allOf
	oneOf
)

// groups gives the node, or its opposite, as groups; false if these were more than a query may have.
func (n node) groups(not bool) ([]Group, bool) {
	not = not != n.not
	if n.kind == leaf {
		t := n.term
		t.Not = t.Not != not
		return []Group{{t}}, true
	}
	if (n.kind == allOf) != not {
		var all []Group
		for _, c := range n.children {
			gs, ok := c.groups(not)
			if all = append(all, gs...); !ok || count(all) > maxTerms {
				return nil, false
			}
		}
		return all, true
	}
	all := []Group{nil}
	for _, c := range n.children {
		gs, ok := c.groups(not)
		if !ok {
			return nil, false
		}
		var product []Group
		for _, a := range all {
			for _, b := range gs {
				product = append(product, append(append(Group(nil), a...), b...))
			}
		}
		if all = product; count(all) > maxTerms {
			return nil, false
		}
	}
	return all, true
}

// flat gives the terms below as groups of one each.
func (n node) flat() []Group {
	if n.kind == leaf {
		return []Group{{n.term}}
	}
	var all []Group
	for _, c := range n.children {
		all = append(all, c.flat()...)
	}
	return all
}

// count is how many values groups have.
func count(groups []Group) (n int) {
	for _, g := range groups {
		for _, t := range g {
			n += 1 + len(t.More)
		}
	}
	return n
}
