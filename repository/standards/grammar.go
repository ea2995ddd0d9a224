package standards

import (
	"regexp"
	"strings"
)

// reading is one way to understand a code: a family of standards and the code in its canonical form.
type reading struct{ family, code string }

// The grammars. Codes are matched in upper case, after clean.
var (
	commonCore    = regexp.MustCompile(`^(?:CCSS[IM]?|CC|COMMON CORE)[. :-]+(.+)$`)
	stateBranded  = regexp.MustCompile(`^[A-Z]{2}[. ]((?:MATH|ELA)[. -].+)$`)
	mathSubject   = regexp.MustCompile(`^MATH(?:EMATICS)?[. :-]+(.+)$`)
	elaSubject    = regexp.MustCompile(`^(?:ELA(?:[ -]?LITERACY)?|LITERACY)[. :-]+(.+)$`)
	contentPart   = regexp.MustCompile(`^(CONTENT|PRACTICE)[. :-]+(.+)$`)
	mathGrade     = regexp.MustCompile(`^(K|[1-8])([. -]?)(CC|OA|NBT|NF|MD|G|RP|NS|EE|SP|F)` + mathRest)
	mathHigh      = regexp.MustCompile(`^(?:HS[. -]?)?([NAFGS])([. -]?)(RN|Q|CN|VM|SSE|APR|CED|REI|IF|BF|LE|TF|CO|SRT|C|GPE|GMD|MG|ID|IC|CP|MD)` + mathRest)
	mathPractice  = regexp.MustCompile(`^(?:S?MP|PRACTICE)[. -]?([1-8])$`)
	elaStrand     = regexp.MustCompile(`^(RL|RI|RF|W|SL|L|RH|RST|WHST)([. -]?)(6-8|9-10|11-12|K|[1-8])(?:[. -](\d{1,2})(?:[. -]?\(?([A-J])\)?)?)?$`)
	elaGrade      = regexp.MustCompile(`^(RL|RI|RF|W|SL|L)([. -]?)(K|[1-8])[. -](\d{1,2})(?:[. -]?\(?([A-J])\)?)?$`)
	elaAnchor     = regexp.MustCompile(`^CCRA[. -](R|W|SL|L)(?:[. -](\d{1,2}))?$`)
	elaAnchorASN  = regexp.MustCompile(`^(R|W|SL|L)[. -]CCRA?[. -](\d{1,2})$`)
	nextGen       = regexp.MustCompile(`^(?:NGSS[. :-]+)?(K-2|3-5|K|[1-5]|MS|HS)[. -](PS|LS|ESS|ETS)[. -]?(\d)(?:[. -](\d{1,2}))?$`)
	texasMark     = regexp.MustCompile(`^(?:19[. ]*TAC[. ]*|TAC[. ]+)?(TEKS[. :-]*)?(?:(MATH(?:EMATICS)?)[. :-]+)?(?:§+|SEC(?:TION)?[. ]+|CH(?:APTER)?[. ]+)?[. ]*(.+)$`)
	texasCitation = regexp.MustCompile(`^(1[1-3]\d)\.(\d{1,3})(?:[. (-]+([A-E])\)?(?:[. (-]*(\d{1,2})\)?(?:[. (-]*([A-Z])\)?(?:[. (-]+([IVX]+)\)?)?)?)?)?$`)
	texasClass    = regexp.MustCompile(`^(K|[1-8]|A|2A|G|P)[. ](\d{1,2})[. ]?\(?([A-Z])\)?$`)
	florida       = regexp.MustCompile(`^(?:(?:BEST|FL)[. ]+)?(MA\.(?:K12|K|[1-8]|912)\.(?:NSO|FR|AR|M|GR|DP|F|FL|T|LT|C|MTR)|ELA\.(?:K12|K|[1-9]|1[0-2])\.(?:F|R|C|V|EE))\.(\d{1,2})(?:\.(\d{1,2}))?$`)
	coreURI       = regexp.MustCompile(`^corestandards\.org/(math/content|math/practice|ela-literacy)/(.+)$`)
)

