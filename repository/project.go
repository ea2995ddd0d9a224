package repository

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// project makes the resources of a repository from its record and the contents of its newest tree: the root first, then
// its parts, then tombstones, which are described where gone has their last content. Unknown are the addresses among the
// sources of live ones that the catalog does not know.
func (s *Service) project(ctx context.Context, at Reservation, rec record, contents []content, gone map[ID]content) (list []Resource, unknown map[string][]string, err error) {
	unknown = map[string][]string{}
	ids := map[string]ID{}
	for _, e := range rec.Resources {
		if !e.Deleted {
			ids[e.Path] = e.ID
		}
	}
	byPath := map[string]content{}
	for _, c := range contents {
		byPath[c.path] = c
	}
	for _, e := range rec.Resources {
		r := Resource{
			ID: e.ID, Identifier: s.Identifier(e.ID), Repository: at.Repository, Family: at.Family,
			Address: Address{Owner: rec.Owner, Slug: rec.Slug, Part: e.Path}, Revision: e.Revision, Deleted: e.Deleted,
			Published: time.Unix(e.Published, 0).UTC(), Modified: time.Unix(e.Modified, 0).UTC(),
		}
		if !e.Deleted {
			c, ok := byPath[e.Path]
			if !ok {
				return nil, nil, fmt.Errorf("the record names %q, which is not in the tree", e.Path)
			}
			missing, err := s.describe(ctx, &r, c, ids, rec.Origins)
			if err != nil {
				return nil, nil, err
			}
			if len(missing) > 0 {
				unknown[c.node.File] = missing
			}
		} else if c, ok := gone[e.ID]; ok {
			if _, err := s.describe(ctx, &r, c, ids, rec.Origins); err != nil {
				return nil, nil, err
			}
		}
		list = append(list, r)
	}
	return list, unknown, nil
}

// describe fills in what the tree says of one resource.
func (s *Service) describe(ctx context.Context, r *Resource, c content, ids map[string]ID, origins []metadata.Source) (unknown []string, err error) {
	r.Metadata, r.License, r.Size, r.Access = c.node.Metadata, c.node.License, c.size, c.access
	if r.Metadata.Description == "" {
		r.Metadata.Description = c.node.Excerpt
	}
	r.Text = s.looker.text(c.node.Body)
	for _, part := range c.node.Parts {
		r.Parts = append(r.Parts, ids[part.Path])
	}
	if c.path != "" {
		r.Unit = ids[nearest(c.path, ids)]
	}
	if c.path != "" {
		origins = nil
	}
	return s.settle(ctx, &r.Metadata, origins)
}

// nearest is the closest folder above a part that is a resource itself.
func nearest(part string, ids map[string]ID) string {
	for folder := path.Dir(part); folder != "."; folder = path.Dir(folder) {
		if _, ok := ids[folder]; ok {
			return folder
		}
	}
	return ""
}

// unknownSources says, for each file, which addresses lead nowhere.
func unknownSources(contents []content, unknown map[string][]string) (problems metadata.Problems) {
	for _, c := range contents {
		list := slices.Clone(unknown[c.node.File])
		slices.Sort(list)
		for _, address := range slices.Compact(list) {
			line := 0
			for i, source := range c.node.Document.Metadata.Sources {
				if source.ID == address {
					line = c.node.Document.Line(fmt.Sprintf("sources[%d].id", i))
				}
			}
			if line == 0 {
				line = c.node.Document.Line("translation_of")
			}
			problems = append(problems, metadata.Problem{
				File: c.node.File, Line: line, Severity: metadata.Error, Code: codeSourceUnknown,
				Message: fmt.Sprintf("there is no resource %s on this server", strings.TrimSpace(address)),
				Remedy:  "publish it first, correct the address, or give the OAI identifier of the resource at its home",
			})
		}
	}
	return problems
}

// codeSourceUnknown marks the one problem that publishing another folder first can cure.
const codeSourceUnknown = "source-unknown"
