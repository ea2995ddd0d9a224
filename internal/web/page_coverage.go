package web

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	coverageLines = 50 // of the table
	maxEnough     = 99
	maxColumns    = 14
	maxRows       = 24
	coverageKept  = 64 // results in memory
)

// covered is a framework against a subject.
type covered struct {
	standards.Coverage
	at      map[string]int      // place of a row, by key
	below   map[string][]string // keys of the rows right below
	library *standards.Library
}

// coverageKey tells results apart. One is good as long as the index and the library stay as they are.
type coverageKey struct {
	library       *standards.Library
	framework, of string
	enough        int
	version       int64
}

// cover counts what there is for every statement of a framework, in one search.
func (s *Server) cover(ctx context.Context, n *counter, framework, of string, enough int) (*covered, error) {
	key := coverageKey{s.o.Standards(), framework, of, enough, s.o.Search.Version()}
	if c, ok := s.coverages.Get(key); ok {
		return c, nil
	}
	counts, err := n.tree(ctx, framework)
	if err != nil {
		return nil, err
	}
	c := &covered{library: n.library, at: map[string]int{}, below: map[string][]string{}}
	c.Coverage = n.library.Coverage(framework, enough, func(key string) (n standards.Count) {
		n.Subtree.Total = counts[key]
		return n
	})
	for i, r := range c.Rows {
		c.at[r.Key] = i
		c.below[r.Parent] = append(c.below[r.Parent], r.Key)
	}
	s.coverages.Add(key, c)
	return c, nil
}

// coverage shows what there is for a framework, and what is missing.
func (s *Server) coverage(c *fiber.Ctx) error {
	ctx, lang, library := c.UserContext(), language(c), s.o.Standards()
	f, ok := library.Framework(unescaped(c.Params("framework")))
	if !ok || f.Superseded {
		return fiber.ErrNotFound
	}
	of, err := s.subjectOf(ctx, c.Query("of"), lang)
	if err != nil {
		return err
	}
	n, done, err := s.counting(ctx, of)
	if err != nil {
		return err
	}
	defer done()
	asked := coverageAsked{framework: f.Name, of: of, enough: max(1, min(c.QueryInt("enough", standards.CoverageEnough), maxEnough)), under: c.Query("under")}
	if state := c.Query("state"); slices.Contains([]string{"covered", "thin", "missing"}, state) {
		asked.state = state
	}
	cover, err := s.cover(ctx, n, f.Name, of.of, asked.enough)
	if err != nil {
		return err
	}
	if c.Query("format") == "csv" {
		return s.coverageCSV(c, f, asked, cover)
	}
	v := themes.Coverage{
		Title: f.Title, URL: frameworkPath(f.Name), Language: f.Language, Of: strings.SplitN(of.of, ":", 2)[0], Subject: themes.Link{Label: of.label, URL: of.link},
		Enough: asked.enough, State: asked.state, Terms: terms(f), CSV: asked.url("format", "csv"),
	}
	if of.of != "all" {
		v.Hidden = append(v.Hidden, themes.Field{Name: "of", Value: of.of})
	}
	if asked.under != "" {
		v.Hidden = append(v.Hidden, themes.Field{Name: "under", Value: asked.under})
	}
	if in := c.Query("in"); in != "" && of.unit != nil {
		return s.coverageOfUnit(c, n, v, in)
	}
	at, under := cover.at[asked.under]
	if asked.under != "" && !under {
		return fiber.ErrNotFound
	}
	o := s.editionOf(f)
	tally := cover.Leaves
	if under {
		row := cover.row(o, asked, cover.Rows[at])
		v.Under, tally = &row, cover.Rows[at].Leaves
		whole := asked
		whole.under, whole.state = "", ""
		v.Path = append(v.Path, themes.Link{Label: f.Title, URL: whole.url(), Language: f.Language})
		for _, a := range o.ancestors(asked.under) {
			whole.under = a.Key
			v.Path = append(v.Path, themes.Link{Label: orElse(shortCode(a.Code), clip(plain(a.Text), 40)), URL: whole.url()})
		}
	}
	for _, state := range []struct {
		name  string
		count int
	}{{"covered", tally.Covered}, {"thin", tally.Thin}, {"missing", tally.Missing}} {
		b := asked
		if b.state = state.name; asked.state == state.name {
			b.state = ""
		}
		v.States = append(v.States, themes.Count{Label: state.name, URL: b.url(), Count: state.count, Selected: asked.state == state.name})
	}
	if asked.state == "" {
		if v.Columns, v.Rows, err = cover.heat(ctx, n, asked); err != nil {
			return err
		}
	}
	rows := cover.table(asked)
	pages := max(1, (len(rows)+coverageLines-1)/coverageLines)
	page := max(1, min(c.QueryInt("page", 1), pages))
	v.Pager = themes.Pager{Page: page, Pages: pages}
	if page > 1 {
		v.Pager.Previous = asked.url("page", itoa(page-1))
	}
	if page < pages {
		v.Pager.Next = asked.url("page", itoa(page+1))
	}
	for _, r := range rows[(page-1)*coverageLines : min(page*coverageLines, len(rows))] {
		v.Table = append(v.Table, cover.row(o, asked, r))
	}
	return s.page(c, "coverage", themes.Frame{Lede: v.Title + ": " + s.theme(c).Text(language(c), "coverage.link")}, v)
}

// coverageOfUnit lists what a unit has for one statement, as no search can.
func (s *Server) coverageOfUnit(c *fiber.Ctx, n *counter, v themes.Coverage, key string) error {
	ctx, lang := c.UserContext(), language(c)
	found, err := n.index.Search(ctx, search.Request{Filters: search.Filters{search.Standard: strings.Split(key, " ")}, Size: 100, Facets: []search.Field{}})
	if err != nil {
		return err
	}
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	if v.Cards, err = s.hitCards(ctx, found.Hits, lang, peers); err != nil {
		return err
	}
	in := known(n.library, strings.Split(key, " ")[0])
	in.Count = found.Total
	v.In = &in
	return s.page(c, "coverage", themes.Frame{}, v)
}

