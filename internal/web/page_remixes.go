package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of the tree of remixes that a page shows.
const (
	treeNodes  = 60
	treeLevels = 6
)

// remixes shows what a resource was made from and what was made from it, with everybody's license.
func (s *Server) remixes(c *fiber.Ctx, l located) error {
	t := kin{server: s, lang: language(c), seen: map[repository.ID]bool{l.ID: true}}
	own := t.node(l.Resource)
	own.Current = true
	below, err := t.below(c.UserContext(), l.Resource, 1)
	if err != nil {
		return err
	}
	own.Below = below
	v := themes.RemixTree{
		Title: l.Metadata.Title, Language: l.Metadata.Language, URL: l.base(), More: t.more,
		Roots: t.above(own, l.Metadata.Sources, 0),
	}
	v.Table = lines(nil, v.Roots, "")
	return s.page(c, "remixes", themes.Frame{}, v)
}

// kin gathers the remixes of a resource, within bounds.
type kin struct {
	server *Server
	lang   string
	seen   map[repository.ID]bool
	more   bool // something was left out
}

func (t *kin) node(r repository.Resource) themes.RemixNode {
	n := themes.RemixNode{Title: r.Metadata.Title, URL: linkOf(r), Language: r.Metadata.Language, License: licenseView(r.License, t.lang)}
	for _, p := range r.Metadata.Creators {
		n.People = append(n.People, p.Name)
	}
	if len(r.Metadata.Sources) == 1 {
		n.Changes = r.Metadata.Sources[0].Changes
	}
	return n
}

// below are the remixes of a resource with their own.
func (t *kin) below(ctx context.Context, r repository.Resource, level int) ([]themes.RemixNode, error) {
	list, err := t.server.o.Repository.Remixes(ctx, r)
	if err != nil {
		return nil, err
	}
	var nodes []themes.RemixNode
	for _, remix := range list {
		if t.seen[remix.ID] {
			continue
		}
		if len(t.seen) == treeNodes || level == treeLevels {
			t.more = true
			break
		}
		t.seen[remix.ID] = true
		n := t.node(remix)
		if n.Below, err = t.below(ctx, remix, level+1); err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// above are the sources that a resource stands below, as it names them itself: they may be anywhere. Each has the resource
// below it, the first with all that came from it.
func (t *kin) above(own themes.RemixNode, sources []metadata.Source, level int) []themes.RemixNode {
	if len(sources) == 0 || level == treeLevels {
		return []themes.RemixNode{own}
	}
	var nodes []themes.RemixNode
	for i, src := range sources {
		if i == treeNodes/treeLevels {
			t.more = true
			break
		}
		n := themes.RemixNode{Title: orElse(src.Title, src.ID), URL: web(src.URL), License: licenseView(licensing.Normalize(src.License).License(), t.lang)}
		for _, p := range src.Creators {
			n.People = append(n.People, p.Name)
		}
		if i > 0 {
			own.Below = nil // shown once
		}
		n.Below = []themes.RemixNode{own}
		if len(src.Sources) > 0 {
			nodes = append(nodes, t.above(n, src.Sources, level+1)...)
		} else {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// lines are the nodes of a tree from its top, each with what it stands below.
func lines(rows []themes.RemixRow, nodes []themes.RemixNode, from string) []themes.RemixRow {
	for _, n := range nodes {
		row := themes.RemixRow{RemixNode: n, From: from}
		row.Below = nil
		rows = lines(append(rows, row), n.Below, n.Title)
	}
	return rows
}
