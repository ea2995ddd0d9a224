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

// langText is one text and the language that it says it is in.
type langText struct{ text, lang string }

// lomTexts are the texts of an element, in all languages.
func lomTexts(n *node) []langText {
	if n == nil {
		return nil
	}
	var out []langText
	for _, x := range n.elements() {
		if x.name == "string" || x.name == "langstring" {
			out = append(out, langText{x.value(), x.lang()})
		}
	}
	if out == nil && n.raw() != "" {
		out = append(out, langText{n.value(), n.lang()})
	}
	return out
}

// lomText is the first text of an element that is not empty.
func lomText(n *node) string {
	for _, t := range lomTexts(n) {
		if t.text != "" {
			return t.text
		}
	}
	return ""
}

// lomTerm is all that a value of a scheme may be found by: its id, its value, its name. A profile that leaves out the
// scheme has the value alone. An element
// that is missing has none.
func lomTerm(n *node) []string {
	if n == nil {
		return nil
	}
	var out []string
	for _, name := range []string{"id", "value", "entry"} {
		for _, x := range n.all(name) {
			for _, t := range lomTexts(x) {
				out = appendNew(out, t.text)
			}
		}
	}
	if out == nil && n.first("source") == nil {
		for _, t := range lomTexts(n) {
			out = appendNew(out, t.text)
		}
	}
	return out
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

// lomIdentifiers reads identifiers of either binding.
func lomIdentifiers(n *node) (r Ref) {
	var g gatherer
	for _, x := range append(n.all("identifier"), n.all("catalogentry")...) {
		catalog, entry := lomText(x.first("catalog")), lomText(x.first("entry"))
		if entry == "" && x.first("catalog") == nil {
			entry = lomText(x) // IMS 1.2 has plain identifiers too
		}
		switch strings.ToLower(catalog) {
		case "path":
			r.Path = entry
		case "revision":
			r.Revision = entry
		case "doi", "hdl", "handle":
			g.identify(resolved(catalog, entry))
		default:
			g.identify(entry)
		}
	}
	r.ID, r.Identifier, r.URL = g.ID, g.Identifier, g.URL
	return r
}

// resolved is the address of a DOI or handle.
func resolved(scheme, id string) string {
	if id == "" || isWeb(id) {
		return id
	}
	id = strings.TrimPrefix(strings.TrimPrefix(id, "doi:"), "hdl:")
	if strings.EqualFold(scheme, "doi") {
		return "https://doi.org/" + id
	}
	return "https://hdl.handle.net/" + id
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
	g.Metadata.Description = firstOf(g.Metadata.Description, strings.Join(descriptions, "\n\n"))
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

func (g *gatherer) lomRelation(n *node) {
	kind := ""
	if terms := lomTerm(n.first("kind")); len(terms) > 0 {
		kind = strings.ToLower(strings.ReplaceAll(terms[0], " ", ""))
	}
	for _, x := range n.all("resource") {
		r := lomIdentifiers(x)
		var s Source
		translation := false
		for _, t := range lomTexts(x.first("description")) {
			license, isLicense := strings.CutPrefix(t.text, licensePrefix)
			creators, areCreators := strings.CutPrefix(t.text, creatorsPrefix)
			changes, areChanges := strings.CutPrefix(t.text, changesPrefix)
			switch {
			case isLicense:
				s.License = license
			case areCreators:
				for name := range strings.SplitSeq(creators, "; ") {
					s.Creators = append(s.Creators, Agent{Name: name})
				}
			case areChanges:
				s.Changes = changes
			case strings.HasPrefix(t.text, translationOf):
				translation = true
			case isWeb(t.text) && r.URL == "":
				r.URL = t.text
			default:
				r.Title = firstOf(r.Title, t.text)
			}
		}
		g.related(kind, r, s, translation)
	}
}

// related takes a related work by the kind of relation, in the words of LOM and Dublin Core.
func (g *gatherer) related(kind string, r Ref, s Source, translation bool) {
	id := firstOf(r.Identifier, r.ID, r.URL)
	switch kind {
	case "ispartof":
		g.unit(r)
	case "haspart":
		g.part(r)
	case "isbasedon", "isderivedfrom", "source":
		if id != "" || r.Title != "" {
			s.ID, s.Title, s.URL, s.Path, s.Revision = id, r.Title, r.URL, r.Path, r.Revision
			if len(g.Metadata.Sources) < maxSources {
				g.Metadata.Sources = append(g.Metadata.Sources, s)
			}
		}
	case "isversionof", "istranslationof":
		if id != "" && (translation || kind == "istranslationof") && g.Metadata.TranslationOf == nil {
			g.Metadata.TranslationOf = &Pin{ID: id, Revision: r.Revision}
		}
	}
}

func (g *gatherer) lomClassification(n *node, levels *grader) {
	purpose := ""
	if terms := lomTerm(n.first("purpose")); len(terms) > 0 {
		purpose = strings.ToLower(terms[0])
	}
	description := lomText(n.first("description"))
	a := &g.Metadata.Alignments
	for _, p := range n.all("taxonpath") {
		taxa := taxonPath(p)
		if len(taxa) == 0 {
			continue
		}
		last := taxa[len(taxa)-1]
		switch purpose {
		case "discipline", "idea", "discipline, idea", "":
			g.discipline(taxa)
		case "educational level", "skill level", "niveau scolaire":
			levels.levels = append(levels.levels, []string{last.text, last.id})
		case "educational objective", "competency":
			to := &a.Teaches
			if description == modsAssesses {
				to = &a.Assesses
			}
			*to = appendNew(*to, last.code())
		case "prerequisite":
			a.Requires = appendNew(a.Requires, last.code())
		case "accessibility restrictions":
			g.access(strings.TrimPrefix(lomText(p.first("source")), accessScheme), last.text)
		}
	}
	if purpose == "accessibility restrictions" && n.first("taxonpath") == nil {
		g.access("accessibilitySummary", description)
	}
	for _, x := range n.all("keyword") {
		for _, t := range lomTexts(x) {
			g.keyword(t.text)
		}
	}
}

// taxon is one step of a path through a classification.
type taxon struct{ id, text string }

// taxonPath are the steps of a path, beside one another or each inside the one above it.
func taxonPath(p *node) []taxon {
	var out []taxon
	for _, x := range p.all("taxon") {
		if t := (taxon{lomText(x.first("id")), lomText(x.first("entry"))}); t != (taxon{}) && len(out) < maxXMLDepth {
			out = append(out, t)
		}
		out = append(out, taxonPath(x)...)
	}
	return out
}

// code is what a statement of a standard is best found by: its code, else its address, else its text.
func (t taxon) code() string {
	if t.text != "" && (t.id == "" || len(strings.Fields(t.text)) <= 3 && len(t.text) <= 60) {
		return t.text
	}
	return firstOf(t.id, t.text)
}

// discipline takes the subject that the last known step of a path is, or else the last step as it is.
func (g *gatherer) discipline(path []taxon) {
	last := path[len(path)-1]
	for _, t := range slices.Backward(path) {
		for _, spelling := range []string{t.text, t.id} {
			if known, ok := words().subjects.find(spelling); ok {
				g.Metadata.Subjects = appendNew(g.Metadata.Subjects, known.name)
				if fold(last.text) != fold(known.name) {
					g.keyword(last.text)
				}
				return
			}
		}
	}
	if last.text != "" {
		g.subject(last.text)
	} else {
		g.warn(0, unmappedValue, "the subject "+quote(last.id)+" is not in the vocabulary", "it is left out")
	}
}

// access takes one property of accessibility, by its name in schema.org.
func (g *gatherer) access(property, value string) {
	a := &g.Access
	switch property {
	case "accessMode":
		a.Modes = appendNew(a.Modes, value)
	case "accessibilityFeature":
		a.Features = appendNew(a.Features, value)
	case "accessibilityHazard":
		a.Hazards = appendNew(a.Hazards, value)
	case "accessibilitySummary":
		a.Summary = firstOf(a.Summary, value)
	}
}
