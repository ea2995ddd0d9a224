package metadata

import (
	"slices"
	"strings"
)

// datacite reads a resource by OpenAIRE 4 or by the DataCite kernel that it contains; false if there is none.
func (g *gatherer) datacite(root *node) bool {
	r := root.find("resource")
	if r == nil || len(r.elements()) == 0 {
		return false
	}
	for _, n := range r.all("language") {
		g.language(n.value())
	}
	for _, n := range r.all("titles", "title") {
		switch n.attr("titletype") {
		case "", "TranslatedTitle":
			g.title(n.value(), n.lang())
		case "Subtitle":
			if s := n.value(); g.Metadata.Title != "" && s != "" {
				g.Metadata.Title += ": " + s
			}
		default:
			g.keyword(n.value())
		}
	}
	g.datacitePeople(r)
	g.dataciteIdentity(r)
	for _, n := range r.all("relatedidentifiers", "relatedidentifier") {
		ref := refOf(dataciteID(n, "relatedidentifiertype"))
		g.related(strings.ToLower(n.attr("relationtype")), ref, Source{}, false)
	}
	for _, n := range r.all("relateditems", "relateditem") {
		ref := refOf(dataciteID(n.first("relateditemidentifier"), "relateditemidentifiertype"))
		ref.Title = n.first("titles", "title").value()
		g.related(strings.ToLower(n.attr("relationtype")), ref, Source{}, false)
	}
	g.dataciteDates(r)
	g.Publisher.Name = firstOf(g.Publisher.Name, r.first("publisher").value())
	for _, n := range r.all("resourcetype") {
		g.dataciteType(n)
	}
	g.dataciteDescriptions(r)
	var levels grader
	for _, n := range append(r.all("subjects", "subject"), r.all("subject")...) {
		g.dataciteSubject(n, &levels)
	}
	g.grades(levels)
	for _, n := range r.all("audience") {
		if s := n.value(); s != "" && !g.audience(s) && !g.grade(s) {
			g.unmapped("audience", s)
		}
	}
	for _, n := range r.all("sizes", "size") {
		g.time(n.value(), false)
	}
	if rev := r.first("version").value(); isRevision(rev) {
		g.Revision = rev
	}
	for _, n := range r.all("file") {
		if s := n.value(); isWeb(s) && (n.attr("mimetype") == gitType || strings.HasSuffix(s, ".git")) {
			g.Git = s
		}
	}
	g.license(dataciteRights(r)...)
	return true
}

func (g *gatherer) datacitePeople(r *node) {
	for _, n := range append(r.all("creators", "creator"), r.all("creator")...) {
		g.creator(dataciteAgent(n, "creatorname"))
	}
	var others []Agent
	for _, n := range append(r.all("contributors", "contributor"), r.all("contributor")...) {
		if a := dataciteAgent(n, "contributorname"); a.Name != "" {
			others = append(others, a)
		}
	}
	g.contributors(others)
	for _, n := range r.all("fundingreferences", "fundingreference") {
		f := Funding{Funder: n.first("fundername").value(), Program: n.first("fundingstream").value(), Grant: n.first("awardnumber").value()}
		if f.Funder != "" && g.Metadata.Funding == nil {
			g.Metadata.Funding = &f
		}
	}
}

func dataciteAgent(n *node, name string) Agent {
	a := Agent{Name: n.first(name).value()}
	if a.Name == "" {
		a.Name = strings.TrimSpace(n.first("givenname").value() + " " + n.first("familyname").value())
	}
	if a.Name == "" {
		a.Name = n.ownText() // dc:creator
	}
	for _, id := range n.all("nameidentifier") {
		s := id.value()
		if strings.EqualFold(id.attr("nameidentifierscheme"), "orcid") && s != "" && !isWeb(s) {
			s = "https://orcid.org/" + s
		}
		if a.URL == "" && isWeb(s) {
			a.URL = s
		}
	}
	return a
}

// dataciteID is an identifier, as an address where its kind has one.
func dataciteID(n *node, kindAttribute string) string {
	s, kind := n.value(), strings.ToLower(n.attr(kindAttribute))
	if kind == "doi" || kind == "handle" {
		return resolved(kind, s)
	}
	return s
}

