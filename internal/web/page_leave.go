package web

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// maxOwn bounds how many of a person's resources one export names, or one leave-taking revises.
const maxOwn = 100_000

// accountExport is everything that this server knows of a person, as JSON. What they published is listed with the address
// that git clone takes.
func (s *Server) accountExport(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	p, err := s.o.Accounts.Dossier(c.UserContext(), a.Name, c.Cookies(s.sessionCookie()))
	if err != nil {
		return err
	}
	type published struct {
		ID      repository.ID `json:"id"`
		Title   string        `json:"title"`
		URL     string        `json:"url"`
		Git     string        `json:"git"`
		License string        `json:"license"`
	}
	out := struct {
		Server string `json:"server"`
		accounts.Dossier
		Resources []published    `json:"resources"`
		Drafts    []drafts.Draft `json:"drafts"`
	}{Server: s.o.BaseURL, Dossier: p, Resources: []published{}, Drafts: []drafts.Draft{}}
	if s.o.Drafts != nil {
		kept, err := s.o.Drafts.Of(c.UserContext(), a.Name)
		if err != nil {
			return err
		}
		out.Drafts = append(out.Drafts, kept...)
	}
	list, err := s.o.Catalog.OfOwner(c.UserContext(), a.Name, maxOwn)
	if err != nil {
		return err
	}
	for _, r := range list {
		out.Resources = append(out.Resources, published{r.ID, r.Metadata.Title, s.absolute(r), s.o.Repository.GitURL(r.Address), string(r.License)})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/json")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+fileName(a.Name)+`.json"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(b)
}

// accountEraseForm asks whether somebody really leaves, and how their work is to name them then.
func (s *Server) accountEraseForm(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	return s.leavePage(c, a, themes.Leave{})
}

func (s *Server) leavePage(c *fiber.Ctx, a accounts.Account, v themes.Leave) error {
	v.Name, v.Display = a.Name, a.Display
	list, err := s.o.Catalog.OfOwner(c.UserContext(), a.Name, maxOwn)
	if err != nil {
		return err
	}
	v.Resources = len(list)
	return s.page(c, "leave", themes.Frame{}, v)
}

// accountErase erases an account. With a pseudonym every resource gets a revision that names that in the place of the person.
func (s *Server) accountErase(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	v := themes.Leave{Credit: values.Get("credit"), Pseudonym: clip(line(values.Get("pseudonym")), 80)}
	pseudonym := ""
	if v.Credit == "pseudonym" {
		pseudonym = v.Pseudonym
	}
	if values.Get("sure") != a.Name || v.Credit == "pseudonym" && pseudonym == "" || v.Credit != "pseudonym" && v.Credit != "name" {
		v.Wrong = true
		c.Status(http.StatusUnprocessableEntity)
		return s.leavePage(c, a, v)
	}
	if pseudonym != "" {
		if err := s.renameCredit(c, a, pseudonym); err != nil {
			return err
		}
	}
	err = s.o.Accounts.Leave(c.UserContext(), a.Name, pseudonym)
	if errors.Is(err, kind.ErrConflict) {
		v.Last = true
		c.Status(http.StatusConflict)
		return s.leavePage(c, a, v)
	}
	if err == nil && s.o.Drafts != nil {
		err = s.o.Drafts.Erase(c.UserContext(), a.Name)
	}
	if err != nil {
		return err
	}
	s.changed(c)
	s.setSession(c, "", -1)
	return redirect(c, "/?notice=left")
}

// renameCredit publishes revisions of a person's resources whose credits name a pseudonym. One that cannot be published as it
// is keeps its name on its page's newest revision no longer than Leaver says, so it is not refused for that.
func (s *Server) renameCredit(c *fiber.Ctx, a accounts.Account, pseudonym string) error {
	ctx := c.UserContext()
	list, err := s.o.Catalog.OfOwner(ctx, a.Name, maxOwn)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Address.Part != "" || !r.Own() {
			continue
		}
		files, changed, err := s.withoutName(c, r, a.Display, pseudonym)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		_, err = s.o.Repository.Publish(ctx, repository.Publication{
			Owner: r.Address.Owner, Slug: r.Address.Slug, Files: files, Base: r.Revision, Message: "Credit",
			Actor: repository.Actor{Name: a.Name, Display: pseudonym},
		})
		var invalid *repository.InvalidError
		if errors.As(err, &invalid) {
			s.o.Logger.Warn("credit not renamed", "resource", r.Address.String(), "err", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withoutName are the files of a resource with another name in the place of a creator's.
func (s *Server) withoutName(c *fiber.Ctx, r repository.Resource, name, pseudonym string) (fs.FS, bool, error) {
	fsys, err := s.o.Repository.Files(c.UserContext(), r)
	if err != nil {
		return nil, false, err
	}
	files, changed := fstest.MapFS{}, false
	err = fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		if path.Base(file) == "index.md" {
			doc, _ := metadata.Parse(file, b)
			if agents, found := replaceAgent(doc.Metadata.Creators, name, pseudonym); found {
				if b, err = doc.With(metadata.Edit{Creators: &agents}); err != nil {
					return err
				}
				changed = true
			}
		}
		files[file] = &fstest.MapFile{Data: b, Mode: 0o644}
		return nil
	})
	return files, changed, err
}

// replaceAgent is the list with a person under another name and without an address.
func replaceAgent(list []metadata.Agent, name, pseudonym string) ([]metadata.Agent, bool) {
	var out []metadata.Agent
	found := false
	for _, a := range list {
		if a.Name == name {
			a, found = metadata.Agent{Name: pseudonym}, true
		}
		out = append(out, a)
	}
	return out, found
}
