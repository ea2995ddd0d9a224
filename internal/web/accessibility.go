package web

import (
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// accessOf is what a rendered text says of who can use it, in the words of the W3C's accessibility vocabulary for
// schema.org. It tells what can be seen in the text and nothing else: whether a description is a good one, or whether a film
// flashes, is not known.
func accessOf(page render.Page) metadata.Accessibility {
	if page.HTML == "" {
		return metadata.Accessibility{}
	}
	has := func(what string) bool { return strings.Contains(string(page.HTML), what) }
	a := metadata.Accessibility{Modes: []string{"textual"}}
	add := func(list *[]string, is bool, word string) {
		if is {
			*list = append(*list, word)
		}
	}
	pictures, film, sound := has("<img "), has("<video "), has("<audio ")
	add(&a.Modes, pictures || page.Diagrams || film, "visual")
	add(&a.Modes, film || sound, "auditory")
	add(&a.Features, len(page.Outline) > 0, "structuralNavigation")
	add(&a.Features, (pictures || page.Diagrams) && !has(` alt=""`), "alternativeText")
	add(&a.Features, page.Formulas, "MathML")
	add(&a.Features, page.Formulas, "latex")
	add(&a.Features, has("<track "), "captions")
	a.Features = append(a.Features, "displayTransformability") // sizes, colors and widths are the reader's
	if !film && !hasMoving(page.Images) {
		a.Hazards = []string{"none"}
	}
	return a
}

// hasMoving reports whether a picture may move: of these files only those who look know.
func hasMoving(images []render.Image) bool {
	return slices.ContainsFunc(images, func(i render.Image) bool {
		name := strings.ToLower(i.Path)
		return strings.HasSuffix(name, ".gif") || strings.HasSuffix(name, ".webp") || strings.HasSuffix(name, ".avif")
	})
}

// accessKeys are the words of the vocabulary that a page tells its readers.
func accessKeys(a metadata.Accessibility) []string {
	keys := slices.Concat(a.Modes, a.Features)
	return slices.DeleteFunc(keys, func(k string) bool { return k == "displayTransformability" || k == "latex" })
}
