package web

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

// sitemapPart is how many changes one file of a sitemap or of a list of ResourceSync covers: no more resources than that
// are in it. The protocol's bound is 50,000.
const sitemapPart = 10_000

type sitemapURL struct {
	Loc     string      `xml:"loc"`
	LastMod string      `xml:"lastmod,omitempty"`
	MD      *syncMD     `xml:"rs:md,omitempty"`
	Links   []sitemapLN `xml:"rs:ln,omitempty"`
}

type sitemapSet struct {
	XMLName xml.Name     `xml:"urlset"`
	NS      string       `xml:"xmlns,attr"`
	RS      string       `xml:"xmlns:rs,attr,omitempty"`
	Links   []sitemapLN  `xml:"rs:ln,omitempty"`
	MD      *syncMD      `xml:"rs:md,omitempty"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"sitemapindex"`
	NS      string       `xml:"xmlns,attr"`
	RS      string       `xml:"xmlns:rs,attr,omitempty"`
	Links   []sitemapLN  `xml:"rs:ln,omitempty"`
	MD      *syncMD      `xml:"rs:md,omitempty"`
	Maps    []sitemapURL `xml:"sitemap"`
}

const (
	sitemapNS   = "http://www.sitemaps.org/schemas/sitemap/0.9"
	sitemapType = "application/xml; charset=utf-8"
)

// sitemap lists the pages of this server's own resources: by itself as long as one file holds them, else as an index of
// files, each of which covers a range of changes.
func (s *Server) sitemap(c *fiber.Ctx) error {
	parts, err := s.filledParts(c)
	if err != nil {
		return err
	}
	if len(parts) > 1 {
		index := sitemapIndex{NS: sitemapNS}
		for _, n := range parts {
			index.Maps = append(index.Maps, sitemapURL{Loc: fmt.Sprintf("%s/sitemap-%d.xml", s.o.BaseURL, n+1)})
		}
		return s.xml(c, sitemapType, index)
	}
	return s.sitemapRange(c, 0)
}

func (s *Server) sitemapPart(c *fiber.Ctx) error {
	n, err := s.part(c)
	if err != nil {
		return err
	}
	return s.sitemapRange(c, n)
}

func (s *Server) sitemapRange(c *fiber.Ctx, n int) error {
	set := sitemapSet{NS: sitemapNS}
	if n == 0 {
		set.URLs = []sitemapURL{{Loc: s.o.BaseURL + "/"}, {Loc: s.o.BaseURL + "/standards"}}
	}
	list, err := s.covered(c, n, false)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b repository.Resource) int { return cmp.Compare(a.ID, b.ID) }) // the same after a rebuild
	for _, r := range list {
		set.URLs = append(set.URLs, sitemapURL{Loc: s.absolute(r), LastMod: r.Modified.UTC().Format(time.RFC3339)})
	}
	return s.xml(c, sitemapType, set)
}

// parts is how many files hold all changes: at least one.
func (s *Server) parts(c *fiber.Ctx) (int, error) {
	seq, err := s.o.Catalog.Seq(c.UserContext())
	return max(1, int((seq+sitemapPart-1)/sitemapPart)), err
}

// filledParts are the files that have something, and the first one, which has pages of no resource.
func (s *Server) filledParts(c *fiber.Ctx) ([]int, error) {
	list, err := s.o.Catalog.Filled(c.UserContext(), sitemapPart)
	return slices.Compact(append([]int{0}, list...)), err
}

// part is the file that an address names, from 0.
func (s *Server) part(c *fiber.Ctx) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(c.Params("n"), ".xml"))
	if err != nil || n < 1 {
		return 0, fiber.ErrNotFound
	}
	parts, err := s.parts(c)
	if err == nil && n > parts {
		err = fiber.ErrNotFound
	}
	return n - 1, err
}

// covered are the resources of one file.
func (s *Server) covered(c *fiber.Ctx, n int, deleted bool) ([]repository.Resource, error) {
	return s.o.Catalog.Between(c.UserContext(), int64(n)*sitemapPart, int64(n+1)*sitemapPart, deleted)
}
