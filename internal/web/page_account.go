package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

const shownOwn = 200

func (s *Server) account(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	return s.accountPage(c, a, "")
}

// accountPage shows a person's resources and tokens; created is the secret of a token that was just made.
func (s *Server) accountPage(c *fiber.Ctx, a accounts.Account, created string) error {
	ctx, lang := c.UserContext(), language(c)
	owners, err := s.owners(c, a)
	if err != nil {
		return err
	}
	v := themes.Account{Name: a.Name, Display: a.Display, Role: string(a.Role), Owners: owners, Created: created}
	var list []repository.Resource
	for _, o := range owners {
		more, err := s.o.Catalog.OfOwner(ctx, o, shownOwn)
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	slices.SortStableFunc(list, func(x, y repository.Resource) int { return y.Modified.Compare(x.Modified) })
	v.Cards = s.cards(list[:min(len(list), shownOwn)], lang, nil)
	if v.Sent, err = s.sentLetters(ctx, a.Name); err != nil {
		return err
	}
	if err := s.accountRights(c, a, &v); err != nil {
		return err
	}
	if created != "" {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	return s.page(c, "account", themes.Frame{}, v)
}

// tokenLives are the days that a token can last; 0 is for ever.
var tokenLives = []int{30, 90, 365, 0}

// accountRights fills in what an account may do, and by which ways it is used.
func (s *Server) accountRights(c *fiber.Ctx, a accounts.Account, v *themes.Account) error {
	ctx := c.UserContext()
	tokens, err := s.o.Accounts.Tokens(ctx, a.Name)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		line := themes.Token{ID: t.ID, Label: t.Name, Created: t.Created, Expires: t.Expires, Expired: !t.Expires.IsZero() && !t.Expires.After(s.o.Now())}
		for _, scope := range t.Scopes {
			line.Scopes = append(line.Scopes, string(scope))
		}
		v.Tokens = append(v.Tokens, line)
	}
	for _, scope := range accounts.Scopes {
		v.Scopes = append(v.Scopes, string(scope))
	}
	v.Lives = tokenLives
	sessions, err := s.o.Accounts.Sessions(ctx, a.Name, c.Cookies(s.sessionCookie()))
	if err != nil {
		return err
	}
	for _, one := range sessions {
		line := themes.Session{ID: one.ID, Agent: one.Agent, Created: one.Created, Current: one.Current}
		if one.Method != "" {
			line.Method = s.o.Elsewhere.Title(one.Method)
		}
		v.Sessions = append(v.Sessions, line)
	}
	identities, err := s.o.Accounts.Identities(ctx, a.Name)
	if err != nil {
		return err
	}
	password, err := s.o.Accounts.HasPassword(ctx, a.Name)
	if err != nil {
		return err
	}
	for _, one := range identities {
		v.Identities = append(v.Identities, themes.Identity{
			Title: s.o.Elsewhere.Title(one.Issuer), Issuer: one.Issuer, Created: one.Created, Last: !password && len(identities) == 1,
		})
	}
	for _, p := range s.o.Elsewhere.Providers() {
		if !slices.ContainsFunc(identities, func(l accounts.LinkedIdentity) bool { return l.Issuer == p.Issuer }) {
			v.Connect = append(v.Connect, themes.Link{Label: p.Title, URL: "/sign-in/with/" + p.Name + "?link=1"})
		}
	}
	memberships, err := s.o.Accounts.Memberships(ctx, a.Name)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		o, err := s.o.Accounts.Owner(ctx, m.Team)
		if err != nil {
			return err
		}
		v.Teams = append(v.Teams, themes.TeamLine{Name: o.Name, Title: o.Title, URL: "/teams/" + o.Name, Kind: string(o.Kind), Role: string(m.Role)})
	}
	if v.Moderates, err = s.allowed(c, accounts.Moderate, accounts.OnSite()); err != nil {
		return err
	}
	v.Admin, err = s.allowed(c, accounts.Administer, accounts.OnSite())
	return err
}

// sessionEnd ends one session of the account, or all but this one.
func (s *Server) sessionEnd(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	id := values.Get("id")
	if id == "" && values.Get("do") != "all" {
		return fiber.NewError(http.StatusBadRequest, "the form does not say which session is to end")
	}
	if err := s.o.Accounts.EndSession(c.UserContext(), a.Name, id, c.Cookies(s.sessionCookie())); err != nil {
		return err
	}
	return redirect(c, "/account?notice=ended#sessions")
}

// identityRemove takes a way to sign in away.
func (s *Server) identityRemove(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.Unlink(c.UserContext(), a.Name, values.Get("issuer")); err != nil {
		return err
	}
	return redirect(c, "/account?notice=unlinked#identities")
}

func (s *Server) tokenCreate(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	var scopes []accounts.Scope
	for _, scope := range values["scope"] {
		scopes = append(scopes, accounts.Scope(scope))
	}
	days, err := strconv.Atoi(values.Get("days"))
	if err != nil || !slices.Contains(tokenLives, days) {
		days = tokenLives[0]
	}
	label := clip(strings.Join(strings.Fields(values.Get("label")), " "), 80)
	secret, _, err := s.o.Accounts.CreateToken(c.UserContext(), a.Name, label, scopes, time.Duration(days)*24*time.Hour)
	if err != nil {
		return err
	}
	return s.accountPage(c, a, secret)
}

func (s *Server) tokenRevoke(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.RevokeToken(c.UserContext(), a.Name, values.Get("id")); err != nil {
		return err
	}
	return redirect(c, "/account?notice=revoked")
}
