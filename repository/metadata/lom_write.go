package metadata

import (
	"slices"
	"strings"
	"time"
)

// The schemes that values of LOM are taken from.
const (
	lomScheme      = "LOMv1.0"
	typeScheme     = "https://schema.org/learningResourceType"
	lrmiScheme     = "http://purl.org/dcx/lrmi-vocabs/learningResourceType/"
	roleScheme     = "http://purl.org/dcx/lrmi-vocabs/educationalAudienceRole/"
	funderScheme   = "http://id.loc.gov/vocabulary/relators"
	subjectScheme  = "http://w3id.org/kim/schulfaecher/"
	accessScheme   = "https://schema.org/" // and the name of the property
	ccLanguage     = "x-t-cc-url"          // of the string that holds a license's address, as edu-sharing and LOM-DE have it
	licensePrefix  = "License: "
	creatorsPrefix = "Creators: "
	changesPrefix  = "Changes: "
	translationOf  = "Translation of: "
)

// WriteLOM renders the view as an IEEE LOM element (IEEE 1484.12.3-2005, namespace LOMNamespace), valid by the loose schema
// LOMSchema whatever the metadata holds. What LOM has no place for stands where its readers look first:
//
//   - grades as classifications by educational level, beside context and typical age range;
//   - aligned standards as classifications by educational objective, whose description is "teaches" or "assesses", and
//     by prerequisite for what is required;
//   - the license as two strings of the rights' description: as its author wrote it, and its address under the language
//     x-t-cc-url;
//   - accessibility as classifications by accessibility restrictions, with the property of schema.org as source;
//   - the revision as version, the git address among the locations;
//   - sources, parts, the unit and the original of a translation as relations.
//
// ReadRecord reads it back.
func WriteLOM(v View) []byte {
	w := lomWriter{lang: v.Metadata.Language}
	w.group("lom", []string{"xmlns", LOMNamespace, "xmlns:xsi", xsiNamespace, "xsi:schemaLocation", LOMNamespace + " " + LOMSchema}, func() {
		w.general(v)
		w.lifeCycle(v)
		w.technical(v)
		w.educational(v.Metadata)
		w.rights(v)
		w.relations(v)
		w.classifications(v)
		w.accessibility(v.Access)
	})
	return w.out.Bytes()
}

type lomWriter struct {
	xmlWriter
	lang string
}

// strings writes an element that holds one text in the language, or several.
func (w *lomWriter) strings(name, lang string, texts ...string) {
	w.group(name, nil, func() {
		for _, text := range texts {
			w.leaf("string", text, "language", lang)
		}
	})
}

// term writes a value of a scheme.
func (w *lomWriter) term(name, scheme, value string) {
	if value == "" {
		return
	}
	w.group(name, nil, func() {
		w.leaf("source", scheme)
		w.leaf("value", value)
	})
}

func (w *lomWriter) identifier(catalog, entry string) {
	if entry == "" {
		return
	}
	w.group("identifier", nil, func() {
		w.leaf("catalog", catalog)
		w.leaf("entry", entry)
	})
}

// identify names a work by all that identifies it.
func (w *lomWriter) identify(uuid, other, url, path, revision string) {
	catalog := "id"
	if strings.HasPrefix(other, "oai:") {
		catalog = "oai"
	}
	w.identifier(catalog, other)
	w.identifier("UUID", uuid)
	w.identifier("URI", url)
	w.identifier("path", path)
	w.identifier("revision", revision)
}

func (w *lomWriter) general(v View) {
	m := v.Metadata
	w.group("general", nil, func() {
		w.identify(v.ID, v.Identifier, firstOf(v.Permalink, v.URL), v.Path, "")
		w.strings("title", w.lang, m.Title)
		if isLanguageAttribute(m.Language) {
			w.leaf("language", m.Language)
		}
		w.strings("description", w.lang, m.Description)
		for _, k := range m.Keywords {
			w.strings("keyword", w.lang, k)
		}
		switch {
		case m.Type == List:
			w.term("structure", lomScheme, "collection")
		case len(m.Parts) > 0 || len(v.Parts) > 0:
			w.term("structure", lomScheme, "hierarchical")
		}
	})
}

