package licensing

import (
	"slices"
	"strings"
)

// resolve makes one answer of all that a text says. What is said twice counts once, the more exact saying of the same
// license wins, and what contradicts itself is a conflict, never a choice.
func (out *Reading) resolve(r *reader, found findings) {
	for _, m := range found.mentions {
		out.evidence(m)
	}
	ms := out.weigh(found)
	ms = absorb(ms)
	for _, m := range ms {
		out.warn(m.warning)
	}
	switch len(ms) {
	case 0:
		out.nothing(found)
	case 1:
		out.single(r, ms[0], found)
	default:
		out.several(r, ms, found)
	}
}

// weigh leaves out what other mentions outweigh: bare copyright notices, words for public domain beside a public-domain
// tool, and what is said of somebody else's picture.
func (out *Reading) weigh(found findings) []mention {
	var licenses, statuses, customs, notices, restricted, thirds []mention
	for _, m := range found.mentions {
		switch {
		case m.excluded && m.rec != nil && !m.notice && len(found.mentions) > 1:
			out.warn("another license is named for an excepted part")
		case m.notice:
			notices = append(notices, m)
		case m.restrict:
			restricted = append(restricted, m)
		case m.third && (m.invalid || !m.rec.status && !m.rec.custom):
			thirds = append(thirds, m)
		case m.invalid || !m.rec.status && !m.rec.custom:
			licenses = append(licenses, m)
		case m.rec.custom:
			customs = append(customs, m)
		default:
			statuses = append(statuses, m)
		}
	}
	if len(thirds) > 0 && len(licenses) == 0 {
		if len(notices) == 0 {
			out.warn("said of a picture or another part: does it hold for the whole?")
			return append(thirds, statuses...)
		}
		out.warn("the license belongs to somebody else's picture or part, not to the page")
		out.ID, out.Resolution = AllRightsReserved, Conflict
		return nil
	}
	if len(thirds) > 0 {
		out.warn("another license is named for a picture or part")
	}
	statuses = slices.DeleteFunc(statuses, func(m mention) bool { return outweighed(m, licenses, statuses, found.usgov) })
	if found.usgov && len(licenses) == 0 {
		for i := range statuses {
			if statuses[i].rec.ID == PublicDomain {
				statuses[i].rec = loadFacts().byID[USGovernment]
			}
		}
	}
	switch {
	case len(licenses) > 0:
		restricted = slices.DeleteFunc(restricted, func(m mention) bool {
			return m.limit != 0 && licenses[0].rec != nil && licenses[0].rec.elems.has(m.limit)
		})
		if len(restricted) > 0 && len(absorb(licenses)) == 1 && licenses[0].rec != nil && licenses[0].rec.class == classCC {
			out.warn("restrictions are added to the license: it is no Creative Commons license any more")
			licenses = licenses[:1]
			licenses[0].rec = loadFacts().byID["LicenseRef-ModifiedCC"]
		}
		return append(licenses, statuses...)
	case len(statuses) > 0 && len(customs) == 0:
		return statuses
	case len(customs)+len(restricted) > 0:
		return append(customs, restricted...)[:1]
	}
	return notices
}

// outweighed reports whether a status says no more than something else in the text.
func outweighed(m mention, licenses, statuses []mention, usgov bool) bool {
	switch m.rec.ID {
	case PublicDomain, NoKnownCopyright:
		for _, l := range licenses {
			if l.rec != nil && (l.rec.class == classPD || l.rec.class == classDesignation) {
				return true
			}
		}
		for _, s := range statuses {
			if s.rec.class == classUSGov && m.rec.ID == PublicDomain {
				return true
			}
		}
	case "LicenseRef-FairUse-Excerpt":
		return len(licenses) > 0
	}
	return false
}

// absorb drops mentions that say the same less exactly.
func absorb(ms []mention) []mention {
	var kept []mention
	for _, m := range ms {
		covered := false
		for k := range kept {
			switch {
			case sameLicense(kept[k], m), covers(kept[k], m):
				covered = true
			case covers(m, kept[k]):
				w := kept[k].warning
				to := kept[k].to
				kept[k] = m
				if m.warning == "" && !strings.HasPrefix(w, "no version") {
					kept[k].warning = w
				}
				kept[k].from = min(kept[k].from, to)
				covered = true
			}
			if covered {
				kept[k].later = kept[k].later || m.later
				break
			}
		}
		if !covered && len(kept) < 32 {
			kept = append(kept, m)
		}
	}
	// an exact mention may have replaced a family that stood before another saying of itself
	var unique []mention
	for _, m := range kept {
		if !slices.ContainsFunc(unique, func(u mention) bool { return sameLicense(u, m) }) {
			unique = append(unique, m)
		}
	}
	return unique
}

func sameLicense(a, b mention) bool {
	if a.invalid || b.invalid {
		return a.invalid == b.invalid && a.base == b.base && a.warning == b.warning
	}
	return a.rec.ID == b.rec.ID
}

