package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// The cookies of a sign-in elsewhere: of the attempt, until the provider sends the browser back, and of somebody who has no
// name here yet.
const (
	attemptCookie = "sign-in"
	arrivalCookie = "arrival"
)

// signInWith sends the browser to a provider.
func (s *Server) signInWith(c *fiber.Ctx) error {
	link := c.Query("link") == "1"
	if link {
		// To link changes the account: a page elsewhere that has signed the browser in at the provider as somebody else must not
		// begin it. Browsers that do not say where a request comes from, none since 2023, are taken at their word.
		if from := c.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" && from != "none" {
			return errCrossSite
		}
		if _, err := s.author(c); err != nil {
			return err
		}
	}
	address, attempt, err := s.o.Elsewhere.Begin(c.UserContext(), c.Params("provider"))
	if err != nil {
		return err
	}
	attempt.Next, attempt.Link = local(c.Query("next")), link
	b, err := json.Marshal(attempt)
	if err != nil {
		return err
	}
	s.setCookie(c, attemptCookie, base64.RawURLEncoding.EncodeToString(b), int(accounts.AttemptLife.Seconds()))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Redirect(address, http.StatusSeeOther)
}

// signInBack takes the browser back from a provider. What came with it is used once, whatever becomes of it.
func (s *Server) signInBack(c *fiber.Ctx) error {
	var attempt accounts.Attempt
	b, err := base64.RawURLEncoding.DecodeString(c.Cookies(s.cookieName(attemptCookie)))
	s.setCookie(c, attemptCookie, "", -1)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if err != nil || json.Unmarshal(b, &attempt) != nil || attempt.Provider != c.Params("provider") {
		return s.signInRefused(c, "lost")
	}
	if err := s.o.Accounts.Attempted(c.UserContext(), client(c)); err != nil {
		if wait, ok := errors.AsType[*accounts.WaitError](err); ok {
			return s.signInLater(c, http.StatusTooManyRequests, wait.After, themes.SignIn{Next: attempt.Next})
		}
		return err
	}
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return s.signInRefused(c, "denied")
	}
	id, err := s.o.Elsewhere.Finish(c.UserContext(), attempt, query)
	if errors.Is(err, kind.ErrDenied) {
		s.o.Logger.Info("sign-in refused", "peer", attempt.Provider, "err", err)
		return s.signInRefused(c, "denied")
	}
	if err != nil {
		return err
	}
	if err := s.o.Accounts.Succeeded(c.UserContext(), client(c)); err != nil {
		return err
	}
	if attempt.Link {
		return s.linkIdentity(c, id)
	}
	p := s.provider(id.Provider)
	secret, err := s.o.Accounts.SignInAs(c.UserContext(), p, id, agent(c))
	switch {
	case errors.Is(err, accounts.ErrNewcomer) && p.NewAccounts:
		arrival, err := s.o.Accounts.Arrive(c.UserContext(), id)
		if err != nil {
			return err
		}
		s.setCookie(c, arrivalCookie, arrival, 3600)
		return redirect(c, "/sign-in/name?next="+escapeQuery(attempt.Next))
	case errors.Is(err, accounts.ErrNewcomer):
		return s.signInRefused(c, "unknown")
	case errors.Is(err, kind.ErrDenied):
		return s.signInRefused(c, "denied")
	case err != nil:
		return err
	}
	s.setSession(c, secret, int(accounts.SessionLife.Seconds()))
	return redirect(c, afterSignIn(attempt.Next))
}

// linkIdentity adds what a provider vouched for to the account that is signed in.
func (s *Server) linkIdentity(c *fiber.Ctx, id accounts.Identity) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.Link(c.UserContext(), a.Name, id); err != nil {
		return err
	}
	return redirect(c, "/account?notice=linked")
}

// signInRefused shows the sign-in page again, with why somebody who came back is not signed in.
func (s *Server) signInRefused(c *fiber.Ctx, why string) error {
	c.Status(http.StatusForbidden)
	return s.signInPage(c, themes.SignIn{Refused: why})
}

// provider is the one of a name; the zero one where there is none.
func (s *Server) provider(name string) accounts.Provider {
	for _, p := range s.o.Elsewhere.Providers() {
		if p.Name == name {
			return p
		}
	}
	return accounts.Provider{}
}

// nameForm asks somebody whom a provider vouched for how they want to be called here.
func (s *Server) nameForm(c *fiber.Ctx) error {
	id, err := s.o.Accounts.Arrival(c.UserContext(), c.Cookies(s.cookieName(arrivalCookie)))
	if err != nil {
		return redirect(c, "/sign-in")
	}
	return s.namePage(c, themes.Newcomer{Name: id.Proposed, Display: id.Display, Next: local(c.Query("next"))}, id)
}

func (s *Server) namePage(c *fiber.Ctx, v themes.Newcomer, id accounts.Identity) error {
	v.Provider = s.provider(id.Provider).Title
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.page(c, "newcomer", themes.Frame{}, v)
}

// nameSend makes the account.
func (s *Server) nameSend(c *fiber.Ctx) error {
	arrival := c.Cookies(s.cookieName(arrivalCookie))
	id, err := s.o.Accounts.Arrival(c.UserContext(), arrival)
	if err != nil {
		return redirect(c, "/sign-in")
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	v := themes.Newcomer{
		Name: strings.ToLower(strings.TrimSpace(values.Get("name"))), Display: clip(strings.Join(strings.Fields(values.Get("display")), " "), 80),
		Next: local(values.Get("next")),
	}
	secret, err := s.o.Accounts.Settle(c.UserContext(), s.provider(id.Provider), arrival, v.Name, v.Display, agent(c))
	switch {
	case errors.Is(err, kind.ErrInvalid):
		v.Wrong = true
		c.Status(http.StatusUnprocessableEntity)
		return s.namePage(c, v, id)
	case errors.Is(err, kind.ErrConflict):
		v.Taken = true
		c.Status(http.StatusConflict)
		return s.namePage(c, v, id)
	case err != nil:
		return err
	}
	s.setCookie(c, arrivalCookie, "", -1)
	s.setSession(c, secret, int(accounts.SessionLife.Seconds()))
	return redirect(c, afterSignIn(v.Next))
}

// agent is a kind of browser and system, for the list of one's own sessions: too coarse to know a person by.
func agent(c *fiber.Ctx) string {
	header := c.Get(fiber.HeaderUserAgent)
	first := func(names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(header, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := first("Edg", "Edge", "Firefox", "Firefox", "Chrome", "Chrome", "Safari", "Safari", "curl", "curl")
	system := first("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "CrOS", "ChromeOS", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.Trim(browser+", "+system, ", ")
}
