package web

import (
	"context"
	"html/template"
	"slices"

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

// accessWords are the words of the accessibility vocabulary that a page tells its readers; a peer may send any.
var accessWords = []string{"textual", "visual", "auditory", "structuralNavigation", "alternativeText", "MathML", "captions"}

func accessKeys(a metadata.Accessibility) (keys []string) {
	for _, word := range slices.Concat(a.Modes, a.Features) {
		if slices.Contains(accessWords, word) && !slices.Contains(keys, word) {
			keys = append(keys, word)
		}
	}
	return keys
}
