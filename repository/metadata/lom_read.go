package metadata

import (
	"slices"
	"strings"
)

// lomSections are the categories of LOM (IEEE 1484.12.1-2020, table 1), of which the profiles use some.
var lomSections = []string{"general", "lifecycle", "metametadata", "technical", "educational", "rights", "relation", "annotation", "classification"}

// lom reads IEEE LOM in its own binding and in that of IMS 1.2, and their profiles; false if there is no LOM. The two
// bindings differ in the names of texts (string, langstring), dates (dateTime, datetime) and entities (entity, centity/vcard).
func (g *gatherer) lom(root *node) bool {
	l := root.find("lom")
	if l == nil {
		l = root
	}
	section := func(name string) []*node {
		if found := l.all(name); found != nil || slices.ContainsFunc(l.elements(), func(n *node) bool { return slices.Contains(lomSections, n.name) }) {
			return found
		}
		return []*node{l} // the sections were left out
	}
	if len(l.elements()) == 0 {
		return false
	}
	for _, n := range section("general") {
		for _, lang := range n.all("language") {
			g.lomLanguage(lang)
		}
	}
	for _, n := range section("technical") {
		g.lomTechnical(n)
	}
	for _, n := range section("general") {
		g.lomGeneral(n)
	}
	for _, n := range section("lifecycle") {
		g.lomLifeCycle(n)
	}
	for _, n := range section("metametadata") {
		for _, c := range n.all("contribute") {
			if t := g.date(lomDateText(c)); t.After(g.Modified) {
				g.Modified = t
			}
		}
	}
	var levels grader
	for _, n := range section("classification") {
		g.lomClassification(n, &levels)
	}
	for _, n := range section("educational") {
		g.lomEducational(n, &levels)
	}
	g.grades(levels)
	for _, n := range section("general") {
		for _, x := range n.all("documenttype") { // of LOMFR, which says less than the type
			g.lomType(x)
		}
	}
	var rights []string
	for _, n := range section("rights") {
		rights = append(rights, lomRights(n)...)
	}
	g.license(rights...)
	for _, n := range section("relation") {
		g.lomRelation(n)
	}
	return true
}

// lomLanguage reads a language; LOM says "none" where there is nothing to read.
func (g *gatherer) lomLanguage(n *node) {
	if s := lomText(n); s != "none" && s != "x-none" {
		g.language(s)
	}
}

func (g *gatherer) lomTechnical(n *node) {
	for _, x := range n.all("location") {
		s := lomText(x)
		switch {
		case isWeb(s) && strings.HasSuffix(s, ".git"):
			g.Git = firstOf(g.Git, s)
		case isWeb(s):
			g.URL = firstOf(g.URL, s)
		}
	}
}

func (g *gatherer) lomGeneral(n *node) {
	r := lomIdentifiers(n)
	g.ID, g.Identifier, g.Path = firstOf(g.ID, r.ID), firstOf(g.Identifier, r.Identifier), firstOf(g.Path, r.Path)
	g.URL = firstOf(g.URL, r.URL)
	for _, x := range n.all("title") {
		for _, t := range lomTexts(x) {
			g.title(t.text, t.lang)
		}
	}
	var descriptions []string
	for _, x := range n.all("description") {
		texts := append(x.all("string"), x.all("langstring")...)
		if texts == nil {
			texts = []*node{x}
		}
		for _, t := range texts {
			descriptions = appendNew(descriptions, t.long())
		}
	}
	g.Metadata.Description = firstOf(g.Metadata.Description, paragraphs(descriptions))
	for _, x := range n.all("keyword") {
		for _, t := range lomTexts(x) {
			g.keyword(t.text)
		}
	}
}

func lomDateText(contribute *node) string {
	d := contribute.first("date")
	return firstOf(lomText(d.first("datetime")), d.ownText())
}

func (g *gatherer) lomLifeCycle(n *node) {
	if rev := lomText(n.first("version")); isRevision(rev) {
		g.Revision = firstOf(g.Revision, rev)
	}
	var others []Agent
	created := ""
	for _, c := range n.all("contribute") {
		role := ""
		if terms := lomTerm(c.first("role")); len(terms) > 0 {
			role = strings.ToLower(terms[0])
		}
		at := lomDateText(c)
		for _, e := range lomEntities(c) {
			a, note := readVCard(e)
			switch role {
			case "author", "creator", "auteur", "":
				g.creator(a)
			case "publisher", "éditeur", "uitgever":
				if g.Publisher.Name == "" {
					g.Publisher = a
				}
			case "funder":
				g.Metadata.Funding = &Funding{Funder: a.Name, Grant: note}
			default:
				if a.Name != "" {
					others = append(others, a)
				}
			}
		}
		if role == "publisher" {
			g.published(at)
		} else {
			created = firstOf(created, at)
		}
	}
	g.contributors(others)
	if g.Published.IsZero() {
		g.published(created)
	}
}

// lomEntities are the vCards of a contribution, with their line breaks.
func lomEntities(contribute *node) []string {
	var out []string
	for _, name := range []string{"entity", "centity"} {
		for _, e := range contribute.all(name) {
			if s := e.raw(); s != "" && len(out) < maxValues {
				out = append(out, s)
			}
		}
	}
	return out
}

// lomType reads one type: our own name for it is exact, others are understood.
func (g *gatherer) lomType(n *node) {
	all := lomTerm(n)
	if len(all) == 0 {
		return
	}
	if lomText(n.first("source")) == typeScheme {
		if t, ok := words().types.named(all[0]); ok {
			g.Metadata.Type = Type(t.name)
			return
		}
	}
	if !slices.ContainsFunc(all, g.resourceType) {
		g.unmapped("type", all[len(all)-1])
	}
}

func (g *gatherer) lomEducational(n *node, levels *grader) {
	for _, x := range n.all("learningresourcetype") {
		g.lomType(x)
	}
	for _, x := range n.all("intendedenduserrole") {
		if all := lomTerm(x); len(all) > 0 && !slices.ContainsFunc(all, g.audience) {
			g.unmapped("audience", all[len(all)-1])
		}
	}
	for _, x := range n.all("context") {
		levels.contexts = append(levels.contexts, lomTerm(x))
	}
	for _, x := range n.all("typicalagerange") {
		for _, t := range lomTexts(x) {
			levels.ages = appendNew(levels.ages, t.text)
		}
	}
	if t := n.first("typicallearningtime"); t != nil {
		g.time(firstOf(lomText(t.first("duration")), lomText(t.first("datetime")), t.ownText()), true)
	}
	if g.Metadata.Language == "" {
		for _, x := range n.all("language") {
			g.lomLanguage(x)
		}
	}
}

// lomRights are all statements about rights: what is said in words, addresses, and codes of profiles.
func lomRights(n *node) []string {
	var out []string
	for _, x := range n.all("description") {
		for _, t := range lomTexts(x) {
			out = appendNew(out, t.text)
		}
	}
	for _, x := range n.all("copyrightandotherrestrictions") {
		for _, s := range lomTerm(x) {
			if t, ok := words().rights.find(s); ok {
				out = appendNew(out, t.name)
			} else if isLicense(s) {
				out = appendNew(out, s)
			}
		}
	}
	return out
}
