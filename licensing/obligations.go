package licensing

import "slices"

// obligations are what must be done for each source, nearest first, in reading order, and then for the result.
func (c *work) obligations(out *record) []Obligation {
	if c.use.Private {
		return nil
	}
	how := c.how()
	list := make([]Obligation, 0, 7*len(c.order)+16)
	o := owed{work: c, out: out, list: list}
	for _, i := range c.order {
		if how[i] < parts {
			o.node(&c.nodes[i], how[i], slices.Contains(c.direct[:min(len(c.direct), 64)], i))
		}
	}
	o.result()
	return o.list
}

// how is the way in which the material of each work is in the result: a picture that stands unchanged in a source still
// stands unchanged. Works that the result owes nothing to have the value parts.
func (c *work) how() []part {
	how := make([]part, len(c.nodes))
	for i := range how {
		how[i] = parts
	}
	var queue []int32
	reach := func(i int32, as part) {
		if as < how[i] {
			how[i] = as
			queue = append(queue, i)
		}
	}
	for _, i := range c.direct {
		reach(i, c.nodes[i].part)
	}
	for k := 0; k < len(queue); k++ {
		from := how[queue[k]]
		if from == partExcerpt || from == partTravelled {
			continue
		}
		for _, p := range c.parents(&c.nodes[queue[k]]) {
			as := c.nodes[p].part
			if as == partAdapted && (from == partIncluded || from == partComponent) {
				as = from
			}
			reach(p, as)
		}
	}
	return how
}

// owed collects obligations.
type owed struct {
	*work
	out  *record
	list []Obligation
	at   *node

	mixed, code, gpl, gfdl, gfdlChanged, fal bool
}

func (o *owed) add(code string) {
	o.list = append(o.list, Obligation{code, o.at.work.Ref, o.at.rec.ID})
}

func (o *owed) addIf(is bool, code string) {
	if is {
		o.add(code)
	}
}

// node adds what is owed to one source by its license and version.
func (o *owed) node(n *node, how part, direct bool) {
	o.at = n
	if how == partExcerpt || how == partTravelled {
		o.add("MARK_THIRD_PARTY")
		return
	}
	adapted := (how == partAdapted || how == partProduced) && o.mode != Collection && o.mode != Verbatim
	changed := adapted || direct && changeOf(n.work.Transform) > changesFormat
	switch n.rec.class {
	case classCC:
		o.cc(n, adapted, changed)
	case classOGL:
		o.add("LICENCE_LINK")
		o.add("OGL_STATEMENT")
		o.add("NO_ENDORSEMENT")
	case classPermissive, classApache:
		o.addIf(n.rec.class == classApache, "LICENCE_LINK")
		o.addIf(n.rec.class == classApache && changed, "INDICATE_CHANGES")
		o.addIf(!n.rec.bare, "MIT_NOTICE")
		o.code = o.code || adapted
	case classODbL, classODCBy:
		o.add("ODBL_NOTICE")
		o.add("LICENCE_LINK")
	case classGFDL:
		o.add("ATTRIBUTE")
		o.add("COPYRIGHT_NOTICE")
		o.gfdl, o.gfdlChanged = true, o.gfdlChanged || adapted
	case classFAL:
		o.add("ATTRIBUTE")
		o.add("LICENCE_LINK")
		o.addIf(changed, "INDICATE_CHANGES")
		o.addIf(adapted, "SA_OUTPUT")
		o.fal = true
	case classGPL:
		o.add("COPYRIGHT_NOTICE")
		o.add("LICENCE_LINK")
		o.addIf(changed, "INDICATE_CHANGES")
		o.gpl, o.code = true, o.code || adapted
	case classUnassessed:
		o.add("COPYRIGHT_NOTICE")
		o.add("LICENCE_LINK")
	}
	if !adapted && n.rec.class != classPD && n.rec.class != classDesignation && n.rec.class != classUSGov && n.rec.class != classClaim {
		o.addIf(o.mode != Verbatim, "KEEP_LICENCE")
		o.mixed = o.mixed || o.mode == Adaptation
	}
}

// cc adds the duties of Creative Commons licenses, which differ by version. Of a license without a version all are due
// that any version has.
func (o *owed) cc(n *node, adapted, changed bool) {
	v := n.rec.version
	old, v4 := v < 40, v == 40 || v == 0
	if n.rec.elems.has(by) {
		o.add("ATTRIBUTE")
		o.addIf(old, "TITLE")
		o.addIf(v == 0 || v >= 20, "SOURCE_URI")
	}
	o.add("COPYRIGHT_NOTICE")
	o.add("LICENCE_LINK")
	o.add("DISCLAIMER_NOTICE")
	o.addIf(v4 && changed || v == 30 && adapted, "INDICATE_CHANGES")
	o.addIf(old && adapted && n.rec.elems.has(by), "ADAPTATION_CREDIT")
	o.addIf(v4 && (n.work.PriorChanges != "" || n.last > n.first && (n.work.Mode == "" || n.work.Mode == Adaptation)), "RETAIN_PRIOR_CHANGES")
	o.addIf(adapted && n.rec.elems.has(sa), "SA_OUTPUT")
	o.addIf(n.rec.elems.has(nc), "NC")
	if adapted && o.out != nil {
		dropped := n.rec.elems.has(nc) && !o.out.elems.has(nc)
		o.addIf(dropped || o.out.class == classClosed || o.out.class == classPD, "KEEP_LICENCE")
		o.mixed = o.mixed || dropped || o.out.class == classPD
	}
	o.addIf(!adapted && (n.rec.elems.has(nd) || o.mode == Verbatim && !changed), "UNMODIFIED")
	o.add("NO_TPM")
	o.addIf(v == 0 || v >= 30, "NO_ENDORSEMENT")
}

// result adds what concerns the result as a whole.
func (o *owed) result() {
	whole := func(is bool, code string) {
		if is {
			o.list = append(o.list, Obligation{Code: code})
		}
	}
	out := o.out
	if out == nil {
		out = &record{}
	}
	whole(o.mixed, "MARK_MIXED_TERMS")
	whole(o.gpl || out.class == classGPL, "GPL_SOURCE")
	whole(o.gfdl || out.class == classGFDL, "GFDL_FULL_TEXT")
	whole(o.gfdlChanged || out.class == classGFDL && o.mode == Adaptation, "GFDL_HISTORY")
	whole(o.fal || out.class == classFAL, "LAL_ACCESS_TO_ORIGINAL")
	whole(o.code && out.class == classCC, "WARN_CC_ON_SOFTWARE")
}
