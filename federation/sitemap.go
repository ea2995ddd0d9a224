package federation

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// sitemapEntry is one page or sitemap that a sitemap names.
type sitemapEntry struct {
	address string
	changed string // lastmod as written
}

// Bounds of sitemaps. The protocol allows 50 MB and 50,000 entries each.
const (
	maxSitemapBytes = 52_428_800
	maxSitemaps     = 1000
	maxSitemapDepth = 3
	maxSitePages    = 200_000
	maxSitemapText  = 4096 // of one address with its date
)

// notSitemapError says that something answered, but not with a sitemap.
type notSitemapError struct{ root string }

func (e *notSitemapError) Error() string {
	if e.root == "" {
		return "not a sitemap"
	}
	return "not a sitemap but a document with the root element <" + e.root + ">"
}

// readSitemap reads one sitemap, which may be compressed. index says that what it names are sitemaps.
func readSitemap(r io.Reader) (entries []sitemapEntry, index bool, err error) {
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, &notSitemapError{}
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, false, err
		}
		r = z
	}
	limited := &io.LimitedReader{R: r, N: maxSitemapBytes + 1}
	d := xml.NewDecoder(&stretches{r: limited})
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // addresses are ASCII
	depth, root, field := 0, "", ""
	var now sitemapEntry
	for {
		token, err := d.RawToken()
		switch {
		case limited.N <= 0:
			return nil, false, &oaipmh.BoundsError{What: "the sitemap has too many bytes"}
		case errors.Is(err, io.EOF) && root != "" && depth == 0:
			return entries, index, nil
		case errors.Is(err, io.EOF):
			return nil, false, io.ErrUnexpectedEOF
		case err != nil && root == "":
			return nil, false, &notSitemapError{}
		case err != nil:
			return nil, false, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			switch name := t.Name.Local; {
			case depth == 1:
				if root = name; root != "urlset" && root != "sitemapindex" {
					return nil, false, &notSitemapError{root}
				}
				index = root == "sitemapindex"
			case depth == 2:
				now = sitemapEntry{}
			case depth == 3:
				field = name
			}
		case xml.CharData:
			if depth == 3 && len(now.address)+len(now.changed)+len(t) < maxSitemapText {
				switch field {
				case "loc":
					now.address += string(t)
				case "lastmod":
					now.changed += string(t)
				}
			}
		case xml.EndElement:
			if depth--; depth == 2 {
				field = ""
			}
			if depth == 1 {
				now.address, now.changed = strings.TrimSpace(now.address), strings.TrimSpace(now.changed)
				if now.address != "" {
					entries = append(entries, now)
				}
				if len(entries) > maxSitePages {
					return nil, false, &oaipmh.BoundsError{What: fmt.Sprintf("the sitemap names more than %d pages", maxSitePages)}
				}
			}
			if depth < 0 {
				return nil, false, &notSitemapError{root}
			}
		}
	}
}

// stretches refuses what goes on for too long without a tag, which the XML reader would hold in memory whole.
type stretches struct {
	r   io.Reader
	run int // bytes since the last <
}

// Read implements io.Reader.
func (s *stretches) Read(p []byte) (int, error) {
	const most = 64 << 10
	n, err := s.r.Read(p[:min(len(p), most)])
	if at := bytes.LastIndexByte(p[:n], '<'); at >= 0 {
		s.run = n - at
	} else if s.run += n; s.run > most {
		return 0, &oaipmh.BoundsError{What: "the sitemap has an element that is too long"}
	}
	return n, err
}

// site is what is known of a site that is harvested by its sitemap.
type site struct {
	robots robots
	pages  []sitemapEntry // by address, each once
	notes  []string
}

// robotsOf asks a site what it asks of programs. A site without such a file asks nothing; one that fails to answer asks for
// everything to be left alone, by section 2.3.1 of the RFC, so the error is returned.
func (h *Harvester) robotsOf(ctx context.Context, at string) (r robots, err error) {
	u, err := url.Parse(at)
	if err != nil {
		return r, err
	}
	address := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String()
	err = h.insist(ctx, address, true, func() error {
		return h.get(ctx, address, "text/plain, */*;q=0.1", func(resp *http.Response) error {
			b, err := io.ReadAll(io.LimitReader(resp.Body, maxRobots))
			r = readRobots(b)
			return err
		})
	})
	var status *statusError
	if errors.As(err, &status) && status.code < http.StatusInternalServerError && status.code != http.StatusTooManyRequests {
		return robots{}, nil
	}
	return r, err
}

