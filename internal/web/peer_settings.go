package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of what a form may say of a peer.
const (
	maxSets = 200
	maxSpec = 300 // bytes of a set's name
)

// peerSettings is the form for what is harvested of a peer.
func (s *Server) peerSettings(c *fiber.Ctx, p federation.Peer) themes.PeerSettings {
	return themes.PeerSettings{
		Intervals: s.intervals(language(c), p.Interval), OtherSets: strings.Join(p.Sets, " "), Paused: p.Paused,
	}
}

// intervals are the schedules to choose from, with the one that holds among them.
func (s *Server) intervals(lang string, now time.Duration) []themes.Choice {
	var list []themes.Choice
	known := false
	for _, i := range intervals {
		known = known || i.time == now
		list = append(list, themes.Choice{Value: i.time.String(), Label: s.o.Theme.Label(lang, "interval", i.name), Selected: i.time == now})
	}
	if !known {
		label := s.o.Theme.Text(lang, "interval.other", "Span", s.o.Theme.Span(lang, now))
		list = append(list, themes.Choice{Value: now.String(), Label: label, Selected: true})
	}
	return list
}

// peerSave changes what is harvested of a peer, and when.
func (s *Server) peerSave(c *fiber.Ctx) error {
	p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	if err := readSettings(&p, values); err != nil {
		return err
	}
	if err := s.o.Catalog.SavePeer(c.UserContext(), p); err != nil {
		return err
	}
	s.o.Logger.Info("peer changed", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, peerPath(p.Name)+"?notice=peer-saved")
}

// readSettings takes what a form says of a peer's sets and schedule.
func readSettings(p *federation.Peer, values url.Values) error {
	if typed := values.Get("interval"); typed != "" {
		interval, err := time.ParseDuration(typed)
		if err != nil || interval < 0 || interval > 0 && interval < time.Second {
			return fiber.NewError(fiber.StatusUnprocessableEntity, "the time between harvests cannot be read")
		}
		p.Interval = interval
	}
	var sets []string
	for _, spec := range append(slices.Clone(values["set"]), strings.Fields(values.Get("sets"))...) {
		if spec = strings.TrimSpace(spec); spec != "" && !slices.Contains(sets, spec) {
			sets = append(sets, spec)
		}
		if len(spec) > maxSpec || len(sets) > maxSets {
			return fiber.NewError(fiber.StatusUnprocessableEntity, "that is more sets than can be chosen one by one")
		}
	}
	p.Sets = sets
	return nil
}

// peerPause stops the schedule of a peer, or lets it go on.
func (s *Server) peerPause(c *fiber.Ctx) error {
	p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	p.Paused = values.Get("paused") != ""
	if err := s.o.Catalog.SavePeer(c.UserContext(), p); err != nil {
		return err
	}
	s.o.Logger.Info("peer changed", "peer", p.Name, "actor", s.visitor(c).Name)
	notice := "peer-resumed"
	if p.Paused {
		notice = "peer-paused"
	}
	return redirect(c, peerPath(p.Name)+"?notice="+notice)
}

func (s *Server) peerHarvest(c *fiber.Ctx) error {
	h, err := s.harvests(c)
	if err != nil {
		return err
	}
	p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	if values.Get("full") != "" {
		err = h.StartFull(c.UserContext(), p.Name)
	} else {
		err = h.Start(c.UserContext(), p.Name)
	}
	if err != nil {
		return err
	}
	return redirect(c, peerPath(p.Name)+"?watch=1&notice=harvesting")
}

// peerAsk asks whether a peer is really to be removed.
func (s *Server) peerAsk(c *fiber.Ctx) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	p, err := s.o.Catalog.Peer(c.UserContext(), c.Params("name"))
	if err != nil {
		return err
	}
	view, err := s.peerView(c, p)
	if err != nil {
		return err
	}
	return s.page(c, "peer-remove", themes.Frame{NoIndex: true}, themes.PeerRemove{Peer: view})
}

func (s *Server) peerRemove(c *fiber.Ctx) error {
	p, _, err := s.peerForm(c)
	if err != nil {
		return err
	}
	if err := s.o.Catalog.RemovePeer(c.UserContext(), p.Name); err != nil {
		return err
	}
	s.o.Logger.Info("peer removed", "peer", p.Name, "actor", s.visitor(c).Name)
	s.changed(c)
	return redirect(c, "/peers?notice=peer-removed")
}

// peerForm is the peer that an administrator's form names, and the rest of the form.
func (s *Server) peerForm(c *fiber.Ctx) (p federation.Peer, values url.Values, err error) {
	if _, err = s.admin(c); err != nil {
		return p, nil, err
	}
	if values, err = form(c); err != nil {
		return p, nil, err
	}
	name := values.Get("peer")
	if name == "" {
		return p, nil, kind.ErrNotFound
	}
	p, err = s.o.Catalog.Peer(c.UserContext(), name)
	return p, values, err
}
