package metadata

import (
	"slices"
	"strings"
)

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
