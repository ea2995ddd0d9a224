package metadata

import (
	"slices"
	"strings"
)

// mods reads MODS of any version 3; false if there is none. Of a collection it reads the first.
func (g *gatherer) mods(root *node) bool {
	m := root.find("mods")
	if m == nil || len(m.elements()) == 0 {
		return false
	}
	for _, n := range m.all("language") {
		g.modsLanguage(n)
	}
	g.modsLocations(m)
	for _, n := range m.all("titleinfo") {
		title := modsTitle(n)
		if n.attr("type") == "" {
			g.title(title, firstOf(n.first("title").lang(), n.lang()))
		} else {
			g.keyword(title)
		}
	}
	g.modsNames(m)
	g.modsTypes(m)
	for _, n := range m.all("origininfo") {
		g.modsOrigin(n)
	}
	for _, x := range m.all("physicaldescription", "extent") {
		if x.attr("unit") == "time" {
			g.time(x.value(), true)
		}
	}
	var descriptions []string
	for _, name := range []string{"abstract", "tableofcontents"} {
		for _, n := range m.all(name) {
			descriptions = appendNew(descriptions, n.long())
		}
	}
	g.Metadata.Description = paragraphs(descriptions)
	g.modsAudience(m)
	for _, n := range m.all("subject") {
		g.modsSubject(n)
	}
	g.modsNotes(m)
	budget := maxSources
	for _, n := range m.all("relateditem") {
		g.modsRelated(n, &budget)
	}
	r := modsIdentifiers(m)
	g.ID, g.Identifier, g.Path = firstOf(g.ID, r.ID), firstOf(g.Identifier, r.Identifier), r.Path
	g.URL = firstOf(g.URL, r.URL)
	g.license(modsConditions(m)...)
	for _, n := range m.all("recordinfo") {
		if g.Modified.IsZero() {
			g.Modified = g.date(n.first("recordchangedate").value())
		}
	}
	return true
}

// modsLanguage reads a language by its code, or else by its name.
func (g *gatherer) modsLanguage(n *node) {
	name := ""
	for _, t := range n.all("languageterm") {
		if t.attr("type") == "code" {
			g.language(t.value())
			return
		}
		name = firstOf(name, t.value())
	}
	g.language(name)
}

func (g *gatherer) modsLocations(m *node) {
	other := ""
	for _, u := range m.all("location", "url") {
		s := u.value()
		switch {
		case !isWeb(s):
		case u.attr("note") == gitType || strings.HasSuffix(s, ".git"):
			g.Git = firstOf(g.Git, s)
		case u.attr("usage") != "" || u.attr("access") == "object in context":
			g.URL = firstOf(g.URL, s)
		case u.attr("access") != "raw object" && u.attr("access") != "preview":
			other = firstOf(other, s)
		}
	}
	g.URL = firstOf(g.URL, other)
}

func modsTitle(n *node) string {
	title := n.first("title").value()
	if article := n.first("nonsort").value(); article != "" {
		title = article + " " + title
	}
	for _, name := range []string{"subtitle", "partnumber", "partname"} {
		if more := n.first(name).value(); more != "" {
			title += ": " + more
		}
	}
	return title
}

// The roles of MARC relators (id.loc.gov/vocabulary/relators) that make somebody a creator.
var creatorRoles = []string{"", "creator", "cre", "author", "aut", "artist", "art", "composer", "cmp", "http://id.loc.gov/vocabulary/relators/cre",
	"http://id.loc.gov/vocabulary/relators/aut"}

func (g *gatherer) modsNames(m *node) {
	var others []Agent
	for _, n := range m.all("name") {
		a, roles := modsName(n)
		is := func(names ...string) bool {
			return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(names, r) })
		}
		switch {
		case a.Name == "":
		case len(roles) == 0 || is(creatorRoles...):
			g.creator(a)
		case is("funder", "fnd"):
			g.Metadata.Funding = &Funding{Funder: a.Name}
		case is("publisher", "pbl"):
			if g.Publisher.Name == "" {
				g.Publisher = a
			}
		default:
			others = append(others, a)
		}
	}
	g.contributors(others)
}

// modsName reads a name in its parts, the given name first, and the roles of who bears it.
func modsName(n *node) (a Agent, roles []string) {
	var given, family, whole []string
	for _, p := range n.all("namepart") {
		switch p.attr("type") {
		case "given":
			given = append(given, p.value())
		case "family":
			family = append(family, p.value())
		case "date", "termsOfAddress":
		default:
			whole = append(whole, p.value())
		}
	}
	a.Name = firstOf(strings.Join(append(given, family...), " "), strings.Join(whole, " "), n.first("displayform").value())
	a.Name = clean(a.Name, maxValueText)
	if u := n.attr("valueuri"); isWeb(u) {
		a.URL = u
	}
	for _, id := range n.all("nameidentifier") {
		if s := id.value(); a.URL == "" && isWeb(s) {
			a.URL = s
		}
	}
	for _, r := range n.all("role", "roleterm") {
		roles = appendNew(roles, strings.ToLower(r.value()))
	}
	return a, roles
}

