package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	textlang "golang.org/x/text/language"

	"github.com/commonplace-oer/commonplace/themes"
)

// languageCookie keeps a choice that somebody made with the language button. It says a tag such as "es" and nothing else.
const languageCookie = "language"

// lookCookie keeps a choice that somebody made with the buttons below a page. It says one of themes.Looks and nothing else.
const lookCookie = "look"

// remember is how long a choice is kept.
const remember = 365 * 24 * time.Hour

// themed gives a request the theme of its host, the same one for the whole answer, even if it changes meanwhile.
func (s *Server) themed(c *fiber.Ctx) error {
	c.Locals("theme", s.o.Theme.Main()) // one for the whole request, whatever changes meanwhile
	return c.Next()
}

// theme is the one of the host that was asked.
func (s *Server) theme(c *fiber.Ctx) *themes.Theme {
	if t, ok := c.Locals("theme").(*themes.Theme); ok {
		return t
	}
	return s.o.Theme.Main() // a request that could not be read
}

// language is the one to answer in, of those that the theme has: by address, then by choice, then as the browser asks.
func language(c *fiber.Ctx) string {
	if l, ok := c.Locals("language").(string); ok {
		return l
	}
	offered := themes.Languages[:]
	if t, ok := c.Locals("theme").(*themes.Theme); ok {
		offered = t.Languages()
	}
	l := negotiate(c, offered)
	c.Locals("language", l)
	return l
}

func negotiate(c *fiber.Ctx, offered []string) string {
	for _, wish := range []string{c.Query("lang"), c.Cookies(languageCookie)} {
		if slices.Contains(offered, wish) {
			return wish
		}
	}
	wanted, _, err := textlang.ParseAcceptLanguage(c.Get(fiber.HeaderAcceptLanguage))
	if err != nil {
		return offered[0]
	}
	for _, w := range wanted {
		if slices.Contains(offered, w.String()) {
			return w.String()
		}
		base, _ := w.Base()
		for _, l := range offered {
			if tag, err := textlang.Parse(l); err == nil {
				if b, _ := tag.Base(); b == base {
					return l
				}
			}
		}
	}
	return offered[0]
}

// look is the one that the reader chose, or the first.
func look(c *fiber.Ctx) string {
	if chosen := c.Cookies(lookCookie); slices.Contains(themes.Looks[:], chosen) {
		return chosen
	}
	return themes.Looks[0]
}

// chooseLanguage remembers a language and goes back to where the reader was.
func (s *Server) chooseLanguage(c *fiber.Ctx) error {
	values, err := form(c)
	if err != nil {
		return err
	}
	if l := values.Get("language"); slices.Contains(s.theme(c).Languages(), l) {
		s.choice(c, languageCookie, l)
	}
	return redirect(c, withoutQuery(local(values.Get("back")), "lang"))
}

// chooseLook remembers a look, or forgets it where the device is to decide, and goes back to where the reader was.
func (s *Server) chooseLook(c *fiber.Ctx) error {
	values, err := form(c)
	if err != nil {
		return err
	}
	switch l := values.Get("look"); {
	case l == themes.Looks[0] && c.Cookies(lookCookie) != "":
		c.Cookie(&fiber.Cookie{Name: lookCookie, Path: "/", Expires: time.Unix(0, 0), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.secure})
	case l != themes.Looks[0] && slices.Contains(themes.Looks[:], l):
		s.choice(c, lookCookie, l)
	}
	return redirect(c, local(c.Query("back")))
}

func (s *Server) choice(c *fiber.Ctx, name, value string) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", Expires: s.o.Now().Add(remember), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.secure,
	})
}

// privacy says what is kept about people.
func (s *Server) privacy(c *fiber.Ctx) error {
	return s.page(c, "privacy", themes.Frame{Lede: s.theme(c).Text(language(c), "privacy.lede")}, struct{}{})
}
