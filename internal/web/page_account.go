package web

import (
	"slices"
	"strings"

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
	tokens, err := s.o.Accounts.Tokens(ctx, a.Name)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		var scopes []string
		for _, scope := range t.Scopes {
			scopes = append(scopes, s.o.Theme.Label(lang, "scope", string(scope)))
		}
		v.Tokens = append(v.Tokens, themes.Token{ID: t.ID, Label: t.Name, Scope: strings.Join(scopes, ", "), Created: t.Created})
	}
	if created != "" {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	return s.page(c, "account", themes.Frame{NoIndex: true}, v)
}

func (s *Server) tokenCreate(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	label := strings.TrimSpace(values.Get("label"))
	secret, _, err := s.o.Accounts.CreateToken(c.UserContext(), a.Name, label[:min(len(label), 80)], nil, 0)
	if err != nil {
		return err
	}
	return s.accountPage(c, a, secret)
}

func (s *Server) tokenRevoke(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.RevokeToken(c.UserContext(), a.Name, values.Get("id")); err != nil {
		return err
	}
	return redirect(c, "/account?notice=revoked")
}
