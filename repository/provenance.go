package repository

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// maxSources bounds the provenance graph of one resource.
const maxSources = 1000

// settle turns what an author writes about where a resource came from into what other servers understand: an address of
// this server becomes the OAI identifier, and what the author left out of a source is taken from the catalog. It returns
// the addresses that nothing is known of.
func (s *Service) settle(ctx context.Context, m *metadata.Metadata) (unknown []string, err error) {
	budget := maxSources
	if m.Sources, unknown, err = s.settleSources(ctx, m.Sources, &budget); err != nil {
		return nil, err
	}
	if m.TranslationOf != nil {
		pin := *m.TranslationOf
		original, found, err := s.find(ctx, pin.ID)
		switch {
		case err != nil:
			return nil, err
		case found:
			pin.ID = original.Identifier
			if !names(m.Sources, pin.ID) {
				m.Sources = append(m.Sources, s.sourceOf(original, "translated"))
			}
		case isAddress(pin.ID):
			unknown = append(unknown, pin.ID)
		}
		m.TranslationOf = &pin
	}
	m.Parts = append([]metadata.Part(nil), m.Parts...)
	for i, part := range m.Parts {
		if part.Pin.ID == "" {
			continue
		}
		if r, found, err := s.find(ctx, part.Pin.ID); err != nil {
			return nil, err
		} else if found {
			m.Parts[i].Pin.ID = r.Identifier
		} else if isAddress(part.Pin.ID) {
			unknown = append(unknown, part.Pin.ID)
		}
	}
	return unknown, nil
}

func (s *Service) settleSources(ctx context.Context, sources []metadata.Source, budget *int) (settled []metadata.Source, unknown []string, err error) {
	for _, source := range sources {
		if *budget--; *budget < 0 {
			return nil, nil, &InvalidError{Problems: metadata.Problems{{File: "index.md", Severity: metadata.Error, Code: "sources-many",
				Message: "the resource has more than 1,000 sources", Remedy: "name the works it was made from, not all they came from"}}}
		}
		r, found, err := s.find(ctx, source.ID)
		if err != nil {
			return nil, nil, err
		}
		if found {
			complete(&source, s.sourceOf(r, ""))
		} else if isAddress(source.ID) {
			unknown = append(unknown, source.ID)
		}
		deeper, missing, err := s.settleSources(ctx, source.Sources, budget)
		if err != nil {
			return nil, nil, err
		}
		source.Sources = deeper
		unknown = append(unknown, missing...)
		settled = append(settled, source)
	}
	return settled, unknown, nil
}

// complete takes from the catalog what the author did not say of a source.
func complete(source *metadata.Source, known metadata.Source) {
	source.ID = known.ID
	if source.Title == "" {
		source.Title = known.Title
	}
	if source.URL == "" {
		source.URL = known.URL
	}
	if source.License == "" {
		source.License = known.License
	}
	if len(source.Creators) == 0 {
		source.Creators = known.Creators
	}
	if source.Revision == "" {
		source.Revision = known.Revision
	}
	if len(source.Sources) == 0 {
		source.Sources = known.Sources
	}
}

// sourceOf describes a resource as the source of another, with everything that it came from itself.
func (s *Service) sourceOf(r Resource, changes string) metadata.Source {
	source := metadata.Source{
		ID: r.Identifier, Title: r.Metadata.Title, URL: s.home(r), Path: r.Address.Part, Revision: r.Revision,
		License: r.Metadata.License, Creators: r.Metadata.Creators, Changes: changes, Sources: r.Metadata.Sources,
	}
	if r.License != "" {
		source.License = string(r.License)
	}
	if r.Origin != nil {
		source.Path = r.Origin.Path
	}
	return source
}

// home is the page that credits link to: the permanent one here, or the one at a harvested resource's home.
func (s *Service) home(r Resource) string {
	if r.Origin != nil && r.Origin.URL != "" {
		return r.Origin.URL
	}
	return s.Permalink(r.ID)
}

// find looks up an OAI identifier, a UUID or an address of this server.
func (s *Service) find(ctx context.Context, id string) (Resource, bool, error) {
	var r Resource
	var err error
	if isAddress(id) {
		a, _ := ParseAddress(id)
		r, err = s.o.Catalog.Resource(ctx, a)
	} else if _, bad := uuid.Parse(id); bad == nil {
		r, err = s.o.Catalog.ByID(ctx, ID(strings.ToLower(id)))
	} else {
		r, err = s.o.Catalog.ByIdentifier(ctx, id)
	}
	if errors.Is(err, kind.ErrNotFound) {
		return Resource{}, false, nil
	}
	return r, err == nil, err
}

func isAddress(id string) bool {
	_, ok := ParseAddress(id)
	return ok
}

func names(sources []metadata.Source, identifier string) bool {
	for _, source := range sources {
		if source.ID == identifier {
			return true
		}
	}
	return false
}

// Graph is the provenance graph of a resource and the resource's ref in it: all works that it was made from, however far
// back, and the files in it that have a license of their own. The resource carries all of it, so nothing is looked up.
func (s *Service) Graph(r Resource) (licensing.Graph, string) {
	g := graph{seen: map[string]bool{}}
	root := licensing.Work{
		Ref: r.Identifier, License: r.License, Title: r.Metadata.Title, URL: s.home(r), Creators: creators(r.Metadata.Creators),
	}
	root.From = g.add(r.Metadata.Sources)
	for _, path := range slices.Sorted(maps.Keys(r.Metadata.Assets)) {
		asset := r.Metadata.Assets[path]
		if asset.License == "" && len(asset.Creators) == 0 {
			continue
		}
		work := licensing.Work{
			Ref: r.Identifier + "#" + path, License: r.License, Title: asset.Title, URL: asset.Source,
			Creators: creators(asset.Creators), Role: licensing.Component,
		}
		if asset.License != "" {
			work.License = cleared(asset.License)
		}
		if work.Title == "" {
			work.Title = path
		}
		g.works = append(g.works, work)
		root.From = append(root.From, work.Ref)
	}
	return licensing.Graph{Works: append([]licensing.Work{root}, g.works...)}, root.Ref
}

// graph collects the works of nested sources, each once.
type graph struct {
	works []licensing.Work
	seen  map[string]bool
}

func (g *graph) add(sources []metadata.Source) (refs []string) {
	for _, source := range sources {
		refs = append(refs, source.ID)
		if g.seen[source.ID] {
			continue
		}
		g.seen[source.ID] = true
		work := licensing.Work{
			Ref: source.ID, License: cleared(source.License), Title: source.Title, URL: source.URL,
			Creators: creators(source.Creators), Changes: source.Changes,
		}
		work.From = g.add(source.Sources)
		g.works = append(g.works, work)
	}
	return refs
}

// cleared is the license that a text names beyond doubt, or "not cleared".
func cleared(text string) licensing.ID { return licensing.Normalize(text).License() }

func creators(agents []metadata.Agent) []licensing.Creator {
	list := make([]licensing.Creator, len(agents))
	for i, a := range agents {
		list[i] = licensing.Creator{Name: a.Name, URL: a.URL}
	}
	return list
}
