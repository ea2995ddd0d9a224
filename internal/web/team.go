package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// maxLine bounds a line that somebody types into a form, in bytes.
const maxLine = 300

// line is a field of a form on one line.
func line(text string) string { return clip(strings.Join(strings.Fields(text), " "), maxLine) }

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
	return s.page(c, "teams", themes.Frame{NoIndex: true}, v)
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
	return s.teamPage(c, a, o, "")
}

// teamPage is the page; link is that of an invitation that was just made.
func (s *Server) teamPage(c *fiber.Ctx, a accounts.Account, o accounts.Owner, link string) error {
	ctx := c.UserContext()
	v := themes.Team{Name: o.Name, Title: o.Title, URL: "/teams/" + o.Name, Kind: string(o.Kind), Link: link, Self: a.Name}
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
	if link != "" {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	return s.page(c, "team", themes.Frame{NoIndex: true}, v)
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
		secret, _, err := s.o.Accounts.Invite(ctx, o.Name, accounts.MemberRole(values.Get("role")), line(values.Get("note")))
		if err != nil {
			return err
		}
		return s.teamPage(c, a, o, s.o.BaseURL+"/invitations/"+secret)
	default:
		return fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	return redirect(c, page+"?notice=team-saved")
}

// invitation asks somebody whether they join a team.
func (s *Server) invitation(c *fiber.Ctx) error {
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
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.page(c, "invitation", themes.Frame{NoIndex: true}, themes.Invitation{
		Team: i.Title, Kind: string(o.Kind), Role: string(i.Role), By: i.By, Expires: i.Expires, Action: "/invitations/" + c.Params("secret"),
	})
}

// invitationSend takes the answer.
func (s *Server) invitationSend(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	values, err := form(c)
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
	return s.page(c, "share", themes.Frame{NoIndex: true}, v)
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

// shownEvents is how many events a page of the log has.
const shownEvents = 100

// audit shows the log of decisions and rights, the newest first.
func (s *Server) audit(c *fiber.Ctx) error {
	if err := s.auditor(c); err != nil {
		return err
	}
	before := int64(max(c.QueryInt("before"), 0))
	list, err := s.o.Accounts.NewestAudit(c.UserContext(), before, shownEvents+1)
	if err != nil {
		return err
	}
	v := themes.Audit{}
	if len(list) > shownEvents {
		list = list[:shownEvents]
		v.Older = "/audit?before=" + strconv.FormatInt(list[shownEvents-1].Seq, 10)
	}
	for _, e := range list {
		one := themes.AuditEvent{Seq: e.Seq, At: e.At, Actor: e.Actor, Action: e.Action, Object: e.Object}
		for name, value := range e.Detail {
			one.Detail = append(one.Detail, themes.Field{Name: name, Value: value})
		}
		slices.SortFunc(one.Detail, func(a, b themes.Field) int { return strings.Compare(a.Name, b.Name) })
		v.Events = append(v.Events, one)
	}
	if len(list) > 0 && before == 0 {
		v.Head = list[0].Hash
	}
	return s.page(c, "audit", themes.Frame{NoIndex: true}, v)
}

func (s *Server) auditor(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	return s.may(c, a, accounts.ReadAudit, accounts.OnSite())
}

// auditFile is the whole log as JSON lines.
func (s *Server) auditFile(c *fiber.Ctx) error {
	if err := s.auditor(c); err != nil {
		return err
	}
	tmp, err := os.CreateTemp("", "commonplace-audit-")
	if err != nil {
		return err
	}
	f := &spooled{File: tmp}
	if _, err = s.o.Accounts.ExportAudit(c.UserContext(), tmp); err == nil {
		if f.size, err = tmp.Seek(0, io.SeekCurrent); err == nil {
			_, err = tmp.Seek(0, io.SeekStart)
		}
	}
	if err != nil {
		f.remove()
		return err
	}
	c.Set(fiber.HeaderContentType, "application/jsonl")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="audit.jsonl"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(finishing{tmp, func() error { f.remove(); return nil }}, int(f.size))
}
