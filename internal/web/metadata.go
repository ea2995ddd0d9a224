package web

import (
	"context"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// metadataFile is what a resource says of itself as JSON-LD.
func (s *Server) metadataFile(c *fiber.Ctx, l located) error {
	b, err := s.lrmi(c.UserContext(), l)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/ld+json")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	s.describes(c, l.Resource)
	return s.send(c, b)
}

func (s *Server) pageJSONLD(ctx context.Context, l located) (template.HTML, error) {
	b, err := s.lrmi(ctx, l)
	return jsonLD(b), err
}

// lrmi is the view of a resource that other systems get, with the downloads that this server offers.
func (s *Server) lrmi(ctx context.Context, l located) ([]byte, error) {
	v, err := s.o.Repository.View(ctx, l.Resource)
	if err != nil {
		return nil, err
	}
	v.URL = s.o.BaseURL + l.base()
	v.Downloads = []metadata.Download{{URL: v.URL + "/download.zip", Type: "application/zip"}}
	return metadata.LRMI(v), nil
}
