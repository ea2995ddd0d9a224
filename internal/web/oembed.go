package web

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/repository"
)

// The size of a frame that a lesson is read in, in CSS pixels, where a site does not ask for less.
const (
	frameWidth  = 640
	frameHeight = 480
	frameLeast  = 200
)

// oembedAge is for how many seconds a site may keep an answer.
const oembedAge = 24 * 60 * 60

// framed is an oEmbed response of type rich (oembed.com, section 2.3.4).
type framed struct {
	XMLName      xml.Name `json:"-" xml:"oembed"`
	Version      string   `json:"version" xml:"version"`
	Type         string   `json:"type" xml:"type"`
	Title        string   `json:"title" xml:"title"`
	AuthorName   string   `json:"author_name,omitempty" xml:"author_name,omitempty"`
	AuthorURL    string   `json:"author_url,omitempty" xml:"author_url,omitempty"`
	ProviderName string   `json:"provider_name" xml:"provider_name"`
	ProviderURL  string   `json:"provider_url" xml:"provider_url"`
	CacheAge     int      `json:"cache_age" xml:"cache_age"`
	HTML         string   `json:"html" xml:"html"`
	Width        int      `json:"width" xml:"width"`
	Height       int      `json:"height" xml:"height"`
}

// oembed tells other sites how to show a lesson, given the address of its page or its permanent link. What is not a page
// of a lesson of this server is not found; a format other than JSON and XML is not implemented, as the specification says.
func (s *Server) oembed(c *fiber.Ctx) error {
	format := c.Query("format", "json")
	if format != "json" && format != "xml" {
		return fiber.NewError(http.StatusNotImplemented, "the formats are json and xml")
	}
	l, err := s.embeddable(c, c.Query("url"))
	if err != nil {
		return err
	}
	width := max(frameLeast, min(frameWidth, positive(c.Query("maxwidth"), frameWidth)))
	height := max(frameLeast, min(frameHeight, positive(c.Query("maxheight"), frameHeight)))
	site := s.theme(c).Site()
	if site == "" {
		site = s.o.SiteName
	}
	a := framed{
		Version: "1.0", Type: "rich", Title: l.Metadata.Title, ProviderName: site, ProviderURL: s.o.BaseURL + "/", CacheAge: oembedAge,
		Width: width, Height: height, HTML: frame(s.o.BaseURL+l.base()+"/embed", l.Metadata.Title, width, height),
	}
	if len(l.Metadata.Creators) > 0 {
		a.AuthorName, a.AuthorURL = l.Metadata.Creators[0].Name, web(l.Metadata.Creators[0].URL)
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	if format == "xml" {
		b, err := xml.Marshal(a)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "text/xml; charset=utf-8")
		return s.send(c, append([]byte(xml.Header), b...))
	}
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/json")
	return s.send(c, b)
}

// frame is the element that shows a lesson in another site: it may open links, and nothing else.
func frame(src, title string, width, height int) string {
	return `<iframe src="` + html.EscapeString(src) + `" title="` + html.EscapeString(title) + `" width="` + strconv.Itoa(width) + `" height="` + strconv.Itoa(height) +
		`" sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy"></iframe>`
}

// positive is a whole number from 1 on, or the other one where the text is none.
func positive(text string, other int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return other
}

// embeddable is the lesson whose page an absolute address names.
func (s *Server) embeddable(c *fiber.Ctx, address string) (located, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host != s.host && u.Host != string(c.Request().Host()) {
		return located{}, fiber.ErrNotFound
	}
	var p place
	if rest, ok := strings.CutPrefix(u.EscapedPath(), "/r/"); ok {
		if p, ok = parsePlace(rest); !ok || p.Git || p.Action != "" && p.Action != "embed" || p.Rest != "" {
			return located{}, fiber.ErrNotFound
		}
	} else {
		id, found := strings.CutPrefix(u.Path, "/id/")
		id, revision, _ := strings.Cut(id, "@")
		parsed, err := uuid.Parse(id)
		if !found || err != nil || revision != "" && !revisionForm.MatchString(revision) {
			return located{}, fiber.ErrNotFound
		}
		r, err := s.o.Repository.ByID(c.UserContext(), repository.ID(parsed.String()))
		if err != nil {
			return located{}, err
		}
		if !r.Own() {
			return located{}, fiber.ErrNotFound
		}
		p = place{Address: r.Address, Revision: revision}
	}
	l, err := s.locatePlace(c.UserContext(), p)
	if err == nil && l.Deleted {
		err = fiber.ErrNotFound
	}
	return l, err
}

// discovery are the addresses at which a page's oEmbed answers are.
func (s *Server) discovery(page string) (asJSON, asXML string) {
	at := s.o.BaseURL + "/oembed?url=" + url.QueryEscape(page)
	return at + "&format=json", at + "&format=xml"
}
