package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// draftOf is the form as a draft keeps it.
func draftOf(l located, v themes.Edit) drafts.Draft {
	f := v.Fields
	return drafts.Draft{Resource: string(l.ID), Base: v.Base, Fields: map[string]string{
		"title": f.Title, "description": f.Description, "type": f.Type, "language": f.Language, "license": f.License, "subjects": f.Subjects,
		"grades": f.Grades, "teaches": f.Teaches, "time": f.Time, "text": v.Text, "message": v.Message,
	}}
}

// resumeDraft puts the visitor's draft of a resource into the form. It reports whether something was published since the
// draft began.
func (s *Server) resumeDraft(c *fiber.Ctx, a accounts.Account, l located, v *themes.Edit) (old bool, err error) {
	if s.o.Drafts == nil {
		return false, nil
	}
	v.Drafts = true
	d, tag, err := s.o.Drafts.Load(c.UserContext(), a.Name, string(l.ID))
	if errors.Is(err, kind.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	typed := url.Values{}
	for name, value := range d.Fields {
		typed.Set(name, value)
	}
	v.Fields = s.typedFields(typed, language(c))
	v.Base, v.Text, v.Message = d.Base, d.Fields["text"], d.Fields["message"]
	v.Draft, v.Saved = string(tag), d.Saved
	return d.Base != l.Newest, nil
}

// saveDraft keeps what was typed. A script is told in JSON; a person gets the page again.
func (s *Server) saveDraft(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, typed url.Values) error {
	if s.o.Drafts == nil {
		return fiber.ErrNotFound
	}
	ctx, lang := c.UserContext(), language(c)
	script := strings.HasPrefix(c.Get(fiber.HeaderAccept), "application/json")
	d, tag, err := s.o.Drafts.Save(ctx, a.Name, draftOf(l, v), drafts.Tag(typed.Get("draft")))
	switch {
	case errors.Is(err, kind.ErrConflict) && script:
		return s.json(c, http.StatusConflict, map[string]string{"status": s.theme(c).Text(lang, "draft.elsewhere")})
	case errors.Is(err, kind.ErrConflict):
		other, newer, err := s.o.Drafts.Load(ctx, a.Name, string(l.ID))
		if err != nil {
			return err
		}
		v.Draft, v.Saved, v.Elsewhere = string(newer), other.Saved, other.Fields["text"]
		c.Status(http.StatusConflict)
		return s.editFull(c, l, v)
	case err != nil:
		return err
	case script:
		return s.json(c, http.StatusOK, map[string]string{"draft": string(tag), "status": s.theme(c).Text(lang, "draft.saved")})
	}
	v.Draft, v.Saved = string(tag), d.Saved
	return s.editFull(c, l, v)
}

// discardDraft goes back to what is published.
func (s *Server) discardDraft(c *fiber.Ctx, a accounts.Account, l located) error {
	if s.o.Drafts == nil {
		return fiber.ErrNotFound
	}
	if err := s.o.Drafts.Discard(c.UserContext(), a.Name, string(l.ID)); err != nil {
		return err
	}
	return redirect(c, pathOf(l.place.Address, "")+"/edit?notice=discarded")
}

// forgetDraft removes the draft of what is published now. One that stays is only offered again.
func (s *Server) forgetDraft(c *fiber.Ctx, a accounts.Account, l located) {
	if s.o.Drafts == nil {
		return
	}
	if err := s.o.Drafts.Discard(c.UserContext(), a.Name, string(l.ID)); err != nil {
		s.o.Logger.Warn("draft not discarded", "resource", l.ID, "err", err)
	}
}
