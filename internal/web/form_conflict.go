package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

const indexFile = "index.md" // of the resource that is merged, whatever folder it is in

// meeting is an edit that met another: the revision that both began from, what was typed, and what stands now.
type meeting struct {
	mine, theirs []byte
	result       merge.Result
}

// meet merges what was typed with what was published meanwhile. Where it is not known what the edit began from, all of it
// stands against all of theirs: nothing is taken over that nobody has seen.
func (s *Server) meet(ctx context.Context, l located, e themes.Edit, lang string) (m meeting, err error) {
	doc, err := s.o.Repository.Source(ctx, l.Resource)
	if err != nil {
		return m, err
	}
	if m.theirs, err = doc.With(metadata.Edit{}); err != nil {
		return m, err
	}
	base := merge.Tree{}
	began := l.Resource
	if len(e.Base) == 40 {
		r, err := s.o.Repository.At(ctx, l.place.Address, e.Base)
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			return m, err
		}
		if err == nil {
			if doc, err = s.o.Repository.Source(ctx, r); err != nil {
				return m, err
			}
			common, err := doc.With(metadata.Edit{})
			if err != nil {
				return m, err
			}
			base[indexFile], began = merge.File{Data: common}, r
		}
	}
	if m.mine, err = doc.With(s.change(s.fields(began.Metadata, lang), e.Fields, began.Metadata, string(doc.Body), e.Text)); err != nil {
		return m, err
	}
	m.result = merge.Trees(base, merge.Tree{indexFile: {Data: m.mine}}, merge.Tree{indexFile: {Data: m.theirs}}, merge.Options{})
	return m, nil
}

// done reports whether all that was typed is published already, as it is when a form is sent twice.
func (m meeting) done() bool {
	merged, ok := m.result.Files[indexFile]
	return ok && m.result.Clean() && bytes.Equal(merged.Data, m.theirs)
}

// conflict shows what was typed beside what somebody else has published meanwhile. What only one side changed is merged;
// what both changed is decided here, block by block and field by field.
func (s *Server) conflict(c *fiber.Ctx, l located, e themes.Edit) error {
	m, err := s.meet(c.UserContext(), l, e, language(c))
	if err != nil {
		return err
	}
	return s.conflictPage(c, l, e, m, nil)
}

// overtaken answers a form to be published that is not about the newest revision.
func (s *Server) overtaken(c *fiber.Ctx, a accounts.Account, l located, e themes.Edit) error {
	m, err := s.meet(c.UserContext(), l, e, language(c))
	if err != nil {
		return err
	}
	return s.met(c, a, l, e, m)
}

// met shows a meeting, unless nothing is left to do.
func (s *Server) met(c *fiber.Ctx, a accounts.Account, l located, e themes.Edit, m meeting) error {
	if !m.done() {
		return s.conflictPage(c, l, e, m, nil)
	}
	s.forgetDraft(c, a, l)
	notice := "unchanged"
	if bytes.Equal(m.mine, m.theirs) {
		notice = "published"
	}
	return redirect(c, e.URL+"?notice="+notice)
}

// conflictPage shows a meeting, with what was decided already.
func (s *Server) conflictPage(c *fiber.Ctx, l located, e themes.Edit, m meeting, sent url.Values) error {
	v := themes.Conflict{
		Title: l.Metadata.Title, URL: e.URL, Action: e.Action, Language: l.Metadata.Language, Base: l.Newest, Began: e.Base,
		Fields: e.Fields, Mine: e.Text, Message: e.Message, Draft: e.Draft,
		Conflicts: s.choosing(m.result.Conflicts, l.Metadata.Language, e.URL, sent), Undecided: sent != nil,
	}
	if merged, ok := m.result.Files[indexFile]; ok {
		v.Blocks, v.Taken = s.differ(e.URL, v.Language).text(indexFile, m.mine, merged.Data)
	}
	history, err := s.o.Repository.History(c.UserContext(), l.Resource, 1)
	if err != nil {
		return err
	}
	if len(history) > 0 {
		v.Author = history[0].Author
	}
	c.Status(http.StatusConflict)
	return s.page(c, "conflict", themes.Frame{}, v)
}

// conflictSettle carries out what was decided: it publishes the merged text, or opens it in the editor.
func (s *Server) conflictSettle(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, typed url.Values) error {
	ctx, lang := c.UserContext(), language(c)
	shown := v.Base
	v.Base = typed.Get("began")
	m, err := s.meet(ctx, l, v, lang)
	if err != nil {
		return err
	}
	if shown != l.Newest { // it has changed again
		return s.met(c, a, l, v, m)
	}
	if m.result, err = m.result.Resolve(choices(typed)); err != nil {
		return err
	}
	if typed.Get("do") == "merge" && !m.result.Clean() {
		if m, err = s.meet(ctx, l, v, lang); err != nil { // with all that there was to decide
			return err
		}
		return s.conflictPage(c, l, v, m, typed)
	}
	doc, _ := metadata.Parse(indexFile, m.result.Files[indexFile].Data)
	change := metadata.Replace(doc.Metadata)
	body := string(doc.Body)
	change.Body = &body
	v.Base, v.Text, v.Fields = l.Newest, body, s.fields(mergedMetadata(doc.Metadata, l.Metadata), lang)
	if typed.Get("do") == "merge-edit" {
		return s.editFull(c, l, v)
	}
	return s.editRevise(c, a, l, v, change)
}

// mergedMetadata is what a file says, with what its resource inherits.
func mergedMetadata(said, now metadata.Metadata) metadata.Metadata {
	if said.Language == "" {
		said.Language = now.Language
	}
	if said.License == "" {
		said.License = now.License
	}
	if len(said.Subjects) == 0 {
		said.Subjects = now.Subjects
	}
	if len(said.Grades) == 0 {
		said.Grades = now.Grades
	}
	return said
}
