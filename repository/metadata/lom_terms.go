package metadata

import "strings"

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
