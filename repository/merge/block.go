package merge

import (
	"bytes"
	"regexp"
	"strings"
)

// BlockType is what a block of Markdown is.
type BlockType string

// The types of block.
const (
	Paragraph BlockType = "paragraph"
	Heading   BlockType = "heading"
	List      BlockType = "list"
	Item      BlockType = "item" // of a list
	Table     BlockType = "table"
	Row       BlockType = "row"       // of a table
	Code      BlockType = "code"      // fenced or indented
	Formula   BlockType = "formula"   // between two lines of $$
	Quote     BlockType = "quote"     // of lines that start with >
	Rule      BlockType = "rule"      // a line across
	Container BlockType = "container" // ::: teacher and the like
	Fence     BlockType = "fence"     // the first or last line of a container
	Front     BlockType = "metadata"  // the front matter of a file
	Lines     BlockType = "lines"     // of a file that is not Markdown
)

// block is a part of a Markdown text. The blocks of a text, with their gaps, are the text byte for byte.
type block struct {
	kind   BlockType
	text   []byte  // whole lines
	gap    []byte  // the blank lines after them
	kids   []block // of a container: fence, blocks, fence; of a list its items; of a table its rows
	number string  // of an item in a numbered list, such as "7."
	name   string  // of a container, such as "teacher"
}

// maxNested bounds how deep containers are read; deeper ones are single blocks.
const maxNested = 8

// parseBlocks cuts a Markdown text into blocks. Lead is the blank lines before the first. It understands as much of
// Markdown as is needed to find where blocks end; what it takes for another kind of block is merged less cleverly, and
// just as safely.
func parseBlocks(text []byte) (lead []byte, list []block) {
	p := parser{lines: lines(text)}
	n := p.blanks(0, len(p.lines))
	return join(p.lines[:n]...), p.blocks(n, len(p.lines), 0)
}

type span struct{ start, end int }

type parser struct {
	lines    [][]byte
	unclosed span // no line in here closes a formula
}

// pattern finds a form of line. Most lines are no such form, which their first character tells.
type pattern struct {
	first string // the characters, after blanks, that such a line may begin with
	form  *regexp.Regexp
}

func (p pattern) Match(line []byte) bool { return p.may(line) && p.form.Match(line) }

// find answers what the parts of the pattern match, or nil.
func (p pattern) find(line []byte) [][]byte {
	if !p.may(line) {
		return nil
	}
	return p.form.FindSubmatch(line)
}

func (p pattern) may(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' {
			return strings.IndexByte(p.first, c) >= 0
		}
	}
	return false
}

