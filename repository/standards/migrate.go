package standards

import (
	"slices"
	"strings"
)

// Reason says why a step of a migration leads where it does.
type Reason string

// The reasons. Only the first two are ever certain.
const (
	ReasonReplaced Reason = "replaced" // replacedBy leads from one statement to one
	ReasonMatch    Reason = "match"    // exactMatchOf links one statement with one
	ReasonSplit    Reason = "split"    // it became several statements
	ReasonMerge    Reason = "merge"    // it and others became one statement
	ReasonSameCode Reason = "samecode" // nothing links them, but the code is the same and no other statement has it
	ReasonRelated  Reason = "related"  // only a weaker association links them, such as isRelatedTo
	ReasonNone     Reason = "none"     // nothing leads to the other framework
)

// Step is what becomes of the alignments to one statement.
type Step struct {
	From     string   `json:"from"`               // key
	To       []string `json:"to"`                 // keys; empty if there is no successor
	Relation string   `json:"relation,omitempty"` // type of the associations that lead there; "" for samecode and none
	Certain  bool     `json:"certain"`            // may be done without asking; else a person chooses among To
	Why      Reason   `json:"why"`
}

// PlanMigration says where the alignments to statements of one framework lead in another, or in another edition: one
// step for each statement, in the order in which aligned first names it. Aligned has keys, or codes, GUIDs and URIs that
// Statement and Related take. What is not of the framework from is left out, and with it what both editions have: it
// needs no step. ReplacedBy is followed over any number of editions, and goes before exactMatchOf, an equal code, and
// weaker associations.
func (l *Library) PlanMigration(from, to string, aligned []string) []Step {
	l = l.orEmpty()
	p := planner{l: l, from: l.nameOf(from), to: l.nameOf(to), fromCodes: l.keysByCode(from), toCodes: l.keysByCode(to)}
	steps := []Step{}
	seen := map[string]bool{}
	for _, key := range aligned {
		if key = l.home(key); seen[key] || l.frameworkOf(key) != p.from {
			continue
		}
		seen[key] = true
		steps = append(steps, p.step(key))
	}
	return steps
}

// nameOf is the short name under which statements of a framework know it.
func (l *Library) nameOf(framework string) string {
	if f := l.byName[framework]; f != nil {
		return f.Name
	}
	return framework
}

type planner struct {
	l        *Library
	from, to string

	fromCodes, toCodes map[string]string // see keysByCode
}

func (p planner) step(key string) Step {
	if to := p.replaced(key); len(to) > 0 {
		others := p.in(p.from, p.l.Predecessors(to[0]))
		return certain(Step{From: key, To: to, Relation: ReplacedBy, Why: ReasonReplaced}, others)
	}
	if to := p.linked(key, p.to, func(t string) bool { return t == ExactMatchOf }); len(to) > 0 {
		others := p.linked(to[0], p.from, func(t string) bool { return t == ExactMatchOf })
		return certain(Step{From: key, To: to, Relation: ExactMatchOf, Why: ReasonMatch}, others)
	}
	if other := p.sameCode(key); other != "" {
		return Step{From: key, To: []string{other}, Why: ReasonSameCode}
	}
	for _, r := range p.l.relations[key] {
		weaker := r.Type == IsRelatedTo || r.Type == IsPeerOf || r.Type == IsTranslationOf || strings.HasPrefix(r.Type, "ext:")
		if weaker && r.Framework == p.to {
			to := p.linked(key, p.to, func(t string) bool { return t == r.Type })
			return Step{From: key, To: to, Relation: r.Type, Why: ReasonRelated}
		}
	}
	return Step{From: key, To: []string{}, Why: ReasonNone}
}

// certain decides whether a step is from one to one; others are the statements that lead to the same place, it among
// them.
func certain(s Step, others []string) Step {
	switch {
	case len(s.To) > 1:
		s.Why = ReasonSplit
	case len(others) > 1:
		s.Why = ReasonMerge
	default:
		s.Certain = true
	}
	return s
}

// replaced lists the last statements of the other framework to which replacedBy leads.
func (p planner) replaced(key string) []string {
	return slices.DeleteFunc(p.in(p.to, p.l.Successors(key)), func(k string) bool {
		return len(p.in(p.to, p.l.Successors(k))) > 0
	})
}

// linked lists the statements of a framework to which associations of a type link.
func (p planner) linked(key, framework string, ofType func(string) bool) []string {
	var keys []string
	for _, r := range p.l.relations[key] {
		if ofType(r.Type) && r.Framework == framework && !slices.Contains(keys, r.Other) {
			keys = append(keys, r.Other)
		}
	}
	return keys
}

// in keeps the keys of statements of the framework.
func (p planner) in(framework string, keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return p.l.frameworkOf(k) != framework })
}

// sameCode gives the one statement of the other framework that has the code, if it is the only one in its own, too.
func (p planner) sameCode(key string) string {
	s := p.l.statements[key]
	if s == nil || s.Code == "" || p.fromCodes[alias(s.Code)] != key {
		return ""
	}
	return p.toCodes[alias(s.Code)]
}

// keysByCode gives the keys of a framework's statements by alias; "" for a code that several have.
func (l *Library) keysByCode(framework string) map[string]string {
	keys := map[string]string{}
	if f := l.byName[framework]; f != nil {
		for i := range f.Statements {
			a := alias(f.Statements[i].Code)
			if _, taken := keys[a]; taken {
				keys[a] = ""
			} else {
				keys[a] = f.Statements[i].Key
			}
		}
	}
	return keys
}
