package web

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

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
	return s.signInPage(c, themes.SignIn{Next: next})
}

// signInPage is the form with the ways to sign in elsewhere.
func (s *Server) signInPage(c *fiber.Ctx, v themes.SignIn) error {
	v.Notice, v.Demo = s.o.Notice, s.o.Demo
	for _, p := range s.o.Elsewhere.Providers() {
		v.Providers = append(v.Providers, themes.Link{Label: p.Title, URL: "/sign-in/with/" + p.Name + "?next=" + escapeQuery(v.Next)})
	}
	f := themes.Frame{NoIndex: strings.HasPrefix(v.Next, "/invitations/")} // a secret
	return s.page(c, "sign-in", f, v)
}

func (s *Server) signInSend(c *fiber.Ctx) error {
	values, err := form(c)
	if err != nil {
		return err
	}
	name, next, waiting := values.Get("name"), values.Get("next"), resumed(values)
	if a := s.visitor(c); a.Name != "" && values.Get("do") == "continue" && waiting != nil && !waiting.Lost {
		return s.resume(c, a, waiting) // signed in elsewhere, in another tab
	}
	secret, err := s.o.Accounts.SignIn(c.UserContext(), name, values.Get("password"), client(c), agent(c))
	again := themes.SignIn{Name: name, Next: next, Resume: waiting}
	if wait, ok := errors.AsType[*accounts.WaitError](err); ok {
		return s.signInLater(c, http.StatusTooManyRequests, wait.After, again)
	}
	switch {
	case errors.Is(err, accounts.ErrBusy):
		return s.signInLater(c, http.StatusServiceUnavailable, 5*time.Second, again)
	case errors.Is(err, kind.ErrDenied):
		again.Failed = true
		c.Status(http.StatusForbidden)
		return s.signInPage(c, again)
	case err != nil:
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

// signInLater answers an attempt that was not looked at.
func (s *Server) signInLater(c *fiber.Ctx, status int, after time.Duration, again themes.SignIn) error {
	again.Wait = int((after + time.Minute - 1) / time.Minute)
	c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
	c.Status(status)
	return s.signInPage(c, again)
}

// client is where an attempt to sign in comes from, to slow guessing and for nothing else: it is neither logged nor stored.
// It is the other end of the connection or, where that is a proxy of this machine or network, whom the proxy names last.
// Of an IPv6 address it is the network, in which every client has addresses without number.
func client(c *fiber.Ctx) string {
	at, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if at = at.Unmap(); ok && (at.IsLoopback() || at.IsPrivate()) {
		if named := forwarded(c); named.IsValid() {
			at = named
		}
	}
	if at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

// forwarded is the last client that X-Forwarded-For names, with or without a port. Some proxies add a line of their own below
// those that the client sent (HAProxy does), so that the last line counts. The zero Addr: none.
func forwarded(c *fiber.Ctx) netip.Addr {
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
	if len(lines) == 0 {
		return netip.Addr{}
	}
	last := string(lines[len(lines)-1])
	last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	if with, err := netip.ParseAddrPort(last); err == nil {
		return with.Addr().Unmap()
	}
	named, _ := netip.ParseAddr(last)
	return named.Unmap()
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
	s.setCookie(c, "session", secret, age)
}

// setCookie sets a cookie that no script and no other site reads; a negative age deletes it.
func (s *Server) setCookie(c *fiber.Ctx, name, value string, age int) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age, HTTPOnly: true, Secure: s.secure,
		SameSite: fiber.CookieSameSiteLaxMode,
	})
}
