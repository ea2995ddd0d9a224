package licensing

import (
	"slices"
	"strings"
)

// upstreamViolation starts the code that names a work whose own license is impossible: an earlier step, or the work that
// is asked about.
const upstreamViolation = "UPSTREAM_VIOLATION"

// Violation is the code of the reason that names a work whose own license its sources do not permit.
func Violation(ref string) string { return upstreamViolation + ":" + ref }

// tally collects what the rules find about one license of the result.
type tally struct {
	worst severity
	found []tallied
}

type tallied struct {
	finding
	licenses []int
	ref      string
}

func (t *tally) add(f finding, license int) {
	t.worst = max(t.worst, f.severity)
	for i := range t.found {
		if t.found[i].finding == f {
			if !slices.Contains(t.found[i].licenses, license) {
				t.found[i].licenses = append(t.found[i].licenses, license)
			}
			return
		}
	}
	t.found = append(t.found, tallied{finding: f, licenses: []int{license}})
}

func (t *tally) addRef(f finding, ref string) {
	t.worst = max(t.worst, f.severity)
	t.found = append(t.found, tallied{finding: f, ref: ref})
}

// judgeAdaptation judges everything that reaches a work against the license it shall have.
func (w *network) judgeAdaptation(t *tally, reach, direct bitset, out *record, use Use) {
	freeSA, nonCommercial := -1, -1
	for l, rec := range w.licenses {
		for q := range parts {
			if !reach.has(l*int(parts) + int(q)) {
				continue
			}
			t.add(w.adaptPart(l, q, out, use, reach, direct), l)
			if q != partAdapted && q != partOnward || use.Private {
				continue
			}
			if rec.keepsCommerce() {
				freeSA = l
			}
			if rec.elems.has(nc) {
				nonCommercial = l
			}
			w.warn(t, l)
		}
	}
	if freeSA >= 0 && nonCommercial >= 0 {
		t.add(refuse("NO_SA_NC_CONFLICT"), freeSA)
		t.add(refuse("NO_SA_NC_CONFLICT"), nonCommercial)
	}
	w.judgeUse(t, reach, use)
}

// keepsCommerce reports whether a license insists that remixes stay open to commercial use, so that NonCommercial
// material cannot go in (CC FAQ, remix chart).
func (r *record) keepsCommerce() bool {
	return r.elems.has(sa) && !r.elems.has(nc) || r.class == classFAL
}

// adaptPart judges one license and the way its material is in the work.
func (w *network) adaptPart(l int, q part, out *record, use Use, reach, direct bitset) finding {
	rec := w.licenses[l]
	switch q {
	case partExcerpt:
		return allow("OK_EXCEPTION_EXCERPT")
	case partTravelled:
		return review("REVIEW_EXCERPT_TRAVELS")
	case partIncluded, partComponent:
		return beside(rec, out, q)
	case partProduced:
		if rec.class == classODbL {
			return allow("OK_PRODUCED_WORK")
		}
	}
	if use.Private {
		return private(rec)
	}
	if out.class == classGPL {
		switch {
		case q == partOnward:
			return dispute("DISP_FAL_BYSA_GPL")
		case rec.elems == by|sa && rec.version == 30 && !direct.has(l*int(parts)+int(partAdapted)) && w.reaches(reach, CCBYSA):
			return refuse("DISP_SA3_TWO_STEP_GPL")
		}
	}
	return w.pair(l, out)
}

func (w *network) reaches(b bitset, id ID) bool {
	for l, rec := range w.licenses {
		if rec.ID == id {
			return b.has(l*int(parts) + int(partAdapted))
		}
	}
	return false
}

