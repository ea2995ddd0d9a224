package web

import (
	"bytes"
	"encoding/xml"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

const feedEntries = 30

// robotsRules ask programs to leave alone what only people with a link are to see, and searches with several filters at
// once, of which there are more than anybody reads. What has one question may be followed: each names the plain list as
// canonical.
const robotsRules = "User-agent: *\nDisallow: /search.atom\nDisallow: /search?*&*&\nDisallow: /preview/\nDisallow: /invitations/\nDisallow: /mail/\n"

func (s *Server) robots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return c.SendString(robotsRules + "\nSitemap: " + s.o.BaseURL + "/sitemap.xml\n")
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Authors   []atomPerson `xml:"author"`
	Links     []atomLink   `xml:"link"`
	Summary   string       `xml:"summary,omitempty"`
	Rights    string       `xml:"rights,omitempty"`
}

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   atomPerson  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

// atom is what is new, for feed readers.
func (s *Server) atom(c *fiber.Ctx) error {
	list, err := s.o.Catalog.Newest(c.UserContext(), feedEntries)
	if err != nil {
		return err
	}
	feed := atomFeed{ID: s.o.BaseURL + "/", Title: s.o.SiteName, Author: atomPerson{Name: s.o.SiteName}, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	feed.Links = []atomLink{{"self", s.o.BaseURL + "/feed.atom"}, {"alternate", s.o.BaseURL + "/"}}
	for _, r := range list {
		if len(feed.Entries) == 0 {
			feed.Updated = r.Modified.UTC().Format(time.RFC3339)
		}
		feed.Entries = append(feed.Entries, s.atomEntry(r))
	}
	return s.xml(c, "application/atom+xml; charset=utf-8", feed)
}

func (s *Server) atomEntry(r repository.Resource) atomEntry {
	e := atomEntry{
		ID: "urn:uuid:" + string(r.ID), Title: r.Metadata.Title, Summary: r.Metadata.Description, Rights: licenseView(r.License, "en").Short,
		Updated: r.Modified.UTC().Format(time.RFC3339), Published: r.Published.UTC().Format(time.RFC3339),
		Links: []atomLink{{"alternate", s.absolute(r)}},
	}
	if e.Title == "" {
		e.Title = r.Identifier
	}
	for _, p := range r.Metadata.Creators {
		e.Authors = append(e.Authors, atomPerson{p.Name, web(p.URL)})
	}
	return e
}

func (s *Server) xml(c *fiber.Ctx, kind string, v any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(v); err != nil {
		return err
	}
	b.WriteByte('\n')
	c.Set(fiber.HeaderContentType, kind)
	return s.send(c, b.Bytes())
}
