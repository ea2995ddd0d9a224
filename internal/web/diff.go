package web

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	comparedFiles = 50        // of more only the names are shown: nothing is taken that a page does not name
	comparedBytes = 256 << 10 // of one file; larger ones are only named
	shownBlocks   = 400       // changed blocks of all files together
	renderedBytes = 16 << 10  // of one block; of a larger one only the words are shown
)

// change is a file that differs between two trees.
type change struct {
	path, from string // from is where a renamed one was
	kind       string
}

// differ compares files for a page.
type differ struct {
	*Server
	base, language string // of the links and the words of what is rendered
	boxes          *boxes // to take changes one by one; nil for none
	room           int
}

func (s *Server) differ(base, language string) *differ {
	return &differ{Server: s, base: base, language: language, room: shownBlocks}
}

// files compares what changed between two trees, block by block.
func (d *differ) files(ctx context.Context, changes []change, old, new fs.FS) ([]themes.FileDiff, error) {
	var list []themes.FileDiff
	for i, c := range changes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := themes.FileDiff{Path: c.path, From: c.from, Kind: c.kind}
		if i >= comparedFiles {
			f.Omitted = true
			if d.boxes != nil {
				f.Name, f.Left = d.boxes.file(c.path)
			}
			list = append(list, f)
			continue
		}
		was := c.path
		if c.from != "" {
			was = c.from
		}
		a, errA := readSome(old, was)
		b, errB := readSome(new, c.path)
		if err := errors.Join(errA, errB); err != nil {
			return nil, err
		}
		switch {
		case isBinary(a) || isBinary(b):
			f.Binary = true
		case len(a) > comparedBytes || len(b) > comparedBytes:
			f.Omitted = true
		default:
			f.Blocks, f.Changed = d.text(c.path, a, b)
			if f.Omitted = f.Changed > d.room; f.Omitted {
				f.Blocks = nil
			}
			d.room -= f.Changed
		}
		if d.boxes != nil && len(f.Blocks) == 0 {
			f.Name, f.Left = d.boxes.file(c.path)
		}
		list = append(list, f)
	}
	return list, nil
}

// text compares two versions of a file. Of equal blocks, the ones beside a change are shown in short, but not the front matter.
func (d *differ) text(file string, a, b []byte) (list []themes.BlockDiff, changed int) {
	blocks := repository.Compare(file, a, b)
	same := func(i int) bool {
		return i < 0 || i >= len(blocks) || blocks[i].Kind == merge.Same ||
			blocks[i].Type != merge.Lines && bytes.Equal(unspaced(blocks[i].A), unspaced(blocks[i].B))
	}
	for i, block := range blocks {
		if !same(i) {
			changed++
			list = append(list, d.block(file, i, block))
			continue
		}
		switch text := firstLine(block.B); {
		case text != "" && text != "---" && (!same(i-1) || !same(i+1)):
			list = append(list, themes.BlockDiff{Kind: string(merge.Same), Text: text})
		case len(list) == 0 || list[len(list)-1].Kind != "cut":
			list = append(list, themes.BlockDiff{Kind: "cut"})
		}
	}
	if changed == 0 {
		return nil, 0
	}
	return list, changed
}

func (d *differ) block(file string, i int, b merge.Block) themes.BlockDiff {
	v := themes.BlockDiff{Kind: string(b.Kind), Under: b.Under, In: b.In}
	if b.Type == merge.Heading {
		v.Under = "" // it stands under itself
	}
	if d.boxes != nil && b.Type != merge.Fence {
		v.Name, v.Left = d.boxes.block(file, i)
	}
	for _, f := range b.Fields {
		v.Fields = append(v.Fields, themes.FieldDiff{Field: f.Field, Old: f.A, New: f.B})
	}
	for i, w := range b.Words {
		if i == len(b.Words)-1 {
			w.Text = strings.TrimRight(w.Text, "\n") // the blank lines after a block
		}
		v.Words = append(v.Words, themes.WordDiff{Kind: string(w.Kind), Text: w.Text})
	}
	if len(v.Fields) > 0 {
		return v
	}
	if len(v.Words) == 0 || seen(b.A) || seen(b.B) {
		v.Old, v.New = d.shown(b.Type, b.A), d.shown(b.Type, b.B)
	}
	return v
}

// seen reports whether a block has what people look at rather than read: a picture, a formula, a table.
func seen(text []byte) bool {
	s := string(text)
	return strings.Contains(s, "![") || strings.Contains(s, "$") || strings.Contains(s, "|")
}

// shown renders a block as the lesson shows it; what is not Markdown stays as it is written.
func (d *differ) shown(kind merge.BlockType, text []byte) template.HTML {
	switch {
	case len(strings.TrimSpace(string(text))) == 0:
		return ""
	case kind == merge.Lines || kind == merge.Fence || kind == merge.Front || len(text) > renderedBytes:
		return template.HTML("<pre>" + template.HTMLEscapeString(string(text)) + "</pre>") //nolint:gosec // escaped
	}
	html, _ := d.preview(string(text), d.language, d.base)
	return html
}

// unspaced is a block without the blank lines around it, which are no change to show. Where its first line begins counts: by
// that a paragraph becomes code.
func unspaced(text []byte) []byte {
	text = bytes.TrimRightFunc(text, unicode.IsSpace)
	for {
		line, rest, more := bytes.Cut(text, []byte("\n"))
		if !more || len(bytes.TrimSpace(line)) > 0 {
			return text
		}
		text = rest
	}
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return clip(line, 160)
}

// readSome reads a file up to just over what is compared; a file that is not there is empty.
func readSome(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, comparedBytes+1))
}
