package standards

import (
	"embed"
	"strings"
	"sync"
)

// Families whose codes this package knows by their grammar. The name of a family is the short name to import its
// framework under.
const (
	ccssMath = "ccss-math"
	ccssELA  = "ccss-ela"
	ngss     = "ngss"
	teksMath = "teks-math"
	flBEST   = "fl-best"
)

//go:embed codes/*.txt
var codeFiles embed.FS

// listed is the list of codes of one family, from the folder codes.
type listed struct {
	codes    []string
	has      map[string]bool
	short    map[string]string   // code without its cluster → code; "" if two codes share the form
	children map[string][]string // by code; "" has the topmost
}

// known reads the lists of codes once; they are constants of the program.
var known = sync.OnceValue(func() (k struct {
	families map[string]*listed
	guids    map[string]reading // of the publishers and of the CASE Network
	asn      map[string]reading // identifiers of the Achievement Standards Network, such as s114345f
}) {
	k.families, k.guids, k.asn = map[string]*listed{}, map[string]reading{}, map[string]reading{}
	for _, family := range []string{ccssMath, ccssELA, ngss, teksMath} {
		text, err := codeFiles.ReadFile("codes/" + family + ".txt")
		if err != nil {
			panic(err) // the file is part of the program
		}
		l := &listed{has: map[string]bool{}, short: map[string]string{}, children: map[string][]string{}}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) == 0 || l.has[words[0]] {
				continue
			}
			code := words[0]
			l.codes = append(l.codes, code)
			l.has[code] = true
			for _, id := range words[1:] {
				if g := guid(id); g != "" {
					k.guids[g] = reading{family, code}
				} else {
					k.asn[id] = reading{family, code}
				}
			}
		}
		for _, code := range l.codes {
			if s := withoutCluster(code); family == ccssMath && s != code {
				if _, taken := l.short[s]; taken {
					l.short[s] = ""
				} else {
					l.short[s] = code
				}
			}
			l.children[l.parent(family, code)] = append(l.children[l.parent(family, code)], code)
		}
		k.families[family] = l
	}
	return k
})

// parent gives the nearest listed code above.
func (l *listed) parent(family, code string) string {
	for p := parentCode(family, code); p != ""; p = parentCode(family, p) {
		if l.has[p] {
			return p
		}
	}
	return ""
}

// withoutCluster gives the form of 2010: 5.NF.3 for 5.NF.B.3.
func withoutCluster(code string) string {
	parts := strings.Split(code, ".")
	for i := 1; i+1 < len(parts); i++ {
		if len(parts[i]) == 1 && parts[i] >= "A" && parts[i] <= "E" && isDigits(parts[i+1]) {
			return strings.Join(append(parts[:i:i], parts[i+1:]...), ".")
		}
	}
	return code
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
