package web

import (
	"html/template"
	"io/fs"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/net/html"

	"github.com/commonplace-oer/commonplace/themes"
)

// thrifty reports whether a reader wants pictures only on demand: by the address, or else because the browser asks to save
// data (the Save-Data header of the Network Information draft). What asks for it varies by that header.
func thrifty(c *fiber.Ctx) bool {
	c.Vary("Save-Data")
	switch c.Query("images") {
	case "no":
		return true
	case "yes":
		return false
	}
	return strings.EqualFold(strings.TrimSpace(c.Get("Save-Data")), "on")
}

// pictures puts a link in the place of each picture of the text where the reader is thrifty, and says what can be chosen.
func (s *Server) pictures(c *fiber.Ctx, l located, v *themes.Resource, files fs.FS) {
	spare := thrifty(c)
	body, n := linkedPictures(v.Body, func(src string) string {
		return s.theme(c).Size(language(c), sizeOf(files, pathOf(l.Resource.Address.Root(), l.Pinned())+"/raw/", src))
	}, s.theme(c).Text(language(c), "picture.show"))
	if n == 0 {
		return
	}
	page := v.Links.Student
	if !v.Student {
		page = v.Links.Teacher
	}
	if !v.Alternate {
		page = v.Links.Self
	}
	if !spare {
		v.Links.NoPictures = withQuery(page, "images", "no")
		return
	}
	v.Body, v.Links.Pictures = body, withQuery(page, "images", "yes")
}

// sizeOf is the size in bytes of the file that the address of a picture means; 0 where that is not known.
func sizeOf(files fs.FS, raw, src string) int64 {
	name, ok := strings.CutPrefix(src, raw)
	if !ok {
		return 0
	}
	name, err := url.PathUnescape(name)
	if err != nil || !fs.ValidPath(name) {
		return 0
	}
	info, err := fs.Stat(files, name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// linkedPictures is a rendered text with a link in the place of each picture, and how many there were. A picture that is
// the text of a link is replaced by its words alone.
func linkedPictures(body template.HTML, size func(src string) string, show string) (text template.HTML, n int) {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(string(body)))
	links := 0
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := string(z.Raw())
		switch t := z.Token(); {
		case t.Data == "a" && kind == html.StartTagToken:
			links++
		case t.Data == "a" && kind == html.EndTagToken:
			links--
		case t.Data == "img" && (kind == html.StartTagToken || kind == html.SelfClosingTagToken):
			n++
			raw = linkedPicture(t, links > 0, size, show)
		}
		b.WriteString(raw)
	}
	return template.HTML(b.String()), n //nolint:gosec // pieces of safe HTML, and what is escaped
}

func linkedPicture(t html.Token, linked bool, size func(string) string, show string) string {
	var src, alt string
	for _, a := range t.Attr {
		switch a.Key {
		case "src":
			src = a.Val
		case "alt":
			alt = a.Val
		}
	}
	if linked {
		return `<span class="picture">` + html.EscapeString(alt) + `</span>`
	}
	words := size(src)
	if alt != "" {
		words = alt + ", " + words
	}
	return `<a class="picture" href="` + html.EscapeString(src) + `">` + html.EscapeString(words) + ` <b>` + html.EscapeString(show) + `</b></a>`
}
