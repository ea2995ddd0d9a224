package apptest

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The expressions read the pages of this program, whose attributes are all in double quotes.
var (
	formElement = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	field       = regexp.MustCompile(`(?s)<input([^>]*)>|<textarea([^>]*)>\n?(.*?)</textarea>|<select([^>]*)>(.*?)</select>`)
	option      = regexp.MustCompile(`<option([^>]*)>([^<]*)`)
	attribute   = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

func attributes(s string) map[string]string {
	m := map[string]string{}
	for _, a := range attribute.FindAllStringSubmatch(s, -1) {
		m[a[1]] = html.UnescapeString(a[2])
	}
	return m
}

// Form is what the page's form with an action sends when nothing in it is touched and its first button is pressed.
func (a Answer) Form(t testing.TB, action string) url.Values {
	t.Helper()
	for _, f := range formElement.FindAllStringSubmatch(a.Body, -1) {
		if attributes(f[1])["action"] == action {
			return values(f[2])
		}
	}
	require.Fail(t, "no form", "the page has none with the action %s:\n%s", action, a.Body)
	return nil
}

func values(inner string) url.Values {
	v := url.Values{}
	for _, f := range field.FindAllStringSubmatch(inner, -1) {
		switch {
		case strings.HasPrefix(f[0], "<input"):
			a := attributes(f[1])
			_, checked := a["checked"]
			if choice := a["type"] == "radio" || a["type"] == "checkbox"; a["name"] != "" && (!choice || checked) {
				v.Add(a["name"], a["value"])
			}
		case strings.HasPrefix(f[0], "<textarea"):
			if name := attributes(f[2])["name"]; name != "" {
				v.Add(name, html.UnescapeString(f[3]))
			}
		default:
			chosen := ""
			for i, o := range option.FindAllStringSubmatch(f[5], -1) {
				a := attributes(o[1])
				value, named := a["value"]
				if !named {
					value = html.UnescapeString(strings.TrimSpace(o[2]))
				}
				if _, selected := a["selected"]; selected || i == 0 {
					chosen = value
				}
			}
			v.Add(attributes(f[4])["name"], chosen)
		}
	}
	return v
}
