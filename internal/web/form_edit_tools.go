package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/themes"
)

// toolKind says how a tool changes a text.
type toolKind string

const (
	inlineTool toolKind = "inline" // puts marks around words
	lineTool   toolKind = "line"   // puts a mark before lines
	blockTool  toolKind = "block"  // puts lines of their own in
	wrapTool   toolKind = "wrap"   // puts lines around a paragraph
)

// tool is a button of the editor. What it writes is Markdown as docs/writing.md has it.
type tool struct {
	name          string // names its words: "tool.<name>", and "tool.sample.<name>" for what stands there to be replaced
	kind          toolKind
	before, after string
	sample        string // "" where the theme's messages have it
}

// buttons are the tools that are always in sight, blocks those of the list.
var (
	buttons = []tool{
		{name: "heading", kind: lineTool, before: "## "},
		{name: "bold", kind: inlineTool, before: "**", after: "**"},
		{name: "italic", kind: inlineTool, before: "*", after: "*"},
		{name: "list", kind: lineTool, before: "- "},
		{name: "numbers", kind: lineTool, before: "1. "},
		{name: "link", kind: inlineTool, before: "[", after: "](https://example.org)"},
		{name: "math", kind: inlineTool, before: "$", after: "$", sample: `\frac{3}{4}`},
		{name: "code", kind: inlineTool, before: "`", after: "`"},
	}
	blocks = []tool{
		{name: "table", kind: blockTool},
		{name: "formula", kind: blockTool, before: "$$\n", after: "\n$$", sample: `\frac{1}{2} + \frac{1}{4} = \frac{3}{4}`},
		{name: "program", kind: wrapTool, before: "```python\n", after: "\n```", sample: `print("…")`},
		{name: "note", kind: wrapTool, before: "::: note\n", after: "\n:::"},
		{name: "tip", kind: wrapTool, before: "::: tip\n", after: "\n:::"},
		{name: "warning", kind: wrapTool, before: "::: warning\n", after: "\n:::"},
		{name: "example", kind: wrapTool, before: "::: example\n", after: "\n:::"},
		{name: "teacher", kind: wrapTool, before: "::: teacher\n", after: "\n:::"},
		{name: "quiz", kind: blockTool, before: "::: quiz\n", after: "\n:::"},
		{name: "fraction-bar", kind: blockTool, sample: "```fraction-bar\nbar: 3/4\nbar: 6/8\nlabels: parts\n```"},
		{name: "fraction-circle", kind: blockTool, sample: "```fraction-circle\ncircle: 3/4\n```"},
		{name: "number-line", kind: blockTool, sample: "```number-line\nfrom: 0\nto: 2\nstep: 1/4\npoint: 3/4 A\n```"},
		{name: "array", kind: blockTool, sample: "```array\nrows: 3\ncolumns: 5 + 2\n```"},
		{name: "area-model", kind: blockTool, sample: "```area-model\nacross: 20 + 4\ndown: 10 + 3\n```"},
		{name: "bar-model", kind: blockTool, sample: "```bar-model\nbar: A: 12 + 12 + 12 = 36\nbar: B: 12 + ? = 30\n```"},
		{name: "coordinate-plane", kind: blockTool, sample: "```coordinate-plane\nx: -5 to 5\ny: -5 to 5\npoint: (2, 3) A\n```"},
	}
)

// caret is what a person without a script types where a tool shall write.
const caret = "@@"

// filled is the tool with its words in a language.
func (s *Server) filled(t tool, lang string) tool {
	if t.sample == "" {
		t.sample = s.o.Theme.Label(lang, "tool.sample", t.name)
	}
	return t
}

// toolOf is the tool that a button or the list names.
func (s *Server) toolOf(typed url.Values, lang string) (tool, bool) {
	name, ok := strings.CutPrefix(typed.Get("do"), "tool:")
	if !ok {
		return tool{}, false
	}
	if name == "insert" {
		name = typed.Get("block")
	}
	if file, ok := strings.CutPrefix(name, "file:"); ok {
		return fileTool(file, typed.Get("alt:"+file)), true
	}
	for _, t := range slices.Concat(buttons, blocks) {
		if t.name == name {
			return s.filled(t, lang), true
		}
	}
	return tool{}, false
}

