package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	treeDepth     = 3   // levels of a framework on one page; deeper ones have pages of their own
	treeSize      = 400 // statements of a framework on one page
	statementHits = 10
)

func (s *Server) frameworks(c *fiber.Ctx) error {
	lines, err := s.frameworkLines(c.UserContext())
	if err != nil {
		return err
	}
	return s.page(c, "standards", themes.Frame{}, themes.Frameworks{Frameworks: lines})
}

// frameworkLines are the imported frameworks with how many resources there are for each.
func (s *Server) frameworkLines(ctx context.Context) ([]themes.FrameworkLine, error) {
	library := s.o.Standards()
	var lines []themes.FrameworkLine
	for _, f := range library.Frameworks() {
		n, err := s.aligned(ctx, library.Roots(f.Name)...)
		if err != nil {
			return nil, err
		}
		publisher := f.Publisher
		if publisher == "" {
			publisher = f.Creator
		}
		lines = append(lines, themes.FrameworkLine{
			Title: f.Title, URL: "/standards/" + url.PathEscape(f.Name), Publisher: publisher, Language: f.Language,
			Statements: len(f.Statements), Resources: n,
		})
	}
	return lines, nil
}

// aligned counts the resources for some statements and for what is below them.
func (s *Server) aligned(ctx context.Context, keys ...string) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	found, err := s.o.Search.Search(ctx, search.Request{Filters: search.Filters{search.Standard: keys}, Size: 1, Facets: []search.Field{}})
	return found.Total, err
}

func (s *Server) framework(c *fiber.Ctx) error {
	library := s.o.Standards()
	name := unescaped(c.Params("framework"))
	f, ok := library.Framework(name)
	if !ok {
		return fiber.ErrNotFound
	}
	v := themes.Framework{Title: f.Title, URL: "/standards/" + url.PathEscape(f.Name), Source: web(f.URI), Language: f.Language}
	room := treeSize
	var err error
	if v.Tree, err = s.tree(c.UserContext(), library, library.Roots(name), treeDepth, &room); err != nil {
		return err
	}
	return s.page(c, "framework", themes.Frame{}, v)
}

// tree makes the lines of some statements and of what is below them, as far as there is room.
func (s *Server) tree(ctx context.Context, l *standards.Library, keys []string, depth int, room *int) ([]themes.Statement, error) {
	var list []themes.Statement
	for _, key := range keys {
		st, ok := l.Statement(key)
		if !ok {
			continue
		}
		if *room--; *room < 0 {
			return list, nil
		}
		v := statementView(st)
		n, err := s.aligned(ctx, key)
		if err != nil {
			return nil, err
		}
		v.Count = n
		if depth > 1 {
			if v.Children, err = s.tree(ctx, l, l.Children(key), depth-1, room); err != nil {
				return nil, err
			}
		}
		list = append(list, v)
	}
	return list, nil
}

func statementView(st standards.Statement) themes.Statement {
	return themes.Statement{
		Code: shortCode(st.Code), Text: st.Text, URL: statementPath(st), Language: st.Language, Kind: st.Type, Grades: caseGrades(st.Grades),
	}
}

// caseGrades are CASE education levels in the names of this project.
func caseGrades(levels []string) []string {
	var grades []string
	for _, l := range levels {
		switch l = strings.TrimLeft(l, "0"); l {
		case "KG":
			l = "K"
		case "":
			continue
		}
		grades = append(grades, l)
	}
	return grades
}

// statementPath is the page of a statement: by its code where it has one, which people can read and type.
func statementPath(st standards.Statement) string {
	name := st.Code
	if name == "" {
		name = st.Key
	}
	return "/standards/" + url.PathEscape(st.Framework) + "/" + url.PathEscape(name)
}

// statement shows one standard with the resources for it.
func (s *Server) statement(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	library := s.o.Standards()
	f, ok := library.Framework(unescaped(c.Params("framework")))
	if !ok {
		return fiber.ErrNotFound
	}
	st, ok := findStatement(library, f.Name, unescaped(c.Params("*")))
	if !ok {
		return fiber.ErrNotFound
	}
	line := statementView(st)
	room := treeSize
	var err error
	if line.Children, err = s.tree(ctx, library, library.Children(st.Key), 2, &room); err != nil {
		return err
	}
	v := themes.Framework{Title: f.Title, URL: "/standards/" + url.PathEscape(f.Name), Language: f.Language, Statement: &line}
	ancestors := library.Ancestors(st.Key)
	for i := len(ancestors) - 1; i >= 0; i-- {
		if a, ok := library.Statement(ancestors[i]); ok {
			label := shortCode(a.Code)
			if label == "" {
				label = clip(a.Text, 40)
			}
			v.Path = append(v.Path, themes.Link{Label: label, URL: statementPath(a)})
		}
	}
	found, err := s.o.Search.Search(ctx, search.Request{Filters: search.Filters{search.Standard: {st.Key}}, Size: statementHits, Facets: []search.Field{}})
	if err != nil {
		return err
	}
	peers, err := s.peerTitles(ctx)
	if err != nil {
		return err
	}
	v.Total = found.Total
	if v.Cards, err = s.hitCards(ctx, found.Hits, lang, peers); err != nil {
		return err
	}
	if found.Total > len(v.Cards) {
		v.All = "/search?standard=" + escapeQuery(st.Key)
	}
	v.Associations = associations(library, f, st)
	return s.page(c, "framework", themes.Frame{Lede: clip(st.Text, 150)}, v)
}

// findStatement takes a code, a GUID or a URI. Where a framework uses a code twice, its first statement is meant.
func findStatement(l *standards.Library, framework, name string) (standards.Statement, bool) {
	if st, ok := l.Statement(name); ok && st.Framework == framework {
		return st, true
	}
	res := l.ResolveWith(name, standards.Hint{Framework: framework})
	if st, ok := l.Statement(res.Key()); ok && st.Framework == framework {
		return st, true
	}
	if f, ok := l.Framework(framework); ok {
		for _, st := range f.Statements {
			if st.Code == name {
				return st, true
			}
		}
	}
	return standards.Statement{}, false
}

func associations(l *standards.Library, f *standards.Framework, st standards.Statement) []themes.Association {
	const shown = 12
	var list []themes.Association
	for _, a := range f.Associations {
		other := ""
		switch st.Key {
		case a.Origin:
			other = a.Target
		case a.Target:
			if a.Type == "isPeerOf" || a.Type == "isRelatedTo" || a.Type == "exactMatchOf" {
				other = a.Origin
			}
		}
		if o, ok := l.Statement(other); ok && len(list) < shown {
			list = append(list, themes.Association{Kind: a.Type, Statement: statementView(o)})
		}
	}
	return list
}

func unescaped(s string) string {
	u, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return u
}

// clip shortens a text at a word.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n])
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return cut + "…"
}
