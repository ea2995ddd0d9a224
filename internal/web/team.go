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

// teams lists all teams and boards, and for administrators has a form to make one.
func (s *Server) teams(c *fiber.Ctx) error {
	if _, err := s.author(c); err != nil {
		return err
	}
	return s.teamsPage(c, themes.Teams{})
}

func (s *Server) teamsPage(c *fiber.Ctx, v themes.Teams) error {
	list, err := s.o.Accounts.Teams(c.UserContext())
	if err != nil {
		return err
	}
	for _, o := range list {
		v.List = append(v.List, themes.TeamLine{Name: o.Name, Title: o.Title, URL: "/teams/" + o.Name, Kind: string(o.Kind)})
	}
	if v.MayCreate, err = s.allowed(c, accounts.CreateTeam, accounts.OnSite()); err != nil {
		return err
	}
	return s.page(c, "teams", themes.Frame{}, v)
}

// teamCreate makes a team or a board.
func (s *Server) teamCreate(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if err := s.may(c, a, accounts.CreateTeam, accounts.OnSite()); err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	v := themes.Teams{Name: strings.ToLower(strings.TrimSpace(values.Get("name"))), Title: line(values.Get("title")), Board: values.Get("kind") == "board"}
	add := s.o.Accounts.AddTeam
	if v.Board {
		add = s.o.Accounts.AddBoard
	}
	err = add(c.UserContext(), v.Name, v.Title)
	if errors.Is(err, kind.ErrInvalid) || errors.Is(err, kind.ErrConflict) {
		v.Taken, v.Wrong = errors.Is(err, kind.ErrConflict), errors.Is(err, kind.ErrInvalid)
		c.Status(classify(err).status)
		return s.teamsPage(c, v)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/teams/"+v.Name+"?notice=team-made")
}

// team shows a team or a board: to its members and moderators with who is in it.
func (s *Server) team(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	o, err := s.o.Accounts.Owner(c.UserContext(), c.Params("team"))
	if err != nil {
		return err
	}
	if !o.Shared() {
		return fiber.ErrNotFound
	}
	return s.teamPage(c, a, o, themes.Team{})
}

// teamPage is the page; v has what became of an invitation that was just made.
func (s *Server) teamPage(c *fiber.Ctx, a accounts.Account, o accounts.Owner, v themes.Team) error {
	ctx := c.UserContext()
	v.Name, v.Title, v.URL, v.Kind, v.Self, v.Mails = o.Name, o.Title, "/teams/"+o.Name, string(o.Kind), a.Name, s.o.Mail != nil
	for _, role := range o.Kind.Roles() {
		v.Roles = append(v.Roles, string(role))
	}
	sees, err := s.allowed(c, accounts.SeeMembers, accounts.OnOwner(o.Name))
	if err != nil {
		return err
	}
	if v.MayManage, err = s.allowed(c, accounts.ManageTeam, accounts.OnOwner(o.Name)); err != nil {
		return err
	}
	if sees {
		members, err := s.o.Accounts.Members(ctx, o.Name)
		if err != nil {
			return err
		}
		for _, m := range members {
			line := themes.Member{Account: m.Account, Display: m.Display, Role: string(m.Role), Since: m.Since}
			if m.Source != "" {
				line.Source = s.o.Elsewhere.Title(m.Source)
			}
			v.Members = append(v.Members, line)
			v.In = v.In || m.Account == a.Name
		}
	}
	if v.MayManage {
		invitations, err := s.o.Accounts.Invitations(ctx, o.Name)
		if err != nil {
			return err
		}
		for _, i := range invitations[:min(len(invitations), 50)] {
			state := i.Answer
			if state == "" && !i.Expires.After(s.o.Now()) {
				state = "expired"
			}
			v.Invitations = append(v.Invitations, themes.Invitation{
				ID: i.ID, Note: i.Note, Role: string(i.Role), By: i.By, Created: i.Created, Expires: i.Expires, State: state, Account: i.Account,
			})
		}
	}
	if v.Link != "" {
		secretly(c)
	}
	return s.page(c, "team", themes.Frame{}, v)
}

// teamSend does what a form of the team's page asks for.
func (s *Server) teamSend(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	o, err := s.o.Accounts.Owner(c.UserContext(), c.Params("team"))
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	ctx, page := c.UserContext(), "/teams/"+o.Name
	account := strings.ToLower(strings.TrimSpace(values.Get("account")))
	if values.Get("do") == "leave" { // nobody is kept
		if err := s.o.Accounts.RemoveMember(ctx, o.Name, a.Name); err != nil {
			return err
		}
		return redirect(c, "/account?notice=team-left#teams")
	}
	if err := s.may(c, a, accounts.ManageTeam, accounts.OnOwner(o.Name)); err != nil {
		return err
	}
	switch values.Get("do") {
	case "role":
		err = s.o.Accounts.SetMember(ctx, o.Name, account, accounts.MemberRole(values.Get("role")))
	case "remove":
		err = s.o.Accounts.RemoveMember(ctx, o.Name, account)
	case "revoke":
		err = s.o.Accounts.RevokeInvitation(ctx, o.Name, values.Get("id"))
	case "title":
		err = s.o.Accounts.SetTitle(ctx, o.Name, line(values.Get("title")))
	case "invite":
		return s.invite(c, a, o, accounts.MemberRole(values.Get("role")), line(values.Get("note")), strings.TrimSpace(values.Get("address")))
	default:
		return fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	return redirect(c, page+"?notice=team-saved")
}
