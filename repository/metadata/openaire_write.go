package metadata

import "strings"

// The namespaces and values of the OpenAIRE guidelines for literature repositories, version 4.
const (
	dataciteNamespace = "http://datacite.org/schema/kernel-4"
	openAccess        = "http://purl.org/coar/access_right/c_abf2"
	coarType          = "http://purl.org/coar/resource_type/"
	notApplicable     = "http://purl.org/coar/version/c_be7fb7dd8ff6fe43"
	schemaOrg         = "https://schema.org/"
	accessibleText    = "Accessibility: "
)

// WriteOpenAIRE renders the view as a resource by the OpenAIRE guidelines for literature repositories, version 4
// (namespace OpenAIRENamespace), valid by OpenAIRESchema whatever the metadata holds. What the guidelines have no field
// for stands among the subjects, whose schemeURI is the property of schema.org that is meant: educationalLevel, teaches,
// assesses, competencyRequired, accessMode and so on, and keywords. The time that a lesson takes is a size; the git
// address and the downloads are files; the revision is the version; sources are related by IsDerivedFrom, parts by
// HasPart and IsPartOf, the original of a translation by IsVersionOf. Access is open: what is served is free to read.
//
// ReadRecord reads it back.
func WriteOpenAIRE(v View) []byte {
	m := v.Metadata
	var w openaireWriter
	w.group("oaire:resource", []string{"xmlns:oaire", OpenAIRENamespace, "xmlns:datacite", dataciteNamespace, "xmlns:dc", dcElements,
		"xmlns:dcterms", dcTerms, "xmlns:xsi", xsiNamespace, "xsi:schemaLocation", OpenAIRENamespace + " " + OpenAIRESchema}, func() {
		w.group("datacite:titles", nil, func() { w.leaf("datacite:title", m.Title, "xml:lang", m.Language) })
		w.creators(m.Creators)
		w.funding(m.Funding)
		w.identities(v)
		w.related(v)
		w.group("datacite:dates", nil, func() {
			w.leaf("datacite:date", dateText(v.Published), "dateType", "Issued")
			w.leaf("datacite:date", dateText(v.Modified), "dateType", "Updated")
		})
		w.leaf("dc:language", m.Language)
		w.leaf("dc:publisher", v.Publisher.Name)
		w.resourceType(m.Type)
		w.leaf("dc:description", m.Description, "xml:lang", m.Language)
		w.leaf("dc:description", prefixed(accessibleText, v.Access.Summary))
		w.leaf("dc:format", "text/html")
		w.leaf("datacite:rights", "open access", "rightsURI", openAccess)
		for _, s := range m.Sources {
			w.leaf("dc:source", s.Title)
		}
		w.subjects(v)
		w.group("datacite:sizes", nil, func() {
			w.leaf("datacite:size", m.Time)
			w.leaf("datacite:size", prefixedUnit(sizeText(v.Size), " bytes"))
		})
		w.leaf("oaire:version", v.Revision, "uri", notApplicable)
		w.files(v)
		address := firstOf(v.LicenseURL, licenseURL(m.License, v.License))
		w.leaf("oaire:licenseCondition", firstOf(m.License, address), "startDate", dayOf(dateText(v.Published)), "uri", address)
		for _, a := range m.Audience {
			w.leaf("dcterms:audience", a)
		}
	})
	return w.out.Bytes()
}

type openaireWriter struct{ xmlWriter }

func prefixedUnit(number, unit string) string {
	if number == "" {
		return ""
	}
	return number + unit
}

// dayOf is the date of a point in time.
func dayOf(date string) string { return date[:min(len(date), len("2006-01-02"))] }

func (w *openaireWriter) creators(list []Agent) {
	w.group("datacite:creators", nil, func() {
		for _, a := range list {
			kind := "Personal"
			if organization.MatchString(a.Name) {
				kind = "Organizational"
			}
			w.group("datacite:creator", nil, func() {
				w.leaf("datacite:creatorName", a.Name, "nameType", kind)
				if strings.TrimSpace(xmlText(a.Name)) != "" {
					w.leaf("datacite:nameIdentifier", a.URL, "nameIdentifierScheme", nameScheme(a.URL))
				}
			})
		}
	})
}

func nameScheme(url string) string {
	if strings.Contains(url, "orcid.org/") {
		return "ORCID"
	}
	return "URL"
}

