package web

import (
	"html/template"
	"net/url"
	"strings"
)

// shareLinks begin a text message and a mail that say where a lesson is. They open the reader's own program: nobody else
// learns of it (RFC 5724 for sms, with the body that phones take; RFC 6068 for mailto).
func shareLinks(title, address string) (sms, mail template.URL) {
	escaped := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	body := escaped(title + "\n" + address)
	return template.URL("sms:?body=" + body), template.URL("mailto:?subject=" + escaped(title) + "&body=" + strings.ReplaceAll(body, "%0A", "%0D%0A")) //nolint:gosec // escaped
}
