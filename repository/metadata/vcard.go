package metadata

import (
	"regexp"
	"strings"
)

// vCardProperty finds where a property starts on a line with others.
var vCardProperty = regexp.MustCompile(`(?i)[ \t](VERSION|KIND|FN|N|ORG|EMAIL|URL|NOTE|TITLE|TEL|ADR|UID|X-ORCID|END)([;:])`)

// readVCard reads the name, the address and the note of a vCard (RFC 2426, RFC 6350), or of a plain name. It is tolerant
// of indented lines and of line breaks that were lost.
func readVCard(text string) (a Agent, note string) {
	if !strings.Contains(strings.ToUpper(text), "BEGIN:VCARD") {
		return Agent{Name: clean(oneLine(text), maxValueText)}, ""
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = vCardProperty.ReplaceAllString(text, "\n$1$2")
	var name, structured, org string
	for line := range strings.Lines(text) { // indented, which is not meant as folding
		property, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		property, _, _ = strings.Cut(strings.ToUpper(property), ";")
		if i := strings.LastIndexByte(property, '.'); i >= 0 { // a group
			property = property[i+1:]
		}
		value = strings.TrimSpace(value)
		switch property {
		case "FN":
			name = firstOf(name, unescapeVCard(value))
		case "N":
			parts := strings.Split(value, ";")
			family := unescapeVCard(parts[0])
			given := ""
			if len(parts) > 1 {
				given = unescapeVCard(parts[1])
			}
			structured = firstOf(structured, strings.TrimSpace(given+" "+family))
		case "ORG":
			unit, _, _ := strings.Cut(value, ";")
			org = firstOf(org, unescapeVCard(unit))
		case "URL", "X-ORCID", "UID":
			if v := unescapeVCard(value); a.URL == "" && isWeb(v) {
				a.URL = clean(v, maxValueText)
			}
		case "NOTE":
			note = firstOf(note, clean(unescapeVCard(value), maxValueText))
		}
	}
	a.Name = clean(firstOf(name, structured, org), maxValueText)
	return a, note
}

func unescapeVCard(s string) string {
	return strings.TrimSpace(strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n", `\:`, ":").Replace(s))
}
