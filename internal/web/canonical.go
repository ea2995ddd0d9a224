package web

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

// ledeLength is how many letters of a description a page repeats in its head; search engines show about half of them.
const ledeLength = 300

// canonical says which address search engines are to keep for a page, and the same page in the other languages. A page that
// must not be found has none, nor has the answer to a form. Other languages are named by the page that is kept alone
// (developers.google.com/search/docs/specialty/international/localized-versions); chosen by its address, each is kept
// as itself.
func (s *Server) canonical(c *fiber.Ctx, f *themes.Frame, languages []string) {
	if f.NoIndex || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		f.Canonical = ""
		return
	}
	own := s.o.BaseURL + c.Path()
	page := c.QueryInt("page", 1)
	if f.Canonical == "" {
		if f.Canonical = s.o.BaseURL + canonicalPath(c.Path()); f.Canonical == own && page > 1 && asksOnly(c, "lang", "page") {
			own = withQuery(own, "page", strconv.Itoa(page))
			f.Canonical = own
		}
	}
	if !strings.HasPrefix(f.Canonical, s.o.BaseURL+"/") {
		return
	}
	if f.Canonical == own && asksOnly(c, "lang", "page") {
		for _, l := range languages {
			f.Alternate = append(f.Alternate, themes.Alternate{Language: l, URL: withQuery(own, "lang", l)})
		}
		f.Alternate = append(f.Alternate, themes.Alternate{Language: "x-default", URL: own})
	}
	if l := c.Query("lang"); slices.Contains(languages, l) {
		f.Canonical = withQuery(f.Canonical, "lang", l)
	}
}

// canonicalPath is the address of the page that another one belongs to: a resource for its old versions, its paper and
// frames, its history, comparisons and forms; a list or a call for its log, letter and reports. Other pages are their own.
func canonicalPath(at string) string {
	if rest, ok := strings.CutPrefix(at, "/r/"); ok {
		p, ok := parsePlace(rest)
		if !ok || p.Action == "releases" {
			return at
		}
		return pathOf(p.Address, "")
	}
	if strings.HasPrefix(at, "/lists/") || strings.HasPrefix(at, "/calls/") {
		switch page, of := path.Base(at), path.Dir(at); page {
		case "letter", "log", "newer", "savings", "sheet":
			if of != "/lists" && of != "/calls" {
				return of
			}
		}
	}
	return at
}

// asksOnly reports whether an address asks for nothing but these.
func asksOnly(c *fiber.Ctx, names ...string) bool {
	for name := range c.Queries() {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}
