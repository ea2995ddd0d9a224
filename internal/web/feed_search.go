package web

import (
	"encoding/xml"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// feedOf is the search that a saved search follows: everything that is found, whatever order it was looked at in.
func feedOf(r search.Request) search.Request {
	r.Query.Sort, r.Sort, r.Cursor = search.Relevance, search.Relevance, ""
	return r
}

// feedPath is the address of the feed of a search, the same for all searches that mean the same.
func feedPath(r search.Request) string {
	key := feedOf(r).Key()
	if key == "" {
		return "/search.atom"
	}
	return "/search.atom?" + key
}

// feedTitle names a search by its query and filters.
func (s *Server) feedTitle(r search.Request, lang string, peers map[string]string) string {
	parts := []string{}
	if q := feedOf(r).Query.String(); q != "" {
		parts = append(parts, clip(q, 80))
	}
	for _, c := range s.chips(asked{Request: r}, lang, peers) {
		parts = append(parts, c.Value)
	}
	if len(parts) == 0 {
		return s.o.SiteName
	}
	return s.o.Theme.Text(lang, "search.feed.title", "Query", strings.Join(parts, ", "), "Site", s.o.SiteName)
}

// searchAtom is a saved search: what it finds, the newest first (RFC 4287). Its id is the address in its usual form.
func (s *Server) searchAtom(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	a := askedBy(c, typedLimit)
	r := feedOf(a.Request)
	address, page := s.o.BaseURL+feedPath(r), r.Parameters()
	r.Sort, r.Page, r.Size, r.Facets, r.StandardUnder = search.Newest, 1, feedEntries, []search.Field{}, ""
	found, err := s.o.Search.Search(ctx, r)
	if err != nil {
		return err
	}
	ids := make([]repository.ID, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = repository.ID(h.ID)
	}
	list, err := s.o.Catalog.Resources(ctx, ids)
	if err != nil {
		return err
	}
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	page.Del("page")
	page.Del("under")
	page.Set("sort", string(search.Newest))
	feed := atomFeed{
		Language: lang, ID: address, Title: s.feedTitle(a.Request, lang, peers), Author: atomPerson{Name: s.o.SiteName},
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Links:   []atomLink{{"self", address}, {"alternate", s.o.BaseURL + searchURL(page)}},
	}
	var newest time.Time
	for _, r := range list {
		if r.Deleted {
			continue
		}
		if r.Modified.After(newest) {
			newest = r.Modified
			feed.Updated = newest.UTC().Format(time.RFC3339)
		}
		feed.Entries = append(feed.Entries, s.atomEntry(r))
	}
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return s.xml(c, "application/atom+xml; charset=utf-8", feed)
}

type openSearchURL struct {
	Type     string `xml:"type,attr"`
	Rel      string `xml:"rel,attr,omitempty"`
	Template string `xml:"template,attr"`
}

// openSearch tells browsers how to search here from their address bar (OpenSearch 1.1).
func (s *Server) openSearch(c *fiber.Ctx) error {
	const short, long = 16, 48 // characters that the format allows
	lang := language(c)
	d := struct {
		XMLName     xml.Name        `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
		ShortName   string          `xml:"ShortName"`
		LongName    string          `xml:"LongName"`
		Description string          `xml:"Description"`
		Encoding    string          `xml:"InputEncoding"`
		Image       string          `xml:"Image"`
		URLs        []openSearchURL `xml:"Url"`
	}{
		ShortName: cutAt(s.o.SiteName, short), LongName: cutAt(s.o.SiteName, long), Description: s.o.Theme.Text(lang, "search.label"), Encoding: "UTF-8",
		Image: s.o.BaseURL + "/logo.svg",
		URLs: []openSearchURL{
			{"text/html", "", s.o.BaseURL + "/search?q={searchTerms}"},
			{"application/atom+xml", "", s.o.BaseURL + "/search.atom?q={searchTerms}"},
			{"application/x-suggestions+json", "suggestions", s.o.BaseURL + "/api/v1/suggest?format=opensearch&language=" + url.QueryEscape(lang) + "&q={searchTerms}"},
			{"application/opensearchdescription+xml", "self", s.o.BaseURL + "/opensearch.xml"},
		},
	}
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return s.xml(c, "application/opensearchdescription+xml; charset=utf-8", d)
}

// cutAt is at most n characters of a name.
func cutAt(name string, n int) string {
	if r := []rune(name); len(r) > n {
		return strings.TrimSpace(string(r[:n]))
	}
	return name
}