func (w *lomWriter) lifeCycle(v View) {
	m := v.Metadata
	w.group("lifeCycle", nil, func() {
		w.strings("version", "", v.Revision)
		if v.Revision != "" {
			w.term("status", lomScheme, "final")
		}
		for _, a := range m.Creators {
			w.contribute(lomScheme, "author", a, "", time.Time{})
		}
		w.contribute(lomScheme, "publisher", v.Publisher, "", v.Published)
		if m.Funding != nil {
			w.contribute(funderScheme, "funder", Agent{Name: m.Funding.Funder}, m.Funding.Grant, time.Time{})
		}
	})
	w.group("metaMetadata", nil, func() {
		w.contribute(lomScheme, "creator", v.Publisher, "", v.Modified)
		w.leaf("metadataSchema", lomScheme)
	})
}

func (w *lomWriter) contribute(scheme, role string, a Agent, note string, at time.Time) {
	if a.Name == "" && at.IsZero() {
		return
	}
	w.group("contribute", nil, func() {
		w.term("role", scheme, role)
		w.leaf("entity", vCard(a, note))
		w.group("date", nil, func() { w.leaf("dateTime", lomDate(at)) })
	})
}

// lomDate is a point in time as LOM writes it: a zone asks for a fraction of a second (LOM XML binding, DateTimeString).
func lomDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.0Z")
}

// vCard renders a name as RFC 2426 does, without which LOM has no people.
func vCard(a Agent, note string) string {
	if a.Name == "" {
		return ""
	}
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace
	lines := []string{"BEGIN:VCARD", "VERSION:3.0"}
	if name := escape(a.Name); organization.MatchString(a.Name) {
		lines = append(lines, "N:;;;;", "FN:"+name, "ORG:"+name)
	} else {
		given, family := "", name
		if i := strings.LastIndexByte(name, ' '); i > 0 {
			given, family = name[:i], name[i+1:]
		}
		lines = append(lines, "N:"+family+";"+given+";;;", "FN:"+name)
	}
	if a.URL != "" {
		lines = append(lines, "URL:"+escape(a.URL))
	}
	if note != "" {
		lines = append(lines, "NOTE:"+escape(note))
	}
	return strings.Join(append(lines, "END:VCARD"), "\n")
}

func (w *lomWriter) technical(v View) {
	w.group("technical", nil, func() {
		w.leaf("format", "text/html")
		for _, d := range v.Downloads {
			if d.Type != "text/html" {
				w.leaf("format", d.Type)
			}
		}
		w.leaf("size", sizeText(v.Size))
		w.leaf("location", v.URL)
		w.leaf("location", v.Git)
		for _, d := range v.Downloads {
			w.leaf("location", d.URL)
		}
	})
}

func (w *lomWriter) educational(m Metadata) {
	w.group("educational", nil, func() {
		if t, ok := words().types.named(string(m.Type)); ok {
			w.term("learningResourceType", lomScheme, t.others["lom"])
			w.term("learningResourceType", lrmiScheme, strings.TrimPrefix(t.others["lrmi"], lrmiScheme))
		}
		w.term("learningResourceType", typeScheme, string(m.Type))
		for _, a := range m.Audience {
			if t, ok := words().audience.named(a); ok && t.others["lom"] != "" {
				w.term("intendedEndUserRole", lomScheme, t.others["lom"])
			} else {
				w.term("intendedEndUserRole", roleScheme, a)
			}
		}
		contexts, ages := gradeContexts(m.Grades)
		for _, c := range contexts {
			w.term("context", lomScheme, c)
		}
		for _, a := range ages {
			w.strings("typicalAgeRange", "", a)
		}
		w.group("typicalLearningTime", nil, func() { w.leaf("duration", lomDuration(m.Time)) })
		if isLanguageAttribute(m.Language) {
			w.leaf("language", m.Language)
		}
	})
}

// gradeContexts gives the contexts of LOM and the ages that grades are for; grades in a row make one range of ages.
func gradeContexts(grades []string) (contexts, ages []string) {
	at := -2
	for i, t := range words().grades.terms {
		if !slices.Contains(grades, t.name) {
			continue
		}
		contexts = appendNew(contexts, t.others["lom"])
		from, to, _ := strings.Cut(t.others["ages"], "-")
		if to != "" && at == i-1 && len(ages) > 0 {
			first, _, _ := strings.Cut(ages[len(ages)-1], "-")
			ages[len(ages)-1] = first + "-" + to
		} else {
			ages = appendNew(ages, from+"-"+to)
		}
		at = i
	}
	return contexts, ages
}