// covers reports whether a is the same license as b, only said more exactly: a family and its version, an unported
// license and its port.
func covers(a, b mention) bool {
	if a.invalid && !b.invalid { // a license of no version beside the same one in a version that does not exist
		return b.rec.class == classCC && b.rec.unversion && a.elems == b.rec.elems && !a.address
	}
	if a.invalid || b.invalid {
		return false
	}
	x, y := a.rec, b.rec
	if x.class == classCC && y.class == classCC && x.elems == y.elems {
		if y.unversion {
			return true
		}
		return x.version == y.version && x.Port != "" && y.Port == "" && (a.address || b.address)
	}
	if y.unversion && !x.unversion {
		prefix, _, _ := strings.Cut(string(x.ID), "-")
		return ID(prefix) == y.ID
	}
	return false
}

func (out *Reading) nothing(found findings) {
	if out.Resolution == Conflict {
		return
	}
	if found.marks > 0 {
		out.warn("Creative Commons is named, but no license of it")
	}
	if found.some {
		out.warn("some rights are reserved: which?")
	}
}

func (out *Reading) single(r *reader, m mention, found findings) {
	if !m.address && m.to < len(r.tokens) && m.rec != nil && m.rec.unversion && r.tokens[m.to].upper {
		if mark, e, code := codeWord(r.word(m.to, m.to+1)); code && !mark && e&by == 0 {
			found.strays |= e // "CC BY; NC"
		}
	}
	if m.invalid {
		out.ID, out.Resolution = m.base, Invalid
		return
	}
	if m.rec.class == classCC && found.strays&^m.rec.elems != 0 && m.rec.elems.has(by) {
		out.Resolution = Conflict
		out.warn("the text also says " + found.strays.code() + ", which " + m.rec.Short + " does not")
		return
	}
	out.take(m.rec)
	if found.beyond {
		out.warn("further permissions may be had from the licensor")
	}
	switch {
	case m.later && m.rec.class == classCC && !m.rec.unversion:
		out.Expr = string(m.rec.ID) + " OR later explicitly granted by the licensor"
		out.ID, out.Resolution = "", Expression
	case (found.plus || m.plus) && m.rec.class == classCC:
		out.ID, out.Resolution = m.rec.ID+permissionSuffix, CustomTerms
		out.warn("a permission is added to the license")
	}
}

// several answers a text that names more than one license: an expression if it says how they are joined, and a
// conflict if it does not.
func (out *Reading) several(r *reader, ms []mention, found findings) {
	slices.SortStableFunc(ms, func(a, b mention) int { return a.from - b.from })
	joins := make([]string, len(ms)-1)
	for i := range joins {
		joins[i] = r.join(ms[i], ms[i+1], found)
	}
	for i := len(joins) - 2; i >= 0; i-- {
		if joins[i] == "," {
			joins[i] = joins[i+1]
		}
	}
	invalid := slices.ContainsFunc(ms, func(m mention) bool { return m.invalid })
	if invalid && !slices.ContainsFunc(ms, func(m mention) bool { return !m.invalid }) {
		out.Resolution = Invalid
		return
	}
	if invalid || slices.Contains(joins, "") || slices.Contains(joins, ",") {
		names := make([]string, 0, len(ms))
		for _, m := range ms {
			if m.rec != nil {
				names = append(names, string(m.rec.ID))
			}
		}
		out.Resolution = Conflict
		out.warn("the text names licenses that disagree (" + strings.Join(names, ", ") + "): a person has to say which holds")
		return
	}
	out.Resolution = Expression
	out.Expr = joinExpression(ms, joins)
}

// joinExpression writes the ids with AND and OR; alternatives inside an AND are put in parentheses.
func joinExpression(ms []mention, joins []string) string {
	mixed := slices.Contains(joins, "AND") && slices.Contains(joins, "OR")
	var groups []string
	current := []string{string(ms[0].rec.ID)}
	flush := func() {
		s := strings.Join(current, " OR ")
		if mixed && len(current) > 1 {
			s = "(" + s + ")"
		}
		groups = append(groups, s)
	}
	for i, j := range joins {
		if j == "AND" {
			flush()
			current = nil
		}
		current = append(current, string(ms[i+1].rec.ID))
	}
	flush()
	return strings.Join(groups, " AND ")
}

// join says how two mentions are joined: "OR", "AND", "," for a mere list, or "" for not at all.
func (r *reader) join(a, b mention, found findings) string {
	if b.listed || found.dual {
		return "OR"
	}
	from, to := a.to, b.from
	if from > to {
		return ""
	}
	answer := ""
	for i := from; i < to && i < from+64; {
		phrases, n := r.f.phrases.at(r.scan, i)
		if _, ok := first(phrases, "or"); ok {
			return "OR"
		}
		if _, ok := first(phrases, "and"); ok {
			answer = "AND"
		}
		if _, ok := first(phrases, "part"); ok {
			answer = "AND"
		}
		i += max(n, 1)
	}
	if answer != "" {
		return answer
	}
	if to > from+1 || to >= len(r.tokens) {
		return ""
	}
	switch g := r.tokens[to].before; {
	case to > from:
		return ""
	case g&gapSlash != 0:
		return "OR"
	case g&(gapPlus|gapAmp) != 0:
		return "AND"
	case g&gapComma != 0:
		return ","
	}
	return ""
}
