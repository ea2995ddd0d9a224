package web

import (
	"path"
	"strings"

	textlang "golang.org/x/text/language"

	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

// linkPreview is how links to a lesson look elsewhere. Its picture is the first one of the text that is not a drawing: what
// shows previews does not read SVG.
func (s *Server) linkPreview(l located, images []render.Image) *themes.Preview {
	page := pathOf(l.place.Address, "")
	p := &themes.Preview{Title: l.Metadata.Title, URL: s.o.BaseURL + page, Locale: locale(l.Metadata.Language)}
	for _, image := range images {
		switch strings.ToLower(path.Ext(image.Path)) {
		case ".png", ".jpg", ".jpeg", ".gif", ".webp":
			p.Image, p.ImageAlt = s.o.BaseURL+rawPath(pathOf(l.place.Address, l.Pinned()), image.Path), image.Alt
			return p
		}
	}
	return p
}

// locale is a language as language_TERRITORY (ogp.me): with its own territory, or the likeliest by CLDR.
func locale(tag string) string {
	t, err := textlang.Parse(tag)
	if err != nil {
		return "en_US"
	}
	base, _ := t.Base()
	region, _ := t.Region()
	return base.String() + "_" + region.String()
}
