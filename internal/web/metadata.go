package web

import (
	"context"
	"errors"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// metadataFile is what a resource says of itself as JSON-LD.
func (s *Server) metadataFile(c *fiber.Ctx, l located) error {
	w, err := s.written(c.UserContext(), l, studentsRead(l.Metadata.Audience), "", nil)
	if err != nil && !errors.Is(err, render.ErrTooLarge) {
		return err
	}
	b, err := s.lrmi(c.UserContext(), l, accessOf(w.page))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/ld+json")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	s.describes(c, l.Resource)
	return s.send(c, b)
}

func (s *Server) pageJSONLD(ctx context.Context, l located, access metadata.Accessibility) (template.HTML, error) {
	b, err := s.lrmi(ctx, l, access)
	return jsonLD(b), err
}

// lrmi is the view of a resource that other systems get, with the downloads that this server offers.
func (s *Server) lrmi(ctx context.Context, l located, access metadata.Accessibility) ([]byte, error) {
	v, err := s.o.Repository.View(ctx, l.Resource)
	if err != nil {
		return nil, err
	}
	v.Access = access
	v.URL = s.o.BaseURL + l.base()
	v.Downloads = []metadata.Download{{URL: v.URL + "/download.zip", Type: "application/zip"}}
	return metadata.LRMI(v), nil
}
