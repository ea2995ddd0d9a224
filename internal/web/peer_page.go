package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	shownRuns = 12
	watchStep = 3 // seconds between two looks at a harvest
)

// peerFacets are what a peer's catalog is counted by.
var peerFacets = []search.Field{search.License, search.Type, search.Grade, search.Subject, search.Language}

// peer shows one peer: what it brought to everybody, how its harvests go to administrators.
func (s *Server) peer(c *fiber.Ctx) error {
	ctx := c.UserContext()
	p, err := s.o.Catalog.Peer(ctx, c.Params("name"))
	if err != nil {
		return err
	}
	v := themes.PeerPage{}
	if v.Peer, err = s.peerView(c, p); err != nil {
		return err
	}
	if v.Charts, err = s.peerCharts(c, p.Name); err != nil {
		return err
	}
	if s.visitor(c).Role == accounts.Admin && s.o.Harvests != nil {
		if v.Health, err = s.peerHealth(c, p, &v.Peer); err != nil {
			return err
		}
	}
	// A harvest that was just begun may not be in the list of runs yet.
	running := v.Run != nil && v.Run.State == "running"
	if v.Watch = c.Query("watch") != "" && (running || c.Query("notice") != ""); v.Watch {
		c.Set("Refresh", strconv.Itoa(watchStep)+"; url="+v.Page+"?watch=1")
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return s.page(c, "peer", themes.Frame{Lede: v.Title + ". " + s.theme(c).Text(language(c), "peers.lede")}, v)
}

// peerCharts count a peer's records as search does.
func (s *Server) peerCharts(c *fiber.Ctx, peer string) ([]themes.Bars, error) {
	const most = 8
	found, err := s.o.Search.Search(c.UserContext(), search.Request{
		Filters: search.Filters{search.Source: {peer}}, CountOnly: true, Facets: peerFacets,
	})
	if err != nil || found.Total == 0 {
		return nil, err
	}
	var charts []themes.Bars
	for _, f := range peerFacets {
		chart := themes.Bars{Name: string(f)}
		for _, value := range found.Facets[f][:min(len(found.Facets[f]), most)] {
			a := asked{Request: search.Request{Filters: search.Filters{search.Source: {peer}, f: {value.Value}}}}
			chart.Rows = append(chart.Rows, themes.Bar{Label: s.facetLabel(f, value.Value, language(c), nil), URL: a.url(), Count: value.Count})
		}
		if f == search.License {
			cleared := 0
			for _, value := range found.Facets[f] {
				cleared += value.Count
			}
			if cleared < found.Total { // search has no word for what is not known
				chart.Rows = append(chart.Rows, themes.Bar{Label: s.o.Theme.Text(language(c), "license.unclear"), Count: found.Total - cleared})
			}
		}
		if len(chart.Rows) > 0 {
			inProportion(chart.Rows)
			charts = append(charts, chart)
		}
	}
	return charts, nil
}

// peerHealth is what an administrator is told of a peer.
func (s *Server) peerHealth(c *fiber.Ctx, p federation.Peer, view *themes.Peer) (*themes.PeerHealth, error) {
	ctx, now := c.UserContext(), s.o.Now()
	h := &themes.PeerHealth{
		Added: p.Added, Format: p.State.Prefix, Deletions: p.State.Deletions, Namespace: p.Namespace, Key: p.Key,
		Reconciled: p.State.Reconciled,
		Settings:   s.settings(language(c), federation.Subscription{Sets: p.Sets, Filter: p.Filter, Interval: p.Interval}, nil),
	}
	h.Next, h.Due = p.Next(), p.Due(now)
	runs, err := s.o.Catalog.Runs(ctx, p.Name, shownRuns)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		h.Runs = append(h.Runs, runView(p, r, now, true))
	}
	if h.Reasons, view.Quarantined, err = s.reasons(c, p.Name); err != nil {
		return nil, err
	}
	h.ListKey, err = s.listKey(ctx, p.Name)
	return h, err
}
