package themes

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// token is the value of a custom property, and where it is given.
type token struct {
	value, file string
	line        int
}

// tokens are the values of all custom properties in every palette.
type tokens map[palette]map[string]token

// loadTokens lays the tokens of all layers over one another, palette by palette: a theme that changes a light color does
// not change the dark one.
func loadTokens(ls layers) (tokens, []Problem) {
	all := tokens{}
	for _, p := range palettes {
		all[p] = map[string]token{}
	}
	var problems []Problem
	for i, l := range ls {
		src, ok := l.files["tokens.css"]
		if !ok {
			continue
		}
		own, found := parseTokens(l.at("tokens.css"), string(src))
		problems = append(problems, found...)
		for p, values := range own {
			for _, name := range slices.Sorted(maps.Keys(values)) {
				t := values[name]
				base, exists := all[light][name]
				switch {
				case i > 0 && !exists:
					problems = append(problems, Problem{File: t.file, Line: t.line, Message: "unknown token " + name, Remedy: "use one of " + strings.Join(slices.Sorted(maps.Keys(all[light])), ", ")})
					continue
				case i > 0 && isColor(base.value) && !isColor(t.value):
					problems = append(problems, Problem{File: t.file, Line: t.line, Message: fmt.Sprintf("%s is a color, and %q is none whose contrast can be known", name, t.value), Remedy: "write it as #rrggbb"})
					continue
				}
				all[p][name] = t
			}
		}
	}
	return all, problems
}

var unsafeValue = regexp.MustCompile(`(?i)[<>@\\]|url\(|expression`)

func parseTokens(file, src string) (map[palette]map[string]token, []Problem) {
	rules, line, err := parseCSS(src)
	if err != nil {
		return nil, []Problem{{File: file, Line: line, Message: err.Error(), Remedy: "write blocks such as :root { --accent: #0d5766 }"}}
	}
	all := map[palette]map[string]token{}
	var problems []Problem
	// The light palette first, so that names it brings are known to the others.
	slices.SortStableFunc(rules, func(a, b rule) int { return len(a.media) - len(b.media) })
	for _, r := range rules {
		p, ok := conditions[r.media]
		if !ok || r.selector != ":root" {
			problems = append(problems, Problem{File: file, Line: r.line, Message: "tokens stand in :root only, alone or for prefers-color-scheme: dark and prefers-contrast: more", Remedy: "move other rules to style.css"})
			continue
		}
		if all[p] == nil {
			all[p] = map[string]token{}
		}
		for _, d := range r.decls {
			switch {
			case !strings.HasPrefix(d.property, "--"):
				problems = append(problems, Problem{File: file, Line: d.line, Message: d.property + " is not a token", Remedy: "move it to style.css"})
			case d.value == "" || unsafeValue.MatchString(d.value):
				problems = append(problems, Problem{File: file, Line: d.line, Message: fmt.Sprintf("the value %q of %s cannot be used", d.value, d.property), Remedy: "use a color, a length or a list of fonts; nothing is loaded from elsewhere"})
			default:
				all[p][d.property] = token{d.value, file, d.line}
			}
		}
	}
	return all, problems
}

// of is a token's value in a palette.
func (ts tokens) of(p palette, name string) token {
	for {
		if t, ok := ts[p][name]; ok {
			return t
		}
		next, ok := below[p]
		if !ok {
			return token{}
		}
		p = next
	}
}

// css is the style sheet that gives tokens their values in a look: those that are used, or all.
func (ts tokens) css(look string, used map[string]bool, all bool) string {
	names := slices.Sorted(maps.Keys(ts[light]))
	if !all {
		ts.close(used)
		names = slices.DeleteFunc(names, func(name string) bool { return !used[name] })
	}
	// block writes a palette's values, as far as they differ from what the page has without the block.
	block := func(media string, p palette, without func(name string) string) string {
		var b strings.Builder
		for _, name := range names {
			if v := ts.of(p, name).value; v != without(name) {
				b.WriteString(name + ":" + v + ";")
			}
		}
		switch {
		case b.Len() == 0:
			return ""
		case media == "":
			return ":root{color-scheme:" + colorScheme(look) + ";" + strings.TrimSuffix(b.String(), ";") + "}"
		}
		return "@media " + media + "{:root{" + strings.TrimSuffix(b.String(), ";") + "}}"
	}
	as := func(p palette) func(string) string {
		return func(name string) string { return ts.of(p, name).value }
	}
	nothing := func(string) string { return "" }
	const asksDark, asksMore, asksBoth = "(prefers-color-scheme:dark)", "(prefers-contrast:more)", "(prefers-contrast:more) and (prefers-color-scheme:dark)"
	switch look {
	case "light":
		return block("", light, nothing) + block(asksMore, contrast, as(light))
	case "dark":
		return block("", dark, nothing) + block(asksMore, contrastDark, as(dark))
	case "contrast":
		return block("", contrast, nothing) + block(asksDark, contrastDark, as(contrast))
	}
	return block("", light, nothing) + block(asksDark, dark, as(light)) + block(asksMore, contrast, as(light)) +
		block(asksBoth, contrastDark, func(name string) string { // of the blocks before, the last that says something
			if v := ts.of(contrast, name).value; v != ts.of(light, name).value {
				return v
			}
			return ts.of(dark, name).value
		})
}

// close adds the tokens that the values of used ones use.
func (ts tokens) close(used map[string]bool) {
	for before := -1; before < len(used); {
		before = len(used)
		for _, name := range slices.Collect(maps.Keys(used)) {
			for _, p := range palettes {
				variablesIn([]byte(ts[p][name].value), used)
			}
		}
	}
}

// rgb is a color of sRGB, each part from 0 to 1.
type rgb [3]float64

var hexColor = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

func isColor(value string) bool { return hexColor.MatchString(value) }

// parseColor reads #rgb or #rrggbb, which isColor has seen.
func parseColor(value string) rgb {
	digits := value[1:]
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, _ := strconv.ParseUint(digits, 16, 32)
	return rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// mix is so much of c, the rest of d.
func (c rgb) mix(d rgb, share float64) rgb {
	for i := range c {
		c[i] = c[i]*share + d[i]*(1-share)
	}
	return c
}

// luminance is the relative luminance of WCAG 2.1.
func (c rgb) luminance() float64 {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

// ratio is the contrast ratio of WCAG 2.1, from 1 to 21.
func ratio(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// passing is the color nearest to c, lighter or darker, that reaches a ratio on a ground.
func passing(c, ground rgb, want float64) (rgb, bool) {
	for step := range 101 {
		for _, end := range []rgb{{}, {1, 1, 1}} {
			near := parseColor(end.mix(c, float64(step)/100).String())
			if ratio(near, ground) >= want {
				return near, true
			}
		}
	}
	return c, false
}
