package licensing

// severity orders verdicts from best to worst; the worst of all sources is the answer.
type severity uint8

const (
	sevAllowed severity = iota
	sevDiscouraged
	sevDisputed
	sevReview
	sevRefused
)

func (s severity) verdict() Verdict {
	return [...]Verdict{Allowed, AllowedNotRecommended, Disputed, ManualReview, NotAllowed}[s]
}

// finding is what one rule says of one source and one license of the result.
type finding struct {
	severity severity
	code     string
}

func allow(code string) finding      { return finding{sevAllowed, code} }
func discourage(code string) finding { return finding{sevDiscouraged, code} }
func dispute(code string) finding    { return finding{sevDisputed, code} }
func review(code string) finding     { return finding{sevReview, code} }
func refuse(code string) finding     { return finding{sevRefused, code} }

// known stands for a license that is not cleared.
func (f *facts) known(id ID) *record {
	if r := f.record(id); r != nil {
		return r
	}
	return f.byID[UnknownRights]
}

// adapt says whether material under src may be changed into something under out. A license whose version is not stated
// counts as all of its versions at once.
func adapt(src, out *record) finding {
	if len(src.members) == 0 && len(out.members) == 0 {
		return adaptExact(src, out)
	}
	members := func(r *record) []*record {
		if len(r.members) > 0 {
			return r.members
		}
		return []*record{r}
	}
	var all finding
	for i, s := range members(src) {
		for j, o := range members(out) {
			got := adaptExact(s, o)
			switch {
			case i == 0 && j == 0:
				all = got
			case got.severity != all.severity:
				return review("REVIEW_VERSION_UNKNOWN")
			}
		}
	}
	return all
}

func adaptExact(src, out *record) finding {
	switch out.class {
	case classDesignation, classClaim, classUSGov:
		return refuse("NO_PDM_NOT_A_LICENCE")
	case classUnclear, classException:
		if src.class != classClosed && src.class != classUnclear && !src.elems.has(nd) {
			return review("REVIEW_OUTPUT")
		}
	}
	switch src.class {
	case classCC:
		return adaptCC(src, out)
	case classPD, classDesignation, classClaim, classUSGov:
		return allow("OK_PD_INPUT")
	case classClosed:
		return refuse("NO_PERMISSION")
	case classUnclear, classException:
		return review("REVIEW_UNKNOWN_RIGHTS")
	case classPermissive:
		return adaptPermissive(out)
	case classApache:
		return adaptApache(src, out)
	case classODCBy:
		if src.ID == out.ID {
			return allow("OK_SAME_LICENCE")
		}
		return dispute("DISP_ODCBY_RELICENSE")
	case classOGL:
		return adaptOGL(src, out)
	case classGFDL, classGPL, classFAL, classODbL:
		return adaptCopyleft(src, out)
	}
	if src.ID == out.ID {
		return allow("OK_SAME_LICENCE")
	}
	return review("REVIEW_NOT_ASSESSED")
}

// adaptCC follows the adapter's license chart of the CC FAQ, and for ShareAlike the clauses of each version.
func adaptCC(src, out *record) finding {
	switch {
	case src.elems.has(nd):
		return refuse("NO_ND_ADAPTATION")
	case src.elems.has(sa):
		return shareAlike(src, out)
	case src.elems.has(nc):
		return adaptNC(out)
	}
	switch out.class {
	case classCC:
		return allow("OK_CHART")
	case classPD:
		return discourage("WARN_BY_TO_PD")
	case classGFDL:
		return dispute("DISP_BY_GFDL")
	case classFAL:
		return allow("OK_BY_PERMISSIVE")
	case classGPL:
		if src.version == 40 {
			return allow("OK_FSF_CCBY4")
		}
		return dispute("DISP_BY_PRE4_GPL")
	case classODbL:
		return dispute("DISP_BY_ODBL")
	case classClosed:
		return allow("WARN_NOT_OER_OUTPUT")
	}
	return review("REVIEW_NOT_ASSESSED")
}

