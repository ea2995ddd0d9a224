package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// texSigns are commands that a sign says as well.
var texSigns = map[string]string{
	"times": "×", "div": "÷", "cdot": "·", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
	"to": "→", "rightarrow": "→", "infty": "∞", "pi": "π", "theta": "θ", "alpha": "α", "beta": "β", "Delta": "Δ", "degree": "°", "circ": "°",
	"sqrt": "√", "sum": "∑", "int": "∫", "ldots": "…", "dots": "…", "quad": " ", "qquad": " ", ",": " ", ";": " ", "!": "", " ": " ",
	"%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "{": "{", "}": "}", "\\": " ",
}

// texText is a formula as a line of text: for excerpts and for the search index, where nobody wants to meet commands. It
// is no typesetting: what it does not know it leaves out or spells.
func texText(tex []byte) string {
	var b strings.Builder
	pending := 0 // fractions whose first group has not ended
	depth := make([]bool, 0, 16)
	for s := string(tex); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch r {
		case '\\':
			n := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
			if n < 0 {
				n = len(s)
			}
			if n == 0 && s != "" {
				_, n = utf8.DecodeRuneInString(s)
			}
			name := s[:n]
			s = s[n:]
			sign, known := texSigns[name]
			switch {
			case known:
				b.WriteString(sign)
			case strings.HasSuffix(name, "frac"):
				if rest := strings.TrimLeft(s, " "); strings.HasPrefix(rest, "{") {
					pending++
				} else if len(rest) >= 2 { // \frac12
					b.WriteString(rest[:1] + "/" + rest[1:2])
					s = rest[2:]
				}
			}
		case '{':
			depth = append(depth, pending > 0)
			pending = max(0, pending-1)
		case '}':
			if len(depth) == 0 {
				break
			}
			if depth[len(depth)-1] {
				b.WriteByte('/')
			}
			depth = depth[:len(depth)-1]
		case '&', '~':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
