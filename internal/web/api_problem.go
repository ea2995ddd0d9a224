package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// problemDetails is an error as RFC 9457 describes it.
type problemDetails struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail,omitempty"`
	Instance string            `json:"instance,omitempty"`
	Request  string            `json:"request,omitempty"`  // the id that the log has
	Problems metadata.Problems `json:"problems,omitempty"` // what is wrong with a publication, all of it

	// Of a conflict: the revision that now stands, and where it is.
	Revision string `json:"revision,omitempty"`
	Current  string `json:"current,omitempty"`

	// Of a refused remix: why, and the licenses that would do, the best first.
	Reasons []licensing.Reason `json:"reasons,omitempty"`
	Allowed []licensing.ID     `json:"allowed,omitempty"`
}

func (s *Server) problem(c *fiber.Ctx, f failure, err error) error {
	p := problemDetails{
		Type: s.o.BaseURL + "/api/v1/openapi.json#" + f.kind, Title: s.o.Theme.Text("en", "error.title."+f.kind), Status: f.status,
		Detail: f.detail, Instance: c.Path(), Request: requestID(c),
	}
	var invalid *repository.InvalidError
	var conflict *repository.ConflictError
	var license *repository.LicenseError
	switch {
	case errors.As(err, &invalid):
		p.Problems, p.Detail = invalid.Problems, "Nothing was published. Each problem names its file, line and remedy."
	case errors.As(err, &conflict):
		p.Revision, p.Current = conflict.Current.Revision, s.o.Repository.URL(conflict.Current.Address)
		c.Set(fiber.HeaderETag, `"`+conflict.Current.Revision+`"`)
	case errors.As(err, &license):
		p.Reasons, p.Allowed = license.Reasons, license.Allowed
	}
	if f.kind == "away" {
		p.Detail = awayText
	}
	if f.status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="commonplace"`)
		p.Title, p.Detail = "Sign in first", "Send a token: Authorization: Bearer …"
	}
	b, merr := json.MarshalIndent(p, "", "  ")
	if merr != nil {
		return merr
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(append(b, '\n'))
}

// json answers with a value.
func (s *Server) json(c *fiber.Ctx, status int, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	c.Status(status)
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*") // public data; a token is never sent by itself
	return s.send(c, append(b, '\n'))
}
