package web

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// peerTitles are the names that peers give themselves, by their names here.
func (s *Server) peerTitles(ctx context.Context) (map[string]string, error) {
	list, err := s.o.Catalog.Peers(ctx)
	if err != nil {
		return nil, err
	}
	titles := make(map[string]string, len(list))
	for _, p := range list {
		titles[p.Name] = p.Title
	}
	return titles, nil
}

func (s *Server) peers(c *fiber.Ctx) error { return s.peersPage(c, "", "") }

// peersPage lists the peers; refused is why an address that was typed is none of a repository.
func (s *Server) peersPage(c *fiber.Ctx, address, refused string) error {
	ctx := c.UserContext()
	list, err := s.o.Catalog.Peers(ctx)
	if err != nil {
		return err
	}
	v := themes.Peers{Admin: s.visitor(c).Role == accounts.Admin && s.o.Harvests != nil, Address: address, Error: refused, OAI: s.o.BaseURL + "/oai"}
	for _, p := range list {
		view := themes.Peer{
			Name: p.Name, Title: p.Title, URL: p.URL, List: "/search?source=" + escapeQuery(p.Name), Records: p.Records, Last: p.State.Watermark,
		}
		runs, err := s.o.Catalog.Runs(ctx, p.Name, 1)
		if err != nil {
			return err
		}
		if len(runs) > 0 {
			view.Run = runView(p, runs[0])
			v.Running = v.Running || view.Run.State == "running"
		}
		v.Peers = append(v.Peers, view)
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return s.page(c, "peers", themes.Frame{}, v)
}

func runView(p federation.Peer, r federation.Run) *themes.Run {
	v := &themes.Run{
		State: "running", Received: r.Received(), Changed: r.New + r.Changed, Deleted: r.Deleted, Expected: r.Size,
		Quarantined: r.Quarantined, Started: r.Started, Ended: r.Finished, Error: r.Error,
	}
	if p.State.Resume != nil {
		v.Received = max(v.Received, p.State.Resume.Received)
	}
	v.Expected = max(v.Expected, 0)
	if v.Received > v.Expected {
		v.Expected = 0
	}
	switch {
	case r.Finished.IsZero():
	case r.Complete:
		v.State, v.Expected = "done", 0
	default:
		v.State = "failed"
	}
	return v
}

// harvests is the harvester, where this server has one and an administrator asks.
func (s *Server) harvests(c *fiber.Ctx) (Harvester, error) {
	if _, err := s.admin(c); err != nil {
		return nil, err
	}
	if s.o.Harvests == nil {
		return nil, fiber.NewError(fiber.StatusServiceUnavailable, "this server does not harvest")
	}
	return s.o.Harvests, nil
}

func (s *Server) peerAdd(c *fiber.Ctx) error {
	h, err := s.harvests(c)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(values.Get("url"))
	_, err = h.Add(c.UserContext(), address)
	switch refused := func(text string) error {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.peersPage(c, address, text)
	}; {
	case errors.Is(err, kind.ErrInvalid), errors.Is(err, kind.ErrConflict):
		return refused(err.Error())
	case errors.Is(err, kind.ErrDenied): // without what a name leads to inside
		return refused(s.o.Theme.Text(language(c), "peers.private", "Address", address))
	case err != nil:
		return err
	}
	return redirect(c, "/peers?notice=peer-added")
}

func (s *Server) peerHarvest(c *fiber.Ctx) error {
	h, err := s.harvests(c)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	if err := h.Start(c.UserContext(), values.Get("peer")); err != nil {
		return err
	}
	return redirect(c, "/peers?notice=harvesting")
}

func (s *Server) peerRemove(c *fiber.Ctx) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	if err := s.o.Catalog.RemovePeer(c.UserContext(), values.Get("peer")); err != nil {
		return err
	}
	s.changed(c)
	return redirect(c, "/peers?notice=peer-removed")
}