var (
	heading    = pattern{"#", regexp.MustCompile(`^ {0,3}#{1,6}([ \t\r\n]|$)`)}
	rule       = pattern{"*-_", regexp.MustCompile(`^ {0,3}((\*[ \t]*){3,}|(-[ \t]*){3,}|(_[ \t]*){3,})\r?\n?$`)}
	marker     = pattern{"-*+0123456789", regexp.MustCompile(`^( {0,3})([-*+]|[0-9]{1,9}[.)])([ \t]+|\r?\n?$)`)}
	codeFence  = pattern{"`~", regexp.MustCompile("^ {0,3}(`{3,}|~{3,})([^\r\n]*)")}
	delimiters = pattern{"|:-", regexp.MustCompile(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\r?\n?$`)}
	quote      = pattern{">", regexp.MustCompile(`^ {0,3}>`)}
)

// opens tells whether a line opens a container, as the renderer reads it.
func opens(line []byte) bool {
	_, ok := colons(line)
	return ok && containerName(line) != ""
}

// closes tells whether a line closes a container.
func closes(line []byte) bool {
	rest, ok := colons(line)
	return ok && isBlank(rest)
}

// colons answers what follows three or more of them.
func colons(line []byte) ([]byte, bool) {
	text := bytes.TrimLeft(line, " ")
	rest := bytes.TrimLeft(text, ":")
	return rest, len(line)-len(text) <= 3 && len(text)-len(rest) >= 3
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// blanks counts blank lines from a line on.
func (p *parser) blanks(at, end int) int {
	n := 0
	for at+n < end && isBlank(p.lines[at+n]) {
		n++
	}
	return n
}

// blocks reads the lines from at, which is not blank, up to end.
func (p *parser) blocks(at, end, level int) (list []block) {
	for at < end {
		b, next := p.block(at, end, level)
		b.text = join(p.lines[at:next]...)
		n := p.blanks(next, end)
		b.gap = join(p.lines[next : next+n]...)
		list, at = append(list, b), next+n
	}
	return list
}

// block reads one block and answers the line after it.
func (p *parser) block(at, end, level int) (b block, next int) {
	line := p.lines[at]
	switch {
	case heading.Match(line):
		return block{kind: Heading}, at + 1
	case codeFence.Match(line) && p.fencesCode(line):
		return block{kind: Code}, p.codeEnd(at, end)
	case opens(line):
		return p.container(at, end, level)
	case closes(line):
		return block{kind: Fence}, at + 1
	case rule.Match(line):
		return block{kind: Rule}, at + 1
	case marker.Match(line):
		return p.list(at, end)
	case quote.Match(line):
		return block{kind: Quote}, p.paragraphEnd(at, end, true)
	case bytes.HasPrefix(line, []byte("    ")), line[0] == '\t':
		return block{kind: Code}, p.indentedEnd(at, end)
	case bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("$$")):
		if next := p.formulaEnd(at, end); next > 0 {
			return block{kind: Formula}, next
		}
	case at+1 < end && bytes.IndexByte(line, '|') >= 0 && delimiters.Match(p.lines[at+1]):
		return p.table(at, end)
	}
	return block{kind: Paragraph}, p.paragraphEnd(at, end, false)
}

// fencesCode tells a fence from a line with `code` in it.
func (p *parser) fencesCode(line []byte) bool {
	m := codeFence.find(line)
	return m[1][0] == '~' || bytes.IndexByte(m[2], '`') < 0
}

func (p *parser) codeEnd(at, end int) int {
	fence := codeFence.find(p.lines[at])[1]
	for at++; at < end; at++ {
		if m := codeFence.find(p.lines[at]); m != nil && m[1][0] == fence[0] && len(m[1]) >= len(fence) && isBlank(m[2]) {
			return at + 1
		}
	}
	return end
}

func (p *parser) indentedEnd(at, end int) int {
	for next := at + 1; ; next++ {
		n := p.blanks(next, end)
		if next+n >= end || !bytes.HasPrefix(p.lines[next+n], []byte("    ")) && p.lines[next+n][0] != '\t' {
			return next
		}
		next += n
	}
}

// formulaEnd answers 0 where a formula is not closed.
func (p *parser) formulaEnd(at, end int) int {
	first := bytes.TrimSpace(p.lines[at])[2:]
	if bytes.Contains(first, []byte("$$")) {
		if bytes.HasSuffix(first, []byte("$$")) {
			return at + 1
		}
		return 0 // text goes on after it
	}
	if p.unclosed.start <= at && end <= p.unclosed.end {
		return 0
	}
	p.unclosed = span{at, end}
	for at++; at < end; at++ {
		if bytes.HasSuffix(bytes.TrimSpace(p.lines[at]), []byte("$$")) {
			return at + 1
		}
	}
	return 0
}

// paragraphEnd finds the blank line or the block that ends a paragraph, or a quotation, which may go on without >.
func (p *parser) paragraphEnd(at, end int, quoted bool) int {
	for at++; at < end; at++ {
		line := p.lines[at]
		if isBlank(line) || heading.Match(line) || codeFence.Match(line) && p.fencesCode(line) || opens(line) ||
			closes(line) || !quoted && quote.Match(line) {
			return at
		}
		if rule.Match(line) && (quoted || bytes.TrimSpace(line)[0] != '-') { // hyphens underline a heading
			return at
		}
		if m := marker.find(line); m != nil && len(m[3]) > 0 && m[3][0] != '\r' && m[3][0] != '\n' &&
			(len(m[2]) == 1 || string(m[2]) == "1." || string(m[2]) == "1)") {
			return at
		}
	}
	return end
}

// container reads ::: name … :::, of which one that is not closed reaches to the end.
func (p *parser) container(at, end, level int) (block, int) {
	b := block{kind: Container, name: containerName(p.lines[at])}
	last, depth := end, 1
	for i := at + 1; i < end; i++ {
		switch line := p.lines[i]; {
		case codeFence.Match(line) && p.fencesCode(line):
			i = p.codeEnd(i, end) - 1
		case opens(line):
			depth++
		case closes(line):
			if depth--; depth == 0 {
				last = i
			}
		}
		if depth == 0 {
			break
		}
	}
	if level >= maxNested {
		return b, min(last+1, end)
	}
	n := p.blanks(at+1, last)
	b.kids = []block{{kind: Fence, text: p.lines[at], gap: join(p.lines[at+1 : at+1+n]...)}}
	b.kids = append(b.kids, p.blocks(at+1+n, last, level+1)...)
	if last < end {
		b.kids = append(b.kids, block{kind: Fence, text: p.lines[last]})
		last++
	}
	return b, last
}

// containerName reads the name as the renderer does: `::: name Title` or `::: {.name}`. Whatever begins like "teacher" is
// for teachers.
func containerName(line []byte) string {
	rest := strings.TrimSpace(strings.Trim(strings.TrimSpace(string(line)), ":"))
	if inner, ok := strings.CutPrefix(rest, "{"); ok {
		inner, _, _ = strings.Cut(inner, "}")
		rest = strings.TrimPrefix(strings.TrimSpace(inner), ".")
	}
	name, _, _ := strings.Cut(strings.ToLower(rest), " ")
	if strings.HasPrefix(name, "teach") {
		return "teacher"
	}
	return name
}

// list reads items of one kind of marker.
func (p *parser) list(at, end int) (block, int) {
	b := block{kind: List}
	sort := func(m [][]byte) byte { return m[2][len(m[2])-1] }
	first := marker.find(p.lines[at])
	for m := first; m != nil && sort(m) == sort(first); {
		item := block{kind: Item}
		if len(m[2]) > 1 {
			item.number = string(m[2])
		}
		indent := len(m[1]) + len(m[2]) + 1
		next := p.itemEnd(at+1, end, indent)
		n := p.blanks(next, end)
		item.text = join(p.lines[at:next]...)
		m = nil
		if next+n < end && !rule.Match(p.lines[next+n]) {
			m = marker.find(p.lines[next+n])
		}
		if m == nil || sort(m) != sort(first) {
			b.kids = append(b.kids, item)
			return b, next
		}
		item.gap = join(p.lines[next : next+n]...)
		b.kids, at = append(b.kids, item), next+n
	}
	return b, at
}

// itemEnd finds where an item's lines end: those that are indented below its marker, and those that go on without.
func (p *parser) itemEnd(at, end, indent int) int {
	for at < end {
		line := p.lines[at]
		if isBlank(line) {
			n := p.blanks(at, end)
			if at+n >= end || indentation(p.lines[at+n]) < indent {
				return at
			}
			at += n
			continue
		}
		if codeFence.Match(bytes.TrimLeft(line, " \t")) && indentation(line) >= indent {
			at = p.fencedItem(at, end, indent)
			continue
		}
		if indentation(line) < indent && (marker.Match(line) || heading.Match(line) || codeFence.Match(line) ||
			opens(line) || closes(line) || rule.Match(line) || quote.Match(line)) {
			return at
		}
		at++
	}
	return end
}

// fencedItem skips code inside an item; it ends with the item at the latest.
func (p *parser) fencedItem(at, end, indent int) int {
	fence := codeFence.find(bytes.TrimLeft(p.lines[at], " \t"))[1]
	for at++; at < end; at++ {
		line := p.lines[at]
		if !isBlank(line) && indentation(line) < indent {
			return at
		}
		m := codeFence.find(bytes.TrimLeft(line, " \t"))
		if m != nil && m[1][0] == fence[0] && len(m[1]) >= len(fence) && isBlank(m[2]) {
			return at + 1
		}
	}
	return end
}

func indentation(line []byte) (n int) {
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4 - n%4
		default:
			return n
		}
	}
	return n
}

func (p *parser) table(at, end int) (block, int) {
	b := block{kind: Table}
	for ; at < end; at++ {
		line := p.lines[at]
		if isBlank(line) || heading.Match(line) || codeFence.Match(line) || opens(line) || closes(line) ||
			quote.Match(line) || len(b.kids) > 1 && marker.Match(line) {
			break
		}
		b.kids = append(b.kids, block{kind: Row, text: line})
	}
	return b, at
}

// unnumbered is an item's text without its number.
func (b block) unnumbered() []byte {
	if b.number == "" {
		return b.text
	}
	indent := len(b.text) - len(bytes.TrimLeft(b.text, " "))
	return b.text[min(len(b.text), indent+len(b.number)):]
}

// whole is the block with the blank lines after it.
func (b block) whole() []byte { return join(b.text, b.gap) }

// headingText is what a heading says.
func (b block) headingText() string {
	return strings.TrimSpace(strings.Trim(strings.TrimSpace(string(b.text)), "#"))
}
