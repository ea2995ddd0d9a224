package web

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

func (s *Server) signInForm(c *fiber.Ctx) error {
	next := c.Query("next")
	if s.visitor(c).Name != "" {
		return redirect(c, afterSignIn(next))
	}
	return s.page(c, "sign-in", themes.Frame{NoIndex: true}, themes.SignIn{Next: next, Notice: s.o.Notice})
}

func (s *Server) signInSend(c *fiber.Ctx) error {
	values, err := form(c)
	if err != nil {
		return err
	}
	name, next, waiting := values.Get("name"), values.Get("next"), resumed(values)
	secret, err := s.o.Accounts.SignIn(c.UserContext(), name, values.Get("password"))
	if errors.Is(err, kind.ErrDenied) {
		c.Status(http.StatusForbidden)
		return s.page(c, "sign-in", themes.Frame{NoIndex: true}, themes.SignIn{Name: name, Next: next, Notice: s.o.Notice, Failed: true, Resume: waiting})
	}
	if err != nil {
		return err
	}
	s.setSession(c, secret, int(accounts.SessionLife.Seconds()))
	if waiting != nil && !waiting.Lost {
		a, err := s.o.Accounts.Session(c.UserContext(), secret)
		if err != nil {
			return err
		}
		return s.resume(c, a, waiting)
	}
	return redirect(c, afterSignIn(next))
}

// afterSignIn is where a person wanted to go.
func afterSignIn(next string) string {
	if next = local(next); next == "/" {
		return "/account"
	}
	return next
}

func (s *Server) signOut(c *fiber.Ctx) error {
	if secret := c.Cookies(s.sessionCookie()); secret != "" {
		if err := s.o.Accounts.SignOut(c.UserContext(), secret); err != nil {
			return err
		}
	}
	s.setSession(c, "", -1)
	return redirect(c, "/")
}

// setSession sets the cookie that only people who sign in have; a negative age deletes it.
func (s *Server) setSession(c *fiber.Ctx, secret string, age int) {
	c.Cookie(&fiber.Cookie{
		Name: s.sessionCookie(), Value: secret, Path: "/", MaxAge: age, HTTPOnly: true, Secure: s.secure,
		SameSite: fiber.CookieSameSiteLaxMode,
	})
}