// pagesOf reads a sitemap and all that it names, as far as it is of the same site and may be read.
func (h *Harvester) pagesOf(ctx context.Context, s *site, root string) error {
	seen := map[string]bool{root: true}
	pages := map[string]string{}
	foreign, barred := 0, 0
	type named struct {
		address string
		depth   int
	}
	queue := []named{{root, 1}}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if !s.robots.allows(next.address) {
			return fmt.Errorf("%s: %w: the site's robots.txt does not allow to read it", next.address, errOther)
		}
		var entries []sitemapEntry
		var index bool
		err := h.insist(ctx, next.address, true, func() error {
			return h.get(ctx, next.address, "application/xml, text/xml, application/gzip, */*;q=0.1", func(resp *http.Response) (err error) {
				entries, index, err = readSitemap(resp.Body)
				return err
			})
		})
		if err != nil {
			return err
		}
		for _, e := range entries {
			switch {
			case host(e.address) != host(root) || !strings.HasPrefix(e.address, "http"):
				foreign++
			case index && next.depth >= maxSitemapDepth:
				return fmt.Errorf("%s: %w", next.address, &oaipmh.BoundsError{What: "sitemaps name one another too deeply"})
			case index && !seen[e.address]:
				if seen[e.address] = true; len(seen) > maxSitemaps {
					return fmt.Errorf("%s: %w", root, &oaipmh.BoundsError{What: fmt.Sprintf("more than %d sitemaps", maxSitemaps)})
				}
				queue = append(queue, named{e.address, next.depth + 1})
			case index:
			case !s.robots.allows(e.address):
				barred++
			default:
				pages[e.address] = max(pages[e.address], e.changed)
				if len(pages) > maxSitePages {
					return fmt.Errorf("%s: %w", root, &oaipmh.BoundsError{What: fmt.Sprintf("more than %d pages", maxSitePages)})
				}
			}
		}
	}
	if foreign > 0 {
		s.notes = append(s.notes, fmt.Sprintf("the sitemap names %d addresses of other sites; they were left out", foreign))
	}
	if barred > 0 {
		s.notes = append(s.notes, fmt.Sprintf("the site's robots.txt does not allow to read %d pages; they were left out", barred))
	}
	s.pages = make([]sitemapEntry, 0, len(pages))
	for address, changed := range pages {
		s.pages = append(s.pages, sitemapEntry{address, changed})
	}
	slices.SortFunc(s.pages, func(a, b sitemapEntry) int { return strings.Compare(a.address, b.address) })
	return nil
}

// detectSitemap finds the sitemap behind an address that is no OAI-PMH repository: the address itself, one that the site's
// robots.txt names, or the usual place.
func (h *Harvester) detectSitemap(ctx context.Context, base string) (Detected, bool) {
	impatient := h.impatient()
	var s site
	var err error
	if s.robots, err = impatient.robotsOf(ctx, base); err != nil {
		return Detected{}, false
	}
	u, err := url.Parse(base)
	if err != nil {
		return Detected{}, false
	}
	candidates := append([]string{base}, s.robots.sitemaps...)
	candidates = append(candidates, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/sitemap.xml"}).String())
	for _, candidate := range candidates[:min(len(candidates), 10)] {
		if host(candidate) != host(base) {
			continue
		}
		if err := impatient.pagesOf(ctx, &s, candidate); err != nil || len(s.pages) == 0 {
			continue
		}
		if !impatient.describesAny(ctx, s.pages) {
			continue
		}
		return Detected{URL: candidate, Source: Sitemap, Title: u.Host, Namespace: host(candidate), Deletions: string(oaipmh.No), Prefix: jsonLD, Formats: []string{jsonLD}}, true
	}
	return Detected{}, false
}

// describesAny reports whether one of the first pages describes a learning resource.
func (h *Harvester) describesAny(ctx context.Context, pages []sitemapEntry) bool {
	const looked = 10
	// Those in the middle are more often lessons than the first in the order of their addresses.
	for i := range min(looked, len(pages)) {
		if raw, err := h.jsonLDOf(ctx, pages[i*len(pages)/min(looked, len(pages))].address); err == nil && raw != nil {
			return true
		}
	}
	return false
}

// impatient is a harvester that asks once: for somebody who waits.
func (h *Harvester) impatient() *Harvester {
	o := h.o
	o.Attempts = 1
	return &Harvester{o: o, busy: map[string]bool{}}
}
