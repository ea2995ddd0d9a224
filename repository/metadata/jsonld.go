package metadata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of one foreign record.
const (
	maxRecord     = 2 << 20 // bytes
	maxJSONDepth  = 192     // of objects and lists
	maxValues     = 500     // of one field
	maxValueText  = 2000    // characters of one value
	maxLongText   = 20000   // characters of a description
	recordPlace   = "record"
	unmappedValue = "value-unmapped"
	severalValues = "value-several"
)

// ld is one object of a JSON-LD document, with the names of schema.org in their short form.
type ld map[string]any

// readJSON parses JSON within bounds.
func readJSON(src []byte) (any, error) {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	if len(src) > maxRecord {
		return nil, fmt.Errorf("it has %s, more than %s", bytesText(int64(len(src))), bytesText(maxRecord))
	}
	depth, inText := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			if depth++; depth > maxJSONDepth {
				return nil, fmt.Errorf("it is nested more than %d deep", maxJSONDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	var v any
	if err := json.Unmarshal(src, &v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%s at byte %d", syntax.Error(), syntax.Offset)
		}
		return nil, err
	}
	return shortNames(v), nil
}

var longName = regexp.MustCompile(`^(?:@|schema:|sdo:|lrmi:|dc:|dcterms:|skos:|https?://schema\.org/|http://purl\.org/dcx/lrmi-terms/|http://www\.w3\.org/2004/02/skos/core#)`)

// shortNames takes the namespaces off the names of all objects; "@value" and other words of JSON-LD lose their "@".
func shortNames(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(ld, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) { // a short name wins over its long form
			short := longName.ReplaceAllString(name, "")
			if _, taken := out[short]; !taken || short == name {
				out[short] = shortNames(v[name])
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = shortNames(v[i])
		}
		return v
	}
	return v
}

// list gives a value as a list, whatever form it has.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var out []any
		for _, x := range v {
			if inner, ok := x.([]any); ok {
				out = append(out, inner...)
			} else if x != nil {
				out = append(out, x)
			}
			if len(out) >= maxValues {
				return out[:maxValues]
			}
		}
		return out
	case ld:
		if inner, ok := v["list"]; ok && len(v) == 1 {
			return list(inner)
		}
	}
	return []any{v}
}

func object(v any) ld {
	for _, x := range list(v) {
		if o, ok := x.(ld); ok {
			return o
		}
	}
	return nil
}

// text gives a value as one text: a string, a number, a string in one of several languages, or the name of an object.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return clean(v, maxValueText)
	case float64, bool:
		return fmt.Sprint(v)
	case []any:
		for _, x := range v {
			if s := text(x); s != "" {
				return s
			}
		}
	case ld:
		for _, name := range []string{"value", "name", "prefLabel", "label", "title", "termCode", "alternateName", "id", "url"} {
			if s := text(v[name]); s != "" {
				return s
			}
		}
		return inLanguages(v)
	}
	return ""
}

var languageKey = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$`)

// inLanguages chooses from texts by language: English, or else the first by its tag.
func inLanguages(v ld) string {
	if s, ok := v["en"].(string); ok {
		return clean(s, maxValueText)
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		if s, ok := v[key].(string); ok && languageKey.MatchString(key) && key != "id" && key != "url" && key != "type" {
			return clean(s, maxValueText)
		}
	}
	return ""
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		if s := text(x); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// address gives the URL of a value: a string or an object's id or url.
func address(v any) string {
	for _, x := range list(v) {
		switch x := x.(type) {
		case string:
			if isWeb(x) {
				return clean(x, maxValueText)
			}
		case ld:
			for _, name := range []string{"id", "url", "value", "sameAs"} {
				if s, ok := x[name].(string); ok && isWeb(s) {
					return clean(s, maxValueText)
				}
			}
		}
	}
	return ""
}

func isWeb(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// types are the types of an object.
func (o ld) types() []string {
	types := texts(o["type"])
	for i, t := range types {
		types[i] = longName.ReplaceAllString(t, "")
	}
	return types
}

// property finds a PropertyValue among identifiers by one of its names.
func (o ld) property(names ...string) string {
	for _, x := range list(o["identifier"]) {
		if p, ok := x.(ld); ok && slices.Contains(names, text(p["propertyID"])) {
			return text(p["value"])
		}
	}
	return ""
}

// htmlTag matches markup that descriptions carry; htmlClose what shows that it is markup, and not a text about markup.
var (
	htmlTag   = regexp.MustCompile(`(?i)</?(?:a|abbr|b|br|blockquote|cite|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|q|s|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]{0,300})?/?>`)
	htmlClose = regexp.MustCompile(`(?i)</(?:a|b|blockquote|div|em|font|h[1-6]|i|li|ol|p|span|strong|sub|sup|table|td|tr|u|ul)>|<br ?/?>`)
)

// clean makes a foreign text one that can stand anywhere: valid UTF-8, no control characters, no markup, bounded.
func clean(s string, most int) string {
	if len(s) > 8*most {
		s = s[:8*most]
	}
	if !isPrintable(s) {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\n' || r == '\t':
				return r
			case r == '\r' || r == utf8.RuneError || !isXMLChar(r) || r >= 0x7F && r < 0xA0:
				return -1
			}
			return r
		}, s)
	}
	if strings.Contains(s, "<") && htmlClose.MatchString(s) {
		s = html.UnescapeString(htmlTag.ReplaceAllString(s, " "))
		s = strings.Join(strings.Fields(s), " ")
	}
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > most {
		s = strings.TrimSpace(string([]rune(s)[:most])) + "…"
	}
	return s
}

// isPrintable reports text that is all printable ASCII, as most is.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isXMLChar reports the characters that XML 1.0 allows (section 2.2), without those it discourages at the end of planes.
func isXMLChar(r rune) bool {
	return r == 0x9 || r == 0xA || r == 0xD || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF && r&0xFFFE != 0xFFFE
}

// dateForms are the forms of dates that records use: those of ISO 8601, and others that can be read in one way only.
var dateForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05", "2006-01-02",
	"2006-01", "2006", "2006-1-2", "20060102", "2006/01/02", "02.01.2006", "2.1.2006", "2 January 2006", "January 2, 2006",
	"January 2006", "2 Jan 2006", "Jan 2, 2006", "Jan 2006", time.RFC1123, time.RFC1123Z}

// uncertainDate matches what catalogs put around a year: brackets, and a c for copyright.
var uncertainDate = regexp.MustCompile(`^\[?(?:c|©|cop\. ?)? ?(\d{4})\]?\.?$`)

// readDate understands a date; the zero time is none. What can be read in two ways, such as 05/06/2020, is none.
func readDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if m := uncertainDate.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}
