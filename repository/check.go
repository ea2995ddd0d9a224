package repository

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/picture"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// checkedBytes bounds how much text, and how much of drawings, one Check looks into: a unit of a hundred long lessons has
// a tenth of it.
const checkedBytes = 16 << 20

// Check is metadata.Check with a look at what readers would see: every text is rendered, what its page would show otherwise
// than its author meant is a warning, and so are texts that are hard to read for their grades and drawings that are hard to
// see. Each problem has its file, line, code, severity, message and remedy. Nothing outside the folder is asked. Without a
// renderer it is metadata.Check.
func Check(fsys fs.FS, o metadata.CheckOptions, r *render.Renderer) (metadata.Tree, metadata.Problems) {
	return looker{renderer: r}.check(fsys, o)
}

// check is Check as this service is set up.
func (s *Service) check(fsys fs.FS, o metadata.CheckOptions) (metadata.Tree, metadata.Problems) {
	return s.looker.check(fsys, o)
}

func (l looker) check(fsys fs.FS, o metadata.CheckOptions) (metadata.Tree, metadata.Problems) {
	tree, problems := metadata.Check(fsys, o)
	if l.renderer == nil || tree.Root.File == "" {
		return tree, problems
	}
	left := int64(checkedBytes)
	for _, n := range tree.Root.All() {
		if left -= int64(len(n.Body)); left < 0 {
			problems = append(problems, warning(n.File, 1, "text-many", "there is more text than is looked into at once", "publish it in several units"))
			break
		}
		problems = append(problems, l.checkText(fsys, n, problems)...)
	}
	for _, f := range tree.Files {
		switch ext := strings.ToLower(path.Ext(f.Path)); {
		case ext == ".svg" && f.Size <= left:
			left -= f.Size
			if src, err := readHead(fsys, f.Path, f.Size+1); err == nil { // else who publishes it finds out
				problems = append(problems, l.drawing(f.Path, src)...)
			}
		case (ext == ".jpg" || ext == ".jpeg") && left >= photoHead:
			left -= photoHead
			problems = append(problems, checkPhoto(fsys, f)...)
		}
	}
	return tree, arranged(problems)
}

func warning(file string, line int, code, message, remedy string) metadata.Problem {
	return metadata.Problem{File: file, Line: line, Severity: metadata.Warning, Code: code, Message: message, Remedy: remedy}
}

// arranged keeps a file's problems together, where its first one was found, in the order of its lines.
func arranged(problems metadata.Problems) metadata.Problems {
	order := map[string]int{}
	for i, p := range problems {
		if _, ok := order[p.File]; !ok {
			order[p.File] = i
		}
	}
	slices.SortStableFunc(problems, func(a, b metadata.Problem) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return problems
}

// checkText tells what is to mend in a text, but for what is known already.
func (l looker) checkText(fsys fs.FS, n metadata.Node, known metadata.Problems) (found metadata.Problems) {
	seen, err := l.look(fsys, n)
	if err != nil {
		return metadata.Problems{warning(n.File, n.Document.BodyLine, "text-unread", "the text cannot be shown: "+err.Error(), "make it shorter, or several lessons of it")}
	}
	for _, p := range seen.problems {
		if !slices.ContainsFunc(known, func(k metadata.Problem) bool { return k.File == p.File && k.Line == p.Line && same(k.Code, p.Code) }) {
			found = append(found, warning(p.File, p.Line, p.Code, p.Message, p.Remedy))
		}
	}
	if seen.leveled {
		if highest, ok := highestGrade(n.Metadata.Grades); ok && seen.level > float64(highest)+readingSlack {
			found = append(found, warning(n.File, n.Document.BodyLine, "reading-level",
				fmt.Sprintf("the text reads like grade %.0f, and is for grade %s", seen.level, gradeName(highest)), "write shorter sentences and more common words, or explain the long ones"))
		}
	}
	return found
}

// same reports whether two codes are about the same: what the front matter's reader calls missing or remote, the page calls
// outside.
func same(known, code string) bool {
	switch code {
	case "image-outside":
		return known == "image-remote" || known == "image-outside" || known == "image-scheme"
	case "link-refused":
		return known == "link-scheme" || known == "image-scheme"
	case "link-escapes":
		return known == "link-outside" || known == "image-outside"
	}
	return known == code
}

// photoHead is as much of a photograph as is read to find where it was taken.
const photoHead = 128 << 10

func checkPhoto(fsys fs.FS, f metadata.File) metadata.Problems {
	src, err := readHead(fsys, f.Path, photoHead)
	if err == nil && picture.TellsPlace(src) {
		return metadata.Problems{warning(f.Path, 0, "picture-place", "the picture says where it was taken", "upload it on the edit page, which takes that out, or export it without location")}
	}
	return nil
}

func readHead(fsys fs.FS, name string, most int64) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}

// checkDrawing looks into an SVG file.
func checkDrawing(name string, src []byte) metadata.Problems {
	if err := render.CheckSVG(src); err != nil {
		line, reason := 0, err.Error()
		if at, ok := err.(*render.SVGError); ok { //nolint:errorlint // as documented
			if line, reason = at.Line, at.Reason; at.Script {
				return metadata.Problems{{File: name, Line: line, Severity: metadata.Error, Code: "drawing-script",
					Message: "the drawing has a script: " + reason, Remedy: "export it again as a plain drawing, without scripts and links"}}
			}
		}
		return metadata.Problems{warning(name, line, "drawing-active", "parts of the drawing will not work: "+reason, "export it again as a plain drawing, without scripts and links")}
	}
	if line, ratio := FaintText(src); line > 0 {
		return metadata.Problems{warning(name, line, "contrast-low",
			fmt.Sprintf("words in the drawing have a contrast of %.1f to 1 with what is behind them", ratio), "use a darker color: 4.5 to 1 can be read by most")}
	}
	return nil
}
