package licensing

import (
	"cmp"
	"slices"
)

// Evaluate answers a question. The order of sources and works never changes the answer, and one more source never
// widens it.
func Evaluate(q Question) Answer {
	if q.Mode == Policy || q.Grant != nil && len(q.Sources) == 0 && len(q.Graph.Works) == 0 {
		return evaluatePolicy(q)
	}
	f := loadFacts()
	w := newNetwork(f, completed(q.Sources, q.Graph.Works), q.Graph.Works)
	c := work{network: w, mode: cmp.Or(q.Mode, Adaptation), use: q.Use, output: q.Output}
	if len(w.nodes) > 0 {
		c.find(q)
	}
	c.order = w.ancestors(c.direct)
	return c.answer(q)
}

// completed gives the sources what the graph knows of where they came from.
func completed(sources, works []Work) []Work {
	if len(sources) == 0 || len(works) == 0 {
		return sources
	}
	index := make(map[string]*Work, len(works))
	for i := range works {
		index[works[i].Ref] = &works[i]
	}
	out := slices.Clone(sources)
	for i := range out {
		if known := index[out[i].Ref]; known != nil {
			if len(out[i].From) == 0 {
				out[i].From, out[i].Mode = known.From, known.Mode
			}
			out[i].License = cmp.Or(out[i].License, known.License)
		}
	}
	return out
}

// work is what a question is about.
type work struct {
	*network
	mode   Mode
	use    Use
	output ID
	target int32 // the work itself where it is one of the graph; -1 for a new one
	self   bool
	direct []int32
	order  []int32

	upstream      []int32 // works whose own license is impossible
	upstreamKnown bool
}

// find settles which works the result is made from.
func (c *work) find(q Question) {
	c.target = -1
	if len(q.Sources) > 0 {
		for i := range q.Sources {
			if k, ok := c.network.find(q.Sources[i].Ref); ok {
				c.direct = appendNew(c.direct, k)
			}
		}
		return
	}
	var about []int32
	if i, ok := c.network.find(q.Target); ok && q.Target != "" {
		about = []int32{i}
	} else if q.Target != "" {
		c.broken = true
	} else {
		about = c.sinks()
	}
	if len(about) == 1 {
		n := &c.nodes[about[0]]
		if q.Output == "" || n.work.License == q.Output || n.work.License == "" {
			c.target, c.self = about[0], true
			c.output = cmp.Or(q.Output, n.work.License)
			c.mode = cmp.Or(n.work.Mode, q.Mode, Adaptation)
			c.direct = c.parents(n)
			c.broken = c.broken || n.unknown
			return
		}
	}
	c.direct = about
}

func appendNew(to []int32, i int32) []int32 {
	if slices.Contains(to, i) {
		return to
	}
	return append(to, i)
}

// sinks are the works that nothing was made from.
func (w *network) sinks() []int32 {
	used := make([]bool, len(w.nodes))
	for i := range w.nodes {
		for _, p := range w.parents(&w.nodes[i]) {
			used[p] = true
		}
	}
	var out []int32
	for i := range w.nodes {
		if !used[i] {
			out = append(out, int32(i))
		}
	}
	if len(out) == 0 {
		w.broken = len(w.nodes) > 0
	}
	return out
}

// answer judges the license that is asked about, or all that there may be.
func (c *work) answer(q Question) Answer {
	a := Answer{ID: q.ID}
	asksOutputs := c.output == "" && !c.use.Private && (c.mode == Adaptation || c.mode == Collection)
	if !asksOutputs {
		var out *record
		if c.output != "" {
			out = c.facts.known(c.output)
		}
		t := c.judge(out)
		a.Verdict = t.worst.verdict()
		a.Reasons = c.reasons(&t, out, c.order)
		if t.worst < sevReview {
			a.Obligations = c.obligations(out)
		}
		return a
	}
	a.Outputs = c.options(q.Universe)
	best := a.Outputs[0]
	a.Verdict, a.Reasons = best.Verdict, best.Reasons
	if best.Verdict == NotAllowed {
		a.Reasons = allReasons(a.Outputs)
	}
	if best.Offered() || best.Verdict == Disputed {
		a.Obligations = c.obligations(c.facts.known(best.ID))
	}
	return a
}

// judge applies all rules to one license of the result.
func (c *work) judge(out *record) tally {
	var t tally
	if c.broken {
		t.addRef(review("REVIEW_GRAPH"), "")
	}
	reach := make(bitset, c.words)
	for _, i := range c.direct {
		c.contribute(reach, i, false)
	}
	if len(c.direct) == 0 && !c.broken {
		c.judgeOriginal(&t, out)
		return t
	}
	switch c.mode {
	case Collection:
		c.judgeBeside(&t, reach, out, c.use)
		c.judgeChanges(&t)
	case Verbatim:
		c.judgeVerbatim(&t, reach, out)
	case Relicense:
		c.judgeRelicense(&t, out)
	default:
		if out == nil {
			out = c.facts.byID[AllRightsReserved] // a private change: no license is given
		}
		c.judgeAdaptation(&t, reach, c.network.direct(c.direct), out, c.use)
	}
	c.judgeUpstream(&t)
	if out != nil && t.worst < sevReview && !c.use.Private && (out.elems.has(nd) || out.class == classClosed) && c.mode != Verbatim {
		t.addRef(allow("WARN_NOT_OER_OUTPUT"), "")
	}
	t.dedupe()
	return t
}