func adaptNC(out *record) finding {
	switch {
	case out.class == classCC && out.elems.has(nc):
		return allow("OK_CHART")
	case out.class == classCC, out.class == classPD:
		return discourage("WARN_NC_DROPPED")
	case out.class == classClosed:
		return discourage("WARN_NOT_OER_OUTPUT")
	}
	return refuse("NO_NC_IN_FREE_LICENCE")
}

// shareAlike follows s4(b) of versions 1.0 to 3.0 and s3(b)(1) of 4.0.
func shareAlike(src, out *record) finding {
	if out.class == classFAL || out.class == classGPL {
		switch {
		case src.elems != by|sa:
			return refuse("NO_SA_OUTPUT_DIFFERENT")
		case src.version < 40:
			return refuse("NO_COMPAT_ONLY_FROM_SA_4_0")
		}
		return allow("OK_SA_COMPATIBLE_NON_CC")
	}
	if out.class != classCC || out.elems != src.elems {
		return refuse("NO_SA_OUTPUT_DIFFERENT")
	}
	switch {
	case out.ID == src.ID:
		return allow("OK_SAME_LICENCE")
	case src.version == 10:
		return refuse("NO_SA1_NO_UPGRADE")
	case out.version > src.version:
		return allow("OK_SA_UPGRADE")
	case src.version == 40:
		return refuse("NO_SA_VERSION")
	}
	anyOther := (src.Port == "UK" || src.Port == "JP") && src.version < 25
	if out.version == src.version {
		if src.version == 30 || out.Port != "" || anyOther {
			return allow("OK_SA_UPGRADE")
		}
		return refuse("NO_SA_VERSION")
	}
	if src.version < 30 && (out.Port != "" && out.version > 10 || anyOther) {
		return dispute("DISP_SA25_TO_20PORT")
	}
	return refuse("NO_SA_VERSION")
}

func adaptCopyleft(src, out *record) finding {
	if src.ID == out.ID {
		return allow("OK_SAME_LICENCE")
	}
	bySA := out.class == classCC && out.elems == by|sa
	switch src.class {
	case classGFDL:
		switch {
		case out.class == classGFDL && src.later && out.version >= src.version:
			return allow("OK_LATER_VERSION")
		case out.class == classGFDL:
			return refuse("NO_GFDL_VERSION")
		case bySA:
			return refuse("NO_GFDL_RELICENSE_WINDOW_CLOSED")
		}
	case classGPL:
		switch {
		case out.class == classGPL && src.later && out.version == src.version:
			return allow("OK_SAME_LICENCE")
		case bySA:
			return refuse("NO_GPL_ONE_WAY")
		}
	case classFAL:
		if out.ID == CCBYSA {
			return allow("OK_SA_COMPATIBLE_NON_CC")
		}
	}
	return refuse("NO_COPYLEFT_OUTPUT_DIFFERENT")
}

func adaptPermissive(out *record) finding {
	switch out.class {
	case classPD:
		return dispute("DISP_NOTICE_TO_PD")
	case classCC, classGPL, classPermissive, classApache, classClosed:
		return allow("OK_PERMISSIVE_NOTICE_KEPT")
	}
	return review("REVIEW_NOT_ASSESSED")
}

func adaptApache(src, out *record) finding {
	switch {
	case src.ID == out.ID:
		return allow("OK_SAME_LICENCE")
	case out.class == classCC && out.elems.has(sa):
		return dispute("DISP_APACHE_IN_SA")
	case out.class == classCC, out.class == classClosed:
		return allow("OK_PERMISSIVE_NOTICE_KEPT")
	case out.class == classGPL:
		return allow("OK_FSF_APACHE_GPL3")
	}
	return review("REVIEW_NOT_ASSESSED")
}

func adaptOGL(src, out *record) finding {
	switch {
	case src.ID == out.ID:
		return allow("OK_SAME_LICENCE")
	case out.class == classPD:
		return discourage("WARN_BY_TO_PD")
	case src.ID == "OGL-UK-3.0" && (out.ID == CCBY || out.class == classODCBy):
		return allow("OK_EXPLICIT_COMPAT")
	case out.class == classCC, out.class == classClosed:
		return allow("OK_ATTRIBUTION_ONLY")
	}
	return review("REVIEW_NOT_ASSESSED")
}
