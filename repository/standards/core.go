package standards

import (
	"regexp"
	"strings"
)

// The codes of the Common Core State Standards, in plain form, after unmark.
var (
	mathGrade    = regexp.MustCompile(`^0?(K|[1-8])([. -]?)(CC|OA|NBT|NF|MD|G|RP|NS|EE|SP|F)` + mathRest)
	mathHigh     = regexp.MustCompile(`^(HS[. -]?|9-12[. -])?([NAFGS])([. -]?)(RN|Q|CN|VM|SSE|APR|CED|REI|IF|BF|LE|TF|CO|SRT|C|GPE|GMD|MG|ID|IC|CP|MD)` + mathRest)
	mathPractice = regexp.MustCompile(`^(?:K-12[. -])?S?MP[. -]?([1-8])$`)
	elaStrand    = regexp.MustCompile(`^(RL|RI|RF|W|SL|L|RH|RST|WHST)([. -]?)0?(6-8|9-10|11-12|K|[1-8])` + elaRest)
	elaGrade     = regexp.MustCompile(`^(RL|RI|RF|W|SL|L)([. -]?)0?(K|[1-8])` + elaRest)
	elaByGrade   = regexp.MustCompile(`^(K|[1-8]|6-8|9-10|11-12)[. -](RL|RI|RF|W|SL|L|RH|RST|WHST|R\.L|R\.I|R\.F|R\.H|R\.ST|W\.HST)` + elaRest)
	elaAnchor    = regexp.MustCompile(`^CCRA?[. -]?(R|W|SL|L)(?:[. -]?0?(\d{1,2}))?$`)
	elaAnchorASN = regexp.MustCompile(`^(R|W|SL|L)[. -]CCRA?[. -]?0?(\d{1,2})$`)
	coreURI      = regexp.MustCompile(`^corestandards\.org/(math/content|math/practice|ela-literacy)/([^?#]+)`)
)

// What follows a domain (separator and cluster, separator and number, sub-part), and a strand's grade (separator and
// number, sub-part).
const (
	mathRest = `(?:([. -]?)([A-E]))?(?:([. -]?)0?(\d{1,2})(?:[. -]?([A-E]))?)?$`
	elaRest  = `(?:([. -])0?(\d{1,2})(?:[. -]?([A-J]))?)?$`
)

// readCore reads a code of the Common Core.
func readCore(s string, m marks) []reading {
	var rs []reading
	if m&markELA == 0 {
		rs = readMath(s, m)
	}
	if m&(markMath|markPractice) == 0 {
		rs = append(rs, readELA(s, m)...)
	}
	return rs
}

func readMath(s string, m marks) []reading {
	if m&markPractice != 0 && len(s) == 1 {
		s = "MP" + s
	}
	if p := match(mathPractice, "SMK", s); p != nil {
		return []reading{{ccssMath, "MP" + p[1]}}
	}
	if m&markPractice != 0 {
		return nil
	}
	if p := match(mathGrade, "K012345678", s); p != nil {
		c := mathCode{p[1] + "." + p[3], p[3], p[2], p[4:]}
		return c.read(m, false)
	}
	if p := match(mathHigh, "H9NAFGS", s); p != nil {
		c := mathCode{"HS" + p[2] + "-" + p[4], p[4], p[3], p[5:]}
		return c.read(m, p[1] != "")
	}
	return nil
}

// mathCode is what the grammar found: the canonical domain and its letters, the separator before them, and the groups of
// mathRest.
type mathCode struct {
	domain, letters, separator string
	rest                       []string
}

// read keeps ordinary writing from being read as a code, unless a mark says that it is one: 5.G and 5 G B 3 are codes,
// "5G", "5-G", "5 g 3" and "S ID" are not.
func (c mathCode) read(m marks, high bool) []reading {
	cluster, number, part := c.rest[1], c.rest[3], c.rest[4]
	bare := cluster == "" && number == ""
	if m&(markCore|markMath) == 0 {
		short := len(c.letters) == 1 && !high
		switch {
		case bare && !(c.separator == "." || c.separator == "-" && !short):
			return nil
		case bare && strings.HasPrefix(c.domain, "HS") && !high && c.separator == "." && len(c.letters) < 3:
			return nil
		case short && cluster == "" && c.separator == " ":
			return nil
		case short && c.separator == "" && strings.HasPrefix(c.domain, "HS"):
			return nil
		case number == "" && cluster != "" && c.rest[0] != "." && c.rest[0] != "-":
			return nil
		}
	} else if bare && c.separator == "" && !high {
		return nil
	}
	return []reading{{ccssMath, join(c.domain, cluster, number, strings.ToLower(part))}}
}

// readELA gives two readings where a hyphen may stand inside a band of grades or between grade and number: RH.6-8 is
// the first, W-6-8 the second.
func readELA(s string, m marks) []reading {
	var rs []reading
	if p := match(elaStrand, "RWSL", s); p != nil && elaCertain(p, m) {
		rs = append(rs, reading{ccssELA, join(p[1], p[3], p[5], strings.ToLower(p[6]))})
	}
	if p := match(elaGrade, "RWSL", s); p != nil && elaCertain(p, m) {
		if r := (reading{ccssELA, join(p[1], p[3], p[5], strings.ToLower(p[6]))}); len(rs) == 0 || rs[0] != r {
			rs = append(rs, r)
		}
	}
	if rs != nil {
		return rs
	}
	if p := match(elaAnchor, "C", s); p != nil {
		return []reading{{ccssELA, join("CCRA", p[1], p[2])}}
	}
	if p := match(elaAnchorASN, "RWSL", s); p != nil {
		return []reading{{ccssELA, join("CCRA", p[1], p[2])}}
	}
	// Grade first is the Common Core only where it is said to be: Indiana's 4.RL.2 is something else.
	if m&markCore == 0 {
		return nil
	}
	if p := match(elaByGrade, "K123456789", s); p != nil {
		return []reading{{ccssELA, join(strings.ReplaceAll(p[2], ".", ""), p[1], p[4], strings.ToLower(p[5]))}}
	}
	return nil
}

// elaCertain keeps ordinary writing from being read as a code: form W-2, "L 5 1".
func elaCertain(p []string, m marks) bool {
	if m&(markCore|markELA) != 0 {
		return true
	}
	if p[5] == "" {
		return p[2] == "."
	}
	return !(len(p[1]) == 1 && p[2] == " " && p[4] == " ")
}

// readURI reads the addresses that NGA Center and CCSSO gave to the Common Core, and those of the Achievement Standards
// Network.
func readURI(address string) []reading {
	if id, ok := strings.CutPrefix(address, asnHost); ok {
		id = strings.TrimSuffix(strings.TrimSuffix(id, ".json"), ".xml")
		if r, ok := known().asn[id]; ok {
			return []reading{r}
		}
		return nil
	}
	if i := strings.IndexByte(address, '#'); i > 0 && strings.HasPrefix(address, "corestandards.org/") {
		if rest, m := unmark(plain(clean(address[i+1:]))); rest != "" {
			if rs := readCore(rest, m|markCore); len(rs) > 0 {
				return rs
			}
		}
	}
	p := coreURI.FindStringSubmatch(address)
	if p == nil {
		return nil
	}
	s := strings.ToUpper(strings.ReplaceAll(strings.TrimRight(p[2], "/"), "/", "."))
	switch p[1] {
	case "ela-literacy":
		return readELA(s, markCore|markELA)
	case "math/practice":
		return readMath(s, markCore|markMath|markPractice)
	}
	return readMath(s, markCore|markMath)
}
