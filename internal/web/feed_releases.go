package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

// releaseFeed is the feed of a resource's releases: who made a remix of it, or reviews it, follows that.
func (s *Server) releaseFeed(c *fiber.Ctx, l located) error {
	list, err := s.o.Repository.Releases(c.UserContext(), l.place.Address)
	if err != nil {
		return err
	}
	page := s.o.BaseURL + pathOf(l.place.Root(), "")
	feed := atomFeed{
		ID: s.o.Repository.Permalink(l.ID) + "#releases", Title: l.Metadata.Title, Author: atomPerson{Name: s.o.SiteName}, Language: l.Metadata.Language,
		Updated: l.Published.UTC().Format(time.RFC3339), Links: []atomLink{{"self", page + "/releases.atom"}, {"alternate", page + "/releases"}},
	}
	for i, one := range list[:min(len(list), feedEntries)] {
		at := one.At.UTC().Format(time.RFC3339)
		if i == 0 {
			feed.Updated = at
		}
		feed.Entries = append(feed.Entries, releaseEntry(l.Resource, one, page))
	}
	return s.xml(c, "application/atom+xml; charset=utf-8", feed)
}

// releasesAtom is the feed of all releases of this server.
func (s *Server) releasesAtom(c *fiber.Ctx) error {
	ctx := c.UserContext()
	list, err := s.o.Catalog.NewestReleases(ctx, feedEntries)
	if err != nil {
		return err
	}
	feed := atomFeed{
		ID: s.o.BaseURL + "/releases.atom", Title: s.o.SiteName, Author: atomPerson{Name: s.o.SiteName}, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Links: []atomLink{{"self", s.o.BaseURL + "/releases.atom"}, {"alternate", s.o.BaseURL + "/"}},
	}
	for i, one := range list {
		r, err := s.o.Repository.ByID(ctx, one.Resource)
		if err != nil {
			return err
		}
		at := one.At.UTC().Format(time.RFC3339)
		if i == 0 {
			feed.Updated = at
		}
		feed.Entries = append(feed.Entries, releaseEntry(r, one.Release, s.o.BaseURL+pathOf(r.Address, "")))
	}
	return s.xml(c, "application/atom+xml; charset=utf-8", feed)
}

// releaseEntry is a release in a feed; page is the address of the resource.
func releaseEntry(r repository.Resource, one repository.Release, page string) atomEntry {
	at := one.At.UTC().Format(time.RFC3339)
	return atomEntry{
		ID: "urn:sha1:" + one.Tag, Title: r.Metadata.Title + " " + one.Version, Updated: at, Published: at, Authors: []atomPerson{{Name: one.By}},
		Links: []atomLink{{"alternate", page + repository.ReleasePath + one.Version}}, Summary: one.Notes,
	}
}
