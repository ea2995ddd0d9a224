package metadata

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
	"golang.org/x/text/language"
)

// The vocabularies that LRMI names.
const (
	ambContext  = "https://w3id.org/kim/amb/context.jsonld"
	noLogin     = "http://w3id.org/kim/conditionsOfAccess/no_login"
	gradeScheme = "US grade levels (CEDS)"
	gitType     = "application/x-git"
)

// LRMI renders the view as JSON-LD: a schema.org LearningResource by the AMB profile (Allgemeines Metadatenprofil für
// Bildungsressourcen, https://w3id.org/kim/amb/), on one line, the same bytes for the same view, safe inside an HTML
// script element. Beyond the profile it carries all that a peer of our kind needs: exact grades and codes of standards
// as educationalAlignment, the revision as version, the newest release as workExample, the git address as an encoding, and the whole provenance graph as
// nested isBasedOn. ReadLRMI reads it back.
//
// Values that the profile's lists lack stand beside them: subjects as educationalAlignment, licenses that nobody knows as
// usageInfo. One thing of the profile is not kept: a language with a region keeps it.
func LRMI(v View) []byte {
	m := v.Metadata
	lang := baseLanguage(m.Language)
	id := firstOf(v.Permalink, v.URL, uri(v.Identifier), uri(v.ID))
	w := ldResource{
		Context: []any{ambContext, map[string]string{"@language": lang}},
		ldWork: ldWork{
			ID: id, Type: []string{"LearningResource"}, Identifier: identifiers(v.ID, v.Identifier, v.Path),
			Name: m.Title, URL: v.URL, Version: v.Revision, Creator: ldAgents(m.Creators),
			ldRights: ldLicense(m.License, v.License, v.LicenseURL),
		},
		Description: m.Description, About: concepts(m.Subjects, words().subjects, "amb", lang),
		Keywords: m.Keywords, EducationalLevel: levels(m.Grades), Time: m.Time,
		Audience: concepts(m.Audience, words().audience, "lrmi", "en"), CreditText: v.Credit, Free: true,
		Conditions: &ldConcept{Type: "Concept", ID: noLogin}, Published: dateText(v.Published), Modified: dateText(v.Modified),
		AccessMode: v.Access.Modes, AccessibilityFeature: v.Access.Features, AccessibilityHazard: v.Access.Hazards,
		AccessibilitySummary: v.Access.Summary,
	}
	if m.Language != "" {
		w.Language = []string{m.Language}
	}
	if m.Type != "" {
		w.ResourceType = resourceType(m.Type)
	}
	if v.Publisher.Name != "" {
		w.Publisher = []ldAgent{{Type: "Organization", ID: v.Publisher.URL, Name: v.Publisher.Name}}
	}
	w.Teaches, w.Assesses, w.Requires = known(m.Alignments.Teaches, v, lang), known(m.Alignments.Assesses, v, lang), known(m.Alignments.Requires, v, lang)
	w.Alignment = alignments(m, v)
	if m.Funding != nil {
		w.Funder = []ldAgent{{Type: "Organization", Name: m.Funding.Funder}}
		w.Funding = []ldGrant{{Type: "Grant", Identifier: m.Funding.Grant, Funder: &w.Funder[0]}}
	}
	if v.Unit != nil {
		w.IsPartOf = []ldWork{refWork(*v.Unit)}
	}
	for _, r := range partRefs(v) {
		w.HasPart = append(w.HasPart, refWork(r))
	}
	for _, s := range m.Sources {
		w.IsBasedOn = append(w.IsBasedOn, sourceWork(s))
	}
	if m.TranslationOf != nil {
		t := refWork(pinRef(*m.TranslationOf))
		w.TranslationOf = &t
	}
	if e := v.Release; e != nil {
		w.WorkExample = []ldEdition{{Type: "CreativeWork", ID: e.URL, Name: e.Version, Version: e.Revision, Published: dateText(e.At)}}
	}
	if v.Git != "" {
		w.Encoding = append(w.Encoding, ldMedia{Type: "MediaObject", ContentURL: v.Git, Format: gitType, Version: v.Revision})
	}
	for _, d := range v.Downloads {
		w.Encoding = append(w.Encoding, ldMedia{Type: "MediaObject", ContentURL: d.URL, Format: d.Type, Size: sizeText(d.Size)})
	}
	for _, path := range slices.Sorted(maps.Keys(m.Assets)) {
		a := m.Assets[path]
		w.Media = append(w.Media, ldMedia{Type: "MediaObject", Identifier: identifiers("", "", path), Name: a.Title, Caption: a.Alt,
			ldRights: ldLicense(a.License, "", ""), Creator: ldAgents(a.Creators), IsBasedOn: a.Source})
	}
	if v.URL != "" {
		page := ldPage{ID: v.URL, Type: "WebContent", Modified: dateText(v.Modified)}
		if v.Publisher.Name != "" {
			page.Provider = &ldAgent{Type: "Service", ID: v.Publisher.URL, Name: v.Publisher.Name}
		}
		w.MainEntityOfPage = []ldPage{page}
	}
	out, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return out
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// uri makes an identifier one that may stand as an id in JSON-LD.
func uri(id string) string {
	switch {
	case uuidForm.MatchString(id):
		return "urn:uuid:" + id
	case strings.Contains(id, ":"):
		return id
	}
	return ""
}

// identifiers names a work by all that identifies it at its home.
func identifiers(uuid, other, path string) []ldProperty {
	var list []ldProperty
	add := func(name, value string) {
		if value != "" {
			list = append(list, ldProperty{Type: "PropertyValue", Name: name, Value: value})
		}
	}
	add("uuid", uuid)
	if strings.HasPrefix(other, "oai:") {
		add("oai", other)
	} else {
		add("id", other)
	}
	add("path", path)
	return list
}

func identifiersOf(id, path string) []ldProperty {
	if uuidForm.MatchString(id) {
		return identifiers(id, "", path)
	}
	return identifiers("", id, path)
}

func pinRef(p Pin) Ref {
	r := Ref{Identifier: p.ID, Revision: p.Revision}
	if uuidForm.MatchString(p.ID) {
		r.ID, r.Identifier = p.ID, ""
	}
	return r
}

// partRefs are the parts as the view names them, or else as the metadata does.
func partRefs(v View) []Ref {
	if len(v.Parts) > 0 {
		return v.Parts
	}
	var refs []Ref
	for _, p := range v.Metadata.Parts {
		r := pinRef(p.Pin)
		if p.Path != "" {
			r = Ref{Path: p.Path}
			if v.URL != "" {
				r.URL = strings.TrimSuffix(v.URL, "/") + "/" + p.Path
			}
		}
		refs = append(refs, r)
	}
	return refs
}

func refWork(r Ref) ldWork {
	return ldWork{ID: firstOf(r.URL, uri(r.Identifier), uri(r.ID)), Type: []string{"LearningResource"},
		Identifier: identifiers(r.ID, r.Identifier, r.Path), Name: r.Title, Version: r.Revision}
}

func sourceWork(s Source) ldWork {
	w := ldWork{ID: firstOf(s.URL, uri(s.ID)), Type: []string{"LearningResource"}, Identifier: identifiersOf(s.ID, s.Path),
		Name: s.Title, URL: s.URL, Version: s.Revision, ldRights: ldLicense(s.License, "", ""), Creator: ldAgents(s.Creators)}
	if s.Changes != "" {
		w.Action = []ldAction{{Type: "UpdateAction", Description: s.Changes}}
	}
	for _, below := range s.Sources {
		w.IsBasedOn = append(w.IsBasedOn, sourceWork(below))
	}
	return w
}

// ldLicense names a license by its address and as it was written. What is not known has no address.
func ldLicense(written string, id licensing.ID, url string) ldRights {
	if url == "" {
		url = licenseURL(written, id)
	}
	if url == "" {
		return ldRights{Usage: written}
	}
	if written == url {
		written = ""
	}
	return ldRights{License: &ldLicensing{ID: url, Name: written}}
}

func licenseURL(written string, id licensing.ID) string {
	if id == licensing.NotCleared {
		r := licensing.Normalize(written)
		if r.Resolution != licensing.Exact && r.Resolution != licensing.Status {
			return ""
		}
		id = r.ID
	}
	l, _ := licensing.Lookup(id)
	return l.URL
}

func ldAgents(list []Agent) []ldAgent {
	var out []ldAgent
	for _, a := range list {
		kind := "Person"
		if organization.MatchString(a.Name) {
			kind = "Organization"
		}
		out = append(out, ldAgent{Type: kind, ID: a.URL, Name: a.Name})
	}
	return out
}

// organization recognizes names that people do not have. The profile asks for one or the other.
var organization = regexp.MustCompile(`(?i)\b(schools?|district|university|college|institute|department|team|project|foundation|ministry|association|society|council|library|museum|academy|consortium|center|centre|office|agency|inc|llc|press|group|network|contributors|escuela|universidad|ministerio|fundación|wikipedia|nasa|openstax)\b`)

// concepts renders the values that a vocabulary has with their ids there, labeled as they were written.
func concepts(values []string, known vocabulary, column, lang string) []ldConcept {
	var out []ldConcept
	for _, value := range values {
		c := ldConcept{Type: "Concept", Label: map[string]string{lang: value}}
		if t, ok := known.find(value); ok && t.others[column] != "" {
			c.ID = t.others[column]
			if t.name == value {
				c.Label = map[string]string{"en": value}
			}
			out = append(out, c)
		}
	}
	return out
}

func resourceType(t Type) []ldConcept {
	label := map[string]string{"en": string(t)}
	known, ok := words().types.named(string(t))
	if !ok {
		return []ldConcept{{Type: "Concept", Label: label}}
	}
	out := []ldConcept{{Type: "Concept", ID: known.others["amb"], Label: label}}
	if id := known.others["lrmi"]; id != "" {
		out = append(out, ldConcept{Type: "Concept", ID: id})
	}
	return out
}

// levels are the levels of education that the grades belong to, each once.
func levels(grades []string) []ldConcept {
	var out []ldConcept
	for _, g := range grades {
		t, ok := words().grades.find(g)
		if !ok || slices.ContainsFunc(out, func(c ldConcept) bool { return c.ID == t.others["amb"] }) {
			continue
		}
		out = append(out, ldConcept{Type: "Concept", ID: t.others["amb"], Label: map[string]string{"en": levelNames[t.others["amb"]]}})
	}
	return out
}

var levelNames = map[string]string{
	"https://w3id.org/kim/educationalLevel/level_0": "Early childhood education",
	"https://w3id.org/kim/educationalLevel/level_1": "Primary education",
	"https://w3id.org/kim/educationalLevel/level_2": "Lower secondary education",
	"https://w3id.org/kim/educationalLevel/level_3": "Upper secondary education",
	"https://w3id.org/kim/educationalLevel/level_A": "University",
	"https://w3id.org/kim/educationalLevel/level_C": "Advanced training",
}

// known are the aligned standards that have an address.
func known(codes []string, v View, lang string) []ldConcept {
	var out []ldConcept
	for _, code := range codes {
		if s := v.Statements[code]; s.URL != "" {
			out = append(out, ldConcept{Type: "Concept", ID: s.URL, Label: map[string]string{lang: firstOf(s.Text, s.Code, code)}})
		}
	}
	return out
}

// alignments are all aligned standards, as their codes were written, the subjects and the exact grades.
func alignments(m Metadata, v View) []ldAlignment {
	var out []ldAlignment
	add := func(kind string, codes []string) {
		for _, code := range codes {
			s := v.Statements[code]
			out = append(out, ldAlignment{Type: "AlignmentObject", Kind: kind, Framework: s.Framework, Name: code, Description: s.Text, URL: s.URL})
		}
	}
	add("teaches", m.Alignments.Teaches)
	add("assesses", m.Alignments.Assesses)
	add("requires", m.Alignments.Requires)
	for _, subject := range m.Subjects {
		out = append(out, ldAlignment{Type: "AlignmentObject", Kind: "educationalSubject", Name: subject})
	}
	for _, g := range m.Grades {
		out = append(out, ldAlignment{Type: "AlignmentObject", Kind: "educationalLevel", Framework: gradeScheme, Name: g})
	}
	return out
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func sizeText(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// baseLanguage is the language of a tag without script and region, as the profile has it.
func baseLanguage(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return "en"
	}
	base, _ := t.Base()
	return base.String()
}
