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

// maxSources bounds the distinct works in the provenance graph of one resource.
const maxSources = 1000

// settle turns what an author writes about where a resource came from into what is known of it. An address of this server
// becomes the OAI identifier. Of a source that is known here, the license, the creators and its own sources are those of
// the revision that was used, whatever the author writes; only the note of what was changed is the author's. Origins are
// what the resource was remixed from: they stay, even if the author takes them out. It returns the addresses that nothing
// is known of.
func (s *Service) settle(ctx context.Context, m *metadata.Metadata, origins []metadata.Source) (unknown []string, err error) {
	settling := &settling{Service: s, origins: flat(origins), seen: map[string]bool{}}
	sources, err := settling.all(ctx, m.Sources)
	if err != nil {
		return nil, err
	}
	m.Sources = settling.add(sources, origins)
	if m.TranslationOf != nil {
		pin := *m.TranslationOf
		original, found, err := s.find(ctx, pin.ID)
		switch {
		case err != nil:
			return nil, err
		case found:
			pin.ID = original.Identifier
			m.Sources = settling.add(m.Sources, []metadata.Source{s.sourceOf(original, "translated")})
		case isAddress(pin.ID):
			settling.unknown = append(settling.unknown, pin.ID)
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
			settling.unknown = append(settling.unknown, part.Pin.ID)
		}
	}
	return settling.unknown, nil
}

// settling is one settle under way.
type settling struct {
	*Service
	origins []metadata.Source // and what they came from
	seen    map[string]bool   // works that stand in the graph with what they came from
	unknown []string
}

// flat lists sources and all that they came from.
func flat(sources []metadata.Source) (list []metadata.Source) {
	for _, source := range sources {
		list = append(append(list, source), flat(source.Sources)...)
	}
	return list
}

// all settles a list of sources and what they came from.
func (s *settling) all(ctx context.Context, sources []metadata.Source) (settled []metadata.Source, err error) {
	for _, declared := range sources {
		source, err := s.one(ctx, declared)
		if err != nil {
			return nil, err
		}
		if s.seen[source.ID] {
			source.Sources = nil // they stand where the work was named first
			settled = append(settled, source)
			continue
		}
		if s.seen[source.ID] = true; len(s.seen) > maxSources {
			return nil, &InvalidError{Problems: metadata.Problems{{File: "index.md", Severity: metadata.Error, Code: "sources-many",
				Message: "the resource comes from more than 1,000 works", Remedy: "name the works it was made from, not all they came from"}}}
		}
		if source.Sources, err = s.all(ctx, source.Sources); err != nil {
			return nil, err
		}
		settled = append(settled, source)
	}
	return settled, nil
}

// one says what is known of a source.
func (s *settling) one(ctx context.Context, declared metadata.Source) (metadata.Source, error) {
	r, found, err := s.find(ctx, declared.ID)
	if err != nil {
		return declared, err
	}
	id := declared.ID
	if found {
		id = r.Identifier
	}
	for _, origin := range s.origins {
		if origin.ID == id && (declared.Revision == "" || declared.Revision == origin.Revision) {
			return withAuthors(origin, declared), nil
		}
	}
	if !found {
		if isAddress(declared.ID) {
			s.unknown = append(s.unknown, declared.ID)
		}
		return declared, nil
	}
	if declared.Revision != "" && declared.Revision != r.Revision && r.Own() {
		if old, err := s.At(ctx, r.Address, declared.Revision); err == nil {
			r = old
		} else if !errors.Is(err, kind.ErrNotFound) {
			return declared, err
		}
	}
	return withAuthors(s.sourceOf(r, ""), declared), nil
}

// withAuthors adds to what is known of a source what only the author of the remix can say: what was changed, and further
// works that it came from.
func withAuthors(known, declared metadata.Source) metadata.Source {
	if declared.Changes != "" {
		known.Changes = declared.Changes
	}
	known.Sources = slices.Clone(known.Sources)
	for _, further := range declared.Sources {
		if !names(known.Sources, further.ID) {
			known.Sources = append(known.Sources, further)
		}
	}
	return known
}

// add appends those sources that the list does not name yet.
func (s *settling) add(list, more []metadata.Source) []metadata.Source {
	for _, source := range more {
		if !names(list, source.ID) {
			s.seen[source.ID] = true
			list = append(list, source)
		}
	}
	return list
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
