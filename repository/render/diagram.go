package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// Bounds of what authors describe: a drawing stays small whatever numbers it is asked for.
const (
	maxDiagrams = 200   // of a page; further ones are text
	maxSheet    = 8_000 // bytes of a description
	maxFields   = 60    // lines of it
	maxLabel    = 60    // characters of a label
	maxAlt      = 1000  // characters of a description in words, or of a caption
)

// diagram is a drawing that its author described in a fenced block, such as ```fraction-bar.
type diagram struct {
	ast.BaseBlock
	svg     string // "" where the description is not understood: it is shown as it is
	caption string
	sheet   []byte
}

var kindDiagram = ast.NewNodeKind("Diagram")

func (d *diagram) Kind() ast.NodeKind            { return kindDiagram }
func (d *diagram) IsRaw() bool                   { return true }
func (d *diagram) Dump(source []byte, level int) { ast.DumpHelper(d, source, level, nil, nil) }

// drawerOf returns what draws the blocks of a name, and the keys that they may have besides alt and caption.
func drawerOf(name string) (draw func(*sheet, *canvas) string, keys string) {
	switch name {
	case "fraction-bar":
		return drawBars, "bar labels"
	case "fraction-circle":
		return drawCircles, "circle"
	case "number-line":
		return drawNumberLine, "from to step labels point jump jumps"
	case "array":
		return drawArray, "rows columns"
	case "area-model":
		return drawArea, "across down products"
	case "bar-model":
		return drawTape, "bar"
	case "coordinate-plane":
		return drawPlane, "x y grid point polygon line"
	}
	return nil, ""
}

func isDiagram(name string) bool {
	draw, _ := drawerOf(name)
	return draw != nil
}

// field is one line "key: value" of a description.
type field struct {
	line       int // from 0, in the description
	key, value string
}

// fault says what is wrong with a line of a description.
type fault struct {
	line            int
	message, remedy string
}

// sheet is the description of a diagram: lines "key: value". Blank lines, and those that begin with #, say nothing.
type sheet struct {
	words  diagramWords
	fields []field
	faults []fault
}

func (s *sheet) fail(line int, remedy, format string, args ...any) {
	s.faults = append(s.faults, fault{line, fmt.Sprintf(format, args...), remedy})
}

// fieldsOf splits a description into its lines.
func fieldsOf(text string) (fields []field, odd []int) { // odd: lines without a colon
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, ":")
		if !found {
			odd = append(odd, i)
			continue
		}
		fields = append(fields, field{i, strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)})
	}
	return fields, odd
}

func readSheet(text, keys string, w diagramWords) *sheet {
	s := &sheet{words: w}
	if len(text) > maxSheet {
		s.fail(0, "draw less in one diagram", "the description is longer than %d bytes", maxSheet)
		return s
	}
	fields, odd := fieldsOf(text)
	known := strings.Fields(keys + " alt caption")
	remedy := "write one of " + strings.Join(known, ", ") + ", a colon and a value"
	for _, line := range odd {
		s.fail(line, remedy, "the line has no colon")
	}
	if len(fields) > maxFields {
		s.fail(fields[maxFields].line, "draw less in one diagram", "a diagram may have %d lines", maxFields)
		return s
	}
	seen := map[string]bool{}
	for _, f := range fields {
		switch {
		case !contains(known, f.key):
			s.fail(f.line, remedy, "there is no key %.40q", f.key)
		case f.value == "":
			s.fail(f.line, "write a value after the colon", "%s has no value", f.key)
		case seen[f.key] && !contains([]string{"bar", "circle", "point", "jump", "polygon", "line"}, f.key):
			s.fail(f.line, "keep one of the two", "%s stands here twice", f.key)
		}
		seen[f.key] = true
	}
	s.fields = fields
	return s
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// all returns the lines of a key.
func (s *sheet) all(key string) (list []field) {
	for _, f := range s.fields {
		if f.key == key {
			list = append(list, f)
		}
	}
	return list
}

// one returns the line of a key, or one with the value that it has where it is missing.
func (s *sheet) one(key, missing string) field {
	if list := s.all(key); len(list) > 0 {
		return list[0]
	}
	return field{0, key, missing}
}

// text bounds words that the drawing shows.
func (s *sheet) text(f field, words string, most int) string {
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > most {
		s.fail(f.line, "write less", "%s has more than %d characters", f.key, most)
	}
	return words
}

// diagram draws what a fenced block describes.
func (p *pass) diagram(n *ast.FencedCodeBlock, name string) {
	d := &diagram{sheet: n.Lines().Value(p.src)}
	d.SetPos(n.Pos())
	n.Parent().ReplaceChild(n.Parent(), n, d)
	if p.diagrams++; p.diagrams > maxDiagrams {
		p.problem(d, "diagram-many", fmt.Sprintf("a page may have %d diagrams", maxDiagrams), "make several pages of it")
		return
	}
	draw, keys := drawerOf(name)
	s := readSheet(string(d.sheet), keys, diagramWordsOf(p.view.Language))
	c := &canvas{}
	alt := ""
	if len(s.faults) == 0 {
		alt = draw(s, c)
	}
	if own := s.one("alt", ""); own.value != "" {
		alt = s.text(own, own.value, maxAlt)
	}
	caption := s.one("caption", "")
	d.caption = s.text(caption, caption.value, maxAlt)
	for _, f := range s.faults {
		p.problemAt(p.line(n)+1+f.line, "diagram-invalid", name+": "+f.message, f.remedy)
	}
	if len(s.faults) == 0 {
		d.svg = c.svg(alt)
		p.page.Diagrams = true
	}
}

// sheetWords returns what a description has of words: its caption, and its description where the author wrote one.
func sheetWords(text string) string {
	var words []string
	fields, _ := fieldsOf(text[:min(len(text), maxSheet)])
	for _, f := range fields {
		if f.key == "caption" || f.key == "alt" {
			words = append(words, f.value)
		}
	}
	return strings.Join(words, " ")
}

func renderDiagram(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	d := n.(*diagram)
	switch {
	case !entering:
	case d.svg == "":
		_, _ = w.WriteString(`<pre class="refused" tabindex="0"><code>` + escape(string(d.sheet)) + "</code></pre>\n")
	default:
		_, _ = w.WriteString(`<figure class="diagram">` + d.svg)
		if d.caption != "" {
			_, _ = w.WriteString("<figcaption>" + escape(d.caption) + "</figcaption>")
		}
		_, _ = w.WriteString("</figure>\n")
	}
	return ast.WalkSkipChildren, nil
}
