package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	carryLimit  = 1 << 20  // of a form that is carried through signing in; at most three times that when it is encoded
	carryFields = 600      // of it: a translation has one for each block
	carrySkip   = 32 << 20 // of a file in it, which is not carried
	carried     = "carry." // prefix of its fields in the form for signing in
)

// resumable lets who sent a form without being signed in, as when a session has ended meanwhile, sign in and send it
// then. Nothing is stored for it: the page for signing in has the fields, hidden.
func (s *Server) resumable(c *fiber.Ctx) error {
	err := c.Next()
	if !errors.Is(err, errSignIn) || c.Method() != fiber.MethodPost || isGit(c) || isMedia(c) || strings.HasPrefix(c.Path(), "/api/") {
		return err
	}
	v := themes.SignIn{Notice: s.o.Notice, Demo: s.o.Demo}
	v.Resume, err = carry(c)
	if err != nil {
		return err
	}
	c.Status(http.StatusUnauthorized)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.page(c, "sign-in", themes.Frame{}, v)
}

// carry is the form that a request brings.
func carry(c *fiber.Ctx) (*themes.Resume, error) {
	r := &themes.Resume{Action: local(c.OriginalURL())}
	kind, params, _ := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	switch kind {
	case "application/x-www-form-urlencoded":
		values, err := form(c)
		if errors.Is(err, errTooLarge) {
			r.Lost = true
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		for name, list := range values {
			for _, v := range list {
				r.Fields = append(r.Fields, themes.Field{Name: name, Value: v})
			}
		}
		slices.SortStableFunc(r.Fields, func(a, b themes.Field) int { return strings.Compare(a.Name, b.Name) })
	case "multipart/form-data":
		r.Multipart = true
		body, err := reader(c, uploadLimit+formLimit)
		if err != nil {
			return nil, err
		}
		r.Fields, r.File = carryParts(multipart.NewReader(io.LimitReader(body, carrySkip), params["boundary"]))
	}
	size := 0
	for _, f := range r.Fields {
		size += len(f.Name) + len(f.Value)
	}
	if size > carryLimit || len(r.Fields) > carryFields {
		r.Fields, r.Lost = nil, true
	}
	return r, nil
}

// carryParts reads the fields of a form, and whether it had a file. What comes after too large a file is lost with it.
func carryParts(parts *multipart.Reader) (fields []themes.Field, file bool) {
	for range carryFields + 1 {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		if part.FileName() != "" {
			file = true
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, carryLimit+1))
		if err != nil {
			break
		}
		if part.FormName() != "file" {
			fields = append(fields, themes.Field{Name: part.FormName(), Value: strings.ReplaceAll(string(b), "\r\n", "\n")})
		}
	}
	return fields, file
}

// resumed is the form that came along with a name and a password; nil if there was none.
func resumed(values url.Values) *themes.Resume {
	if values.Get("resume") == "" {
		return nil
	}
	r := &themes.Resume{
		Action: local(values.Get("resume")), Multipart: values.Has("resume-multipart"), File: values.Has("resume-file"), Lost: values.Has("resume-lost"),
	}
	for name, list := range values {
		if name, ok := strings.CutPrefix(name, carried); ok {
			for _, v := range list {
				r.Fields = append(r.Fields, themes.Field{Name: name, Value: v})
			}
		}
	}
	slices.SortStableFunc(r.Fields, func(a, b themes.Field) int { return strings.Compare(a.Name, b.Name) })
	return r
}

// resume shows the form that waited for its sender to be signed in, to be sent with one click.
func (s *Server) resume(c *fiber.Ctx, a accounts.Account, r *themes.Resume) error {
	c.Locals("visitor", a)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.page(c, "resume", themes.Frame{}, *r)
}