func (w *openaireWriter) funding(f *Funding) {
	if f == nil || strings.TrimSpace(xmlText(f.Funder)) == "" {
		return
	}
	w.group("oaire:fundingReferences", nil, func() {
		w.group("oaire:fundingReference", nil, func() {
			w.leaf("oaire:funderName", f.Funder)
			w.leaf("oaire:fundingStream", f.Program)
			w.leaf("oaire:awardNumber", f.Grant)
		})
	})
}

func (w *openaireWriter) identities(v View) {
	address := firstOf(v.Permalink, v.URL)
	if address != "" {
		w.leaf("datacite:identifier", address, "identifierType", "URL")
	} else {
		w.leaf("datacite:identifier", uri(v.ID), "identifierType", "URN")
	}
	w.group("datacite:alternateIdentifiers", nil, func() {
		w.leaf("datacite:alternateIdentifier", v.Identifier, "alternateIdentifierType", "oai")
		w.leaf("datacite:alternateIdentifier", v.ID, "alternateIdentifierType", "UUID")
		if v.URL != address {
			w.leaf("datacite:alternateIdentifier", v.URL, "alternateIdentifierType", "URL")
		}
		w.leaf("datacite:alternateIdentifier", v.Path, "alternateIdentifierType", "path")
	})
}

func (w *openaireWriter) related(v View) {
	w.group("datacite:relatedIdentifiers", nil, func() {
		if v.Unit != nil {
			w.relatedIdentifier("IsPartOf", *v.Unit)
		}
		for _, r := range partRefs(v) {
			w.relatedIdentifier("HasPart", r)
		}
		for _, s := range v.Metadata.Sources {
			r := pinRef(Pin{ID: s.ID})
			r.URL = s.URL
			w.relatedIdentifier("IsDerivedFrom", r)
		}
		if t := v.Metadata.TranslationOf; t != nil {
			w.relatedIdentifier("IsVersionOf", pinRef(*t))
		}
	})
}

// relatedIdentifier names another work by its address, or by what is known of it; DataCite has no type for "oai:".
func (w *openaireWriter) relatedIdentifier(relation string, r Ref) {
	id := firstOf(r.URL, r.Identifier, uri(r.ID))
	kind := "URN"
	if isWeb(id) {
		kind = "URL"
	}
	w.leaf("datacite:relatedIdentifier", id, "relatedIdentifierType", kind, "relationType", relation)
}

func (w *openaireWriter) resourceType(t Type) {
	general, concept := "other research product", coarType+"c_1843" // "other"
	if known, ok := words().types.named(string(t)); ok {
		concept = coarType + known.others["coar"]
		if t == Text || t == Guide || t == Framework {
			general = "literature"
		}
	}
	w.leaf("oaire:resourceType", firstOf(string(t), "other"), "resourceTypeGeneral", general, "uri", concept)
}

func (w *openaireWriter) subjects(v View) {
	m := v.Metadata
	w.group("datacite:subjects", nil, func() {
		for _, s := range m.Subjects {
			t, _ := words().subjects.find(s)
			w.subject("about", "", termURI(t, "amb"), m.Language, s)
		}
		for _, k := range m.Keywords {
			w.subject("keywords", "", "", m.Language, k)
		}
		for _, g := range m.Grades {
			w.subject("educationalLevel", gradeScheme, "", "en", gradeText(g))
		}
		for _, p := range []struct {
			property string
			codes    []string
		}{{"teaches", m.Alignments.Teaches}, {"assesses", m.Alignments.Assesses}, {"competencyRequired", m.Alignments.Requires}} {
			for _, code := range p.codes {
				s := v.Statements[code]
				w.subject(p.property, s.Framework, s.URL, "", code)
			}
		}
		for _, p := range v.Access.properties() {
			if p.name != "accessibilitySummary" {
				for _, value := range p.values {
					w.subject(p.name, "", "", "en", value)
				}
			}
		}
	})
}

func (w *openaireWriter) subject(property, scheme, uri, lang, text string) {
	w.leaf("datacite:subject", text, "subjectScheme", scheme, "schemeURI", schemaOrg+property, "valueURI", webAddress(uri), "xml:lang", lang)
}

func (w *openaireWriter) files(v View) {
	for _, d := range v.Downloads {
		w.leaf("oaire:file", d.URL, "mimeType", d.Type, "accessRightsURI", openAccess, "objectType", "fulltext")
	}
	w.leaf("oaire:file", v.Git, "mimeType", gitType, "accessRightsURI", openAccess, "objectType", "other")
}
