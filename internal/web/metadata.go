package web

import (
	"context"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
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
	return s.send(c, b)
}

func (s *Server) pageJSONLD(ctx context.Context, l located) (template.HTML, error) {
	b, err := s.lrmi(ctx, l)
	return jsonLD(b), err
}

func (s *Server) lrmi(ctx context.Context, l located) ([]byte, error) {
	r := l.Resource
	graph, ref := s.o.Repository.Graph(r)
	v := metadata.View{
		Metadata: r.Metadata, ID: string(r.ID), Identifier: r.Identifier, URL: s.o.BaseURL + l.base(), Permalink: s.o.Repository.Permalink(r.ID),
		Git: s.o.Repository.GitURL(l.place.Address), Path: r.Address.Part, Revision: r.Revision, License: r.License,
		Published: r.Published, Modified: r.Modified, Publisher: metadata.Agent{Name: s.o.SiteName, URL: s.o.BaseURL + "/"},
		Credit: licensing.Attribute(graph, ref, r.Metadata.Language).Text(), Statements: s.statements(r.Metadata), Size: r.Size,
		Downloads: []metadata.Download{{URL: s.o.BaseURL + l.base() + "/download.zip", Type: "application/zip"}},
	}
	if r.Unit != "" {
		unit, err := s.o.Repository.ByID(ctx, r.Unit)
		if err != nil {
			return nil, err
		}
		v.Unit = s.ref(unit)
	}
	parts, err := s.o.Catalog.Resources(ctx, r.Parts)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		v.Parts = append(v.Parts, *s.ref(p))
	}
	return metadata.LRMI(v), nil
}

func (s *Server) ref(r repository.Resource) *metadata.Ref {
	return &metadata.Ref{ID: string(r.ID), Identifier: r.Identifier, URL: s.absolute(r), Title: r.Metadata.Title, Path: r.Address.Part}
}

// statements is what is known here of the standards that a resource names.
func (s *Server) statements(m metadata.Metadata) map[string]metadata.Statement {
	library := s.o.Standards()
	known := map[string]metadata.Statement{}
	for _, codes := range [][]string{m.Alignments.Teaches, m.Alignments.Assesses, m.Alignments.Requires} {
		for _, code := range codes {
			res := library.Resolve(code)
			if !res.Known() {
				continue
			}
			st := metadata.Statement{Code: res.Code, URL: res.URI, Framework: res.Framework}
			if full, ok := library.Statement(res.Key()); ok {
				st.Text = full.Text
				if f, ok := library.Framework(full.Framework); ok {
					st.Framework = f.Title
				}
			}
			known[code] = st
		}
	}
	return known
}