// dataciteIdentity reads identifiers: an alternate address, such as that of a page, is better to visit than a permanent one.
func (g *gatherer) dataciteIdentity(r *node) {
	for _, n := range r.all("alternateidentifiers", "alternateidentifier") {
		s := dataciteID(n, "alternateidentifiertype")
		if n.attr("alternateidentifiertype") == "path" {
			g.Path = s
			continue
		}
		g.identify(s)
	}
	for _, n := range r.all("identifier") {
		g.identify(dataciteID(n, "identifiertype"))
	}
}

func (g *gatherer) dataciteDates(r *node) {
	byType := map[string]string{}
	for _, n := range append(r.all("dates", "date"), r.all("date")...) {
		if kind := strings.ToLower(n.attr("datetype")); byType[kind] == "" {
			byType[kind] = n.value()
		}
	}
	for _, kind := range []string{"issued", "available", "", "created"} {
		if s := byType[kind]; g.Published.IsZero() && s != "" {
			g.published(s)
		}
	}
	if g.Published.IsZero() {
		g.published(r.first("publicationyear").value())
	}
	g.Modified = g.date(byType["updated"])
}

// dataciteType reads a type by its text, which says more than the concept of COAR and DataCite's general type.
func (g *gatherer) dataciteType(n *node) {
	s := n.value()
	if t, ok := words().types.named(s); ok {
		g.Metadata.Type = Type(t.name)
		return
	}
	general := n.attr("resourcetypegeneral")
	understood := slices.ContainsFunc([]string{s, n.attr("uri"), general}, func(spelling string) bool {
		return spelling != "" && g.resourceType(spelling)
	})
	if name := firstOf(s, general); !understood && name != "" {
		g.unmapped("type", name)
	}
}

func (g *gatherer) dataciteDescriptions(r *node) {
	var list []string
	for _, n := range append(r.all("description"), r.all("descriptions", "description")...) {
		s := n.long()
		if summary, ok := strings.CutPrefix(s, accessibleText); ok {
			g.access("accessibilitySummary", summary)
			continue
		}
		list = appendNew(list, s)
	}
	g.Metadata.Description = paragraphs(list)
}

// dataciteSubject reads a subject; the property of schema.org that our own records name says what it really is.
func (g *gatherer) dataciteSubject(n *node, levels *grader) {
	s := n.value()
	a := &g.Metadata.Alignments
	property, ours := strings.CutPrefix(n.attr("schemeuri"), schemaOrg)
	switch {
	case s == "":
	case !ours:
		if t, ok := words().subjects.find(n.attr("valueuri")); ok {
			g.Metadata.Subjects = appendNew(g.Metadata.Subjects, t.name)
			if fold(s) != fold(t.name) {
				g.keyword(s)
			}
			return
		}
		g.dcSubject(s)
	case property == "about":
		g.subject(s)
	case property == "keywords":
		g.keyword(s)
	case property == "educationalLevel":
		levels.levels = append(levels.levels, []string{s})
	case property == "teaches":
		a.Teaches = appendNew(a.Teaches, s)
	case property == "assesses":
		a.Assesses = appendNew(a.Assesses, s)
	case property == "competencyRequired":
		a.Requires = appendNew(a.Requires, s)
	default:
		g.access(property, s)
	}
}

// dataciteRights are the statements about rights. Who may read is no license: OpenAIRE says that in the same element.
func dataciteRights(r *node) []string {
	var out []string
	add := func(s string) {
		if s != "" && !strings.Contains(s, "purl.org/coar/access_right/") && !strings.HasPrefix(s, "info:eu-repo/semantics/") {
			out = appendNew(out, s)
		}
	}
	for _, n := range r.all("licensecondition") {
		add(n.value())
		add(n.attr("uri"))
	}
	for _, n := range append(r.all("rightslist", "rights"), r.all("rights")...) {
		uri := n.attr("rightsuri")
		access := strings.Contains(uri, "purl.org/coar/access_right/") || strings.HasPrefix(uri, "info:eu-repo/semantics/")
		if s := n.value(); !access || isLicense(s) {
			add(s)
		}
		add(uri)
	}
	return out
}
