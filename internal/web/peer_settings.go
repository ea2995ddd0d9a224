package web

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of what a form may say of a peer.
const (
	maxSets      = 200
	maxSpec      = 300 // bytes of a set's name
	maxLanguages = 20
)

// intervals are the schedules that forms offer.
var intervals = []struct {
	name string
	time time.Duration
}{{"hour", time.Hour}, {"day", 24 * time.Hour}, {"week", 7 * 24 * time.Hour}, {"never", 0}}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// settings is the form for what is wanted of a repository. Sets that it has are offered one by one.
func (s *Server) settings(lang string, o federation.Subscription, offered []federation.Set) themes.PeerSettings {
	v := themes.PeerSettings{
		Intervals: s.intervals(lang, o.Interval), Cleared: o.Filter.Cleared, Languages: strings.Join(o.Filter.Languages, ", "),
		More: len(offered) > shownSets,
	}
	var others []string
	for _, spec := range o.Sets {
		if !slices.ContainsFunc(offered[:min(len(offered), shownSets)], func(set federation.Set) bool { return set.Spec == spec }) {
			others = append(others, spec)
		}
	}
	v.OtherSets = strings.Join(others, " ")
	for _, set := range offered[:min(len(offered), shownSets)] {
		label := clip(strings.Join(strings.Fields(set.Name), " "), 80)
		if label == "" {
			label = clip(set.Spec, 80)
		}
		v.Sets = append(v.Sets, themes.Choice{Value: set.Spec, Label: label, Selected: slices.Contains(o.Sets, set.Spec)})
	}
	for _, t := range metadata.Types() {
		v.Types = append(v.Types, themes.Choice{
			Value: string(t), Label: s.o.Theme.Label(lang, "type", string(t)), Selected: slices.Contains(o.Filter.Types, t),
		})
	}
	return v
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

// readSubscription takes what a form says of a repository: what is wanted of it, and when.
func readSubscription(o *federation.Subscription, values url.Values) error {
	unreadable := func(text string) error { return fiber.NewError(fiber.StatusUnprocessableEntity, text) }
	o.Name, o.Prefix = strings.TrimSpace(values.Get("name")), strings.TrimSpace(values.Get("prefix"))
	if len(o.Name) > 60 || len(o.Prefix) > 100 {
		return unreadable("that name is too long")
	}
	if typed := values.Get("interval"); typed != "" {
		interval, err := time.ParseDuration(typed)
		if err != nil || interval < 0 || interval > 0 && interval < time.Second {
			return unreadable("the time between harvests cannot be read")
		}
		o.Interval = interval
	}
	for _, spec := range append(slices.Clone(values["set"]), strings.Fields(values.Get("sets"))...) {
		if spec = strings.TrimSpace(spec); spec != "" && !slices.Contains(o.Sets, spec) {
			o.Sets = append(o.Sets, spec)
		}
		if len(spec) > maxSpec || len(o.Sets) > maxSets {
			return unreadable("that is more sets than can be chosen one by one")
		}
	}
	o.Filter.Cleared = values.Get("cleared") != ""
	for _, tag := range strings.FieldsFunc(values.Get("languages"), func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		if !languageTag.MatchString(tag) || len(o.Filter.Languages) == maxLanguages {
			return unreadable("write languages as short codes such as en or es, at most 20")
		}
		o.Filter.Languages = append(o.Filter.Languages, tag)
	}
	for _, t := range metadata.Types() {
		if slices.Contains(values["type"], string(t)) {
			o.Filter.Types = append(o.Filter.Types, t)
		}
	}
	return nil
}

// peerSave changes what is harvested of a peer, and when.
func (s *Server) peerSave(c *fiber.Ctx) error {
	_, p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	o := federation.Subscription{Interval: p.Interval}
	if err := readSubscription(&o, values); err != nil {
		return err
	}
	p.Sets, p.Filter, p.Interval = o.Sets, o.Filter, o.Interval
	if err := s.o.Catalog.SavePeer(c.UserContext(), p); err != nil {
		return err
	}
	s.o.Logger.Info("peer changed", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, peerPath(p.Name)+"?notice=peer-saved")
}

// peerPause stops the harvests of a peer, or lets them go on.
func (s *Server) peerPause(c *fiber.Ctx) error {
	h, p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	notice := "peer-resumed"
	if values.Get("paused") != "" {
		notice = "peer-paused"
		err = h.Pause(c.UserContext(), p.Name)
	} else {
		err = h.Resume(c.UserContext(), p.Name)
	}
	if err != nil {
		return err
	}
	s.o.Logger.Info("peer changed", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, peerPath(p.Name)+"?notice="+notice)
}

// peerHarvest starts a harvest.
func (s *Server) peerHarvest(c *fiber.Ctx) error {
	h, p, values, err := s.peerForm(c)
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

// peerReplay reads what was set aside again: one record at once, all in the background.
func (s *Server) peerReplay(c *fiber.Ctx) error {
	h, p, values, err := s.peerForm(c)
	if err != nil {
		return err
	}
	at := peerPath(p.Name)
	id := values.Get("id")
	if id == "" {
		if err := h.StartReplay(c.UserContext(), p.Name); err != nil {
			return err
		}
		return redirect(c, at+"?watch=1&notice=replaying")
	}
	run, err := h.Replay(c.UserContext(), p.Name, id)
	switch {
	case errors.Is(err, kind.ErrConflict):
		return redirect(c, at+"/quarantine?notice=busy")
	case err != nil:
		return err
	case run.New+run.Changed > 0:
		return redirect(c, at+"/quarantine?notice=replayed")
	}
	return redirect(c, at+"/quarantine?notice=replayed-none")
}

// peerAsk asks whether a peer is really to be removed.
func (s *Server) peerAsk(c *fiber.Ctx) error {
	if _, err := s.harvests(c); err != nil {
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
	return s.page(c, "peer-remove", themes.Frame{}, themes.PeerRemove{Peer: view})
}

// peerRemove removes a peer with all that came from it.
func (s *Server) peerRemove(c *fiber.Ctx) error {
	h, p, _, err := s.peerForm(c)
	if err != nil {
		return err
	}
	if err := h.Remove(c.UserContext(), p.Name); err != nil {
		return err
	}
	s.o.Logger.Info("peer removed", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, "/peers?notice=peer-removed")
}

// peerForm is the peer that an administrator's form names, and the rest of the form.
func (s *Server) peerForm(c *fiber.Ctx) (h Harvester, p federation.Peer, values url.Values, err error) {
	if h, values, err = s.harvestForm(c); err != nil {
		return h, p, nil, err
	}
	name := values.Get("peer")
	if name == "" {
		return h, p, nil, kind.ErrNotFound
	}
	p, err = s.o.Catalog.Peer(c.UserContext(), name)
	return h, p, values, err
}
