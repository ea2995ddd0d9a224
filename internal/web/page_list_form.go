package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// listNew is the form for a list, or for one that follows another.
func (s *Server) listNew(c *fiber.Ctx) error {
	if _, err := s.author(c); err != nil {
		return err
	}
	v := themes.ListForm{Adopt: clip(c.Query("adopt"), 1000)}
	if v.Adopt != "" {
		v.Slug = repository.Slug(v.Adopt[strings.LastIndex(v.Adopt, "/")+1:])
	}
	return s.listNewPage(c, v, "")
}

func (s *Server) listNewPage(c *fiber.Ctx, v themes.ListForm, board string) error {
	_, chairs, err := s.boardsOf(c)
	if err != nil {
		return err
	}
	if len(chairs) == 0 {
		return kind.ErrDenied
	}
	v.Action = "/lists"
	for _, o := range chairs {
		v.Boards = append(v.Boards, themes.Choice{Value: o.Name, Label: o.Title, Selected: o.Name == board})
	}
	for _, l := range []string{"en", "es"} {
		v.Languages = append(v.Languages, themes.Choice{Value: l, Label: s.o.Theme.Label(language(c), "language", l), Selected: l == language(c)})
	}
	return s.page(c, "list-form", themes.Frame{}, v)
}

// listCreate begins a list.
func (s *Server) listCreate(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	who, err := s.chair(c, values.Get("board"))
	if err != nil {
		return err
	}
	owner, err := s.o.Accounts.Owner(c.UserContext(), values.Get("board"))
	if err != nil {
		return err
	}
	about := approval.About{
		Slug: strings.TrimSpace(values.Get("slug")), Board: owner.Name, BoardTitle: owner.Title, Title: strings.TrimSpace(values.Get("title")),
		Description: strings.TrimSpace(values.Get("about")), Language: values.Get("language"),
	}
	adopt := strings.TrimSpace(values.Get("adopt"))
	if about.Slug == "" {
		about.Slug = repository.Slug(about.Title)
	}
	if adopt != "" {
		_, err = b.Adopt(c.UserContext(), about, adopt, who)
	} else {
		_, err = b.CreateList(c.UserContext(), about, who)
	}
	if f := classify(err); err != nil && f.status < 500 || err != nil && f.kind == "unavailable" {
		c.Status(f.status)
		return s.listNewPage(c, themes.ListForm{
			Slug: about.Slug, Title: about.Title, About: about.Description, Adopt: adopt, Problem: s.boardRefusal(c, err),
		}, owner.Name)
	}
	if err != nil {
		return err
	}
	s.boardActed(c, "list.create", owner.Name, about.Slug)
	return redirect(c, listPath(about.Slug)+"?notice=list-created")
}

// boardRefusal says in the reader's language why a board's step was not taken.
func (s *Server) boardRefusal(c *fiber.Ctx, err error) string {
	if err == nil {
		return ""
	}
	if code := approval.Code(err); code != "" {
		if said := s.o.Theme.Label(language(c), "refused", code); said != code {
			return said
		}
	}
	return innermost(err)
}

// boardActed notes a board's step for the operator and in the audit log.
func (s *Server) boardActed(c *fiber.Ctx, action, board, object string) {
	s.o.Logger.Info("board acted", "job", action, "resource", object, "actor", s.visitor(c).Name)
	ctx := accounts.As(c.UserContext(), s.visitor(c).Name)
	if err := s.o.Accounts.Record(ctx, "board."+action, accounts.OnList(board, object).String(), nil); err != nil {
		s.o.Logger.Error("board's step not in the audit log", "err", err)
	}
	s.changed(c)
}

// listForm is the list that a chair's form is about.
func (s *Server) listForm(c *fiber.Ctx) (b Boards, l *approval.List, who approval.Actor, values url.Values, err error) {
	if b, err = s.boards(); err != nil {
		return b, l, who, nil, err
	}
	if l, err = b.List(c.UserContext(), c.Params("slug")); err != nil {
		return b, l, who, nil, err
	}
	if who, err = s.chair(c, l.Board); err != nil {
		return b, l, who, nil, err
	}
	values, err = form(c)
	return b, l, who, values, err
}

