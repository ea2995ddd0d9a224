package standards_test

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// listedCodes reads a file of known codes.
func listedCodes(t testing.TB, family string) []string {
	t.Helper()
	f, err := os.Open("codes/" + family + ".txt")
	require.NoError(t, err)
	defer f.Close()
	var codes []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 0 {
			codes = append(codes, words[0])
		}
	}
	require.NotEmpty(t, codes)
	return codes
}

var (
	cluster = regexp.MustCompile(`\.[A-E]\.(\d)`)
	part    = regexp.MustCompile(`\.([a-z])$`)
	highSch = regexp.MustCompile(`^HS([A-Z])-`)
	legal   = regexp.MustCompile(`\.([A-Za-z0-9]+)`)
)

// writings generates the systematic spellings of a canonical code.
func writings(family, code string) []string {
	all := []string{code, strings.ToLower(code), " " + code + ". ", "(" + code + ")", code + ",", "Standard " + code, strings.ReplaceAll(code, "-", "–"), strings.ReplaceAll(code, ".", ". ")}
	var prefixes []string
	switch family {
	case "ccss-math":
		if strings.HasPrefix(code, "MP") {
			n := code[2:]
			return append(all, "CCSS.MATH.PRACTICE."+code, "CCSS.Math.Practice."+n, "SMP"+n, "SMP "+n, "SMP."+n, "MP."+n, "MP "+n, "Math Practice "+n)
		}
		forms := []string{code, highSch.ReplaceAllString(code, "HS$1.")}
		if strings.Count(code, ".") > 1 || highSch.MatchString(code) && strings.Count(code, ".") > 0 {
			forms = append(forms, highSch.ReplaceAllString(code, "$1-"), highSch.ReplaceAllString(code, "$1."), strings.ReplaceAll(code, ".", "-"), strings.ReplaceAll(code, ".", "_"))
		}
		for _, f := range slices.Clone(forms) {
			forms = append(forms, part.ReplaceAllString(f, "$1"), part.ReplaceAllString(f, "($1)"), cluster.ReplaceAllString(f, ".$1"), part.ReplaceAllString(cluster.ReplaceAllString(f, ".$1"), "$1"))
		}
		all = append(all, forms...)
		prefixes = []string{"CCSS.MATH.CONTENT.", "CCSS.Math.Content.", "CCSS.Math.", "CCSS ", "CCSS-M ", "CCSSM.", "CC.", "Math.", "Common Core: "}
		for _, p := range prefixes {
			all = append(all, p+code, p+cluster.ReplaceAllString(code, ".$1"), p+strings.NewReplacer(".", " ", "-", " ").Replace(code))
		}
		return append(all, "https://www.corestandards.org/Math/Content/"+strings.ReplaceAll(code, ".", "/")+"/")
	case "ccss-ela":
		for _, p := range []string{"CCSS.ELA-LITERACY.", "CCSS.ELA-Literacy.", "CCSS.ELA.", "ELA.", "ELA ", "CCSS ", "ELA-Literacy."} {
			all = append(all, p+code, p+part.ReplaceAllString(code, "$1"))
		}
		return append(all, part.ReplaceAllString(code, "($1)"), "http://corestandards.org/ELA-Literacy/"+strings.ReplaceAll(code, ".", "/"))
	case "ngss":
		return append(all, "NGSS "+code, "NGSS."+code, "NGSS: "+code, strings.ReplaceAll(code, "-", "‑"))
	case "teks-math":
		chapter, rest, _ := strings.Cut(code, ".")
		section, below, _ := strings.Cut(rest, ".")
		if below == "" {
			return []string{code, "§" + code, "19 TAC §" + code, "TEKS " + code}
		}
		brackets := chapter + "." + section + legal.ReplaceAllString("."+below, "($1)")
		return append(all, "§"+brackets, "§ "+brackets, "19 TAC §"+brackets, "TEKS "+brackets, "TEKS "+code, brackets, strings.ReplaceAll(brackets, ")(", ") ("))
	}
	return all
}

func TestEveryWritingOfEveryListedCodeIsRead(t *testing.T) {
	l := standards.NewLibrary()
	n := 0
	for _, family := range []string{"ccss-math", "ccss-ela", "ngss", "teks-math"} {
		for _, code := range listedCodes(t, family) {
			for _, in := range writings(family, code) {
				n++
				r := l.Resolve(in)
				if r.Resolution == standards.Ambiguous {
					assert.True(t, slices.ContainsFunc(r.Candidates, func(c standards.Candidate) bool { return c.Code == code }), "%q among %v", in, r.Candidates)
					continue
				}
				if r.Code != code || r.Framework != family {
					assert.Fail(t, "misread", "%q is %s %s, was read as %s %q", in, family, code, r.Framework, r.Code)
				}
			}
		}
	}
	t.Log(n, "spellings")
}