// modsTypes reads genres, and where none is understood the type of resource, which says little.
func (g *gatherer) modsTypes(m *node) {
	for _, n := range m.all("genre") {
		s := n.value()
		if t, ok := words().types.named(s); ok && n.attr("authorityuri") == typeScheme {
			g.Metadata.Type = Type(t.name)
			continue
		}
		if s != "" && !g.resourceType(s) && !g.resourceType(n.attr("valueuri")) {
			g.unmapped("type", s)
		}
	}
	if g.Metadata.Type == "" {
		for _, n := range m.all("typeofresource") {
			if s := n.value(); s != "" && !g.resourceType(s) {
				g.unmapped("type", s)
			}
		}
	}
}

func (g *gatherer) modsOrigin(n *node) {
	if p := n.first("publisher"); p != nil && g.Publisher.Name == "" {
		g.Publisher.Name = p.value()
		if u := p.attr("valueuri"); isWeb(u) {
			g.Publisher.URL = u
		}
	}
	for _, name := range []string{"dateissued", "datecreated", "copyrightdate"} {
		for _, d := range n.all(name) {
			if g.Published.IsZero() && d.attr("point") != "end" {
				g.published(d.value())
			}
		}
	}
	for _, d := range n.all("datemodified") {
		g.Modified = g.date(d.value())
	}
	if rev := n.first("edition").value(); isRevision(rev) {
		g.Revision = rev
	}
}

func (g *gatherer) modsAudience(m *node) {
	for _, n := range m.all("targetaudience") {
		s := n.value()
		understood := g.grade(s) || g.audience(s) || g.audience(n.attr("valueuri"))
		if s != "" && !understood {
			g.unmapped("audience", s)
		}
	}
}

func (g *gatherer) modsSubject(n *node) {
	a := &g.Metadata.Alignments
	for _, t := range n.elements() {
		s := t.value()
		switch {
		case s == "" || t.name != "topic" && t.name != "geographic" && t.name != "temporal":
		case n.attr("displaylabel") == modsTeaches:
			a.Teaches = appendNew(a.Teaches, s)
		case n.attr("displaylabel") == modsAssesses:
			a.Assesses = appendNew(a.Assesses, s)
		case n.attr("displaylabel") == modsRequires:
			a.Requires = appendNew(a.Requires, s)
		case n.attr("displaylabel") == modsDiscipline:
			g.subject(s)
		case t.name == "topic":
			g.dcSubject(s)
		default:
			g.keyword(s)
		}
	}
}

func (g *gatherer) modsNotes(m *node) {
	for _, n := range m.all("note") {
		kind := n.attr("type")
		if kind == "funding" && g.Metadata.Funding != nil {
			g.Metadata.Funding.Grant = n.value()
		}
		if kind == "accessibilitySummary" {
			g.access(kind, n.long())
			continue
		}
		g.access(kind, n.value())
	}
}

func modsIdentifiers(n *node) (r Ref) {
	var g gatherer
	for _, x := range n.all("identifier") {
		switch s, kind := x.value(), strings.ToLower(x.attr("type")); kind {
		case "path":
			r.Path = s
		case "revision":
			r.Revision = s
		case "doi", "hdl", "handle":
			g.identify(resolved(kind, s))
		default:
			g.identify(s)
		}
	}
	r.ID, r.Identifier, r.URL = g.ID, g.Identifier, g.URL
	return r
}

// modsConditions are the statements about rights, and not those about who may read.
func modsConditions(n *node) []string {
	var out []string
	for _, x := range n.all("accesscondition") {
		for _, s := range []string{x.value(), x.attr("href")} {
			if s != "" && (x.attr("type") != "restriction on access" || isLicense(s)) {
				out = appendNew(out, s)
			}
		}
	}
	return out
}

func (g *gatherer) modsRelated(n *node, budget *int) {
	r := modsIdentifiers(n)
	r.Title = n.first("titleinfo", "title").value()
	for _, u := range n.all("location", "url") {
		if s := u.value(); r.URL == "" && isWeb(s) {
			r.URL = s
		}
	}
	switch n.attr("type") {
	case "host":
		g.related("ispartof", r, Source{}, false)
	case "constituent":
		g.related("haspart", r, Source{}, false)
	case "original":
		g.related("isbasedon", r, modsSource(n, budget), false)
	case "otherVersion":
		g.related("isversionof", r, Source{}, n.attr("displaylabel") == modsTranslation)
	}
}

// modsSource reads what an original says of itself, and of its own originals: what is read is bounded in depth as every
// record is.
func modsSource(n *node, budget *int) Source {
	var s Source
	for _, x := range n.all("name") {
		if a, _ := modsName(x); a.Name != "" {
			s.Creators = append(s.Creators, a)
		}
	}
	var rights gatherer
	rights.license(modsConditions(n)...)
	s.License = rights.License
	for _, x := range n.all("note") {
		if x.attr("type") == "changes" {
			s.Changes = x.value()
		}
	}
	for _, x := range n.all("relateditem") {
		if x.attr("type") != "original" {
			continue
		}
		if *budget--; *budget < 0 {
			break
		}
		below := modsSource(x, budget)
		r := modsIdentifiers(x)
		below.ID, below.URL, below.Path, below.Revision = firstOf(r.Identifier, r.ID, r.URL), r.URL, r.Path, r.Revision
		below.Title = x.first("titleinfo", "title").value()
		s.Sources = append(s.Sources, below)
	}
	return s
}
