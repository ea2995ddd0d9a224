package metadata

import (
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
)

// gatherer fills a Harvested with foreign values. What the vocabularies lack is kept as a keyword and reported.
type gatherer struct {
	Harvested
	report
	titleIsOwn bool // the title is in the language of the record
}

func newGatherer() *gatherer { return &gatherer{report: report{file: recordPlace}} }

func (g *gatherer) keyword(s string) {
	if s != "" && !isWeb(s) && len(g.Metadata.Keywords) < maxValues && !slices.Contains(g.Metadata.Keywords, s) {
		g.Metadata.Keywords = append(g.Metadata.Keywords, s)
	}
}

func (g *gatherer) unmapped(what, value string) {
	g.warn(0, unmappedValue, "the "+what+" "+quote(value)+" is not in the vocabulary", "it is kept as a keyword")
	g.keyword(value)
}

func appendNew(list []string, values ...string) []string {
	for _, v := range values {
		if v != "" && len(list) < maxValues && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// grade adds what a spelling of grades means; false if it means none.
func (g *gatherer) grade(spelling string) bool {
	grades := readGrades(spelling)
	g.Metadata.Grades = appendNew(g.Metadata.Grades, grades...)
	return len(grades) > 0
}

// emptyTypes say nothing of a learning resource.
var emptyTypes = []string{"learningresource", "learning resource", "learning object", "creativework", "open educational resource",
	"educational resource", "oer", "other", "sonstiges", "overigen", "autre", "divers", "w3id.org/kim/hcrt/other", "lrmi"}

// resourceType takes the first type that is understood.
func (g *gatherer) resourceType(spelling string) bool {
	if slices.Contains(emptyTypes, fold(spelling)) {
		return true
	}
	t, ok := words().types.find(spelling)
	if ok && g.Metadata.Type == "" {
		g.Metadata.Type = Type(t.name)
	}
	return ok
}

func (g *gatherer) audience(spelling string) bool {
	t, ok := words().audience.find(spelling)
	if ok {
		g.Metadata.Audience = appendNew(g.Metadata.Audience, t.name)
	}
	return ok
}

// subject adds a subject by its common name; a spelling that says something else stays as a keyword.
func (g *gatherer) subject(spelling string) {
	t, ok := words().subjects.find(spelling)
	if !ok {
		g.Metadata.Subjects = appendNew(g.Metadata.Subjects, spelling)
		return
	}
	g.Metadata.Subjects = appendNew(g.Metadata.Subjects, t.name)
	if fold(spelling) != fold(t.name) {
		g.keyword(spelling)
	}
}

// language takes the first language that is understood; others are reported.
func (g *gatherer) language(spelling string) {
	if spelling == "" {
		return
	}
	switch tag := readLanguage(spelling); {
	case tag == "":
		g.warn(0, unmappedValue, "the language "+quote(spelling)+" is not known", "it is left out")
	case g.Metadata.Language == "":
		g.Metadata.Language = tag
	case tag != g.Metadata.Language:
		g.warn(0, severalValues, "the record is in "+quote(spelling)+" too", "its first language, "+g.Metadata.Language+", stands")
	}
}

// title takes the title in the language of the record, or else the first; others are searched as keywords.
func (g *gatherer) title(text, lang string) {
	m := &g.Metadata
	switch own := lang != "" && m.Language != "" && (lang == m.Language || baseLanguage(lang) == baseLanguage(m.Language)); {
	case text == "" || text == m.Title:
	case m.Title == "":
		m.Title, g.titleIsOwn = text, own
	case own && !g.titleIsOwn:
		g.keyword(m.Title)
		m.Title, g.titleIsOwn = text, true
	default:
		g.keyword(text)
	}
}

// paragraphs joins what a record says of itself in several places, within the bound of one description.
func paragraphs(list []string) string {
	s := strings.Join(list, "\n\n")
	if runes := []rune(s); len(runes) > maxLongText {
		s = strings.TrimSpace(string(runes[:maxLongText])) + "…"
	}
	return s
}

// contributors are credited where a record names no creator: rather one credit too many than none.
func (g *gatherer) contributors(list []Agent) {
	if len(list) == 0 {
		return
	}
	if len(g.Metadata.Creators) > 0 {
		var names []string
		for _, a := range list {
			names = append(names, a.Name)
		}
		g.warn(0, "contributors-not-kept", "the record names contributors beside its creators: "+quote(strings.Join(names, "; ")), "they are not credited here")
		return
	}
	for _, a := range list {
		g.creator(a)
	}
	g.warn(0, "creators-missing", "the record names no creator", "its contributors are credited")
}

// date reads a date, or reports it.
func (g *gatherer) date(s string) time.Time {
	t := readDate(s)
	if t.IsZero() && s != "" {
		g.warn(0, unmappedValue, "the date "+quote(s)+" is in no form that is known", "it is left out")
	}
	return t
}

func (g *gatherer) published(s string) {
	if t := g.date(s); g.Published.IsZero() {
		g.Published = t
	}
}

// time takes how long a lesson takes. Where a field may say something else, only what is certainly a duration counts.
func (g *gatherer) time(s string, surely bool) {
	m := &g.Metadata
	switch _, iso := Minutes(s); {
	case s == "" || m.Time != "":
	case iso:
		m.Time = s
	case surely:
		if m.Time = durationOf(s); m.Time == "" {
			g.warn(0, unmappedValue, "the time "+quote(s)+" is not a duration", "it is left out")
		}
	}
}

// refOf reads another work's address or identifier.
func refOf(s string) Ref {
	var id gatherer
	id.identify(s)
	return Ref{ID: id.ID, Identifier: id.Identifier, URL: id.URL}
}

// unit and part take related works that can be found again; a title alone is no relation.
func (g *gatherer) unit(r Ref) {
	switch {
	case g.Unit != nil || r.ID == "" && r.URL == "" && !strings.Contains(r.Identifier, ":"):
	default:
		g.Unit = &r
	}
}

func (g *gatherer) part(r Ref) {
	if r.ID == "" && r.URL == "" && r.Path == "" && !strings.Contains(r.Identifier, ":") || len(g.Parts) >= maxValues {
		return
	}
	g.Parts = append(g.Parts, r)
	switch {
	case r.Path != "":
		g.Metadata.Parts = append(g.Metadata.Parts, Part{Path: r.Path})
	case r.Identifier != "" || r.ID != "":
		g.Metadata.Parts = append(g.Metadata.Parts, Part{Pin: Pin{ID: firstOf(r.Identifier, r.ID), Revision: r.Revision}})
	}
}

// source takes the address or identifier of what the resource came from.
func (g *gatherer) source(s string) {
	r := refOf(s)
	if id := firstOf(r.Identifier, r.ID, r.URL); id != "" && len(g.Metadata.Sources) < maxSources {
		g.Metadata.Sources = append(g.Metadata.Sources, Source{ID: id, URL: r.URL})
	}
}

// isLicense reports a statement that says a license, or somebody's own terms, and not only who may read.
func isLicense(s string) bool {
	return licensing.Normalize(s).Resolution != licensing.NotUnderstood
}

func (g *gatherer) creator(a Agent) {
	if a.Name != "" && len(g.Metadata.Creators) < maxValues && !slices.Contains(g.Metadata.Creators, a) {
		g.Metadata.Creators = append(g.Metadata.Creators, a)
	}
}

// license keeps what is said of the license. Of several statements that agree, the most exact one stands; several that
// do not agree stand together, so that nobody takes one of them for the whole.
func (g *gatherer) license(statements ...string) {
	var said []string
	exact, family := "", ""
	ids := map[licensing.ID]bool{}
	terms := false // of somebody's own, or contradicting themselves
	for _, s := range statements {
		if s == "" {
			continue
		}
		said = append(said, s)
		switch r := licensing.Normalize(s); r.Resolution {
		case licensing.Exact, licensing.Status:
			ids[r.ID] = true
			exact = firstOf(exact, s)
		case licensing.Family:
			ids[r.ID] = true
			family = firstOf(family, s)
		case licensing.Expression, licensing.CustomTerms, licensing.Conflict, licensing.Invalid:
			terms = true
		}
	}
	switch {
	case len(said) == 1 || len(said) > 0 && len(ids) == 0 && !terms:
		g.License = said[0]
	case !terms && agree(ids):
		g.License = firstOf(exact, family)
	default:
		g.License = clean(strings.Join(said, "; "), maxValueText)
	}
	g.Metadata.License = g.License
}

// agree reports whether all ids can be the same license: one id, or a family and one of its versions.
func agree(ids map[licensing.ID]bool) bool {
	for a := range ids {
		for b := range ids {
			version, isVersion := strings.CutPrefix(string(b), string(a)+"-")
			if a != b && !(isVersion && version[0] >= '0' && version[0] <= '9' && len(ids) == 2) && len(a) <= len(b) {
				return false
			}
		}
	}
	return true
}

// identify sorts an identifier by what it is.
func (g *gatherer) identify(id string) {
	id = strings.TrimSpace(id)
	switch plain := strings.TrimPrefix(id, "urn:uuid:"); {
	case id == "":
	case uuidForm.MatchString(plain):
		if g.ID == "" {
			g.ID = strings.ToLower(plain)
		}
	case isWeb(id):
		if g.URL == "" {
			g.URL = id
		}
	case g.Identifier == "" || strings.HasPrefix(id, "oai:") && !strings.HasPrefix(g.Identifier, "oai:"):
		g.Identifier = id
	}
}

// done reports what a record should not lack, and gives the result.
func (g *gatherer) done() (Harvested, Problems) {
	if g.Metadata.Title == "" {
		g.warn(0, "title-missing", "the record has no title", "its address is shown instead")
	}
	if g.License == "" {
		g.warn(0, "license-missing", "the record names no license", "it is shown as not cleared and cannot be remixed")
	}
	return g.Harvested, g.problems
}

// refuse is the answer to a record that cannot be read at all.
func refuse(code, message, remedy string) (Harvested, Problems) {
	return Harvested{}, Problems{{File: recordPlace, Severity: Error, Code: code, Message: message, Remedy: remedy}}
}
