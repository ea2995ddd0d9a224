package web

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
)

// maxSigns bounds the headers of a resource with very many people.
const maxSigns = 20

// signposts tells programs by Link headers what a lesson's page is, as Signposting level 1 asks (signposting.org): how to
// cite it, who made it, its license, its metadata and its files. A browser pays nothing for it but these bytes.
func (s *Server) signposts(c *fiber.Ctx, l located) {
	sign := func(url, rel, kind string) {
		value := fmt.Sprintf(`<%s>; rel="%s"`, url, rel)
		if kind != "" {
			value += fmt.Sprintf(`; type="%s"`, kind)
		}
		c.Append(fiber.HeaderLink, value)
	}
	sign(s.o.Repository.Permalink(l.ID), "cite-as", "")
	sign(l.base()+"/metadata.jsonld", "describedby", "application/ld+json")
	sign(l.base()+"/download.zip", "item", "application/zip")
	sign("https://schema.org/LearningResource", "type", "")
	sign("https://schema.org/AboutPage", "type", "")
	if known, ok := licensing.Lookup(l.License); ok && known.URL != "" {
		sign(known.URL, "license", "")
	}
	for i, p := range l.Metadata.Creators {
		if u := web(p.URL); u != "" && i < maxSigns {
			sign(headerURL(u), "author", "")
		}
	}
}

// headerURL is an address that can stand between angle brackets in a header.
func headerURL(u string) string {
	b := make([]byte, 0, len(u))
	for i := range len(u) {
		switch c := u[i]; {
		case c <= ' ', c >= 0x7f, c == '<', c == '>', c == '"', c == '\\':
			b = append(b, fmt.Sprintf("%%%02X", c)...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// describes leads from the metadata back to the page.
func (s *Server) describes(c *fiber.Ctx, r repository.Resource) {
	c.Append(fiber.HeaderLink, fmt.Sprintf(`<%s>; rel="describes"; type="text/html"`, s.absolute(r)))
}
