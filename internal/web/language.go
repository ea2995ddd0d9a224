package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
	textlang "golang.org/x/text/language"

	"github.com/commonplace-oer/commonplace/themes"
)

// languageCookie keeps a choice that somebody made with the language button. It says "en" or "es" and nothing else.
const languageCookie = "language"

// language is the one to answer in: by address, then by choice, then as the browser asks.
func language(c *fiber.Ctx) string {
	if l, ok := c.Locals("language").(string); ok {
		return l
	}
	l := negotiate(c)
	c.Locals("language", l)
	return l
}

func negotiate(c *fiber.Ctx) string {
	for _, wish := range []string{c.Query("lang"), c.Cookies(languageCookie)} {
		for _, l := range themes.Languages {
			if wish == l {
				return l
			}
		}
	}
	wanted, _, err := textlang.ParseAcceptLanguage(c.Get(fiber.HeaderAcceptLanguage))
	if err != nil {
		return themes.Languages[0]
	}
	for _, w := range wanted {
		base, _ := w.Base()
		for _, l := range themes.Languages {
			if base.String() == l {
				return l
			}
		}
	}
	return themes.Languages[0]
}

// chooseLanguage remembers a language and goes back to where the reader was.
func (s *Server) chooseLanguage(c *fiber.Ctx) error {
	values, err := form(c)
	if err != nil {
		return err
	}
	for _, l := range themes.Languages {
		if values.Get("language") == l {
			c.Cookie(&fiber.Cookie{
				Name: languageCookie, Value: l, Path: "/", Expires: s.o.Now().Add(365 * 24 * time.Hour),
				HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.secure,
			})
		}
	}
	return redirect(c, withoutQuery(local(values.Get("back")), "lang"))
}
