package repository

import (
	"context"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// projection renders what harvesters get of a repository's resources.
func (s *Service) projection(at Reservation, generation int64, list []Resource, released []Release) Projection {
	p := Projection{Reservation: at, Generation: generation, Resources: list, Records: map[ID]Records{}, Releases: released}
	if len(released) > 0 {
		newest := s.edition(Address{Owner: at.Owner, Slug: at.Slug}, released[0])
		for i := range list {
			list[i].Released = &newest
		}
	}
	near := make(map[ID]Resource, len(list))
	for _, r := range list {
		near[r.ID] = r
	}
	for _, r := range list {
		if s.o.Render != nil {
			p.Records[r.ID] = s.o.Render(r, s.viewOf(r, near))
		}
	}
	return p
}

// View is all that other systems are told of a resource.
func (s *Service) View(ctx context.Context, r Resource) (metadata.View, error) {
	near := map[ID]Resource{}
	ids := r.Parts
	if r.Unit != "" {
		ids = append([]ID{r.Unit}, ids...)
	}
	for _, id := range ids {
		other, err := s.o.Catalog.ByID(ctx, id)
		if err != nil {
			return metadata.View{}, err
		}
		near[id] = other
	}
	return s.viewOf(r, near), nil
}

func (s *Service) viewOf(r Resource, near map[ID]Resource) metadata.View {
	g, ref := s.Graph(r)
	v := metadata.View{
		Metadata: r.Metadata, ID: string(r.ID), Identifier: r.Identifier, URL: s.URL(r.Address), Permalink: s.Permalink(r.ID),
		Git: s.GitURL(r.Address), Path: r.Address.Part, Revision: r.Revision, License: r.License,
		Published: r.Published, Modified: r.Modified, Publisher: s.o.Publisher, Size: r.Size,
		Release: r.Released, Credit: licensing.Attribute(g, ref, r.Metadata.Language).Text(), Statements: s.statements(r.Metadata.Alignments),
		Access: r.Access,
	}
	if r.Origin != nil {
		v.URL, v.Git, v.Path, v.Publisher = s.home(r), r.Origin.Git, r.Origin.Path, metadata.Agent{Name: r.Origin.Peer}
	}
	if unit, ok := near[r.Unit]; ok && r.Unit != "" {
		ref := s.ref(unit, "")
		v.Unit = &ref
	}
	for _, id := range r.Parts {
		if part, ok := near[id]; ok {
			rest, _ := inFolder(part.Address.Part, r.Address.Part)
			v.Parts = append(v.Parts, s.ref(part, rest))
		}
	}
	return v
}

func (s *Service) ref(r Resource, path string) metadata.Ref {
	ref := metadata.Ref{ID: string(r.ID), Identifier: r.Identifier, URL: s.URL(r.Address), Title: r.Metadata.Title, Path: path}
	if r.Origin != nil {
		ref.URL = s.home(r)
	}
	return ref
}

// statements says what is known of aligned codes.
func (s *Service) statements(a metadata.Alignments) map[string]metadata.Statement {
	if s.o.Standards == nil {
		return nil
	}
	library := s.o.Standards()
	known := map[string]metadata.Statement{}
	for _, codes := range [][]string{a.Teaches, a.Assesses, a.Requires} {
		for _, code := range codes {
			if found := library.Resolve(code); found.Known() {
				known[code] = metadata.Statement{Code: found.Code, URL: found.URI, Framework: found.Framework}
			}
		}
	}
	return known
}
