package metadata

// The namespaces of the elements and terms of Dublin Core.
const (
	dcElements = "http://purl.org/dc/elements/1.1/"
	dcTerms    = "http://purl.org/dc/terms/"
)

// DublinCore renders the view as an oai_dc element, which is valid XML whatever the metadata holds. Dublin Core has no
// place for some of what we know; that is said as near as it can be: grades ("Grade 5"), audiences ("Audience: teacher")
// and codes of standards as subjects, the time that a lesson takes as a format, the git address, parts and unit as
// relations, sources as sources, and the license's address as the rights statement.
func DublinCore(v View) []byte {
	m := v.Metadata
	var w dcWriter
	w.start("oai_dc:dc", []string{"xmlns:oai_dc", DublinCoreNamespace, "xmlns:dc", dcElements,
		"xmlns:xsi", xsiNamespace, "xsi:schemaLocation", DublinCoreNamespace + " " + DublinCoreSchema})
	w.add("title", m.Language, m.Title)
	for _, a := range m.Creators {
		w.add("creator", "", a.Name)
	}
	w.add("subject", m.Language, m.Subjects...)
	for _, g := range m.Grades {
		w.add("subject", "en", gradeText(g))
	}
	w.add("subject", m.Language, m.Keywords...)
	w.add("subject", "", m.Alignments.Teaches...)
	w.add("subject", "", m.Alignments.Assesses...)
	for _, a := range m.Audience {
		w.add("subject", "en", "Audience: "+a)
	}
	w.add("description", m.Language, m.Description)
	w.add("publisher", "", v.Publisher.Name)
	if m.Funding != nil {
		w.add("contributor", "", m.Funding.Funder+" (funder"+prefixed(", ", m.Funding.Grant)+")")
	}
	if date := firstOf(dateText(v.Published), dateText(v.Modified)); date != "" {
		w.add("date", "", date[:len("2006-01-02")])
	}
	w.add("type", "en", string(m.Type))
	if t, ok := words().types.named(string(m.Type)); ok {
		w.add("type", "", t.others["dcmi"])
	}
	w.add("format", "", "text/html", m.Time)
	for _, d := range v.Downloads {
		w.add("format", "", d.Type)
	}
	w.add("identifier", "", firstOf(v.Permalink, v.URL), v.Identifier)
	if v.Permalink != "" && v.Permalink != v.URL {
		w.add("identifier", "", v.URL)
	}
	if v.ID != "" {
		w.add("identifier", "", uri(v.ID))
	}
	for _, s := range m.Sources {
		w.add("source", "", firstOf(s.URL, uri(s.ID), s.ID))
	}
	w.add("language", "", m.Language)
	if v.Unit != nil {
		w.add("relation", "", firstOf(v.Unit.URL, v.Unit.Identifier, uri(v.Unit.ID)))
	}
	for _, r := range partRefs(v) {
		w.add("relation", "", firstOf(r.URL, r.Identifier, uri(r.ID)))
	}
	if m.TranslationOf != nil {
		w.add("relation", "", m.TranslationOf.ID)
	}
	w.add("relation", "", m.Alignments.Requires...)
	w.add("relation", "", v.Git)
	w.add("rights", "", firstOf(v.LicenseURL, licenseURL(m.License, v.License), m.License))
	w.out.WriteString("</oai_dc:dc>")
	return w.out.Bytes()
}

func gradeText(grade string) string {
	switch grade {
	case "PK":
		return "Prekindergarten"
	case "K":
		return "Kindergarten"
	case "HE":
		return "Higher education"
	case "adult":
		return "Adult education"
	}
	return "Grade " + grade
}

// dcWriter writes the elements of one oai_dc record.
type dcWriter struct{ xmlWriter }

// add writes one element for each value that is not empty.
func (w *dcWriter) add(name, lang string, values ...string) {
	for _, value := range values {
		w.leaf("dc:"+name, value, "xml:lang", lang)
	}
}
