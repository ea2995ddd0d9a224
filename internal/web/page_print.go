package web

import (
	"context"
	"errors"
	"html/template"
	"path"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

// maxPrinted bounds the text of a unit that is printed as one document, in bytes of HTML. What comes after it is named.
const maxPrinted = 4 << 20

// printed shows a resource as it goes on paper: a unit with all its parts, and what only teachers read at the end, on pages
// of its own.
func (s *Server) printed(c *fiber.Ctx, l located) error {
	ctx, lang := c.UserContext(), language(c)
	r, extra, err := s.resourceView(c, l, nil)
	if err != nil {
		return err
	}
	r.Links.Teacher, r.Links.Student = l.base()+"/print?view=teacher", l.base()+"/print?view=student"
	v := themes.Print{Resource: r, Address: s.pinnedLink(l.Resource)}
	if v.Code, err = qrCode(v.Address); err != nil {
		return err
	}
	own := s.onPaper(r.Body, "", 0)
	v.Body = own.Text
	if own.Key != "" {
		v.Keys = append(v.Keys, themes.Key{Language: r.Language, Text: own.Key})
	}
	parts, err := s.partsOf(ctx, l)
	if err != nil {
		return err
	}
	size := len(r.Body)
	for i, p := range parts {
		ch := themes.Chapter{Part: partView(p, l.Resource.License, lang), ID: "p" + strconv.Itoa(i+1)}
		text, styles, notes, err := s.chapter(ctx, l, p, v.Student)
		if err != nil {
			return err
		}
		if size += len(text); text != "" && size <= maxPrinted {
			page := s.onPaper(text, ch.ID+"-", 1)
			ch.Body = page.Text
			v.HasNotes = v.HasNotes || notes
			if page.Key != "" {
				v.Keys = append(v.Keys, themes.Key{Title: ch.Title, Language: ch.Language, Text: page.Key})
			}
			for _, css := range styles {
				if !slices.Contains(extra.styles, css) {
					extra.styles = append(extra.styles, css)
				}
			}
		}
		v.Chapters = append(v.Chapters, ch)
	}
	v.First = true
	if s.o.Printer != nil {
		v.Links.PDF = l.base() + "/print.pdf?view=" + viewName(v.Student)
	}
	if asked := c.Query("sheet"); asked != "all" {
		sheets(&v, l.base()+"/print?view="+viewName(v.Student), asked)
	}
	return s.page(c, "print", themes.Frame{Lede: l.Metadata.Description, Styles: extra.styles}, v)
}

// partsOf are the parts of a unit, as they were at its revision. Those that were removed since are left out.
func (s *Server) partsOf(ctx context.Context, l located) ([]repository.Part, error) {
	parts, err := s.o.Repository.Parts(ctx, l.Resource)
	if err != nil || l.Pinned() == "" || l.Pinned() == l.Newest {
		return parts, err
	}
	var list []repository.Part
	for _, m := range l.Metadata.Parts {
		if m.Pin.ID != "" { // Parts has these and no others of an old revision
			if len(parts) > 0 {
				list, parts = append(list, parts[0]), parts[1:]
			}
			continue
		}
		a := l.place.Address
		a.Part = path.Join(a.Part, m.Path)
		r, err := s.o.Repository.At(ctx, a, l.Pinned())
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, repository.Part{Resource: r, Known: true})
	}
	return list, nil
}

// chapter renders a part of a unit. The text is empty where it is not on this server.
func (s *Server) chapter(ctx context.Context, unit located, p repository.Part, student bool) (text template.HTML, styles []string, notes bool, err error) {
	if !p.Known || !p.Own() {
		return "", nil, false, nil
	}
	l := located{place: place{Address: p.Address}, Resource: p.Resource, Newest: p.Revision}
	if p.Pinned() || unit.Pinned() != "" {
		l.place.Revision = p.Revision
	}
	w, err := s.written(ctx, l, student, "", nil)
	if err != nil && !errors.Is(err, render.ErrTooLarge) {
		return "", nil, false, err
	}
	return w.page.HTML, stylesOf(w.page), teacherBlock.Match(w.doc.Body), nil
}

// pinnedLink is the permanent address of one revision of a resource.
func (s *Server) pinnedLink(r repository.Resource) string {
	return s.o.Repository.Permalink(r.ID) + "@" + r.Revision
}