// coverageAsked is what the address asks for.
type coverageAsked struct {
	framework    string
	of           subject
	enough       int
	under, state string
}

// url is the address of the page, with one more parameter where it is given.
func (a coverageAsked) url(more ...string) string {
	var q []string
	add := func(name, value string) { q = append(q, name+"="+escapeQuery(value)) }
	if a.of.of != "all" {
		add("of", a.of.of)
	}
	if a.under != "" {
		add("under", a.under)
	}
	if a.state != "" {
		add("state", a.state)
	}
	if a.enough != standards.CoverageEnough {
		add("enough", itoa(a.enough))
	}
	if len(more) == 2 {
		add(more[0], more[1])
	}
	address := frameworkPath(a.framework) + "/coverage"
	if len(q) > 0 {
		address += "?" + strings.Join(q, "&")
	}
	return address
}

// found is the address that lists exactly the resources that were counted for some statements.
func (a coverageAsked) found(keys ...string) string {
	if a.of.unit != nil {
		a.under, a.state = "", ""
		return a.url("in", strings.Join(keys, " "))
	}
	n := counter{filters: a.of.filters}
	return filteredURL(n.with(search.Standard, keys...))
}

// unitCoverage leads to what a unit of this server has for each framework that it, or a part of it, is aligned to.
func (s *Server) unitCoverage(r repository.Resource, parts []repository.Part) []themes.Link {
	if !r.Own() || r.Address.Part != "" {
		return nil
	}
	library := s.o.Standards()
	in := map[string]bool{}
	note := func(m metadata.Metadata) {
		for _, code := range slices.Concat(m.Alignments.Teaches, m.Alignments.Assesses) {
			if st, ok := library.Statement(library.Resolve(code).Key()); ok {
				in[st.Framework] = true
			}
		}
	}
	note(r.Metadata)
	for _, p := range parts {
		note(p.Metadata)
	}
	var list []themes.Link
	for _, f := range library.Frameworks() {
		if in[f.Name] {
			a := coverageAsked{framework: f.Name, of: subject{of: "unit:" + r.Address.Owner + "/" + r.Address.Slug}, enough: standards.CoverageEnough}
			list = append(list, themes.Link{Label: f.Title, URL: a.url(), Language: f.Language})
		}
	}
	return list
}

// coverageOf leads from results to what their owner, their source or the whole catalog has for the framework of a node, or,
// where the frameworks are counted, for the one that most results are of.
func (s *Server) coverageOf(a asked, node string, values []search.Facet) string {
	library := s.o.Standards()
	if node == search.Frameworks {
		most := 0
		for _, v := range values {
			if v.Count > most {
				node, most = v.Value, v.Count
			}
		}
	}
	c := coverageAsked{of: subject{of: "all"}, enough: standards.CoverageEnough}
	if st, ok := library.Statement(node); ok {
		c.framework = st.Framework
		if len(library.Children(st.Key)) > 0 {
			c.under = st.Key
		}
	} else if f, ok := library.Framework(node); ok {
		c.framework = f.Name
	}
	if f, ok := library.Framework(c.framework); !ok || f.Superseded {
		return ""
	}
	for _, f := range []search.Field{search.Source, search.Owner} {
		if name := only(a.Request, f); name != "" {
			c.of.of = string(f) + ":" + name
		}
	}
	return c.url()
}

// table lists the rows that are asked for: those in a state, or the tree as far down as it fits.
func (c *covered) table(a coverageAsked) []standards.CoverageRow {
	rows := c.under(a.under)
	if a.state != "" {
		return slices.DeleteFunc(rows, func(r standards.CoverageRow) bool { return !r.Leaf || string(r.State) != a.state })
	}
	top := 0
	if at, ok := c.at[a.under]; ok {
		top = c.Rows[at].Depth + 1
	}
	for depth := top + 3; depth > top; depth-- {
		fits := slices.DeleteFunc(slices.Clone(rows), func(r standards.CoverageRow) bool { return r.Depth >= depth })
		if len(fits) <= coverageLines || depth == top+1 {
			return fits
		}
	}
	return rows
}

// under lists the rows below a statement; "" is all of them.
func (c *covered) under(key string) []standards.CoverageRow {
	at, ok := c.at[key]
	if !ok {
		return slices.Clone(c.Rows)
	}
	end := at + 1
	for end < len(c.Rows) && c.Rows[end].Depth > c.Rows[at].Depth {
		end++
	}
	return slices.Clone(c.Rows[at+1 : end])
}

func (c *covered) row(o *edition, a coverageAsked, r standards.CoverageRow) themes.CoverageRow {
	v := themes.CoverageRow{
		Search: a.found(r.Key), State: string(r.State), Covered: r.Leaves.Covered, Thin: r.Leaves.Thin, Missing: r.Leaves.Missing, Depth: r.Depth,
	}
	if at, ok := c.at[a.under]; ok {
		v.Depth -= c.Rows[at].Depth + 1
	}
	v.Depth = max(0, min(v.Depth, 3))
	if a.state != "" {
		v.Depth = 0
	}
	if st, ok := o.statement(r.Key); ok {
		v.Statement = lineOf(o, st)
	} else {
		v.Statement = known(c.library, r.Key)
	}
	v.Count = r.Subtree.Total
	if !r.Leaf {
		a.under, a.state = r.Key, ""
		v.Below = a.url()
	}
	return v
}

var gradeOrder = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "adult"}
