package merge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// plan is the merge of one file, to be carried out with decisions.
type plan struct {
	path      string // in the merged tree
	conflicts []*Conflict
	front     *frontMerge // nil where there is none
	pieces    []piece
	style     style
	exec      bool
	move      *Conflict // about where the file goes
	basePath  string

	// Of conflicts about the file as a whole; ours and theirs are nil where a side has none.
	whole        *Conflict
	ours, theirs *File
	aside        []string // our files that must go if theirs is taken
}

// style is how a text is written, apart from what it says.
type style struct {
	crlf bool // lines end as on Windows
	open bool // the last line has no end
}

// styleOf is not ok for a text that is written in both ways.
func styleOf(text []byte) (s style, ok bool) {
	all, crlf := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("\r\n"))
	s = style{crlf: crlf > 0, open: len(text) > 0 && text[len(text)-1] != '\n'}
	return s, crlf == 0 || crlf == all
}

func (s style) plain(text []byte) []byte {
	if s.crlf {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	if s.open {
		text = join(text, []byte("\n"))
	}
	return text
}

func (s style) apply(text []byte) []byte {
	if s.open {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	if s.crlf {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}

// isText tells whether a file may be merged by lines. A pointer to a large file may not: its lines belong together.
func isText(data []byte) bool {
	return len(data) <= maxText && bytes.IndexByte(data[:min(len(data), 8000)], 0) < 0 &&
		!bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/"))
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return true
	}
	return false
}

// mergeFile merges the content of a file that both sides changed.
func mergeFile(name string, base, our, their []byte, o Options, m *meter) *plan {
	p := &plan{path: name}
	if !isText(base) || !isText(our) || !isText(their) {
		c := &Conflict{Kind: FileChanged, Base: base, Ours: our, Theirs: their, Binary: true}
		p.whole, p.conflicts = c, []*Conflict{c}
		return p
	}
	if isMarkdown(name) {
		p.markdown(base, our, their, o, m)
	} else {
		p.plainText(base, our, their, m)
	}
	return p
}

func (p *plan) plainText(base, our, their []byte, m *meter) {
	if text, ok := cleanly(base, our, their, m); ok {
		p.pieces = []piece{literal(text)}
		return
	}
	base, our, their = p.normalize(base, our, their)
	p.pieces, p.conflicts = mergeText(base, our, their, 1, Lines, m)
}

// normalize takes the style out of texts that are written differently, so that what they say can be compared.
func (p *plan) normalize(base, our, their []byte) (b, o, t []byte) {
	bs, ok1 := styleOf(base)
	os, ok2 := styleOf(our)
	ts, ok3 := styleOf(their)
	if !ok1 || !ok2 || !ok3 {
		return base, our, their
	}
	p.style.crlf, _ = pick(bs.crlf, os.crlf, ts.crlf)
	p.style.open, _ = pick(bs.open, os.open, ts.open)
	return bs.plain(base), os.plain(our), ts.plain(their)
}

func (p *plan) markdown(base, our, their []byte, o Options, m *meter) {
	if text, ok := cleanly(base, our, their, m); ok && !exposes(text, our, their) && p.frontHolds(text, base, our, their, o, m) {
		p.pieces = []piece{literal(text)}
		return
	}
	raw := our
	base, our, their = p.normalize(base, our, their)
	bf, bb := cutFront(base)
	of, ob := cutFront(our)
	tf, tb := cutFront(their)
	fronts := readable(of) && readable(tf) && (readable(bf) || len(bf) == 0)
	if !fronts && len(bf)+len(of)+len(tf) > 0 {
		p.pieces, p.conflicts = mergeText(base, our, their, 1, Lines, m)
		return
	}
	line := 1 + bytes.Count(of, []byte("\n"))
	if fronts {
		f := &frontMerge{path: p.path, base: bf, ours: of, theirs: tf, mine: o.Mine, m: m}
		front, conflicts, _, ok := f.merge(nil)
		switch {
		case ok && len(conflicts) == 0:
			p.pieces = []piece{literal(front)}
		case ok:
			p.front, p.conflicts = f, conflicts
		default:
			p.pieces, p.conflicts = mergeText(bf, of, tf, 1, Front, m)
		}
	}
	merge := mergeBody
	if isUnsettled(bb) || isUnsettled(ob) || isUnsettled(tb) {
		merge = mergeUnsettled
	} else if len(bf)+len(of)+len(tf) == 0 && p.style == (style{}) && len(raw) == len(our) {
		merge = mergeBlocks // by lines it was tried
	}
	body, conflicts := merge(bb, ob, tb, line, m)
	p.pieces, p.conflicts = append(p.pieces, body...), append(p.conflicts, conflicts...)
}

// frontHolds tells whether a text that was merged by lines has the front matter that merging it by fields gives.
func (p *plan) frontHolds(text, base, our, their []byte, o Options, m *meter) bool {
	got, _ := cutFront(text)
	bf, _ := cutFront(base)
	of, _ := cutFront(our)
	tf, _ := cutFront(their)
	if !readable(of) || !readable(tf) || len(bf) > 0 && !readable(bf) {
		return len(bf)+len(of)+len(tf) == 0 && len(got) == 0
	}
	f := &frontMerge{path: p.path, base: bf, ours: of, theirs: tf, mine: o.Mine, m: m}
	front, conflicts, _, ok := f.merge(nil)
	return ok && len(conflicts) == 0 && f.holds(got, metadataOf(front)) && f.others(got)
}

// cutFront cuts a Markdown file into its front matter, with the blank line after it, and its body, where metadata.Parse
// does. A front matter that is never closed is body.
func cutFront(text []byte) (front, body []byte) {
	fence := func(line []byte) bool { return string(bytes.TrimRight(line, " \t\r\n")) == "---" }
	next := func(at int) int {
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			return at + i + 1
		}
		return len(text)
	}
	start := len(text) - len(bytes.TrimPrefix(text, []byte("\uFEFF")))
	at := next(start)
	if !fence(text[start:at]) {
		return nil, text
	}
	for at < len(text) {
		line := at
		if at = next(at); !fence(text[line:at]) {
			continue
		}
		if after := next(at); at < len(text) && isBlank(text[at:after]) {
			at = after
		}
		return text[:at:at], text[at:]
	}
	return nil, text
}

// data is the merged file. An error is of a decision that cannot be carried out.
func (p *plan) data(decide choose) ([]byte, error) {
	var front []byte
	if p.front != nil {
		out, _, err, ok := p.front.merge(decide)
		if err == nil && !ok {
			err = fmt.Errorf("%s: the front matter cannot be merged", p.path)
		}
		if err != nil {
			return nil, err
		}
		front = out
	}
	return p.style.apply(join(front, assemble(p.pieces, decide))), nil
}

// name gives a conflict its ID; the n-th of several that are all alike has another.
func (c *Conflict) name(n int) {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.Path), []byte(c.Kind), []byte(c.Field), []byte(c.OurPath), []byte(c.TheirPath), c.Base, c.Ours, c.Theirs} {
		fmt.Fprintf(h, "%d:%v:", len(part), part == nil)
		h.Write(part)
	}
	fmt.Fprint(h, n)
	c.ID = hex.EncodeToString(h.Sum(nil)[:8])
}
