package web

import (
	"html/template"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/net/html"

	"github.com/commonplace-oer/commonplace/themes"
)

// embed shows a lesson as other sites frame it: as students read it, with its credit, and with nothing to fill in or run.
// It is the only page that may be framed.
func (s *Server) embed(c *fiber.Ctx, l located) error {
	lang := language(c)
	v := s.described(l.Resource, lang, nil)
	w, err := s.written(c.UserContext(), l, true, "", nil)
	if err != nil {
		return err
	}
	v.Body, v.Credit.Shown = opened(w.page.HTML), opened(v.Credit.Shown)
	v.Links.Self = s.o.BaseURL + l.base()
	f := themes.Frame{Lede: l.Metadata.Description, Styles: stylesOf(w.page)}
	if err := s.page(c, "embed", f, v); err != nil {
		return err
	}
	// The same styles and pictures, but no forms, and any site may frame it.
	policy := string(c.Response().Header.Peek(fiber.HeaderContentSecurityPolicy))
	c.Set(fiber.HeaderContentSecurityPolicy, strings.NewReplacer("form-action 'self'", "form-action 'none'", "frame-ancestors 'none'", "frame-ancestors *").Replace(policy))
	return nil
}

// opened is a rendered text whose links open beside the page that frames it: what they lead to may not be framed. Links
// inside of the text stay.
func opened(body template.HTML) template.HTML {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(string(body)))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := string(z.Raw())
		if kind == html.StartTagToken {
			t := z.Token()
			outside := t.Data == "a" && slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "href" && !strings.HasPrefix(a.Val, "#") })
			if outside {
				t.Attr = append(t.Attr, html.Attribute{Key: "target", Val: "_blank"})
				raw = t.String()
			}
		}
		b.WriteString(raw)
	}
	return template.HTML(b.String()) //nolint:gosec // safe HTML with one more attribute
}
