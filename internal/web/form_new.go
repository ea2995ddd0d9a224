package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/word"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

func (s *Server) newForm(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	v, err := s.newView(c, a)
	if err != nil {
		return err
	}
	v.Text = s.theme(c).Text(language(c), "new.template", "Name", a.Display, "Language", language(c))
	return s.page(c, "new", themes.Frame{}, v)
}

func (s *Server) newView(c *fiber.Ctx, a accounts.Account) (themes.New, error) {
	owners, err := s.owners(c, a)
	return themes.New{Owner: a.Name, Owners: owners}, err
}

// newSend checks or publishes what was uploaded or typed.
func (s *Server) newSend(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	u, err := s.readUpload(c)
	if err != nil {
		return err
	}
	defer u.remove()
	v, err := s.newView(c, a)
	if err != nil {
		return err
	}
	v.Slug, v.Text = strings.TrimSpace(u.fields["slug"]), u.fields["text"]
	if v.Owner, err = s.namespace(c, a, u.fields["owner"]); err != nil {
		return err
	}
	v.Owners = with(v.Owners, v.Owner)
	say := func(key string, args ...any) error {
		return fiber.NewError(http.StatusUnprocessableEntity, s.theme(c).Text(language(c), key, args...))
	}
	refused := func(err error) error {
		f := classify(err)
		if f.status >= http.StatusInternalServerError {
			return err
		}
		if f.detail == "" {
			f.detail = s.theme(c).Text(language(c), "error.text."+f.kind)
		}
		v.Problems, v.Refused = []themes.Problem{{Message: f.detail}}, true
		c.Status(f.status)
		return s.page(c, "new", themes.Frame{}, v)
	}
	if s.o.Drafts != nil && (u.fields["do"] == "review" || u.inFolder || strings.EqualFold(path.Ext(u.name), ".docx")) {
		switch err := s.unitBegin(c, a, u, v.Owner); {
		case errors.Is(err, word.ErrNoPandoc):
			return refused(say("new.word.none", "Name", u.name))
		case errors.Is(err, word.ErrUnread):
			return refused(say("new.word", "Name", u.name))
		case err != nil:
			return refused(err)
		}
		return nil
	}
	if u.file != nil && !u.file.isZip() && !isText(u.name) {
		return refused(say("new.file.other", "Name", u.name))
	}
	if v.Slug != "" && repository.CheckSlug(v.Slug) != nil {
		typed := v.Slug
		v.Slug = repository.Slug(typed)
		return refused(say("new.slug.bad", "Typed", typed, "Slug", v.Slug))
	}
	files, done, err := u.cleaned()
	if err != nil {
		return refused(err)
	}
	defer done()
	p := repository.Publication{Owner: v.Owner, Slug: v.Slug, Files: files, Actor: s.actor(a), DryRun: u.fields["do"] == "check"}
	taken := func(there *repository.Resource) error { // sent again, now with its address, it is a new version
		switch same, err := s.published(c, a, p); {
		case err != nil:
			return err
		case same:
			return redirect(c, pathOf(there.Address, "")+"?notice=published")
		}
		v.Slug = p.Slug
		v.Problems = []themes.Problem{{Message: s.theme(c).Text(language(c), "new.taken", "Title", there.Metadata.Title)}}
		c.Status(http.StatusConflict)
		return s.page(c, "new", themes.Frame{}, v)
	}
	if p.Slug == "" {
		p.Slug, p.IfAbsent = proposedSlug(files, u.name), true
		if p.Slug == nameless {
			if p.Slug, err = s.numbered(c, a, p); err != nil {
				return refused(err)
			}
		}
		there, err := s.taken(c.UserContext(), p)
		if err != nil {
			return err
		}
		if there != nil {
			return taken(there)
		}
	}
	if err := s.mayRevise(c, a, p.Owner, p.Slug); err != nil {
		return refused(err)
	}
	out, err := s.o.Repository.Publish(c.UserContext(), p)
	var invalid *repository.InvalidError
	var overtaken *repository.ConflictError
	switch {
	case p.IfAbsent && errors.As(err, &overtaken):
		return taken(&overtaken.Current)
	case errors.As(err, &invalid):
		v.Problems, v.Refused = s.spoken(invalid.Problems, language(c)), true
		c.Status(http.StatusUnprocessableEntity)
	case err != nil:
		return refused(err)
	case p.DryRun:
		v.Problems = s.spoken(out.Problems, language(c))
		return s.page(c, "new", themes.Frame{Notice: "checked"}, v)
	default:
		s.changed(c)
		return redirect(c, pathOf(out.Resource.Address, "")+"?notice=published")
	}
	return s.page(c, "new", themes.Frame{}, v)
}

// with is a list of names with one more, if it is not there yet.
func with(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// taken is what stands at an address that was only proposed: it must not be replaced by chance. nil: it is free.
func (s *Server) taken(ctx context.Context, p repository.Publication) (*repository.Resource, error) {
	r, err := s.o.Repository.Resource(ctx, repository.Address{Owner: p.Owner, Slug: p.Slug})
	if errors.Is(err, kind.ErrNotFound) {
		return nil, nil
	}
	return &r, err
}

// published reports whether the very thing that is to be published is at its address already: the form was sent twice.
func (s *Server) published(c *fiber.Ctx, a accounts.Account, p repository.Publication) (bool, error) {
	if p.DryRun || s.mayRevise(c, a, p.Owner, p.Slug) != nil {
		return false, nil
	}
	p.IfAbsent, p.DryRun = false, true
	out, err := s.o.Repository.Publish(c.UserContext(), p)
	if errors.Is(err, kind.ErrInvalid) {
		return false, nil // there may be something else, which the answer tells first
	}
	return out.Unchanged, err
}

// isText reports whether a file is one that a lesson is written in, by its name.
func isText(name string) bool {
	return slices.Contains([]string{"", ".md", ".markdown", ".mdown", ".txt", ".text"}, strings.ToLower(path.Ext(name)))
}

// nameless is the address of a title without a Latin letter or a digit.
var nameless = repository.Slug("")

// maxNameless bounds how many addresses are tried for a title without letters.
const maxNameless = 1000

// numbered is the first free address of those that titles without letters have, or the last one that is taken where that is
// what is to be published: it was sent twice.
func (s *Server) numbered(c *fiber.Ctx, a accounts.Account, p repository.Publication) (string, error) {
	last := ""
	for n := 1; n < maxNameless; n++ {
		if p.Slug = nameless; n > 1 {
			p.Slug += "-" + strconv.Itoa(n)
		}
		there, err := s.taken(c.UserContext(), p)
		if err != nil {
			return "", err
		}
		if there != nil {
			last = p.Slug
			continue
		}
		free := p.Slug
		if p.Slug = last; last != "" {
			if same, err := s.published(c, a, p); same || err != nil {
				return last, err
			}
		}
		return free, nil
	}
	return nameless, nil
}

// proposedSlug is made from the title, or from the name of the file where there is none yet.
func proposedSlug(files fs.FS, name string) string {
	if f, err := files.Open("index.md"); err == nil {
		defer f.Close()
		if src, err := fs.ReadFile(files, "index.md"); err == nil && len(src) <= formLimit {
			if doc, _ := metadata.Parse("index.md", src); doc.Metadata.Title != "" {
				return repository.Slug(doc.Metadata.Title)
			}
		}
	}
	return repository.Slug(strings.TrimSuffix(name, path.Ext(name)))
}
