package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// Mailer sends notices to people who want them by mail.
type Mailer interface {
	// CheckAddress says what is wrong with an address; it is kind.ErrInvalid.
	CheckAddress(address string) error
	// Ask sends the question whether an address wants notices, with a link.
	Ask(ctx context.Context, to accounts.MailAddress) error
	// Invite sends the link of an invitation to an address.
	Invite(ctx context.Context, address, lang string, i accounts.Invitation, secret string) error
	// Holds reports whether a token is that of the links of an account's address.
	Holds(account, address, token string) bool
	// Refusal is the hashed address whose reader a link of a question or an invitation was sent to.
	Refusal(token string) (hashed string, ok bool)
}

// mailForm shows where a person wants notices.
func (s *Server) mailForm(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	return s.mailPage(c, a, themes.MailPage{})
}

func (s *Server) mailPage(c *fiber.Ctx, a accounts.Account, v themes.MailPage) error {
	v.On, v.Languages = s.o.Mail != nil, s.theme(c).Languages()
	m, err := s.o.Accounts.Mail(c.UserContext(), a.Name)
	if err != nil && !errors.Is(err, kind.ErrNotFound) {
		return err
	}
	if err == nil {
		v.Address, v.Confirmed = m.Address, m.Confirmed
	}
	return s.page(c, "mail", themes.Frame{}, v)
}

// mailSend notes where a person wants notices, and asks there; or ends them.
func (s *Server) mailSend(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	if values.Get("do") == "off" {
		if err := s.o.Accounts.ForgetMail(ctx, a.Name); err != nil {
			return err
		}
		return redirect(c, "/account/mail?notice=mail-off")
	}
	if s.o.Mail == nil {
		return fiber.ErrNotFound
	}
	address, lang := strings.TrimSpace(values.Get("address")), values.Get("language")
	if !slices.Contains(s.theme(c).Languages(), lang) {
		lang = language(c)
	}
	err = s.o.Mail.CheckAddress(address)
	if err == nil {
		err = s.o.Accounts.SetMail(ctx, a.Name, address, lang)
	}
	switch {
	case errors.Is(err, kind.ErrInvalid):
		c.Status(http.StatusUnprocessableEntity)
		return s.mailPage(c, a, themes.MailPage{Wrong: true, Typed: address})
	case errors.Is(err, kind.ErrConflict):
		c.Status(http.StatusTooManyRequests)
		return s.mailPage(c, a, themes.MailPage{Soon: true, Typed: address})
	case err != nil:
		return err
	}
	if err := s.o.Mail.Ask(ctx, accounts.MailAddress{Account: a.Name, Address: address, Language: lang}); err != nil {
		return err
	}
	return redirect(c, "/account/mail?notice=mail-asked")
}

// mailed is the address that a link of a mail is for.
func (s *Server) mailed(c *fiber.Ctx) (accounts.MailAddress, error) {
	secretly(c)
	if s.o.Mail == nil {
		return accounts.MailAddress{}, fiber.ErrNotFound
	}
	m, err := s.o.Accounts.Mail(c.UserContext(), c.Params("account"))
	if err == nil && !s.o.Mail.Holds(m.Account, m.Address, c.Params("token")) {
		err = fiber.ErrNotFound
	}
	return m, err
}

// mailLink asks whoever reads the mail whether it wants the notices. Nobody need be signed in.
func (s *Server) mailLink(c *fiber.Ctx) error {
	m, err := s.mailed(c)
	if err != nil {
		return err
	}
	return s.page(c, "mail-link", themes.Frame{NoIndex: true}, themes.MailLink{Action: c.Path(), Name: m.Account, Confirmed: m.Confirmed})
}

// mailAnswer takes the answer: yes, or that there be no more. A mail program that ends them with one click sends
// List-Unsubscribe=One-Click (RFC 8058).
func (s *Server) mailAnswer(c *fiber.Ctx) error {
	m, err := s.mailed(c)
	if err != nil {
		return err
	}
	yes, err := saidYes(c)
	if err != nil {
		return err
	}
	v := themes.MailLink{Done: true}
	if yes {
		v.Confirmed, err = true, s.o.Accounts.ConfirmMail(c.UserContext(), m.Account, m.Address)
	} else {
		err = s.o.Accounts.ForgetMail(c.UserContext(), m.Account)
	}
	if err != nil {
		return err
	}
	return s.page(c, "mail-link", themes.Frame{NoIndex: true}, v)
}

// saidYes reports whether an answer is yes, which the form of the page alone says. A mail program that ends notices by a click
// may send a form of the other kind (RFC 8058, section 3.2), and there is nothing in it that is not known.
func saidYes(c *fiber.Ctx) (bool, error) {
	if kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); err == nil && kind == fiber.MIMEMultipartForm {
		return false, nil
	}
	values, err := form(c)
	return values.Get("do") == "yes", err
}

// refusing is the hashed address that a link ends questions and invitations for.
func (s *Server) refusing(c *fiber.Ctx) (string, error) {
	secretly(c)
	if s.o.Mail == nil {
		return "", fiber.ErrNotFound
	}
	hashed, ok := s.o.Mail.Refusal(c.Params("token"))
	if !ok {
		return "", fiber.ErrNotFound
	}
	return hashed, nil
}

// refusalLink asks whoever reads the mail whether questions and invitations may come there. Nobody need have an account.
func (s *Server) refusalLink(c *fiber.Ctx) error {
	hashed, err := s.refusing(c)
	if err != nil {
		return err
	}
	refused, err := s.o.Accounts.RefusesMail(c.UserContext(), hashed)
	if err != nil {
		return err
	}
	return s.page(c, "mail-link", themes.Frame{NoIndex: true}, themes.MailLink{Action: c.Path(), Stranger: true, Confirmed: !refused})
}

// refusalAnswer takes the answer.
func (s *Server) refusalAnswer(c *fiber.Ctx) error {
	hashed, err := s.refusing(c)
	if err != nil {
		return err
	}
	yes, err := saidYes(c)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.RefuseMail(c.UserContext(), hashed, !yes); err != nil {
		return err
	}
	return s.page(c, "mail-link", themes.Frame{NoIndex: true}, themes.MailLink{Stranger: true, Done: true, Confirmed: yes})
}
