package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// sitePages is how many pages of a site are stored at once.
const sitePages = 25

// A site's lastmod is often only a day, or late.
const lastmodOverlap = 48 * time.Hour

// sitemap harvests a site: the pages that its sitemap names and that changed since the last complete round. The sitemap
// names everything, so what it does not name any more is gone after every complete round, under the same guard as in full
// rounds of OAI-PMH.
func (r *round) sitemap(ctx context.Context) error {
	robots, err := r.robotsOf(ctx, r.peer.URL)
	if err != nil {
		return fmt.Errorf("robots.txt: %w", err)
	}
	s := site{robots: robots}
	if err := r.pagesOf(ctx, &s, r.peer.URL); err != nil {
		return err
	}
	for _, note := range s.notes {
		r.warn("%s", note)
	}
	if err := r.settle(ctx, oaipmh.Identify{}); err != nil {
		return err
	}
	r.beginSite()
	r.run.Size = len(s.pages)
	after := r.state.Resume.Token
	pages := s.pages
	for len(pages) > 0 && pages[0].address <= after {
		pages = pages[1:]
	}
	for len(pages) > 0 {
		n := min(sitePages, len(pages))
		batch, err := r.sitePage(ctx, s.robots, pages[:n])
		if err != nil {
			return err
		}
		pages = pages[n:]
		if err := r.commit(ctx, batch); err != nil {
			return err
		}
	}
	r.state.Resume.Token = ""
	return nil
}

// beginSite decides where the round begins.
func (r *round) beginSite() {
	s := &r.state
	same := s.URL == r.peer.URL && s.Prefix == jsonLD && s.Filter.equal(r.peer.Filter)
	s.URL, s.Prefix, s.Filter, s.Granularity, s.Deletions = r.peer.URL, jsonLD, r.peer.Filter, "", string(oaipmh.No)
	if same && s.Resume != nil && (s.Resume.Full || !r.full) {
		r.run.Resumed, r.run.Full = true, s.Resume.Full
		return
	}
	every, ever := r.peer.reconciles()
	full := r.full || !same || s.Watermark.IsZero() || ever && r.o.Now().Sub(s.Reconciled) >= every
	r.run.Full = full
	s.Round++
	s.Resume = &Resume{Full: full, Headers: !full, Response: r.o.Now().UTC()}
}

// sitePage reads some pages of a site.
func (r *round) sitePage(ctx context.Context, rules robots, entries []sitemapEntry) (page, error) {
	p := page{places: map[string]int{}, asked: r.o.Now(), date: r.o.Now().UTC()}
	var unchanged []Header
	for _, e := range entries {
		at, _, dated := oaipmh.ParseLoose(e.changed)
		if !r.state.Resume.Full && dated && at.Before(r.state.Watermark.Add(-lastmodOverlap)) {
			unchanged = append(unchanged, Header{Identifier: e.address, Stamp: e.changed})
			continue
		}
		if err := r.o.Sleep(ctx, max(rules.delay, r.o.Pause)); err != nil {
			return page{}, err
		}
		if err := r.visit(ctx, &p, e, at); err != nil {
			return page{}, err
		}
	}
	// Pages that are held count as received, others were never records.
	missing, err := r.o.Inbox.Missing(ctx, r.peer.Name, unchanged)
	if err != nil {
		return page{}, err
	}
	not := make(map[string]bool, len(missing))
	for _, id := range missing {
		not[id] = true
	}
	for _, h := range unchanged {
		if !not[h.Identifier] {
			p.headers = append(p.headers, h)
		}
	}
	// The place to go on from is the last address of the batch.
	p.token = &oaipmh.Token{Value: entries[len(entries)-1].address, Size: r.run.Size}
	return p, nil
}

// visit reads one page and puts what it says where it belongs.
func (r *round) visit(ctx context.Context, p *page, e sitemapEntry, at time.Time) error {
	rec := oaipmh.Record{Stamp: e.changed}
	rec.Identifier, rec.Datestamp = e.address, at
	var err error
	rec.Metadata, err = r.jsonLDOf(ctx, e.address)
	var status *statusError
	switch {
	case errors.As(err, &status) && (status.code == http.StatusNotFound || status.code == http.StatusGone):
		rec.Deleted = true
	case errors.As(err, &status) && !status.retry():
		// It is there but cannot be read: what is held of it stays.
		p.bad = append(p.bad, quarantined(rec, jsonLD, status.Error()))
		return nil
	case err != nil:
		return err
	case rec.Metadata == nil:
		p.places[e.address] = len(p.good)
		p.good = append(p.good, Harvested{Identifier: e.address, Datestamp: at, Stamp: e.changed, Filtered: true, Deleted: true})
		return nil
	}
	before := len(p.good)
	r.take(p, rec)
	if len(p.good) > before && !rec.Deleted && p.good[before].URL == "" {
		p.good[before].URL = e.address
	}
	return nil
}

// jsonLDOf reads the description of a learning resource in a web page; nil if there is none.
func (h *Harvester) jsonLDOf(ctx context.Context, address string) (raw []byte, err error) {
	err = h.insist(ctx, address, true, func() error {
		return h.get(ctx, address, "text/html, application/ld+json, application/json;q=0.9, */*;q=0.1", func(resp *http.Response) error {
			if host(resp.Request.URL.String()) != host(address) {
				raw = nil // it moved to another site, which speaks for itself
				return nil
			}
			all, err := scripts(resp.Body)
			raw = describing(all)
			return err
		})
	})
	return raw, err
}

// sampleSitemap maps the first pages of a site that describe learning resources.
func (h *Harvester) sampleSitemap(ctx context.Context, p *Preview, most int) error {
	impatient := h.impatient()
	robots, err := impatient.robotsOf(ctx, p.URL)
	if err != nil {
		return err
	}
	s := site{robots: robots}
	if err := impatient.pagesOf(ctx, &s, p.URL); err != nil {
		return err
	}
	p.Size, p.Notes = len(s.pages), append(p.Notes, s.notes...)
	for _, e := range s.pages[:min(len(s.pages), 3*most)] { // some pages describe nothing
		if len(p.Samples) >= most {
			break
		}
		raw, err := impatient.jsonLDOf(ctx, e.address)
		if err != nil {
			p.Notes = append(p.Notes, err.Error())
		}
		if err != nil || raw == nil {
			continue
		}
		rec := oaipmh.Record{Stamp: e.changed, Metadata: raw}
		rec.Identifier = e.address
		p.take(h.sample(rec, jsonLD))
	}
	if len(p.Samples) == 0 {
		p.Notes = append(p.Notes, "none of the first pages of the sitemap describes a learning resource in JSON-LD")
	}
	return ctx.Err()
}
