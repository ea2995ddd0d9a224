package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// lists are all approved lists, those of peers too, and the calls that are open.
func (s *Server) lists(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	var v themes.Lists
	on, chairs, err := s.boardsOf(c)
	if err != nil {
		return err
	}
	v.Boards = on
	if len(chairs) > 0 {
		v.Create = "/lists/new"
	}
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		one, err := s.signedList(c, l.Slug)
		if err != nil {
			return err
		}
		v.Lists = append(v.Lists, one.card)
	}
	others, err := b.Elsewhere(ctx)
	if err != nil {
		return err
	}
	for _, o := range others {
		modified, _ := time.Parse(time.RFC3339, o.Modified)
		card := themes.ListCard{Title: o.Title, URL: web(o.URL), Board: o.Board, Entries: o.Entries, Version: o.Version, Modified: modified,
			Here: "/search?list=" + escapeQuery(o.Set())}
		if v.Create != "" {
			card.Adopt = "/lists/new?adopt=" + escapeQuery(o.URL)
		}
		v.Elsewhere = append(v.Elsewhere, card)
	}
	calls, err := b.Calls(ctx)
	if err != nil {
		return err
	}
	for _, call := range calls {
		if call.Open(s.o.Now()) {
			v.Calls = append(v.Calls, s.callCard(c, call))
		}
	}
	return s.page(c, "lists", themes.Frame{Lede: s.theme(c).Text(language(c), "lists.lede")}, v)
}

// boardsOf are the boards that the visitor is on, and the names of those that they chair.
func (s *Server) boardsOf(c *fiber.Ctx) (on []themes.Link, chairs []accounts.Owner, err error) {
	a := s.visitor(c)
	if a.Name == "" {
		return nil, nil, nil
	}
	ctx := c.UserContext()
	memberships, err := s.o.Accounts.Memberships(ctx, a.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range memberships {
		o, err := s.o.Accounts.Owner(ctx, m.Team)
		if err != nil {
			return nil, nil, err
		}
		if o.Kind != accounts.Board {
			continue
		}
		on = append(on, themes.Link{Label: o.Title, URL: "/boards/" + o.Name})
		if m.Role == accounts.BoardChair {
			chairs = append(chairs, o)
		}
	}
	return on, chairs, nil
}

// listCard is what cards and heads of pages say of a list.
func (s *Server) listCard(c *fiber.Ctx, l shownList) (themes.ListCard, error) {
	card := themes.ListCard{
		Title: l.Title, URL: listPath(l.Slug), Board: l.signed.File.Publisher.Name, Description: l.Description, Language: l.Language,
		Entries: l.signed.File.Number, Version: l.Version, Modified: l.Modified, Excluded: len(l.Excluded),
	}
	if l.Follows != nil {
		card.Follows, card.FollowsHost = l.Follows.Title, web(l.Follows.URL)
	}
	if !l.who.Chair {
		return card, nil
	}
	newer, err := l.boards.Newer(c.UserContext(), l.List, false)
	card.Newer, card.NewerURL = len(newer), listPath(l.Slug)+"/newer"
	return card, err
}

// shownList is a list with all that its pages begin with.
type shownList struct {
	*approval.List
	boards Boards
	signed approval.Signed
	card   themes.ListCard
	who    approval.Actor
}

// signedList is the list that an address names, in its published form, and what its reader may do with it.
func (s *Server) signedList(c *fiber.Ctx, slug string) (l shownList, err error) {
	if l.boards, err = s.boards(); err != nil {
		return l, err
	}
	if l.List, err = l.boards.List(c.UserContext(), slug); err != nil {
		return l, err
	}
	if l.signed, err = l.boards.Signed(c.UserContext(), slug); err != nil {
		return l, err
	}
	if l.who, err = s.juror(c, l.Board); err != nil {
		return l, err
	}
	l.card, err = s.listCard(c, l)
	return l, err
}

func listPath(slug string) string { return "/lists/" + slug }
