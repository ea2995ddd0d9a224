package metadata

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strings"
)

const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// xmlWriter writes elements that are valid XML whatever their values hold: what XML cannot hold is left out, and so are
// attributes and elements without a value.
type xmlWriter struct{ out bytes.Buffer }

// group writes an element around what inside writes, and nothing if that is nothing. Attributes are names and values in
// turn.
func (w *xmlWriter) group(name string, attrs []string, inside func()) {
	before := w.out.Len()
	w.start(name, attrs)
	within := w.out.Len()
	if inside(); w.out.Len() == within {
		w.out.Truncate(before)
		return
	}
	w.end(name)
}

// leaf writes an element with a text, and nothing if the text is empty.
func (w *xmlWriter) leaf(name, text string, attrs ...string) {
	if text = strings.TrimSpace(xmlText(text)); text == "" {
		return
	}
	w.start(name, attrs)
	w.text(text)
	w.end(name)
}

func (w *xmlWriter) start(name string, attrs []string) {
	w.out.WriteByte('<')
	w.out.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		value := strings.TrimSpace(xmlText(attrs[i+1]))
		if value == "" || attrs[i] == "xml:lang" && !isLanguageAttribute(value) || attrs[i] == "language" && !isLanguageAttribute(value) {
			continue
		}
		w.out.WriteByte(' ')
		w.out.WriteString(attrs[i])
		w.out.WriteString(`="`)
		w.text(value)
		w.out.WriteString(`"`)
	}
	w.out.WriteString(">")
}

func (w *xmlWriter) end(name string) {
	w.out.WriteString("</")
	w.out.WriteString(name)
	w.out.WriteByte('>')
}

// text writes a text, or the value of an attribute.
func (w *xmlWriter) text(s string) {
	if isPlain(s) && !strings.ContainsAny(s, "<>&'\"") {
		w.out.WriteString(s)
		return
	}
	_ = xml.EscapeText(&w.out, []byte(s)) // a buffer takes everything
}

// isPlain reports whether a text has nothing but printable characters of ASCII, as most have.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// xmlText leaves out what XML 1.0 cannot hold.
func xmlText(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isXMLChar(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// isLanguageAttribute reports what xs:language, the type of xml:lang, takes.
func isLanguageAttribute(tag string) bool {
	for i, sub := range strings.Split(tag, "-") {
		if len(sub) < 1 || len(sub) > 8 {
			return false
		}
		for _, c := range sub {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

// webAddress gives an address in a form that xs:anyURI takes; "" if it is none.
func webAddress(s string) string {
	if !isWeb(s) || xmlText(s) != s || !strings.Contains(s, "//") {
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " <>\"{}|\\^`[]") {
		return ""
	}
	return strings.NewReplacer("[", "%5B", "]", "%5D", "'", "%27").Replace(u.String())
}
