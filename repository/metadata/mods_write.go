package metadata

import "strings"

// The kinds of MODS notes and subjects that carry what MODS has no element for, in the names of schema.org and LRMI.
const (
	modsVersion     = "3.8"
	modsDiscipline  = "discipline"
	modsTranslation = "translation of"
	modsTeaches     = "teaches"
	modsAssesses    = "assesses"
	modsRequires    = "requires"
	modsGrade       = "educational level"
)

// WriteMODS renders the view as a MODS 3.8 element (Library of Congress, namespace MODSNamespace), valid by MODSSchema
// whatever the metadata holds. What MODS has no element for stands in its open ones:
//
//   - grades and audiences as targetAudience, grades with the display label "educational level";
//   - aligned standards as subjects with the display label teaches, assesses or requires;
//   - the time that a lesson takes as an extent of unit "time";
//   - the license as accessCondition of type "use and reproduction" with its address in xlink:href;
//   - accessibility as notes of type accessMode, accessibilityFeature, accessibilityHazard and accessibilitySummary;
//   - the revision as edition, the git address as a location of the raw object.
//
// ReadRecord reads it back.
func WriteMODS(v View) []byte {
	w := modsWriter{lang: v.Metadata.Language}
	w.group("mods", []string{"xmlns", MODSNamespace, "xmlns:xlink", xlinkNamespace, "xmlns:xsi", xsiNamespace, "version", modsVersion,
		"xsi:schemaLocation", MODSNamespace + " " + MODSSchema}, func() {
		w.title(v.Metadata.Title)
		w.names(v)
		w.kind(v.Metadata)
		w.origin(v)
		w.form(v)
		w.audience(v.Metadata)
		w.subjects(v)
		w.notes(v)
		w.related(v)
		w.identify(v.ID, v.Identifier, firstOf(v.Permalink, v.URL), v.Path, "")
		w.location(v)
		w.condition(v.Metadata.License, firstOf(v.LicenseURL, licenseURL(v.Metadata.License, v.License)))
		w.record(v)
	})
	return w.out.Bytes()
}

const xlinkNamespace = "http://www.w3.org/1999/xlink"

type modsWriter struct {
	xmlWriter
	lang string
}

func (w *modsWriter) title(title string) {
	w.group("titleInfo", nil, func() { w.leaf("title", title, "xml:lang", w.lang) })
}

func (w *modsWriter) names(v View) {
	for _, a := range v.Metadata.Creators {
		w.name(a, "cre", "creator")
	}
	if f := v.Metadata.Funding; f != nil {
		w.name(Agent{Name: f.Funder}, "fnd", "funder")
		w.leaf("note", f.Grant, "type", "funding")
	}
}

func (w *modsWriter) name(a Agent, code, role string) {
	kind := "personal"
	if organization.MatchString(a.Name) {
		kind = "corporate"
	}
	if a.Name == "" {
		return
	}
	w.group("name", []string{"type", kind, "valueURI", webAddress(a.URL)}, func() {
		w.leaf("namePart", a.Name)
		w.group("role", nil, func() {
			w.leaf("roleTerm", code, "type", "code", "authority", "marcrelator")
			w.leaf("roleTerm", role, "type", "text", "authority", "marcrelator")
		})
	})
}

func (w *modsWriter) kind(m Metadata) {
	t, ok := words().types.named(string(m.Type))
	if !ok {
		return
	}
	collection := ""
	if m.Type == List {
		collection = "yes"
	}
	w.leaf("typeOfResource", t.others["mods"], "collection", collection)
	w.leaf("genre", string(m.Type), "authorityURI", typeScheme, "valueURI", t.others["lrmi"])
}

func (w *modsWriter) origin(v View) {
	w.group("originInfo", nil, func() {
		w.leaf("publisher", v.Publisher.Name, "valueURI", webAddress(v.Publisher.URL))
		w.leaf("dateIssued", dateText(v.Published), "encoding", "w3cdtf", "keyDate", "yes")
		w.leaf("dateModified", dateText(v.Modified), "encoding", "w3cdtf")
		w.leaf("edition", v.Revision)
	})
	w.group("language", nil, func() { w.leaf("languageTerm", v.Metadata.Language, "type", "code", "authority", "rfc5646") })
}

func (w *modsWriter) form(v View) {
	w.group("physicalDescription", nil, func() {
		w.leaf("internetMediaType", "text/html")
		for _, d := range v.Downloads {
			if d.Type != "text/html" {
				w.leaf("internetMediaType", d.Type)
			}
		}
		w.leaf("extent", v.Metadata.Time, "unit", "time")
		w.leaf("extent", sizeText(v.Size), "unit", "bytes")
		w.leaf("digitalOrigin", "born digital")
	})
	w.leaf("abstract", v.Metadata.Description, "xml:lang", w.lang)
}

