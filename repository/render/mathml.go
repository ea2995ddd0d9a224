package render

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// maxMathDepth is how deep elements of a formula may stand in one another; browsers give up at 512.
const maxMathDepth = 150

// mathElements are the elements that a formula may have: MathML Core, menclose, and what Temml draws strokes with.
const mathElements = "math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom " +
	"merror msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose"

// mathAttributes are the attributes that formulas may have, with what they may say. No address is among them.
func mathAttributes() map[string]*regexp.Regexp {
	word := regexp.MustCompile(`^[a-z-]{1,40}$`)
	words := regexp.MustCompile(`^[a-zA-Z0-9 -]{1,100}$`)
	length := regexp.MustCompile(`^[+-]?[0-9]*\.?[0-9]+(em|ex|px|pt|mu|%)?$`)
	color := regexp.MustCompile(`^(#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30})$`)
	return map[string]*regexp.Regexp{
		"accent": word, "accentunder": word, "class": words, "columnalign": words, "depth": length, "display": word,
		"displaystyle": word, "encoding": regexp.MustCompile(`^application/x-tex$`), "fence": word, "form": word,
		"height": length, "largeop": word, "linethickness": length, "lspace": length, "mathbackground": color,
		"mathcolor": color, "mathsize": length, "mathvariant": word, "maxsize": length, "minsize": length,
		"movablelimits": word, "notation": words, "rspace": length,
		"scriptlevel": regexp.MustCompile(`^[+-]?[0-9]$`), "separator": word, "stretchy": word, "symmetric": word,
		"voffset": length, "width": length,
	}
}

// mathRules is the allow list of formulas in the form that tidy and the page's policy use.
type mathRules struct {
	elements   map[string]bool
	attributes map[string]*regexp.Regexp
}

func newMathRules() mathRules {
	r := mathRules{elements: map[string]bool{}, attributes: mathAttributes()}
	for e := range strings.FieldsSeq(mathElements) {
		r.elements[e] = true
	}
	return r
}

// tidy returns a formula of Temml without style attributes: classes of MathCSS and MathML's own attributes say the same.
// Elements that are not on the list are left out, their text stays.
func (r mathRules) tidy(mathml string) (string, error) {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(mathml))
	for depth := 0; ; {
		switch z.Next() {
		case html.ErrorToken:
			return b.String(), nil
		case html.TextToken:
			b.Write(z.Raw())
		case html.StartTagToken:
			t := z.Token()
			if depth++; depth > maxMathDepth {
				return "", errors.New("the formula is too deep")
			}
			r.writeTag(&b, t)
		case html.SelfClosingTagToken:
			t := z.Token()
			r.writeTag(&b, t)
			if r.elements[t.Data] {
				b.WriteString("</" + t.Data + ">")
			}
		case html.EndTagToken:
			depth--
			if t := z.Token(); r.elements[t.Data] {
				b.WriteString("</" + t.Data + ">")
			}
		}
	}
}

func (r mathRules) writeTag(b *strings.Builder, t html.Token) {
	if !r.elements[t.Data] {
		return
	}
	var classes []string
	var attrs []html.Attribute
	for _, a := range t.Attr {
		switch a.Key {
		case "class":
			classes = append(classes, strings.Fields(a.Val)...)
		case "style":
			more, color := styleClasses(a.Val)
			classes = append(classes, more...)
			attrs = append(attrs, color...)
		default:
			attrs = append(attrs, a)
		}
	}
	b.WriteString("<" + t.Data)
	if len(classes) > 0 {
		attrs = append(attrs, html.Attribute{Key: "class", Val: strings.Join(classes, " ")})
	}
	for _, a := range attrs {
		if rule := r.attributes[a.Key]; rule != nil && rule.MatchString(a.Val) {
			b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
		}
	}
	b.WriteByte('>')
}

// styleClasses translates a style attribute: known declarations to classes, colors to attributes, others to nothing.
func styleClasses(style string) (classes []string, colors []html.Attribute) {
	for declaration := range strings.SplitSeq(style, ";") {
		property, value, _ := strings.Cut(declaration, ":")
		property, value = strings.TrimSpace(property), strings.TrimSpace(value)
		switch property {
		case "color":
			if value != "undefined" {
				colors = append(colors, html.Attribute{Key: "mathcolor", Val: value})
			}
		case "background-color":
			colors = append(colors, html.Attribute{Key: "mathbackground", Val: value})
		case "padding-left", "padding-right", "padding-top", "padding-bottom":
			if n, ok := tenths(value); ok {
				classes = append(classes, "m-p"+property[8:9]+strconv.Itoa(n))
			}
		default:
			for _, s := range mathStyles {
				if s.declaration == property+":"+value {
					classes = append(classes, s.class)
				}
			}
		}
	}
	return classes, colors
}

// maxTenths is the widest padding that MathCSS has a class for, in tenths of an em.
const maxTenths = 12

// tenths reads a length as tenths of an em.
func tenths(length string) (int, bool) {
	unit := 1.0
	number := strings.TrimSuffix(length, "em")
	if points, ok := strings.CutSuffix(length, "pt"); ok {
		number, unit = points, 0.1
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !(f >= 0) {
		return 0, false
	}
	return min(int(f*unit*10+0.5), maxTenths), true
}

// mathStyles are the declarations that Temml writes, each with its class.
var mathStyles = []struct{ declaration, class string }{
	{"math-depth:0", "m-d0"},
	{"width:100%", "m-w100"}, {"width:90%", "m-w90"}, {"width:50%", "m-w50"}, {"width:7.5%", "m-w7"},
	{"padding:0", "m-p0"}, {"padding:0.3em", "m-p3"}, {"padding:3pt", "m-p3"},
	{"padding:0.5ex 0.1em 0 0", "m-pc"}, {"padding:1em 0 0 0", "m-pd"},
	{"border:1px solid", "m-box"},
	{"border-top:0.06em solid", "m-bt"}, {"border-top:0.06em dashed", "m-btd"}, {"border-top:0.15em double", "m-bt2"},
	{"border-bottom:0.06em solid", "m-bb"}, {"border-bottom:0.06em dashed", "m-bbd"}, {"border-bottom:0.15em double", "m-bb2"},
	{"border-left:0.06em solid", "m-bl"}, {"border-left:0.06em dashed", "m-bld"},
	{"border-right:0.06em solid", "m-br"}, {"border-right:0.06em dashed", "m-brd"},
	{"left:0.1em", "m-l1"}, {"height:1em", "m-h1"}, {"text-align:left", "m-left"},
	{"position:relative", "m-rel"}, {"position:absolute", "m-abs"}, {"right:0", "m-r0"}, {"bottom:0", "m-b0"},
	{"display:flex", "m-flex"}, {"justify-content:center", "m-center"}, {"font-weight:bold", "m-bold"},
}