// mathRest is what follows a domain: cluster, number, sub-part.
const mathRest = `(?:[. -]?([A-E]))?(?:[. -]?(\d{1,2})(?:[. -]?\(?([A-E])\)?)?)?$`

// texasCourses are the sections of chapter 111 by the grade or course that teachers write.
var texasCourses = map[string]string{
	"K": "111.2.b", "1": "111.3.b", "2": "111.4.b", "3": "111.5.b", "4": "111.6.b", "5": "111.7.b",
	"6": "111.26.b", "7": "111.27.b", "8": "111.28.b",
	"A": "111.39.c", "2A": "111.40.c", "G": "111.41.c", "P": "111.42.c",
}

// texasSubjects name the family by the chapter of title 19, part 2, of the Texas Administrative Code.
var texasSubjects = map[string]string{
	"110": "teks-ela", "111": teksMath, "112": "teks-science", "113": "teks-social-studies", "114": "teks-languages",
	"115": "teks-health", "116": "teks-pe", "117": "teks-arts", "126": "teks-technology", "127": "teks-career",
}

// read gives the readings of a cleaned code by the grammars of all families, and those that need a subject and a
// jurisdiction to be sure of. A reading need not exist.
func read(code string, h Hint) (sure, unsure []reading) {
	s := strings.ToUpper(code)
	sure = readCommonCore(s)
	if r, ok := readNGSS(s); ok {
		sure = append(sure, r)
	}
	if m := florida.FindStringSubmatch(s); m != nil {
		sure = append(sure, reading{flBEST, join(m[1], m[2], m[3])})
	}
	r, certain, ok := readTexas(s, h)
	switch {
	case ok && certain:
		sure = append(sure, r)
	case ok:
		unsure = append(unsure, r)
	}
	return sure, unsure
}

func readCommonCore(s string) []reading {
	math, ela, practice := true, true, false
	if m := stateBranded.FindStringSubmatch(s); m != nil {
		s = m[1]
	} else if m := commonCore.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if m := mathSubject.FindStringSubmatch(s); m != nil {
		s, ela = m[1], false
	} else if m := elaSubject.FindStringSubmatch(s); m != nil {
		s, math = m[1], false
	}
	if m := contentPart.FindStringSubmatch(s); m != nil && math {
		s, practice = m[2], m[1] == "PRACTICE"
	}
	var rs []reading
	if math {
		rs = append(rs, readMath(s, practice)...)
	}
	if ela {
		rs = append(rs, readELA(s)...)
	}
	return rs
}

func readMath(s string, practice bool) []reading {
	if practice && len(s) == 1 {
		s = "MP" + s
	}
	if m := mathPractice.FindStringSubmatch(s); m != nil {
		return []reading{{ccssMath, "MP" + m[1]}}
	}
	if m := mathGrade.FindStringSubmatch(s); m != nil && separated(m[2], m[5]) {
		return []reading{{ccssMath, join(m[1], m[3], m[4], m[5], strings.ToLower(m[6]))}}
	}
	if m := mathHigh.FindStringSubmatch(s); m != nil && separated(m[2], m[5]) {
		return []reading{{ccssMath, join("HS"+m[1]+"-"+m[3], m[4], m[5], strings.ToLower(m[6]))}}
	}
	return nil
}

// readELA gives two readings where a hyphen may stand inside a band of grades or between grade and number: RH.6-8 is
// the first, W-6-8 the second.
func readELA(s string) []reading {
	var rs []reading
	if m := elaStrand.FindStringSubmatch(s); m != nil && separated(m[2], m[4]) {
		rs = append(rs, reading{ccssELA, join(m[1], m[3], m[4], strings.ToLower(m[5]))})
	}
	if m := elaGrade.FindStringSubmatch(s); m != nil {
		if r := (reading{ccssELA, join(m[1], m[3], m[4], strings.ToLower(m[5]))}); len(rs) == 0 || rs[0] != r {
			rs = append(rs, r)
		}
	}
	if rs != nil {
		return rs
	}
	if m := elaAnchor.FindStringSubmatch(s); m != nil {
		return []reading{{ccssELA, join("CCRA", m[1], m[2])}}
	}
	if m := elaAnchorASN.FindStringSubmatch(s); m != nil {
		return []reading{{ccssELA, join("CCRA", m[1], m[2])}}
	}
	return nil
}

