package web

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

var revisionForm = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// permalink leads to the page of a resource of this server, with "@" and a revision behind the id to that revision of it,
// and is the page of a harvested one.
func (s *Server) permalink(c *fiber.Ctx) error {
	id, revision, pinned := strings.Cut(c.Params("id"), "@")
	r, err := s.named(c, id)
	if err != nil {
		return err
	}
	switch {
	case pinned && (!r.Own() || !revisionForm.MatchString(revision)):
		return fiber.ErrNotFound
	case r.Deleted:
		return s.gone(c, r)
	case pinned:
		c.Set(fiber.HeaderCacheControl, "public, no-cache")
		return c.Redirect(pathOf(r.Address, revision), http.StatusFound)
	case r.Own():
		c.Set(fiber.HeaderCacheControl, "public, no-cache")
		return c.Redirect(pathOf(r.Address, ""), http.StatusFound)
	}
	return s.harvested(c, r)
}

// byID is the resource that the address names by its UUID.
func (s *Server) byID(c *fiber.Ctx) (repository.Resource, error) {
	return s.named(c, c.Params("id"))
}

func (s *Server) named(c *fiber.Ctx, text string) (repository.Resource, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return repository.Resource{}, fiber.ErrNotFound
	}
	return s.o.Repository.ByID(c.UserContext(), repository.ID(id.String()))
}

// harvested shows a resource that lives elsewhere.
func (s *Server) harvested(c *fiber.Ctx, r repository.Resource) error {
	ctx, lang := c.UserContext(), language(c)
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	v := s.described(r, lang, peers)
	v.Home = web(r.Origin.URL)
	v.Peer = v.Source
	v.Harvested = r.Origin.Harvested
	v.Access = accessKeys(r.Access)
	v.Clone = strings.TrimSpace(web(r.Origin.Git))
	v.Links = themes.ResourceLinks{Self: v.URL, Remix: v.URL + "/remix"}
	v.MayRemix = v.MayRemix && r.Origin.Git != ""
	if err := s.rightsLinks(c, r, &v.Links); err != nil {
		return err
	}
	if s.o.Letters != nil && r.Origin.Git != "" && s.visitor(c).Name != "" {
		v.MaySuggest, v.Links.Suggest = true, v.URL+"/suggest"
	}
	if err := s.around(ctx, r, &v, lang, peers); err != nil {
		return err
	}
	return s.page(c, "resource", themes.Frame{Lede: r.Metadata.Description, Canonical: v.Home}, v)
}

// gone says that a resource was withdrawn, and what was made from it.
func (s *Server) gone(c *fiber.Ctx, r repository.Resource) error {
	lang := language(c)
	peers, err := s.o.Catalog.PeerTitles(c.UserContext())
	if err != nil {
		return err
	}
	v := s.described(r, lang, peers)
	remixes, err := s.o.Repository.Remixes(c.UserContext(), r)
	if err != nil {
		return err
	}
	v.Remixes = s.cards(remixes[:min(len(remixes), shownRemixes)], lang, peers)
	held, status, err := s.heldView(c, r)
	if err != nil {
		return err
	}
	f := themes.Frame{NoIndex: true}
	if held != nil {
		mine := false
		if r.Own() {
			if mine, err = s.allowed(c, accounts.Appeal, accounts.OnResource(r.Address.Owner, r.Address.Slug)); err != nil {
				return err
			}
		}
		if held.Basis == string(accounts.ByReview) {
			f.Notice = "held"
			if mine {
				held.Previews = pathOf(r.Address.Root(), "") + "/previews"
			}
		}
		if !mine && !held.Moderates { // a title can be what it was taken down for, or what nobody has looked at
			v.Title, v.Language = orElse(r.Address.String(), r.Identifier), ""
		}
	}
	c.Status(status)
	return s.page(c, "gone", f, themes.GonePage{Resource: v, Held: held})
}
