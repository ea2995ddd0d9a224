package themes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Ratios that two colors must have, by WCAG 2.1: success criteria 1.4.3 (text), 1.4.11 (marks and borders that carry
// meaning) and, where somebody asks for high contrast, 1.4.6.
const (
	textRatio = 4.5
	markRatio = 3
	moreRatio = 7
)

// contrastPair is a color on a ground, as a rule has them.
type contrastPair struct {
	on, ground string // values of CSS
	text       bool
}

// grounds are what a color stands on where a rule does not say it.
var grounds = map[string][]string{"--on": {"--accent"}, "--band-ink": {"--band"}, "--bad-ink": {"--paper", "--wash", "--bad"}}

// figures are the tokens that draw: marks in them carry meaning. The rest are grounds, and lines that only adorn.
var figures = map[string]bool{"--ink": true, "--soft": true, "--accent": true, "--bad-ink": true, "--focus": true}

var (
	variable  = regexp.MustCompile(`var\((--[a-z0-9-]+)`)
	mixed     = regexp.MustCompile(`^color-mix\(in srgb, ?var\((--[a-z0-9-]+)\) (\d+)%, ?var\((--[a-z0-9-]+)\)\)$`)
	rawColor  = regexp.MustCompile(`(?i)#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|(?:^|[\s,(])(?:white|black|red|green|blue|gr[ae]y|yellow|orange|purple|pink|brown|navy|teal|silver|maroon|olive|aqua|lime|fuchsia|gold|beige|ivory|crimson|tomato|salmon|coral|indigo|violet|dark\w+|light\w+|medium\w+)(?:$|[\s,)])`)
	coloring  = regexp.MustCompile(`color|background|border|outline|fill|stroke|shadow`)
	physical  = regexp.MustCompile(`^(?:(?:scroll-)?(?:margin|padding)-(?:left|right)|border-(?:left|right)(?:-.*)?|border-(?:top|bottom)-(?:left|right)-radius|left|right)$`)
	sideValue = regexp.MustCompile(`^(?:left|right)$`)
)

// checkStyles looks through the rules of all layers, and at every pair of colors that they make, in every palette.
func (t *Theme) checkStyles() (problems Problems) {
	pairs := map[contrastPair]string{} // with the first rule that makes each, for people
	for _, l := range t.layers {
		for _, file := range slices.Sorted(maps.Keys(l.files)) {
			if file != "style.css" && !strings.HasPrefix(file, "styles/") {
				continue
			}
			rules, line, err := parseCSS(string(l.files[file]))
			if err != nil {
				problems = append(problems, Problem{File: l.at(file), Line: line, Message: err.Error(), Remedy: "write each rule as selector { property: value; … }, and none within another"})
				continue
			}
			for _, r := range rules {
				problems = append(problems, t.checkRule(l.at(file), r)...)
				for _, p := range r.pairs() {
					if pairs[p] == "" {
						pairs[p] = l.at(file) + ":" + strconv.Itoa(r.line) + " (" + r.selector + ")"
					}
				}
			}
		}
	}
	for p, from := range pairs {
		for _, look := range palettes {
			problems = append(problems, t.checkPair(p, look, from)...)
		}
	}
	return problems
}

func (t *Theme) checkRule(file string, r rule) (problems Problems) {
	add := func(line int, warning bool, message, remedy string) {
		problems = append(problems, Problem{File: file, Line: line, Message: message, Remedy: remedy, Warning: warning})
	}
	if strings.HasPrefix(r.selector, "@import") || strings.HasPrefix(r.selector, "@font-face") {
		add(r.line, false, "nothing is loaded from elsewhere", "write the rules here, and use fonts that devices have")
	}
	if strings.Contains(r.media, "prefers-color-scheme") || strings.Contains(r.media, "prefers-contrast") {
		add(r.line, false, "a look that a reader chose would not be this one", "give a token its values in tokens.css, and use that")
	}
	for _, d := range r.decls {
		for _, hit := range variable.FindAllStringSubmatch(d.value, -1) {
			if _, ok := t.tokens[light][hit[1]]; !ok {
				add(d.line, false, "unknown token "+hit[1], "use one of "+strings.Join(slices.Sorted(maps.Keys(t.tokens[light])), ", "))
			}
		}
		if coloring.MatchString(d.property) && !r.paper() && rawColor.MatchString(d.value) {
			add(d.line, false, fmt.Sprintf("%s: %s is a color of its own, which no look changes", d.property, d.value), "use a token, such as var(--accent)")
		}
		if physical.MatchString(d.property) || (d.property == "text-align" || d.property == "float" || d.property == "clear") && sideValue.MatchString(d.value) {
			add(d.line, true, d.property+": "+d.value+" is wrong where one writes from right to left", "use inline-start and inline-end, or start and end")
		}
	}
	return problems
}

// paper reports whether a rule is for print, or for colors that the system forces: nothing to choose in either.
func (r rule) paper() bool {
	return strings.Contains(r.media, "print") || strings.Contains(r.media, "forced-colors:active")
}

// pairs are the colors on grounds that a rule makes.
func (r rule) pairs() (list []contrastPair) {
	if r.paper() {
		return nil
	}
	value := map[string]string{}
	for _, d := range r.decls {
		value[d.property] = d.value
	}
	text, ground := one(value["color"]), one(value["background"])
	if ground == "" {
		ground = one(value["background-color"])
	}
	name := func(v string) string { return variable.FindStringSubmatch(v)[1] }
	switch {
	case text != "" && ground != "":
		list = append(list, contrastPair{on: text, ground: ground, text: true})
	case text != "" && mixed.FindString(text) == "":
		under := grounds[name(text)]
		if under == nil {
			under = []string{"--paper", "--wash"}
		}
		for _, g := range under {
			list = append(list, contrastPair{on: text, ground: "var(" + g + ")", text: true})
		}
	case ground != "" && mixed.MatchString(ground):
		list = append(list, contrastPair{on: "var(--ink)", ground: ground, text: true})
	case ground != "" && !figures[name(ground)] && name(ground) != "--line" && name(ground) != "--band": // text, small text and links
		for _, on := range []string{"--ink", "--soft", "--accent"} {
			list = append(list, contrastPair{on: "var(" + on + ")", ground: ground, text: true})
		}
	}
	for property, v := range value {
		if property == "color" || strings.HasPrefix(property, "background") || !coloring.MatchString(property) {
			continue
		}
		for _, hit := range variable.FindAllStringSubmatch(v, -1) {
			if !figures[hit[1]] {
				continue
			}
			list = append(list, contrastPair{on: "var(" + hit[1] + ")", ground: "var(--paper)"})
			if hit[1] == "--focus" {
				list = append(list, contrastPair{on: "var(--focus)", ground: "var(--wash)"})
			}
		}
	}
	return list
}

// one is a value that is a single color of tokens, or "".
func one(v string) string {
	if hit := variable.FindString(v); hit != "" && v == hit+")" || mixed.MatchString(v) {
		return v
	}
	return ""
}

// color is the color of a value in a palette.
func (ts tokens) color(p palette, v string) (rgb, bool) {
	if m := mixed.FindStringSubmatch(v); m != nil {
		a, okA := ts.color(p, "var("+m[1]+")")
		b, okB := ts.color(p, "var("+m[3]+")")
		share, _ := strconv.ParseFloat(m[2], 64)
		return a.mix(b, share/100), okA && okB
	}
	hit := variable.FindStringSubmatch(v)
	if hit == nil {
		return rgb{}, false
	}
	t := ts.of(p, hit[1])
	if !isColor(t.value) {
		return rgb{}, false
	}
	return parseColor(t.value), true
}

func (t *Theme) checkPair(p contrastPair, look palette, from string) Problems {
	on, okOn := t.tokens.color(look, p.on)
	ground, okGround := t.tokens.color(look, p.ground)
	want := float64(markRatio)
	switch {
	case !okOn || !okGround:
		return nil // an unknown token, which has been told
	case p.text && strings.HasPrefix(string(look), string(contrast)):
		want = moreRatio
	case p.text:
		want = textRatio
	}
	got := ratio(on, ground)
	if got >= want {
		return nil
	}
	names := variable.FindAllStringSubmatch(p.on+" "+p.ground, -1)
	at := t.tokens.of(look, names[0][1])
	for _, n := range names[1:] { // who changes the topmost layer hears of it there
		if other := t.tokens.of(look, n[1]); !strings.HasPrefix(at.file, t.layers[len(t.layers)-1].at("")) {
			at = other
		}
	}
	remedy := fmt.Sprintf("change %s or %s", names[0][1], names[1][1])
	if near, ok := passing(on, ground, want); ok {
		remedy = fmt.Sprintf("change %s or %s: %s would do on this ground", names[0][1], names[1][1], near)
	}
	return Problems{{
		File: at.file, Line: at.line, Remedy: remedy,
		Message: fmt.Sprintf("low contrast in the %s look: %s (%s) on %s (%s) is %.2f:1, and %s needs %g:1", look, p.on, on, p.ground, ground, got, from, want),
	}}
}