// separated keeps ordinary writing from being read as a code: without a number, 5.NF is one, "5G" and "S ID" are not.
func separated(separator, number string) bool {
	return number != "" || separator == "." || separator == "-"
}

func readNGSS(s string) (reading, bool) {
	m := nextGen.FindStringSubmatch(s)
	if m == nil {
		return reading{}, false
	}
	code := m[1] + "-" + m[2] + m[3]
	if m[4] != "" {
		code += "-" + m[4]
	}
	return reading{ngss, code}, true
}

// readTexas reads a legal citation, which is certain, or the short form of the classroom, which is certain only with a
// subject and a jurisdiction.
func readTexas(s string, h Hint) (r reading, certain, ok bool) {
	mark := texasMark.FindStringSubmatch(s)
	if mark == nil {
		return reading{}, false, false
	}
	if m := texasCitation.FindStringSubmatch(mark[3]); m != nil {
		family, ok := texasSubjects[m[1]]
		if !ok {
			return reading{}, false, false
		}
		code := join(m[1]+"."+m[2], strings.ToLower(m[3]), m[4], m[5], strings.ToLower(m[6]))
		return reading{family, code}, true, true
	}
	m := texasClass.FindStringSubmatch(mark[3])
	if m == nil {
		return reading{}, false, false
	}
	subject, state := strings.ToLower(h.Subject), strings.ToUpper(h.Jurisdiction)
	if subject != "" && !strings.HasPrefix(subject, "math") || state != "" && state != "TX" {
		return reading{}, false, false
	}
	math := mark[2] != "" || subject != "" || h.Framework == teksMath
	texas := mark[1] != "" || state == "TX" || h.Framework == teksMath
	return reading{teksMath, join(texasCourses[m[1]], m[2], m[3])}, math && texas, true
}

// readURI reads the addresses that NGA Center and CCSSO gave to the Common Core.
func readURI(address string) []reading {
	m := coreURI.FindStringSubmatch(address)
	if m == nil {
		return nil
	}
	s := strings.ToUpper(strings.ReplaceAll(m[2], "/", "."))
	if m[1] == "ela-literacy" {
		return readELA(s)
	}
	return readMath(s, m[1] == "math/practice")
}

// uri gives the published address of a code, or "" where its publisher gave none.
func (r reading) uri() string {
	const base = "http://corestandards.org/"
	switch r.family {
	case ccssMath:
		if strings.HasPrefix(r.code, "MP") {
			return base + "Math/Practice/" + r.code
		}
		return base + "Math/Content/" + uriPath(r.code)
	case ccssELA:
		return base + "ELA-Literacy/" + uriPath(r.code)
	}
	return ""
}

// uriPath writes a code as the publisher does: sub-parts stay with their number.
func uriPath(code string) string {
	parts := strings.Split(code, ".")
	if n := len(parts) - 1; n > 1 && len(parts[n]) == 1 && parts[n] >= "a" && parts[n] <= "z" {
		parts[n-1] += parts[n]
		parts = parts[:n]
	}
	return strings.Join(parts, "/")
}

// parentCode gives the code above by the grammar of the family, or "" at the top.
func parentCode(family, code string) string {
	switch family {
	case ngss:
		i := strings.LastIndexByte(code, '-')
		if i < 0 || !isDigits(code[i+1:]) {
			return ""
		}
		return code[:i]
	case flBEST:
		if strings.Count(code, ".") <= 2 {
			return ""
		}
	case ccssMath, ccssELA:
	default:
		if strings.Count(code, ".") <= 1 { // a section of a chapter of the Texas code
			return ""
		}
	}
	i := strings.LastIndexByte(code, '.')
	if i < 0 || family == ccssMath && strings.Count(code, ".") == 1 && len(code[:i]) == 1 {
		return ""
	}
	return code[:i]
}

func join(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return b.String()
}
