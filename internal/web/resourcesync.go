package web

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
)

// ResourceSync (ANSI/NISO Z39.99-2017): a list of all resources and a list of changes, in the form of sitemaps, for
// whoever mirrors a repository without OAI-PMH.

const (
	syncNS   = "http://www.openarchives.org/rs/terms/"
	syncPath = "/resourcesync/"
)

type syncMD struct {
	Capability string `xml:"capability,attr,omitempty"`
	Change     string `xml:"change,attr,omitempty"`
	At         string `xml:"at,attr,omitempty"`
	From       string `xml:"from,attr,omitempty"`
	Until      string `xml:"until,attr,omitempty"`
	Datetime   string `xml:"datetime,attr,omitempty"`
}

type sitemapLN struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr,omitempty"`
}

func (s *Server) up(file string) []sitemapLN {
	return []sitemapLN{{Rel: "up", Href: s.o.BaseURL + syncPath + file}}
}

// syncSource is the source description (section 9), where clients begin.
func (s *Server) syncSource(c *fiber.Ctx) error {
	return s.xml(c, sitemapType, sitemapSet{
		NS: sitemapNS, RS: syncNS, MD: &syncMD{Capability: "description"},
		URLs: []sitemapURL{{Loc: s.o.BaseURL + syncPath + "capabilitylist.xml", MD: &syncMD{Capability: "capabilitylist"}}},
	})
}

// syncCapabilities is the capability list (section 10).
func (s *Server) syncCapabilities(c *fiber.Ctx) error {
	set := sitemapSet{NS: sitemapNS, RS: syncNS, MD: &syncMD{Capability: "capabilitylist"}}
	set.Links = []sitemapLN{{Rel: "up", Href: s.o.BaseURL + "/.well-known/resourcesync"}}
	for _, name := range []string{"resourcelist", "changelist"} {
		set.URLs = append(set.URLs, sitemapURL{Loc: s.o.BaseURL + syncPath + name + ".xml", MD: &syncMD{Capability: name}})
	}
	return s.xml(c, sitemapType, set)
}

// syncResources is the index of the resource list (section 11.2).
func (s *Server) syncResources(c *fiber.Ctx) error {
	return s.syncIndex(c, "resourcelist", &syncMD{Capability: "resourcelist", At: s.stamp()})
}

// syncChanges is the index of the change list (section 12.2). It goes back to the first publication.
func (s *Server) syncChanges(c *fiber.Ctx) error {
	return s.syncIndex(c, "changelist", &syncMD{Capability: "changelist", From: "1970-01-01T00:00:00Z"})
}

func (s *Server) syncIndex(c *fiber.Ctx, name string, md *syncMD) error {
	parts, err := s.filledParts(c)
	if err != nil {
		return err
	}
	index := sitemapIndex{NS: sitemapNS, RS: syncNS, Links: s.up("capabilitylist.xml"), MD: md}
	for _, n := range parts {
		index.Maps = append(index.Maps, sitemapURL{Loc: fmt.Sprintf("%s%s%s-%d.xml", s.o.BaseURL, syncPath, name, n+1)})
	}
	return s.xml(c, sitemapType, index)
}

func (s *Server) stamp() string { return s.o.Now().UTC().Format(time.RFC3339) }

// syncResourcePart is one file of the resource list.
func (s *Server) syncResourcePart(c *fiber.Ctx) error {
	n, err := s.part(c)
	if err != nil {
		return err
	}
	set := sitemapSet{NS: sitemapNS, RS: syncNS, Links: s.up("capabilitylist.xml"), MD: &syncMD{Capability: "resourcelist", At: s.stamp()}}
	list, err := s.covered(c, n, false)
	if err != nil {
		return err
	}
	for _, r := range list {
		set.URLs = append(set.URLs, sitemapURL{
			Loc: s.absolute(r), LastMod: r.Modified.UTC().Format(time.RFC3339),
			Links: []sitemapLN{
				{Rel: "describedby", Href: s.absolute(r) + "/metadata.jsonld", Type: "application/ld+json"},
				{Rel: "alternate", Href: s.absolute(r) + "/download.zip", Type: "application/zip"},
			},
		})
	}
	return s.xml(c, sitemapType, set)
}

// syncChangePart is one file of the change list: every resource once, at its newest change, in their order.
func (s *Server) syncChangePart(c *fiber.Ctx) error {
	n, err := s.part(c)
	if err != nil {
		return err
	}
	set := sitemapSet{NS: sitemapNS, RS: syncNS, Links: s.up("capabilitylist.xml"), MD: &syncMD{Capability: "changelist", From: "1970-01-01T00:00:00Z"}}
	list, err := s.covered(c, n, true)
	if err != nil {
		return err
	}
	for i, r := range list {
		change := "updated"
		switch {
		case r.Deleted:
			change = "deleted"
		case r.Published.Equal(r.Modified):
			change = "created"
		}
		if i == 0 && n > 0 {
			set.MD.From = r.Datestamp.UTC().Format(time.RFC3339)
		}
		u := sitemapURL{Loc: s.absolute(r), MD: &syncMD{Change: change, Datetime: r.Datestamp.UTC().Format(time.RFC3339)}}
		if !r.Deleted {
			u.LastMod = r.Modified.UTC().Format(time.RFC3339)
			u.Links = []sitemapLN{{Rel: "describedby", Href: s.absolute(r) + "/metadata.jsonld", Type: "application/ld+json"}}
		}
		set.URLs = append(set.URLs, u)
	}
	return s.xml(c, sitemapType, set)
}