func (w *modsWriter) audience(m Metadata) {
	for _, g := range m.Grades {
		w.leaf("targetAudience", gradeText(g), "displayLabel", modsGrade, "authority", "ceds")
	}
	for _, a := range m.Audience {
		w.leaf("targetAudience", a, "authorityURI", roleScheme, "valueURI", webAddress(roleScheme+a))
	}
}

func (w *modsWriter) subjects(v View) {
	m := v.Metadata
	for _, s := range m.Subjects {
		t, _ := words().subjects.find(s)
		w.subject(modsDiscipline, s, "", w.lang, termURI(t, "amb"))
	}
	for _, k := range m.Keywords {
		w.subject("", k, "", w.lang, "")
	}
	objective := func(label string, codes []string) {
		for _, code := range codes {
			s := v.Statements[code]
			w.subject(label, code, s.Framework, "", s.URL)
		}
	}
	objective(modsTeaches, m.Alignments.Teaches)
	objective(modsAssesses, m.Alignments.Assesses)
	objective(modsRequires, m.Alignments.Requires)
}

func termURI(t *term, column string) string {
	if t == nil {
		return ""
	}
	return t.others[column]
}

func (w *modsWriter) subject(label, topic, authority, lang, uri string) {
	w.group("subject", []string{"displayLabel", label, "authority", authority}, func() {
		w.leaf("topic", topic, "xml:lang", lang, "valueURI", webAddress(uri))
	})
}

func (w *modsWriter) notes(v View) {
	for _, p := range v.Access.properties() {
		for _, value := range p.values {
			w.leaf("note", value, "type", p.name)
		}
	}
	w.leaf("note", v.Credit, "type", "preferred citation")
}

func (w *modsWriter) related(v View) {
	if v.Unit != nil {
		w.relatedItem(*v.Unit, Source{}, "type", "host")
	}
	for _, r := range partRefs(v) {
		w.relatedItem(r, Source{}, "type", "constituent")
	}
	for _, s := range v.Metadata.Sources {
		w.source(s)
	}
	if t := v.Metadata.TranslationOf; t != nil {
		w.relatedItem(pinRef(*t), Source{}, "type", "otherVersion", "displayLabel", modsTranslation)
	}
}

// source writes what the resource came from; MODS nests, so that the whole graph of sources is there.
func (w *modsWriter) source(s Source) {
	r := pinRef(Pin{ID: s.ID, Revision: s.Revision})
	r.URL, r.Title, r.Path = s.URL, s.Title, s.Path
	w.relatedItem(r, s, "type", "original", "displayLabel", "based on")
}

func (w *modsWriter) relatedItem(r Ref, s Source, attrs ...string) {
	w.group("relatedItem", attrs, func() {
		w.group("titleInfo", nil, func() { w.leaf("title", r.Title) })
		for _, a := range s.Creators {
			w.name(a, "cre", "creator")
		}
		w.leaf("note", s.Changes, "type", "changes")
		url := r.URL
		if url == r.Identifier {
			url = ""
		}
		w.identify(r.ID, r.Identifier, url, r.Path, r.Revision)
		w.condition(s.License, licenseURL(s.License, ""))
		for _, below := range s.Sources {
			w.source(below)
		}
	})
}

func (w *modsWriter) identify(uuid, other, url, path, revision string) {
	kind := "local"
	if strings.HasPrefix(other, "oai:") {
		kind = "oai"
	}
	w.leaf("identifier", other, "type", kind)
	w.leaf("identifier", uuid, "type", "uuid")
	w.leaf("identifier", url, "type", "uri")
	w.leaf("identifier", path, "type", "path")
	w.leaf("identifier", revision, "type", "revision")
}

func (w *modsWriter) location(v View) {
	w.group("location", nil, func() {
		w.leaf("url", webAddress(v.URL), "usage", "primary", "access", "object in context")
		w.leaf("url", webAddress(v.Git), "access", "raw object", "note", gitType)
		for _, d := range v.Downloads {
			w.leaf("url", webAddress(d.URL), "access", "raw object", "note", d.Type)
		}
	})
}

func (w *modsWriter) condition(license, address string) {
	w.leaf("accessCondition", firstOf(license, address), "type", "use and reproduction", "xlink:href", webAddress(address))
}

func (w *modsWriter) record(v View) {
	w.group("recordInfo", nil, func() {
		w.leaf("recordContentSource", v.Publisher.Name)
		w.leaf("recordChangeDate", dateText(v.Modified), "encoding", "w3cdtf")
		w.leaf("recordIdentifier", v.Identifier)
	})
}
