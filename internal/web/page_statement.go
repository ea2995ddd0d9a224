package web

import (
	"context"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	statementHits  = 4  // lessons of each kind on a statement's page
	statementLines = 30 // of what is below it
	relatedLines   = 12 // of each kind of link
)

// statement shows one standard with what is around it and the resources for it.
func (s *Server) statement(c *fiber.Ctx) error {
	ctx, lang, library := c.UserContext(), language(c), s.o.Standards()
	f, ok := library.Framework(unescaped(c.Params("framework")))
	if !ok {
		return fiber.ErrNotFound
	}
	o := s.editionOf(f)
	st, ok := o.find(library, unescaped(c.Params("*")))
	if !ok {
		return fiber.ErrNotFound
	}
	t := s.treeOf(library, o)
	v := themes.Standard{
		Statement: lineOf(o, st), Framework: themes.Link{Label: f.Title, URL: frameworkPath(f.Name), Language: f.Language}, Terms: terms(f),
	}
	for _, a := range o.ancestors(st.Key) {
		v.Path = append(v.Path, themes.Link{Label: orElse(shortCode(a.Code), clip(plain(a.Text), 40)), URL: statementPathIn(o, a), Language: languageOf(f, a)})
	}
	var err error
	if v.Children, v.Pager, err = t.levels(ctx, st.Key, c.QueryInt("page", 1), statementLines); err != nil {
		return err
	}
	if len(v.Children) > 0 && !f.Superseded {
		v.Coverage = withQuery(frameworkPath(f.Name)+"/coverage", "under", st.Key)
	}
	if f.Superseded {
		if newest, ok := library.Framework(f.Base()); ok {
			if now, ok := sameIn(s.editionOf(newest), o, st); ok {
				v.Newest = statementPath(now)
			}
		}
	}
	if v.Lessons, err = s.lessons(ctx, st.Key, lang); err != nil {
		return err
	}
	if err := s.beside(ctx, t.n, st.Key, &v); err != nil {
		return err
	}
	frame := themes.Frame{Lede: clip(plain(st.Text), lineLength)}
	var formulas bool
	if v.HTML, formulas, err = s.statementText(st.Text, v.Language); err != nil {
		return err
	}
	if formulas {
		frame.Styles = []string{render.MathCSS()}
	}
	if v.Notes, _, err = s.statementText(st.Notes, v.Language); err != nil {
		return err
	}
	return s.page(c, "statement", frame, v)
}

// sameIn finds a statement of an older edition in a newer one.
func sameIn(newer, older *edition, st standards.Statement) (standards.Statement, bool) {
	if now, ok := newer.statement(st.Key); ok {
		return now, true
	}
	if st.Code == "" || older.codes[st.Code] != st.Key {
		return standards.Statement{}, false
	}
	return newer.statement(newer.codes[st.Code])
}

// statementText renders the Markdown of a framework, which is as foreign as a lesson's.
func (s *Server) statementText(text, language string) (template.HTML, bool, error) {
	if text == "" {
		return "", false, nil
	}
	page, err := s.o.Renderer.Render([]byte(text), render.View{Base: "/standards", Language: language, Source: "framework"})
	return page.HTML, page.Formulas, err
}

// lessons are the resources for a statement by what they do with it; kinds without any are left out, but for the first.
func (s *Server) lessons(ctx context.Context, key, lang string) ([]themes.Lessons, error) {
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return nil, err
	}
	var list []themes.Lessons
	for _, field := range []search.Field{search.Teaches, search.Assesses, search.Requires} {
		filters := search.Filters{field: {key}}
		found, err := s.o.Search.Search(ctx, search.Request{Filters: filters, Size: statementHits, Facets: []search.Field{}})
		if err != nil {
			return nil, err
		}
		if found.Total == 0 && field != search.Teaches {
			continue
		}
		l := themes.Lessons{Kind: string(field), Total: found.Total}
		if l.Cards, err = s.hitCards(ctx, found.Hits, lang, peers); err != nil {
			return nil, err
		}
		if found.Total > len(l.Cards) {
			l.All = filteredURL(filters)
		}
		list = append(list, l)
	}
	return list, nil
}

// beside fills in what the associations link to a statement.
func (s *Server) beside(ctx context.Context, n *counter, key string, v *themes.Standard) error {
	lines := func(keys []string) []themes.Statement {
		var list []themes.Statement
		for _, k := range keys[:min(len(keys), relatedLines)] {
			list = append(list, known(n.library, k))
		}
		return list
	}
	v.Successors, v.Predecessors = lines(n.library.Successors(key)), lines(n.library.Predecessors(key))
	before, after := n.library.Progression(key)
	v.Before, v.After = lines(before), lines(after)
	for _, r := range n.library.Related(key) {
		switch r.Type {
		case standards.Precedes, standards.ReplacedBy, standards.IsChildOf:
			continue
		}
		if len(v.Associations) == relatedLines {
			break
		}
		a := themes.Association{Kind: r.Type, Statement: known(n.library, r.Other)}
		if r.Inverse {
			a.Kind = "inverse." + r.Type
		}
		var err error
		if a.Count, err = n.total(ctx, search.Standard, r.Other); err != nil {
			return err
		}
		v.Associations = append(v.Associations, a)
	}
	return nil
}