// judgeOriginal judges a work that was made from nothing else.
func (c *work) judgeOriginal(t *tally, out *record) {
	switch {
	case out == nil, c.self:
		t.addRef(allow("OK_RIGHTS_HOLDER"), "")
	case out.class == classUnclear:
		t.addRef(review("REVIEW_OUTPUT"), "")
	case out.NotALicense && out.class != classClosed:
		t.addRef(refuse("NO_PDM_NOT_A_LICENCE"), "")
	default:
		t.addRef(allow("OK_RIGHTS_HOLDER"), "")
	}
	if c.self && out != nil && out.class == classUnclear {
		t.addRef(review("REVIEW_UNKNOWN_RIGHTS"), c.nodes[c.target].work.Ref)
	}
}

// judgeUpstream names the earlier steps whose license is impossible. What was gathered or copied unchanged cannot be
// shared with such a license; a remix is judged against everything behind it anyway.
func (c *work) judgeUpstream(t *tally) {
	if c.use.Private {
		return
	}
	if !c.upstreamKnown {
		c.upstream, c.upstreamKnown = c.violations(), true
	}
	for _, i := range c.upstream {
		code := Violation(c.nodes[i].work.Ref)
		f := allow(code)
		if (c.mode == Collection || c.mode == Verbatim || c.mode == Relicense) && !(c.self && i == c.target) {
			f = refuse(code)
		}
		t.addRef(f, c.nodes[i].work.Ref)
	}
}

// maxViolations bounds the earlier steps that are named.
const maxViolations = 100

func (c *work) violations() []int32 {
	works := c.order
	if c.self {
		works = append([]int32{c.target}, works...)
		c.settle(works[:1])
	}
	var out []int32
	for _, i := range works {
		if len(out) < maxViolations && c.violated(i) {
			out = append(out, i)
		}
	}
	return out
}

// judgeChanges looks at what is done to the pieces of a collection: what changes them is an adaptation after all.
func (c *work) judgeChanges(t *tally) {
	for _, i := range c.direct {
		n := &c.nodes[i]
		if n.part == partExcerpt || !n.rec.elems.has(nd) {
			continue
		}
		switch changeOf(n.work.Transform) {
		case changesWork:
			t.add(refuse("NO_ND_ADAPTATION"), n.license)
		case changesLittle:
			t.add(review("REVIEW_MINOR_CHANGE"), n.license)
		case takesPart:
			t.add(review("DISP_EXCERPT_ND"), n.license)
		}
	}
}

func (c *work) judgeVerbatim(t *tally, reach bitset, out *record) {
	c.judgeBeside(t, reach, nil, c.use)
	c.judgeChanges(t)
	for k := range t.found {
		if t.found[k].code == "OK_COLLECTION" || t.found[k].code == "OK_PERMISSIVE_NOTICE_KEPT" {
			t.found[k].code = "OK_VERBATIM"
		}
	}
	for _, i := range c.direct {
		n := &c.nodes[i]
		if changeOf(n.work.Transform) == changesFormat {
			t.add(allow("OK_FORMAT_SHIFT"), n.license)
		}
		if n.work.Withdrawn && n.rec.class != classClosed && n.rec.class != classUnclear {
			t.add(allow("OK_IRREVOCABLE"), n.license)
		}
		if out != nil && n.part != partExcerpt {
			t.add(sameOrFree(n.rec, out), n.license)
		}
	}
}

func (c *work) judgeRelicense(t *tally, out *record) {
	if out == nil {
		out = c.facts.byID[UnknownRights]
	}
	for _, i := range c.direct {
		n := &c.nodes[i]
		holder := n.work.RightsHolder || c.self && c.nodes[c.target].work.RightsHolder
		if !holder {
			t.add(sameOrFree(n.rec, out), n.license)
			continue
		}
		t.add(allow("OK_RIGHTS_HOLDER"), n.license)
		if n.rec.class != classClosed && n.rec.class != classUnclear && n.rec != out {
			t.add(allow("OK_IRREVOCABLE"), n.license)
		}
		c.judgeAdaptation(t, c.reach(i), c.network.direct(c.parents(n)), out, Use{})
		if out.class == classDesignation {
			t.add(refuse("NO_PDM_NOT_A_LICENCE"), n.license)
		}
	}
}

// dedupe drops a code without licenses that another entry says with licenses.
func (t *tally) dedupe() {
	seen := map[string]bool{}
	t.found = slices.DeleteFunc(t.found, func(f tallied) bool {
		double := len(f.licenses) == 0 && seen[f.code]
		seen[f.code] = true
		return double
	})
}

// change is how much a transformation alters a work.
type change uint8

const (
	changesNothing change = iota
	changesFormat         // printing, another file format
	changesLittle         // a crop, other colors: usually no adaptation, but a modification
	takesPart             // an unchanged excerpt
	changesWork           // a translation, music under pictures: always an adaptation
)

func changeOf(transform string) change {
	switch transform {
	case "", "none", "copy":
		return changesNothing
	case "format_shift", "print", "printing", "digitize", "compress", "convert":
		return changesFormat
	case "excerpt", "quote":
		return takesPart
	case "crop", "resize", "rotate", "grayscale", "recolor", "trim", "correct", "annotate", "retouch":
		return changesLittle
	}
	return changesWork
}