// fileTool puts a file of the lesson in: a picture or a recording, or else a link.
func fileTool(file, alt string) tool {
	mark := ""
	if isShown(file) {
		mark = "!"
	}
	if alt == "" && mark == "" {
		alt = file[strings.LastIndexByte(file, '/')+1:]
	}
	alt = strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(alt)
	return tool{name: "file", kind: blockTool, sample: mark + "[" + alt + "](" + (&url.URL{Path: file}).EscapedPath() + ")"}
}

// use applies a tool: at the caret where there is one, else to the words where the text has them, else at the end of a
// section, whose number counts headings from 1; 0 is the end of the text.
func (t tool) use(text, words string, section int) string {
	if before, after, ok := strings.Cut(text, caret); ok {
		return t.at(before, "", after)
	}
	if i := strings.Index(text, words); words != "" && i >= 0 {
		return t.at(text[:i], words, text[i+len(words):])
	}
	if words == "" || t.kind == blockTool {
		words = t.sample
	}
	end := len(text)
	if list := headings(text); section > 0 && section < len(list) {
		end = list[section].at
	}
	before, after := strings.TrimRight(text[:end], "\n"), strings.TrimLeft(text[end:], "\n")
	if before != "" {
		before += "\n\n"
	}
	if after != "" {
		after = "\n" + after
	}
	made := t.before + words + t.after
	if t.kind == lineTool {
		made = t.lines(words)
	}
	return before + made + "\n" + after
}

// lines puts the tool's mark before every line.
func (t tool) lines(words string) string {
	return t.before + strings.ReplaceAll(strings.TrimRight(words, "\n"), "\n", "\n"+t.before)
}

// at applies the tool to words between two pieces of the text; "" for a place.
func (t tool) at(before, words, after string) string {
	switch t.kind {
	case inlineTool:
		if words == "" {
			words = t.sample
		}
		return before + t.before + words + t.after + after
	case lineTool:
		line := strings.LastIndexByte(before, '\n') + 1
		rest := strings.IndexByte(after, '\n')
		if rest < 0 {
			rest = len(after)
		}
		whole := before[line:] + words + after[:rest]
		if strings.TrimSpace(whole) == "" {
			whole = t.sample
		}
		return before[:line] + t.lines(whole) + after[rest:]
	case wrapTool:
		if words != "" { // around the paragraphs that have them
			begin := strings.LastIndex(before, "\n\n") + 2
			if begin == 1 {
				begin = 0
			}
			end := strings.Index(after, "\n\n")
			if end < 0 {
				end = len(strings.TrimRight(after, "\n"))
			}
			return before[:begin] + t.before + before[begin:] + words + after[:end] + t.after + after[end:]
		}
	}
	// After the paragraph that the place is in.
	if words != "" {
		end := strings.Index(after, "\n\n")
		if end < 0 {
			end = len(after)
		}
		before, after = before+words+after[:end], after[end:]
	}
	if before = strings.TrimRight(before, "\n"); before != "" {
		before += "\n\n"
	}
	if after = strings.TrimLeft(after, "\n"); after != "" {
		after = "\n" + after
	}
	return before + t.before + t.sample + t.after + "\n" + after
}

// textHeading is a heading of a Markdown text, and where it begins.
type textHeading struct {
	at    int
	title string
}

// headings are those of a text that begin with #, outside of code.
func headings(text string) (list []textHeading) {
	at, fence := 0, ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:3]
		case strings.HasPrefix(line, "#"):
			title := strings.TrimLeft(trimmed, "#")
			if n := len(trimmed) - len(title); n <= 6 && strings.HasPrefix(title, " ") {
				list = append(list, textHeading{at, strings.TrimSpace(title)})
			}
		}
		at += len(line)
	}
	return list
}

// toolViews are the tools as the page shows them.
func (s *Server) toolViews(list []tool, lang string) []themes.Tool {
	views := make([]themes.Tool, len(list))
	for i, t := range list {
		t = s.filled(t, lang)
		views[i] = themes.Tool{Name: t.name, Kind: string(t.kind), Before: t.before, After: t.after, Sample: t.sample}
	}
	return views
}

// places are where the tools may write: the ends of the text's sections.
func places(text string, chosen int) []themes.Choice {
	var list []themes.Choice
	for i, h := range headings(text) {
		if i == shownPlaces {
			break
		}
		list = append(list, themes.Choice{Value: itoa(i + 1), Label: clip(h.title, 50), Selected: i+1 == chosen})
	}
	return list
}

const shownPlaces = 60