// listJudge accepts or holds a newer revision.
func (s *Server) listJudge(c *fiber.Ctx) error {
	b, l, who, values, err := s.listForm(c)
	if err != nil {
		return err
	}
	accept := values.Get("do") == "accept"
	if err := b.Judge(c.UserContext(), l.Slug, values.Get("resource"), values.Get("revision"), accept, who, strings.TrimSpace(values.Get("note"))); err != nil {
		return err
	}
	notice := "list-held"
	if accept {
		notice = "list-accepted"
	}
	s.boardActed(c, strings.TrimPrefix(notice, "list-"), l.Board, l.Slug)
	return redirect(c, listPath(l.Slug)+"/newer?notice="+notice)
}

// entrySteps are the steps that the form beside an entry takes.
var entrySteps = map[string]approval.Kind{
	"withdraw": approval.Withdrawn, "renew": approval.Renewed, "fulfill": approval.Fulfilled, "exclude": approval.Excluded, "include": approval.Included,
}

// listAmend changes the approval of an entry.
func (s *Server) listAmend(c *fiber.Ctx) error {
	b, l, who, values, err := s.listForm(c)
	if err != nil {
		return err
	}
	if values.Get("do") == "key" {
		if !who.Chair {
			return kind.ErrDenied
		}
		if err := b.TakeFollowedKey(c.UserContext(), l.Slug, values.Get("key"), who); err != nil {
			return err
		}
		s.boardActed(c, "key taken", l.Board, l.Slug)
		return redirect(c, listPath(l.Slug)+"?notice=list-changed")
	}
	step, ok := entrySteps[values.Get("do")]
	if !ok {
		return kind.ErrInvalid
	}
	e := approval.Event{Kind: step, Resource: values.Get("resource"), Note: strings.TrimSpace(values.Get("note"))}
	if day := values.Get("expires"); day != "" {
		if e.Expires, err = time.Parse(time.DateOnly, day); err != nil {
			return fiber.NewError(fiber.StatusUnprocessableEntity, "the day cannot be read: write it as 2027-06-30")
		}
	}
	_, err = b.Step(c.UserContext(), l.Slug, who, func(*approval.List) ([]approval.Event, error) { return []approval.Event{e}, nil })
	if err != nil {
		return err
	}
	s.boardActed(c, string(step), l.Board, l.Slug)
	return redirect(c, listPath(l.Slug)+"?notice=list-changed")
}

// listAdd puts a revision on a list that was decided about elsewhere.
func (s *Server) listAdd(c *fiber.Ctx) error {
	b, l, who, values, err := s.listForm(c)
	if err != nil {
		return err
	}
	r, err := s.o.Repository.Find(c.UserContext(), resourceName(values.Get("resource"), s.o.BaseURL))
	if err != nil {
		return err
	}
	o := approval.Outcome{Result: approval.Approve, Note: strings.TrimSpace(values.Get("note"))}
	if day := values.Get("expires"); day != "" {
		if o.Expires, err = time.Parse(time.DateOnly, day); err != nil {
			return fiber.NewError(fiber.StatusUnprocessableEntity, "the day cannot be read: write it as 2027-06-30")
		}
	}
	if err := b.Add(c.UserContext(), l.Slug, r, who, o); err != nil {
		return err
	}
	s.boardActed(c, "added", l.Board, l.Slug)
	return redirect(c, listPath(l.Slug)+"?notice=list-added")
}

// resourceName is how Find takes what people paste: an address of this server, or a name.
func resourceName(typed, base string) string {
	typed = strings.TrimSpace(typed)
	typed = strings.TrimPrefix(typed, base)
	typed = strings.TrimPrefix(strings.TrimPrefix(typed, "/r/"), "/id/")
	name, _, _ := strings.Cut(typed, "@")
	return name
}
