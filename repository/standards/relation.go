package standards

import (
	"cmp"
	"slices"
	"strings"
)

// The types of associations of CASE 1.0 and 1.1 that have a meaning here. Others, such as ext:isStandardAlignedTo, are
// kept as given.
const (
	IsChildOf       = "isChildOf" // only of a second parent; Statement.Parent holds the first
	IsPeerOf        = "isPeerOf"
	IsPartOf        = "isPartOf"
	ExactMatchOf    = "exactMatchOf"
	Precedes        = "precedes"
	IsRelatedTo     = "isRelatedTo"
	ReplacedBy      = "replacedBy"
	Exemplar        = "exemplar"
	HasSkillLevel   = "hasSkillLevel"
	IsTranslationOf = "isTranslationOf"
)

// maxChain bounds how many statements Successors and Progression follow.
const maxChain = 1000

// Relation is one association as it is seen from one of its two statements.
type Relation struct {
	Type      string `json:"type"`                // as given: exactMatchOf, isRelatedTo, replacedBy, precedes, isPartOf, ext:…
	Other     string `json:"other"`               // key of the other statement, as Library.Statement and Keys take it; the identifier or URI as given where nothing is known of it
	Framework string `json:"framework,omitempty"` // short name of the other's framework, imported or not; "" where it is not known
	Inverse   bool   `json:"inverse,omitempty"`   // the other is the origin: it is replaced by, precedes or is part of this one; never for types that mean the same both ways
}

// Symmetric reports whether an association of the type means the same in both directions: isPeerOf, exactMatchOf and
// isRelatedTo.
func Symmetric(associationType string) bool {
	return associationType == IsPeerOf || associationType == ExactMatchOf || associationType == IsRelatedTo
}

// typeOrder puts the closest relations first, and those that this package has no meaning for last.
var typeOrder = []string{
	ExactMatchOf, ReplacedBy, IsTranslationOf, Precedes, IsPeerOf, IsRelatedTo, IsPartOf, IsChildOf, Exemplar, HasSkillLevel,
}

// Related lists what the associations of all imported frameworks link to a statement, the closest first: exactMatchOf,
// replacedBy, isTranslationOf, precedes, isPeerOf, isRelatedTo, isPartOf, and the others; within a type those that
// start here first, each in the order of its framework. Either statement may be of another framework, imported or not.
// Key is a key, a canonical code, or a GUID or URI that the statement's publisher gave it. A link that several
// frameworks state is listed once.
func (l *Library) Related(key string) []Relation {
	l = l.orEmpty()
	return slices.Clone(l.relations[l.home(key)])
}

// Successors lists what replaced a statement: the statements that replacedBy leads to, and those that replaced them in
// turn, nearest first, without the statement itself. It is empty where nothing did.
func (l *Library) Successors(key string) []string {
	l = l.orEmpty()
	return l.follow(l.home(key), ReplacedBy, false)
}

// Predecessors lists what a statement replaced, in the manner of Successors.
func (l *Library) Predecessors(key string) []string {
	l = l.orEmpty()
	return l.follow(l.home(key), ReplacedBy, true)
}

// Progression lists the statements that come right before a statement and right after it, by the precedes associations.
func (l *Library) Progression(key string) (before, after []string) {
	for _, r := range l.Related(key) {
		switch {
		case r.Type != Precedes:
		case r.Inverse:
			before = append(before, r.Other)
		default:
			after = append(after, r.Other)
		}
	}
	return before, after
}

// follow walks the associations of one type and direction breadth first; cycles end at what was seen already.
func (l *Library) follow(from, associationType string, inverse bool) []string {
	var found []string
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0 && len(found) < maxChain; queue = queue[1:] {
		for _, r := range l.relations[queue[0]] {
			if r.Type != associationType || r.Inverse != inverse || seen[r.Other] {
				continue
			}
			seen[r.Other] = true
			found = append(found, r.Other)
			queue = append(queue, r.Other)
		}
	}
	return found[:min(len(found), maxChain)]
}

// relate fills l.relations from the associations of all frameworks.
func (l *Library) relate(frameworks []*Framework) {
	type link struct {
		from, to, kind string
		inverse        bool
	}
	seen := map[link]bool{}
	add := func(from, to, kind string, inverse bool) {
		if k := (link{from, to, kind, inverse}); from != "" && to != "" && from != to && !seen[k] {
			seen[k] = true
			l.relations[from] = append(l.relations[from], Relation{kind, to, l.frameworkOf(to), inverse})
		}
	}
	for _, f := range frameworks { // an identifier of the Achievement Standards Network is one more address
		for _, a := range f.Associations {
			at := address(a.Target)
			if a.Type == ExactMatchOf && strings.HasPrefix(at, asnHost) && readURI(at) == nil && l.uris[at] == "" && l.statements[a.Origin] != nil {
				l.uris[at] = a.Origin
			}
		}
	}
	for _, f := range frameworks {
		for _, a := range f.Associations {
			origin, target := l.home(a.Origin), l.home(a.Target)
			add(origin, target, a.Type, false)
			add(target, origin, a.Type, !Symmetric(a.Type))
		}
	}
	rank := func(r Relation) int {
		n := slices.Index(typeOrder, r.Type)
		if n < 0 {
			n = len(typeOrder)
		}
		if r.Inverse {
			return 2*n + 1
		}
		return 2 * n
	}
	for _, rs := range l.relations {
		slices.SortStableFunc(rs, func(a, b Relation) int { return cmp.Compare(rank(a), rank(b)) })
	}
}

// home gives the one key that stands for a statement in l.relations, whichever of its keys is given: that of the
// imported statement, else the canonical code, else what was given.
func (l *Library) home(key string) string {
	if l.statements[key] != nil {
		if r, ok := l.guests[key]; ok && len(l.codes[r]) == 1 {
			return l.codes[r][0]
		}
		return key
	}
	r, ok := reading{}, false
	switch id, a := guid(key), address(key); {
	case id != "":
		if l.statements[id] != nil {
			return l.home(id)
		}
		if r, ok = known().guids[id]; !ok {
			return id
		}
	case a != "":
		if own := l.uris[a]; own != "" {
			return l.home(own)
		}
		if rs := l.existing(readURI(a), Hint{}); len(rs) == 1 {
			r, ok = rs[0], true
		}
	default:
		r, ok = listedReading(key)
	}
	if !ok {
		return key
	}
	if l.keyOf(r) == r.code && len(l.guestKeys[r]) == 1 {
		return l.guestKeys[r][0]
	}
	return l.keyOf(r)
}

// frameworkOf names the framework of a statement by its home key.
func (l *Library) frameworkOf(key string) string {
	if r, ok := l.guests[key]; ok {
		return r.family
	}
	if s := l.statements[key]; s != nil {
		return s.Framework
	}
	if r, ok := listedReading(key); ok {
		return r.family
	}
	return ""
}
