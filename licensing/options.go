package licensing

import (
	"cmp"
	"slices"
)

// Outputs judges every license that something made from the works named by refs may have, best first: what is allowed,
// then what is allowed but not recommended, then what is disputed or refused, each with its reasons. The candidates are
// the current Creative Commons licenses and whatever else the sources themselves lead to. A ref that the graph does not
// know is a source that is not cleared.
func (g Graph) Outputs(mode Mode, refs []string) []Option {
	w := newNetwork(loadFacts(), g.Works)
	c := work{network: w, mode: cmp.Or(mode, Adaptation), target: -1}
	for _, ref := range refs {
		i, ok := w.find(ref)
		if !ok {
			w.broken = true
			continue
		}
		c.direct = appendNew(c.direct, i)
	}
	c.order = w.ancestors(c.direct)
	return c.options(nil)
}

// preference is the order in which licenses are offered: credit first, since giving up all rights cannot be undone, then
// the most open.
func preference(id ID) int {
	order := [...]ID{CCBY, CC0, CCBYSA, CCBYNC, CCBYNCSA, CCBYND, CCBYNCND}
	if i := slices.Index(order[:], id); i >= 0 {
		return i
	}
	return len(order)
}

// options judges the candidates.
func (c *work) options(universe []ID) []Option {
	candidates := universe
	if len(candidates) == 0 {
		candidates = slices.Concat(Current(), c.leads())
	}
	out := make([]Option, 0, len(candidates))
	severities := map[ID]severity{}
	for i, id := range candidates {
		if _, double := severities[id]; double {
			continue
		}
		rec := c.facts.known(id)
		t := c.judge(rec)
		if len(universe) == 0 && i >= len(Current()) && t.worst > sevDiscouraged {
			continue // an old license of a source is worth naming only if it will do
		}
		severities[id] = t.worst
		out = append(out, Option{ID: id, Verdict: t.worst.verdict(), Reasons: c.reasons(&t, rec, c.order)})
	}
	slices.SortStableFunc(out, func(a, b Option) int {
		return cmp.Or(cmp.Compare(severities[a.ID], severities[b.ID]), cmp.Compare(preference(a.ID), preference(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// leads are the licenses that the sources themselves ask a result to have.
func (c *work) leads() []ID {
	var ids []ID
	for _, r := range c.licenses {
		if r.ShareAlike && !r.unversion && preference(r.ID) == len(Current()) {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// allReasons are the reasons of all options, each code once.
func allReasons(options []Option) []Reason {
	var out []Reason
	for _, o := range options {
		for _, r := range o.Reasons {
			if !slices.ContainsFunc(out, func(had Reason) bool { return had.Code == r.Code }) {
				out = append(out, r)
			}
		}
	}
	return out
}