// private judges a change that is not shared: only ND before 4.0 withholds even that (CC 4.0 s2(a)(1)).
func private(rec *record) finding {
	switch {
	case rec.class == classClosed:
		return refuse("NO_PERMISSION")
	case rec.class == classUnclear, rec.class == classUnassessed && !rec.Open:
		return review("REVIEW_UNKNOWN_RIGHTS")
	case rec.elems.has(nd) && rec.unversion:
		return review("REVIEW_VERSION_UNKNOWN")
	case rec.elems.has(nd) && rec.version < 40:
		return refuse("NO_ND_ADAPTATION")
	case rec.class == classCC && rec.version == 40:
		return allow("OK_PRIVATE_ADAPTATION_4_0")
	}
	return allow("OK_PRIVATE")
}

// beside judges a work that stands unchanged beside others under out, by the collection chart of the CC FAQ. out may be
// nil where no license is given to the whole.
func beside(rec, out *record, q part) finding {
	switch rec.class {
	case classClosed:
		return refuse("NO_PERMISSION")
	case classUnclear, classException:
		return review("REVIEW_UNKNOWN_RIGHTS")
	case classUnassessed:
		if !rec.Open {
			return review("REVIEW_NOT_ASSESSED")
		}
	case classPermissive, classApache:
		return allow("OK_PERMISSIVE_NOTICE_KEPT")
	case classFAL:
		if q == partIncluded && out != nil && out.class != classFAL && out.ID != CCBYSA {
			return refuse("NO_LAL_INTEGRATION")
		}
	}
	if rec.elems.has(nc) && out != nil && out.Commercial && !out.elems.has(nc) {
		return refuse("NO_NC_IN_COMMERCIAL_COLLECTION")
	}
	return allow("OK_COLLECTION")
}

// warn adds what a reader should know although it changes nothing.
func (w *network) warn(t *tally, l int) {
	rec := w.licenses[l]
	switch {
	case rec.class == classUSGov, rec.class == classClaim, rec.ID == "CC-PDDC":
		t.add(allow("WARN_JURISDICTION_PD"), l)
	case rec.unversion:
		t.add(allow("WARN_VERSION_UNKNOWN"), l)
	}
}

// judgeUse adds what the use itself forbids.
func (w *network) judgeUse(t *tally, reach bitset, use Use) {
	if !use.Commercial && !use.DRM {
		return
	}
	for l, rec := range w.licenses {
		in := false
		for q := partAdapted; q < partExcerpt; q++ {
			in = in || reach.has(l*int(parts)+int(q))
		}
		if !in {
			continue
		}
		if use.Commercial && rec.elems.has(nc) {
			t.add(refuse("NO_NC_COMMERCIAL_USE"), l)
		}
		if use.DRM && !use.Private && (rec.class == classCC || rec.class == classGFDL || rec.class == classFAL) {
			t.add(refuse("NO_TPM"), l)
		}
	}
}

// judgeBeside judges a collection: each piece, and all that the pieces came from.
func (w *network) judgeBeside(t *tally, reach bitset, out *record, use Use) {
	if out != nil && (out.class == classDesignation || out.class == classClaim || out.class == classUSGov) {
		t.addRef(refuse("NO_PDM_NOT_A_LICENCE"), "")
	}
	for l := range w.licenses {
		for q := range parts {
			if !reach.has(l*int(parts) + int(q)) {
				continue
			}
			switch q {
			case partExcerpt:
				t.add(allow("OK_EXCEPTION_EXCERPT"), l)
			case partTravelled:
				t.add(review("REVIEW_EXCERPT_TRAVELS"), l)
			default:
				t.add(beside(w.licenses[l], out, partComponent), l)
				w.warn(t, l)
			}
		}
	}
	w.judgeUse(t, reach, use)
}

