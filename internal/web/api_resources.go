package web

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"testing/fstest"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// apiPublication is what a program publishes: JSON with files, or the parameters of the address beside a zip.
type apiPublication struct {
	Owner   string            `json:"owner"` // empty: the token's account
	Slug    string            `json:"slug"`  // empty: made from the title
	Message string            `json:"message"`
	DryRun  bool              `json:"dryRun"`
	Files   map[string]string `json:"files"` // text by path
}

// apiOutcome is what a publication did.
type apiOutcome struct {
	ID        repository.ID     `json:"id"`
	Revision  string            `json:"revision"`
	URL       string            `json:"url"`
	Permalink string            `json:"permalink"`
	Git       string            `json:"git"`
	License   licensing.ID      `json:"license"`
	Unchanged bool              `json:"unchanged,omitempty"`
	Problems  metadata.Problems `json:"problems,omitempty"` // advice
}

// apiResource answers with all that is known of a resource.
func (s *Server) apiResource(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if r.Deleted {
		held, code, err := s.heldView(c, r)
		if err != nil {
			return err
		}
		if held != nil {
			return fiber.NewError(code, held.Notice)
		}
		status = http.StatusGone
	}
	out := struct {
		URL       string `json:"url"`
		Permalink string `json:"permalink"`
		Git       string `json:"git,omitempty"`
		repository.Resource
	}{s.absolute(r), s.o.Repository.Permalink(r.ID), "", r}
	if r.Own() {
		out.Git = s.o.Repository.GitURL(r.Address)
	} else {
		out.Git = r.Origin.Git
	}
	return s.json(c, status, out)
}

// apiPublish publishes a new resource.
func (s *Server) apiPublish(c *fiber.Ctx) error {
	a, err := s.bearer(c, accounts.ScopeWrite)
	if err != nil {
		return err
	}
	p, done, err := s.apiFiles(c)
	if err != nil {
		return err
	}
	defer done()
	if p.Owner, err = s.namespace(c, a, p.Owner); err != nil {
		return err
	}
	if p.Slug == "" {
		p.Slug, p.IfAbsent = proposedSlug(p.Files, ""), true
		there, err := s.taken(c.UserContext(), p)
		if err != nil {
			return err
		}
		if there != nil {
			return &repository.ConflictError{Current: *there}
		}
	}
	p.Actor = s.actor(a)
	if err := s.mayRevise(c, a, p.Owner, p.Slug); err != nil {
		return err
	}
	return s.apiSave(c, p)
}

// apiRevise replaces a resource's folder, if its newest revision is still the one that If-Match names.
func (s *Server) apiRevise(c *fiber.Ctx) error {
	a, err := s.bearer(c, accounts.ScopeWrite)
	if err != nil {
		return err
	}
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	if !r.Own() {
		return kind.ErrDenied
	}
	if err := s.mayRevise(c, a, r.Address.Owner, r.Address.Slug); err != nil {
		return err
	}
	if r.Address.Part != "" {
		return fiber.NewError(http.StatusUnprocessableEntity, "this is a part of a unit: send the unit's folder to the unit")
	}
	base := strings.Trim(strings.TrimPrefix(strings.TrimSpace(c.Get(fiber.HeaderIfMatch)), "W/"), `"`)
	if base == "" {
		return fiber.NewError(http.StatusPreconditionRequired, `send If-Match: "<revision>" with the revision that you changed`)
	}
	p, done, err := s.apiFiles(c)
	if err != nil {
		return err
	}
	defer done()
	p.Owner, p.Slug, p.Base, p.Actor = r.Address.Owner, r.Address.Slug, base, s.actor(a)
	return s.apiSave(c, p)
}

func (s *Server) apiSave(c *fiber.Ctx, p repository.Publication) error {
	out, err := s.o.Repository.Publish(c.UserContext(), p)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if out.Created {
		status = http.StatusCreated
	}
	if p.DryRun {
		return s.json(c, http.StatusOK, map[string]any{"problems": append(metadata.Problems{}, out.Problems...)})
	}
	s.changed(c)
	return s.apiOutcome(c, status, out)
}

func (s *Server) apiOutcome(c *fiber.Ctx, status int, out repository.Outcome) error {
	r := out.Resource
	c.Set(fiber.HeaderCacheControl, "no-store")
	if status == http.StatusCreated {
		c.Set(fiber.HeaderLocation, s.absolute(r))
	}
	return s.json(c, status, apiOutcome{
		ID: r.ID, Revision: r.Revision, URL: s.absolute(r), Permalink: s.o.Repository.Permalink(r.ID), Git: s.o.Repository.GitURL(r.Address),
		License: r.License, Unchanged: out.Unchanged, Problems: out.Problems,
	})
}

// apiFiles reads a publication: a zip with its parameters in the address, or JSON. The caller calls done when it has
// read the files.
func (s *Server) apiFiles(c *fiber.Ctx) (p repository.Publication, done func(), err error) {
	done = func() {}
	mediaType, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	switch strings.TrimSpace(mediaType) {
	case "application/zip":
		p = repository.Publication{Owner: c.Query("owner"), Slug: c.Query("slug"), Message: c.Query("message"), DryRun: c.QueryBool("dryRun")}
		r, err := s.patiently(c, uploadLimit)
		if err != nil {
			return p, done, err
		}
		f, err := spool(r, uploadLimit)
		if err != nil {
			return p, done, err
		}
		if p.Files, err = unzip(f, f.size); err != nil {
			f.remove()
			return p, done, err
		}
		return p, f.remove, nil
	case fiber.MIMEApplicationJSON:
		var in apiPublication
		if err := s.decode(c, formLimit, &in); err != nil {
			return p, done, err
		}
		files, err := mapFiles(in.Files)
		return repository.Publication{Owner: in.Owner, Slug: in.Slug, Message: in.Message, DryRun: in.DryRun, Files: files}, done, err
	}
	return p, done, fiber.NewError(http.StatusUnsupportedMediaType, "send application/zip, or application/json with files")
}

func mapFiles(texts map[string]string) (fs.FS, error) {
	files := fstest.MapFS{}
	for name, text := range texts {
		if !fs.ValidPath(name) || name == "." {
			return nil, fiber.NewError(http.StatusUnprocessableEntity, "the path "+strings.ToValidUTF8(name, "?")+" leaves the folder; use relative paths with slashes")
		}
		files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return files, nil
}

// decode reads a JSON body of somebody who may write. Unknown members are refused: they are mistakes that nobody would
// notice.
func (s *Server) decode(c *fiber.Ctx, limit int64, into any) error {
	r, err := s.patiently(c, limit)
	if err != nil {
		return err
	}
	b, err := whole(r, limit)
	if err != nil {
		return err
	}
	if !utf8.Valid(b) {
		return fiber.NewError(http.StatusBadRequest, "the body is not UTF-8")
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fiber.NewError(http.StatusBadRequest, "the body is not the JSON that is asked for: "+err.Error())
	}
	if d.More() {
		return fiber.NewError(http.StatusBadRequest, "the body goes on after its JSON value")
	}
	return nil
}
