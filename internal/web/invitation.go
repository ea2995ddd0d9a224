package web

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// invite makes an invitation, sends its link to an address if there is one, and shows it.
func (s *Server) invite(c *fiber.Ctx, a accounts.Account, o accounts.Owner, role accounts.MemberRole, note, address string) error {
	ctx := c.UserContext()
	v := themes.Team{Note: note, Address: address}
	mailed := address != "" && s.o.Mail != nil
	if mailed {
		if err := s.o.Mail.CheckAddress(address); err != nil {
			v.Wrong = true
			c.Status(http.StatusUnprocessableEntity)
			return s.teamPage(c, a, o, v)
		}
	}
	secret, i, err := s.o.Accounts.Invite(ctx, o.Name, role, note)
	if err != nil {
		return err
	}
	v = themes.Team{Link: s.o.BaseURL + "/invitations/" + secret}
	if mailed {
		if err = s.o.Accounts.MailInvitation(ctx, i); err == nil {
			err = s.o.Mail.Invite(ctx, address, language(c), i, secret)
		}
		if err != nil && !errors.Is(err, kind.ErrConflict) && !errors.Is(err, kind.ErrUnavailable) {
			return err
		}
		v.Mailed, v.Enough = err == nil, err != nil // the link is there to be given by hand
	}
	return s.teamPage(c, a, o, v)
}

// invitation asks somebody whether they join a team.
func (s *Server) invitation(c *fiber.Ctx) error {
	secretly(c)
	if _, err := s.author(c); err != nil {
		return err
	}
	i, err := s.o.Accounts.Invitation(c.UserContext(), c.Params("secret"))
	if err != nil {
		return err
	}
	o, err := s.o.Accounts.Owner(c.UserContext(), i.Team)
	if err != nil {
		return err
	}
	return s.page(c, "invitation", themes.Frame{NoIndex: true}, themes.Invitation{
		Team: i.Title, Kind: string(o.Kind), Role: string(i.Role), By: i.By, Expires: i.Expires, Action: "/invitations/" + c.Params("secret"),
	})
}

// invitationSend takes the answer.
func (s *Server) invitationSend(c *fiber.Ctx) error {
	secretly(c)
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	do := values.Get("do")
	if do != "accept" && do != "decline" {
		return fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	i, err := s.o.Accounts.AnswerInvitation(c.UserContext(), c.Params("secret"), a, do == "accept")
	if err != nil {
		return err
	}
	if do == "decline" {
		return redirect(c, "/account?notice=declined")
	}
	return redirect(c, "/teams/"+i.Team+"?notice=team-joined")
}
