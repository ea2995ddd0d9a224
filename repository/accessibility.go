package repository

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// lookAt notes at each resource of a tree who can use it, as its whole text tells: the teacher's. As much text is read as
// a Check looks into; what of the resources after that is told is nothing.
func (l looker) lookAt(fsys fs.FS, contents []content) {
	left := int64(checkedBytes)
	for i := range contents {
		n := contents[i].node
		if left -= int64(len(n.Body)); left < 0 {
			return
		}
		contents[i].access = l.access(fsys, n)
	}
}

// accessOf is what a text says of who can use it, in the words of the W3C's accessibility vocabulary for
// schema.org. It tells what can be seen in the text and nothing else: whether a description is a good one, or whether a film
// flashes, is not known.
func accessOf(page render.Page) (a metadata.Accessibility) {
	pictures := len(page.Images) > 0 || page.Diagrams
	if page.Text == "" && !pictures && page.Films+page.Sounds == 0 {
		return a
	}
	a.Modes = []string{"textual"}
	add := func(list *[]string, is bool, word string) {
		if is {
			*list = append(*list, word)
		}
	}
	add(&a.Modes, pictures || page.Films > 0, "visual")
	add(&a.Modes, page.Films+page.Sounds > 0, "auditory")
	add(&a.Features, len(page.Outline) > 0, "structuralNavigation")
	add(&a.Features, pictures && !slices.ContainsFunc(page.Images, func(i render.Image) bool { return i.Alt == "" }), "alternativeText")
	add(&a.Features, page.Formulas, "MathML")
	add(&a.Features, page.Formulas, "latex")
	add(&a.Features, page.Films > 0 && page.Captioned == page.Films, "captions")
	a.Features = append(a.Features, "displayTransformability") // sizes, colors and widths are the reader's
	if page.Films == 0 && !slices.ContainsFunc(page.Images, mayMove) {
		a.Hazards = []string{"none"}
	}
	return a
}

// mayMove reports whether a picture may move: of these files only those who look know.
func mayMove(i render.Image) bool {
	name := strings.ToLower(i.Path)
	return strings.HasSuffix(name, ".gif") || strings.HasSuffix(name, ".webp") || strings.HasSuffix(name, ".avif")
}
