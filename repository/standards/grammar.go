package standards

import (
	"regexp"
	"strings"
)

// reading is one way to understand a code: a family of standards and the code in its canonical form.
type reading struct{ family, code string }

// The codes of other families than the Common Core, in plain form, after unmark.
var (
	nextGen       = regexp.MustCompile(`^(K-?2|3-5|K|[1-5]|MS|HS)[. -]?(PS|LS|ESS|ETS)[. -]?([1-4])(?:[. -]0?(\d{1,2}))?$`)
	texasCitation = regexp.MustCompile(`^(1[1-3]\d)\.(\d{1,3})(?:[. -]?([A-E])(?:[. -]?(\d{1,2})(?:[. -]?([A-Z])(?:[. -]([IVX]+))?)?)?)?$`)
	texasClass    = regexp.MustCompile(`^(K|[1-8]|A|2A|G|P)[. ](\d{1,2})(?:[. ]?([A-Z]))?$`)
	floridaMath   = regexp.MustCompile(`^MA[. -](K12|K|[1-8]|912)[. -](NSO|FR|AR|M|GR|DP|F|FL|T|LT|C|MTR)[. -](\d{1,2})(?:[. -](\d{1,2}))?$`)
	floridaELA    = regexp.MustCompile(`^ELA[. -](K12|K|[1-9]|1[0-2]|612)[. -](F|R|C|V|EE)[. -](\d)(?:[. -](\d))?$`)
)

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
	whole := plain(code)
	s, m := unmark(whole)
	if m&(markNextGen|markTexas|markLegal|markFlorida) == 0 {
		sure = readCore(s, m)
	}
	if m&^markNextGen == 0 {
		sure = append(sure, readNextGen(s)...)
	}
	if m&(markCore|markNextGen|markTexas|markLegal|markPractice) == 0 {
		if m&markELA != 0 {
			s = "ELA." + s // which is a part of the code here, and no mark
		}
		sure = append(sure, readFlorida(s)...)
		s = strings.TrimPrefix(s, "ELA.")
	}
	if m&(markCore|markNextGen|markFlorida|markPractice) == 0 && (m&markELA == 0 || m&markTexas != 0) {
		r, certain := readTexas(s, m, h)
		if certain {
			return append(sure, r...), nil
		}
		unsure = r
	}
	return sure, unsure
}

func readNextGen(s string) []reading {
	p := match(nextGen, "K12345MH", s)
	if p == nil {
		return nil
	}
	if p[1] == "K2" {
		p[1] = "K-2"
	}
	code := p[1] + "-" + p[2] + p[3]
	if p[4] != "" {
		code += "-" + p[4]
	}
	return []reading{{ngss, code}}
}

// readFlorida reads the benchmarks of Florida's B.E.S.T. standards. There is no list of them here, so that the grammar
// is as narrow as the published numbering allows.
func readFlorida(s string) []reading {
	p := match(floridaMath, "M", s)
	subject, most := "MA", 15
	if p == nil {
		if p = match(floridaELA, "E", s); p == nil {
			return nil
		}
		subject, most = "ELA", 6
	}
	grade, strand, standard, benchmark := p[1], p[2], number(p[3]), number(p[4])
	if !floridaHas(subject, grade, strand) || standard == 0 || p[4] != "" && benchmark == 0 || benchmark > most {
		return nil
	}
	limit := 4
	switch {
	case strand == "MTR":
		limit = 7
	case strand == "EE":
		limit = 6
	case subject == "ELA" && strand == "C":
		limit = 5
	case subject == "ELA" && strand == "R":
		limit = 3
	case subject == "ELA" && strand == "F":
		limit = 2
	case subject == "ELA":
		limit = 1
	case grade == "912":
		limit = 10
	}
	if standard > limit || (strand == "MTR" || strand == "EE") && benchmark > 1 {
		return nil
	}
	return []reading{{flBEST, join(subject, grade, strand, p[3], p[4])}}
}

// floridaHas reports whether the strand is taught in the grade.
func floridaHas(subject, grade, strand string) bool {
	switch {
	case strand == "MTR" || strand == "EE":
		return grade == "K12"
	case grade == "K12":
		return false
	case subject == "ELA" && strand == "F":
		return grade == "612" || grade <= "5" && len(grade) == 1 || grade == "K"
	case subject == "ELA":
		return grade != "612"
	}
	switch strand {
	case "FR":
		return len(grade) == 1 && grade >= "1" && grade <= "5"
	case "M":
		return grade == "K" || len(grade) == 1 && grade <= "5"
	case "F":
		return grade == "8" || grade == "912"
	case "FL", "T", "LT", "C":
		return grade == "912"
	}
	return true
}

// readTexas reads a legal citation, which is certain, or the short form of the classroom, which is certain only with a
// subject and a jurisdiction.
func readTexas(s string, m marks, h Hint) (rs []reading, certain bool) {
	if p := match(texasCitation, "1", s); p != nil {
		family, ok := texasSubjects[p[1]]
		if !ok || p[4] == "" && p[1] != "111" && m&(markTexas|markLegal) == 0 && h.Framework != family {
			return nil, true // a number like any other
		}
		return []reading{{family, join(p[1]+"."+p[2], strings.ToLower(p[3]), p[4], p[5], strings.ToLower(p[6]))}}, true
	}
	p := match(texasClass, "K12345678AGP", s)
	if p == nil || m&(markLegal|markELA) != 0 {
		return nil, true
	}
	subject, state := strings.ToLower(h.Subject), strings.ToUpper(h.Jurisdiction)
	if subject != "" && !strings.HasPrefix(subject, "math") || state != "" && state != "TX" {
		return nil, true
	}
	math := m&markMath != 0 || subject != "" || h.Framework == teksMath
	texas := m&markTexas != 0 || state == "TX" || h.Framework == teksMath
	if p[3] == "" && !(math && texas) {
		return nil, true // 5.3 is a number
	}
	return []reading{{teksMath, join(texasCourses[p[1]], p[2], p[3])}}, math && texas
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

// number gives the value of digits; 0 for none.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// match gives the groups of an expression in s, or nil. First has the bytes that any match begins with; looking at them
// is a hundred times faster.
func match(e *regexp.Regexp, first, s string) []string {
	if s == "" || strings.IndexByte(first, s[0]) < 0 {
		return nil
	}
	return e.FindStringSubmatch(s)
}
