package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of a page with a tree. Statements have up to a few hundred characters; a page should come in one round trip.
const (
	treeLines  = 60  // levels are added as long as all of them fit
	levelLines = 100 // of one level; the rest is on further pages
	branches   = 40  // searches for the counts of one page
	// A framework with fewer statements has them counted by one search; a search counts 20,000 at most.
	countedAtOnce = 10_000
	lineLength    = 150
)

func (s *Server) frameworks(c *fiber.Ctx) error {
	lines, err := s.frameworkLines(c.UserContext())
	if err != nil {
		return err
	}
	return s.page(c, "standards", themes.Frame{Lede: s.theme(c).Text(language(c), "standards.lede")}, themes.Frameworks{Frameworks: lines})
}

// frameworkLines are the imported frameworks with how many resources there are for each.
func (s *Server) frameworkLines(ctx context.Context) ([]themes.FrameworkLine, error) {
	library := s.o.Standards()
	n := &counter{index: s.o.Search, library: library}
	var lines []themes.FrameworkLine
	for _, f := range library.Frameworks() {
		total := 0
		if roots := library.Roots(f.Name); len(roots) > 0 {
			var err error
			if total, err = n.total(ctx, search.Standard, roots...); err != nil {
				return nil, err
			}
		}
		line := themes.FrameworkLine{
			Title: f.Title, URL: frameworkPath(f.Name), Publisher: publisherOf(f), Language: f.Language, Coverage: frameworkPath(f.Name) + "/coverage",
			Statements: len(f.Statements), Resources: total,
		}
		for _, older := range library.Editions(f.Name) {
			if older.Name != f.Name {
				line.Editions = append(line.Editions, themes.Link{Label: older.Edition, URL: frameworkPath(older.Name)})
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func publisherOf(f *standards.Framework) string {
	if f.Publisher != "" {
		return f.Publisher
	}
	return f.Creator
}

// terms are what must stand where statements of a framework are shown.
func terms(f *standards.Framework) themes.Terms {
	return themes.Terms{Publisher: publisherOf(f), License: f.License, Notice: f.Notice, Source: web(f.URI), Language: f.Language}
}

func frameworkPath(name string) string { return "/standards/" + url.PathEscape(name) }

// framework shows the upper levels of a framework; each statement's page shows those below it.
func (s *Server) framework(c *fiber.Ctx) error {
	ctx, library := c.UserContext(), s.o.Standards()
	f, ok := library.Framework(unescaped(c.Params("framework")))
	if !ok {
		return fiber.ErrNotFound
	}
	o := s.editionOf(f)
	v := themes.Framework{
		Title: f.Title, URL: frameworkPath(f.Name), Language: f.Language, Edition: f.Edition, Terms: terms(f), Coverage: frameworkPath(f.Name) + "/coverage",
	}
	editions := library.Editions(f.Base())
	for _, e := range editions {
		if len(editions) > 1 {
			v.Editions = append(v.Editions, themes.Edition{Label: e.Edition, URL: frameworkPath(e.Name), Statements: len(e.Statements), Shown: e.Name == f.Name, Newest: !e.Superseded})
		}
	}
	if f.Superseded && len(editions) > 0 {
		v.Newest, v.Changes, v.Coverage = frameworkPath(editions[0].Name), s.editionChanges(library, f, editions[0]), ""
	}
	var err error
	t := s.treeOf(library, o)
	if !f.Superseded && len(f.Statements) < countedAtOnce { // what is below one of an older edition may be elsewhere in the newest
		if t.n.whole, err = t.n.tree(ctx, f.Name); err != nil {
			return err
		}
	}
	if v.Tree, v.Pager, err = t.levels(ctx, "", c.QueryInt("page", 1), treeLines); err != nil {
		return err
	}
	return s.page(c, "framework", themes.Frame{Lede: v.Title + ". " + s.theme(c).Text(language(c), "standards.lede")}, v)
}

// editionChanges tell what became of an older edition.
func (s *Server) editionChanges(l *standards.Library, older, newer *standards.Framework) *themes.EditionChanges {
	const shown = 40
	changes := standards.Compare(older, newer)
	v := &themes.EditionChanges{Added: len(changes.Added), Removed: len(changes.Removed), Changed: len(changes.Changed)}
	was := s.editionOf(older)
	for _, r := range changes.Removed[:min(len(changes.Removed), shown)] {
		gone := themes.Gone{Statement: lineOf(was, r.Statement)}
		for _, key := range r.Successors {
			gone.Successors = append(gone.Successors, known(l, key))
		}
		v.Gone = append(v.Gone, gone)
	}
	return v
}

// tree makes the lines of a page.
type tree struct {
	*edition
	n        *counter
	searches int
	path     string
}

func (s *Server) treeOf(l *standards.Library, o *edition) *tree {
	return &tree{edition: o, n: &counter{index: s.o.Search, library: l}, path: frameworkPath(o.Name)}
}

// levels are the statements right below a node ("" is the top), a page of them, and as many further levels as fit into the
// number of lines. What does not is on the page of the statement above it.
func (t *tree) levels(ctx context.Context, node string, page, lines int) ([]themes.Statement, themes.Pager, error) {
	keys := t.below[node]
	pages := (len(keys) + levelLines - 1) / levelLines
	page = max(1, min(page, pages))
	pager := themes.Pager{Page: page, Pages: pages}
	address := t.path
	if st, ok := t.statement(node); ok {
		address = statementPathIn(t.edition, st)
	}
	if page > 1 {
		pager.Previous = withQuery(address, "page", itoa(page-1))
	}
	if page < pages {
		pager.Next = withQuery(address, "page", itoa(page+1))
	}
	counts, err := t.n.below(ctx, t.Name, node, keys)
	if err != nil || len(keys) == 0 {
		return nil, pager, err
	}
	top := t.lines(keys[(page-1)*levelLines:min(page*levelLines, len(keys))], counts)
	level := make([]*themes.Statement, len(top))
	nodes := make([]string, len(top))
	for i := range top {
		level[i], nodes[i] = &top[i], keys[(page-1)*levelLines+i]
	}
	for lines -= len(top); len(level) > 0; {
		next := 0
		for _, key := range nodes {
			next += len(t.below[key])
		}
		lines -= next
		if next == 0 || lines < 0 {
			break
		}
		var deeper []*themes.Statement
		var below []string
		for i, line := range level {
			children := t.below[nodes[i]]
			if len(children) == 0 {
				continue
			}
			counts := map[string]int{}
			if line.Count > 0 { // else there is nothing below either
				if t.searches++; t.searches > branches {
					return top, pager, nil
				}
				if counts, err = t.n.below(ctx, t.Name, nodes[i], children); err != nil {
					return nil, pager, err
				}
			}
			line.Children, line.Hidden = t.lines(children, counts), 0
			for k := range line.Children {
				deeper, below = append(deeper, &line.Children[k]), append(below, children[k])
			}
		}
		level, nodes = deeper, below
	}
	return top, pager, nil
}

func (t *tree) lines(keys []string, counts map[string]int) []themes.Statement {
	list := make([]themes.Statement, 0, len(keys))
	for _, key := range keys {
		st, _ := t.statement(key)
		line := lineOf(t.edition, st)
		line.Count, line.Hidden = counts[key], len(t.below[key])
		list = append(list, line)
	}
	return list
}

// lineOf is a statement in one line, as plain text.
func lineOf(o *edition, st standards.Statement) themes.Statement {
	if line, ok := o.lines.Load(st.Key); ok {
		return line.(themes.Statement)
	}
	line := themes.Statement{
		Code: shortCode(st.Code), Text: clip(plain(st.Text), lineLength), URL: statementPathIn(o, st), Language: languageOf(o.Framework, st), Kind: st.Type, Grades: caseGrades(st.Grades),
	}
	o.lines.Store(st.Key, line)
	return line
}

// known is the line of a statement of any framework; of one that is not imported there is only its name.
func known(l *standards.Library, key string) themes.Statement {
	st, ok := l.Statement(key)
	if !ok {
		if web(key) != "" {
			return themes.Statement{Code: key, URL: key}
		}
		return themes.Statement{Code: shortCode(key), URL: filteredURL(search.Filters{search.Standard: {key}})}
	}
	return themes.Statement{
		Code: shortCode(st.Code), Text: clip(plain(st.Text), lineLength), URL: statementPath(st), Language: st.Language, Kind: st.Type, Grades: caseGrades(st.Grades),
	}
}

func languageOf(f *standards.Framework, st standards.Statement) string {
	if st.Language != "" {
		return st.Language
	}
	return f.Language
}

// plain is the text of Markdown in one line.
func plain(markdown string) string {
	return strings.Join(strings.Fields(render.Text([]byte(markdown))), " ")
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
	return frameworkPath(st.Framework) + "/" + url.PathEscape(name)
}

// statementPathIn is statementPath in one edition; a code that its framework uses twice names none of them.
func statementPathIn(o *edition, st standards.Statement) string {
	st.Framework = o.Name
	if o.codes[st.Code] != st.Key {
		st.Code = ""
	}
	return statementPath(st)
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
