package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// shareShow says who else may revise a resource.
func (s *Server) shareShow(c *fiber.Ctx, l located) error {
	if _, err := s.sharer(c, l); err != nil {
		return err
	}
	return s.sharePage(c, l, themes.Sharing{})
}

func (s *Server) sharer(c *fiber.Ctx, l located) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	return a, s.may(c, a, accounts.Share, accounts.OnResource(l.place.Owner, l.place.Slug))
}

func (s *Server) sharePage(c *fiber.Ctx, l located, v themes.Sharing) error {
	grants, err := s.o.Accounts.Grants(c.UserContext(), accounts.OnResource(l.place.Owner, l.place.Slug))
	if err != nil {
		return err
	}
	page := pathOf(l.place.Root(), "")
	v.Title, v.Language, v.URL, v.Action = l.Metadata.Title, l.Metadata.Language, page, page+"/share"
	for _, g := range grants {
		v.List = append(v.List, themes.Member{Account: g.Account, Display: g.Display, Role: string(g.Role), Since: g.Created})
	}
	return s.page(c, "share", themes.Frame{}, v)
}

// shareSend changes who that is.
func (s *Server) shareSend(c *fiber.Ctx, l located) error {
	if _, err := s.sharer(c, l); err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	on, account := accounts.OnResource(l.place.Owner, l.place.Slug), strings.ToLower(strings.TrimSpace(values.Get("account")))
	switch values.Get("do") {
	case "add":
		err = s.o.Accounts.SetGrant(c.UserContext(), on, account, accounts.Editor)
		if errors.Is(err, kind.ErrNotFound) {
			c.Status(http.StatusUnprocessableEntity)
			return s.sharePage(c, l, themes.Sharing{Unknown: account})
		}
	case "remove":
		err = s.o.Accounts.RemoveGrant(c.UserContext(), on, account)
	default:
		return fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	return redirect(c, pathOf(l.place.Root(), "")+"/share?notice=team-saved")
}
