package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

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

// harvestForm is the harvester, and what an administrator's form brings for it.
func (s *Server) harvestForm(c *fiber.Ctx) (Harvester, url.Values, error) {
	h, err := s.harvests(c)
	if err != nil {
		return nil, nil, err
	}
	values, err := form(c)
	return h, values, err
}

// peerPreview shows what the repository at an address would bring. It is a POST, so that no link of another site makes
// this server ask somebody.
func (s *Server) peerPreview(c *fiber.Ctx) error {
	h, values, err := s.harvestForm(c)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(values.Get("url"))
	var o federation.Subscription
	o.Interval = 24 * time.Hour // suits most repositories
	if err := readSubscription(&o, values); err != nil {
		return err
	}
	return s.previewPage(c, h, address, o, nil)
}

// previewPage looks at a repository and shows it, with what was chosen of it so far, and why that was refused.
func (s *Server) previewPage(c *fiber.Ctx, h Harvester, address string, o federation.Subscription, refused *themes.PeerError) error {
	found, err := h.Preview(c.UserContext(), address, federation.PreviewOptions{Prefix: o.Prefix, Sets: o.Sets})
	if err != nil && refused == nil {
		refused = s.refusal(c, err)
	}
	if err != nil {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.peersPage(c, address, refused)
	}
	if refused != nil {
		c.Status(fiber.StatusUnprocessableEntity)
	}
	list, err := s.o.Catalog.Peers(c.UserContext())
	if err != nil {
		return err
	}
	var here *themes.Link
	if i := slices.IndexFunc(list, func(p federation.Peer) bool { return p.URL == found.URL }); i >= 0 {
		p := list[i]
		here = &themes.Link{Label: p.Name, URL: peerPath(p.Name)}
		if o.Name == "" { // nothing was chosen yet but what holds
			o = federation.Subscription{Name: p.Name, Prefix: p.Prefix, Sets: p.Sets, Filter: p.Filter, Interval: p.Interval}
		}
	}
	v := s.previewView(c, found, o)
	v.Here = here
	if refused != nil {
		v.Error = refused
	}
	return s.page(c, "peer-preview", themes.Frame{}, v)
}

// peerAdd keeps a repository as a peer, as the form says, and starts its first harvest.
func (s *Server) peerAdd(c *fiber.Ctx) error {
	h, values, err := s.harvestForm(c)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(values.Get("url"))
	var o federation.Subscription
	if err := readSubscription(&o, values); err != nil {
		return err
	}
	wanted := o
	if values.Has("interval") && o.Interval == 0 {
		wanted.Interval = -1 // rather than the server's
	}
	p, err := h.Subscribe(c.UserContext(), address, wanted)
	if err != nil {
		refused := s.refusal(c, err)
		if values.Has("interval") { // the form of the preview: what was chosen stays
			return s.previewPage(c, h, address, o, refused)
		}
		c.Status(fiber.StatusUnprocessableEntity)
		return s.peersPage(c, address, refused)
	}
	s.o.Logger.Info("peer added", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, peerPath(p.Name)+"?watch=1&notice=peer-added")
}

// refusal says why a repository cannot be harvested.
func (s *Server) refusal(c *fiber.Ctx, err error) *themes.PeerError {
	if errors.Is(err, kind.ErrDenied) { // without what a name leads to inside
		return &themes.PeerError{Kind: "private", Alert: true}
	}
	says := err.Error()
	e := &themes.PeerError{Kind: trouble(says), Text: clip(says, 2000), Alert: true}
	switch {
	case e.Kind == "private":
		e.Text = ""
	case c.UserContext().Err() != nil:
		e.Kind = "slow"
	case errors.Is(err, kind.ErrConflict):
		e.Kind = "taken"
	case strings.Contains(says, "lower-case letters, digits"):
		e.Kind = "name"
	case strings.Contains(says, "repository found") && slices.Contains([]string{"missing", "broken", "fault", "other"}, e.Kind):
		e.Kind = "none"
	}
	return e
}