// violated reports whether the license of a work is impossible, given all that it was made from.
func (w *network) violated(i int32) bool {
	n := &w.nodes[i]
	parents := w.parents(n)
	if len(parents) == 0 || n.rec.class == classUnclear || n.rec.class == classException {
		return false
	}
	var t tally
	switch n.work.Mode {
	case Collection:
		w.judgeBeside(&t, w.reach(i), n.rec, Use{})
	case Verbatim:
		for _, p := range parents {
			t.worst = max(t.worst, sameOrFree(w.nodes[p].rec, n.rec).severity)
		}
	case Relicense:
		for _, p := range parents {
			if !n.work.RightsHolder {
				t.worst = max(t.worst, sameOrFree(w.nodes[p].rec, n.rec).severity)
			}
			w.judgeAdaptation(&t, w.reach(p), w.direct(w.parents(&w.nodes[p])), n.rec, Use{})
		}
	default:
		var direct bitset
		if n.rec.class == classGPL { // the only rule that asks how far away a source is
			direct = w.direct(parents)
		}
		return w.refuses(w.reach(i), direct, n.rec)
	}
	return t.worst == sevRefused
}

// refuses is judgeAdaptation for the answer alone.
func (w *network) refuses(reach, direct bitset, out *record) bool {
	freeSA, nonCommercial := false, false
	for l, rec := range w.licenses {
		for q := range parts {
			if !reach.has(l*int(parts) + int(q)) {
				continue
			}
			if w.adaptPart(l, q, out, Use{}, reach, direct).severity == sevRefused {
				return true
			}
			if q == partAdapted || q == partOnward {
				freeSA = freeSA || rec.keepsCommerce()
				nonCommercial = nonCommercial || rec.elems.has(nc)
			}
		}
	}
	return freeSA && nonCommercial
}

// direct is the set of licenses and parts of the works themselves.
func (w *network) direct(works []int32) bitset {
	b := make(bitset, w.words)
	for _, i := range works {
		b.set(w.nodes[i].license*int(parts) + int(w.nodes[i].part))
	}
	return b
}

// sameOrFree judges an unchanged copy under another label: only who holds the rights may change it, unless nobody does
// or the license itself names later versions.
func sameOrFree(src, out *record) finding {
	switch {
	case src.ID == out.ID:
		return allow("OK_SAME_LICENCE")
	case src.class == classPD, src.class == classDesignation, src.class == classUSGov, src.class == classClaim:
		return allow("OK_PD_INPUT")
	case src.class == classUnclear:
		return review("REVIEW_UNKNOWN_RIGHTS")
	case src.later && src.Family == out.Family && out.version >= src.version:
		return allow("OK_LATER_VERSION")
	}
	return refuse("NO_PERMISSION")
}

// reasons turns a tally into reasons, the gravest first. The order does not depend on the order of the works.
func (w *network) reasons(t *tally, out *record, order []int32) []Reason {
	refs := map[int][]string{}
	for _, i := range order {
		n := &w.nodes[i]
		if len(refs[n.license]) < maxRefs {
			refs[n.license] = append(refs[n.license], n.work.Ref)
		}
	}
	found := slices.Clone(t.found)
	if t.worst >= sevDisputed { // what is fine does not explain why something is not
		found = slices.DeleteFunc(found, func(f tallied) bool {
			return f.severity == sevAllowed && strings.HasPrefix(f.code, "OK_")
		})
	}
	slices.SortStableFunc(found, func(a, b tallied) int {
		if a.severity != b.severity {
			return int(b.severity) - int(a.severity)
		}
		return strings.Compare(a.code, b.code)
	})
	table := loadSentences().reasons
	list := make([]Reason, 0, len(found))
	for _, f := range found {
		r := Reason{Code: f.code}
		if f.ref != "" {
			r.Refs = []string{f.ref}
		}
		for _, l := range f.licenses {
			r.Licenses = append(r.Licenses, w.licenses[l].ID)
			r.Refs = append(r.Refs, refs[l]...)
		}
		slices.Sort(r.Licenses)
		if len(r.Refs) > maxRefs {
			r.Refs = r.Refs[:maxRefs]
		}
		if out != nil {
			r.Output = out.ID
		}
		key, _, _ := strings.Cut(f.code, ":")
		r.Clause = table[key].Clause
		r.Text = r.In("en")
		list = append(list, r)
	}
	return list
}

// maxRefs bounds the works that one reason names.
const maxRefs = 20