// lomDuration is an ISO 8601 duration as LOM takes it: without weeks.
func lomDuration(duration string) string {
	minutes, ok := Minutes(duration)
	if !ok {
		return ""
	}
	if strings.ContainsAny(duration, "W,") {
		return minutesText(minutes)
	}
	return duration
}

// rights says the license twice: as it was written, which is for people, and by its address, which is for machines.
func (w *lomWriter) rights(v View) {
	address := firstOf(v.LicenseURL, licenseURL(v.Metadata.License, v.License))
	w.group("rights", nil, func() {
		w.term("cost", lomScheme, "no")
		if v.Metadata.License != "" || address != "" {
			w.term("copyrightAndOtherRestrictions", lomScheme, "yes")
		}
		w.group("description", nil, func() {
			if v.Metadata.License != address {
				w.leaf("string", v.Metadata.License)
			}
			w.leaf("string", address, "language", ccLanguage)
		})
	})
}

func (w *lomWriter) relations(v View) {
	if v.Unit != nil {
		w.relation("ispartof", *v.Unit)
	}
	for _, r := range partRefs(v) {
		w.relation("haspart", r)
	}
	for _, s := range v.Metadata.Sources {
		r := pinRef(Pin{ID: s.ID, Revision: s.Revision})
		r.URL, r.Title, r.Path = s.URL, s.Title, s.Path
		var names []string
		for _, a := range s.Creators {
			names = append(names, a.Name)
		}
		w.relation("isbasedon", r, prefixed(licensePrefix, s.License), prefixed(creatorsPrefix, strings.Join(names, "; ")), prefixed(changesPrefix, s.Changes))
	}
	if t := v.Metadata.TranslationOf; t != nil {
		w.relation("isversionof", pinRef(*t), prefixed(translationOf, t.ID))
	}
}

func (w *lomWriter) relation(kind string, r Ref, more ...string) {
	w.group("relation", nil, func() {
		w.term("kind", lomScheme, kind)
		w.group("resource", nil, func() {
			url := r.URL
			if url == r.Identifier {
				url = ""
			}
			w.identify(r.ID, r.Identifier, url, r.Path, r.Revision)
			w.strings("description", "", append([]string{r.Title}, more...)...)
		})
	})
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// classification writes one classification; a taxon is an id and its name.
func (w *lomWriter) classification(purpose, scheme, id, entry, lang, description string) {
	w.group("classification", nil, func() {
		w.term("purpose", lomScheme, purpose)
		w.group("taxonPath", nil, func() {
			w.strings("source", "en", scheme)
			w.group("taxon", nil, func() {
				w.leaf("id", id)
				w.strings("entry", lang, entry)
			})
		})
		w.strings("description", "en", description)
	})
}

func (w *lomWriter) classifications(v View) {
	m := v.Metadata
	for _, s := range m.Subjects {
		if t, ok := words().subjects.find(s); ok && t.others["amb"] != "" {
			w.classification("discipline", subjectScheme, t.others["amb"], s, "en", "")
		} else {
			w.classification("discipline", "", "", s, w.lang, "")
		}
	}
	for _, g := range m.Grades {
		if t, ok := words().grades.named(g); ok {
			w.classification("educational level", gradeScheme, t.others["ceds"], gradeText(g), "en", "")
		}
	}
	objective := func(purpose string, codes []string, description string) {
		for _, code := range codes {
			s := v.Statements[code]
			w.classification(purpose, s.Framework, s.URL, code, "", description)
		}
	}
	objective("educational objective", m.Alignments.Teaches, "teaches")
	objective("educational objective", m.Alignments.Assesses, "assesses")
	objective("prerequisite", m.Alignments.Requires, "")
}

func (w *lomWriter) accessibility(a Accessibility) {
	for _, p := range a.properties() {
		for _, value := range p.values {
			if p.name == "accessibilitySummary" {
				w.group("classification", nil, func() {
					w.term("purpose", lomScheme, "accessibility restrictions")
					w.strings("description", "", value)
				})
				continue
			}
			w.classification("accessibility restrictions", accessScheme+p.name, "", value, "en", "")
		}
	}
}

// accessProperty is one property of schema.org that tells of accessibility.
type accessProperty struct {
	name   string
	values []string
}

func (a Accessibility) properties() []accessProperty {
	all := []accessProperty{{"accessMode", a.Modes}, {"accessibilityFeature", a.Features}, {"accessibilityHazard", a.Hazards}}
	if a.Summary != "" {
		all = append(all, accessProperty{"accessibilitySummary", []string{a.Summary}})
	}
	return all
}
