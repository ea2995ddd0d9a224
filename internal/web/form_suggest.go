package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// suggestShow is the form for who may not edit: what it sends is offered to the owner.
func (s *Server) suggestShow(c *fiber.Ctx, l located) error {
	if _, err := s.author(c); err != nil {
		return err
	}
	doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	v := s.suggestView(c, l, s.fields(l.Metadata, language(c)))
	v.Base, v.Text = l.Resource.Revision, string(doc.Body) // of the version that is shown, which need not be the newest
	if err := s.offeredBack(c, &v); err != nil {
		return err
	}
	// Who wants to suggest something has just read the lesson: it is rendered and checked again when there is a change to see.
	return s.desk(c, themes.Frame{}, v)
}

// suggestPage is the form with what publishing its text would say.
func (s *Server) suggestPage(c *fiber.Ctx, l located, v themes.Edit) error {
	var f themes.Frame
	v.Preview, f.Styles = s.previewWhole(v.Text, v.Fields.Language, v.URL, l.place.Part)
	if err := s.checked(c, l, &v); err != nil {
		return err
	}
	return s.desk(c, f, v)
}

func (s *Server) suggestView(c *fiber.Ctx, l located, fields themes.Fields) themes.Edit {
	v := s.editView(c, l, fields)
	v.Action, v.Suggest = pathOf(l.place.Address, "")+"/suggest", true
	return v
}

// suggestSend previews or offers what the form brings. It is compared with the revision that was edited, so it does not
// matter what was published meanwhile.
func (s *Server) suggestSend(c *fiber.Ctx, l located) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if err := s.may(c, a, accounts.Suggest, accounts.OnResource(l.place.Owner, l.place.Slug)); err != nil {
		return err
	}
	typed, err := form(c)
	if err != nil {
		return err
	}
	ctx, lang := c.UserContext(), language(c)
	fields := s.typedFields(typed, lang)
	v := s.suggestView(c, l, fields)
	s.fillEdit(&v, typed, lang)
	if onlyLooks(typed) {
		return s.suggestPage(c, l, v)
	}
	if len(v.Base) != 40 {
		return fiber.NewError(http.StatusBadRequest, "the form does not say which version was changed")
	}
	began, err := s.o.Repository.At(ctx, l.place.Address, v.Base)
	if err != nil {
		return err
	}
	doc, err := s.o.Repository.Source(ctx, began)
	if err != nil {
		return err
	}
	text, problems, err := s.edited(doc, began.Metadata, fields, v.Text, lang)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		v.Problems = problems
		c.Status(http.StatusUnprocessableEntity)
		return s.suggestPage(c, l, v)
	}
	said := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q", a.Name, v.Base, l.place.Part, v.Message, text)) // the same twice is one
	_, err = s.o.Repository.Suggest(ctx, repository.Offer{
		Address: l.place.Root(), Base: v.Base, Actor: s.actor(a), Message: v.Message, Key: hex.EncodeToString(said[:]),
		Edits: map[string]*[]byte{path.Join(l.place.Part, "index.md"): &text},
	})
	if errors.Is(err, repository.ErrCrowded) {
		v.Problems = []themes.Problem{{Message: s.o.Theme.Text(lang, "suggest.crowded")}}
		c.Status(http.StatusUnprocessableEntity)
		return s.suggestPage(c, l, v)
	}
	if err != nil {
		return err
	}
	return redirect(c, v.URL+"?notice=suggested")
}
