package standards

import "strings"

// marks say what the words before a code tell about its family.
type marks uint16

const (
	markCore     marks = 1 << iota // Common Core
	markMath                       // the subject
	markELA                        //
	markPractice                   // mathematical practices
	markNextGen                    // NGSS
	markTexas                      // TEKS
	markLegal                      // a section of the Texas Administrative Code
	markFlorida                    // B.E.S.T.
)

// markers are the words that may stand before a code, longer ones before those that they begin with. Where only tight
// is set, the code may follow without a separator.
var markers = []struct {
	word  string
	marks marks
	needs marks // at least one of these must have come before
	tight bool
}{
	{"COMMON CORE STATE STANDARDS INITIATIVE", markCore, 0, false},
	{"COMMON CORE STATE STANDARDS", markCore, 0, false},
	{"COMMON CORE STATE STANDARD", markCore, 0, false},
	{"COMMON CORE", markCore, 0, false},
	{"CCSSI", markCore, 0, false},
	{"CCSSM", markCore | markMath, 0, true},
	{"CCSSELA", markCore | markELA, 0, false},
	{"CCSS-M", markCore | markMath, 0, false},
	{"CCSS.M", markCore | markMath, 0, false},
	{"CCSS M", markCore | markMath, 0, false},
	{"CCSS", markCore, 0, true},
	{"CC", markCore, 0, false},
	{"MATHEMATICAL", markMath, 0, false},
	{"MATHEMATICS", markMath, 0, false},
	{"MATHS", markMath, 0, false},
	{"MATH", markMath, 0, false},
	{"CONTENT", 0, markMath, false},
	{"PRACTICES", markPractice, markCore | markMath, false},
	{"PRACTICE", markPractice, markCore | markMath, false},
	{"ENGLISH LANGUAGE ARTS", markELA, 0, false},
	{"ELA-LITERACY", markELA, 0, false},
	{"ELA.LITERACY", markELA, 0, false},
	{"ELA LITERACY", markELA, 0, false},
	{"ELALITERACY", markELA, 0, false},
	{"ELAR", markELA, 0, false}, // with reading, as Texas names it
	{"ELA", markELA, 0, false},
	{"LITERACY", markELA, 0, false},
	{"NEXT GENERATION SCIENCE STANDARDS", markNextGen, 0, false},
	{"NEXT GENERATION SCIENCE STANDARD", markNextGen, 0, false},
	{"NGSS", markNextGen, 0, false},
	{"SCIENCE", markNextGen, 0, false},
	{"TEXAS ESSENTIAL KNOWLEDGE AND SKILLS", markTexas, 0, false},
	{"TEXAS ADMINISTRATIVE CODE", markTexas, 0, false},
	{"TEX.ADMIN.CODE", markTexas, 0, false},
	{"19 TEXAS ADMINISTRATIVE CODE", markTexas, 0, false},
	{"19 TEX.ADMIN.CODE", markTexas, 0, false},
	{"19 TAC", markTexas, 0, false},
	{"19.TAC", markTexas, 0, false},
	{"TEXAS", markTexas, 0, false},
	{"TEKS", markTexas, 0, true},
	{"TAC", markTexas, 0, true},
	{"§", markLegal, 0, true},
	{"SECTION", markLegal, 0, false},
	{"SEC", markLegal, 0, false},
	{"CHAPTER 111,", markMath | markTexas, 0, false},
	{"CHAPTER", markLegal, markTexas, false},
	{"FLORIDA", markFlorida, 0, false},
	{"FL", markFlorida, 0, false},
	{"B.E.S.T", markFlorida, 0, false},
	{"BEST", markFlorida, 0, false},
	{"BENCHMARK", 0, 0, false},
	{"STATE STANDARDS", 0, 0, false},
	{"STATE STANDARD", 0, 0, false},
	{"STANDARDS", 0, 0, false},
	{"STANDARD", 0, 0, false},
	{"FOR", 0, 0, false},
	{"ALIGNED TO", 0, 0, false},
	{"ALIGNED WITH", 0, 0, false},
	{"ALIGNS TO", 0, 0, false},
	{"ALIGNS WITH", 0, 0, false},
	{"ALIGNMENT", 0, 0, false},
	{"ADDRESSES", 0, 0, false},
	{"TEACHES", 0, 0, false},
	{"ASSESSES", 0, 0, false},
	{"REQUIRES", 0, 0, false},
	{"SUPPORTS", 0, 0, false},
	{"COVERS", 0, 0, false},
	{"MEETS", 0, 0, false},
	{"SEE", 0, 0, false},
	{"CODE", 0, 0, false},
}

// maxMarkers bounds how many words are taken off one code.
const maxMarkers = 8

// unmark takes the words off that stand before a code in plain form and gives what they tell.
func unmark(s string) (rest string, m marks) {
	if len(s) > 6 && states[s[:2]] && isSeparator(s[2]) {
		if after, subject := unmarkSubject(s[3:]); after != "" { // MI.Math.Content.5.NF.B.3
			s, m = after, markCore|subject
		}
	}
	for range maxMarkers {
		rest, more, ok := unmarkWord(s, m)
		if !ok {
			break
		}
		s, m = rest, m|more
	}
	return s, m
}

func unmarkWord(s string, before marks) (rest string, m marks, ok bool) {
	for i := range markers {
		w := &markers[i]
		if w.needs != 0 && before&w.needs == 0 || !strings.HasPrefix(s, w.word) {
			continue
		}
		after := s[len(w.word):]
		rest = strings.TrimLeft(after, " .-,§")
		gap := after[:len(after)-len(rest)]
		if rest == "" || gap == "" && !(w.tight && isDigits(rest[:1])) {
			continue
		}
		if strings.Contains(gap, "§") {
			return rest, w.marks | markLegal, true
		}
		return rest, w.marks, true
	}
	return s, 0, false
}

// unmarkSubject takes off the subject with which the Common Core's own notation begins.
func unmarkSubject(s string) (rest string, m marks) {
	for _, p := range []struct {
		word  string
		marks marks
	}{{"MATH.CONTENT", markMath}, {"MATH.PRACTICE", markMath | markPractice}, {"ELA-LITERACY", markELA}} {
		if after, ok := strings.CutPrefix(s, p.word); ok && len(after) > 1 && isSeparator(after[0]) {
			return after[1:], p.marks
		}
	}
	return "", 0
}

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == ' ' }

// states are the postal codes of states that published the Common Core under their own name.
var states = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(`AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE
		NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN UT VT WA WV WI WY`) {
		m[s] = true
	}
	return m
}()
