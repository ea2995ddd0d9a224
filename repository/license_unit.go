package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Part is one part of a unit: a resource of the same repository, or a pinned one from elsewhere. Each keeps its license.
type Part struct {
	Resource
	Pin   metadata.Pin // of a pinned part
	Known bool         // false: nothing is known here of what is pinned; only Identifier and Pin are set
}

// Pinned reports whether the part is a resource of its own that the unit points to.
func (p Part) Pinned() bool { return p.Pin.ID != "" }

// Parts returns the parts of a unit of this server in its order, pinned ones as they were at the pinned revision where
// that is known here. Withdrawn ones are not known any more.
func (s *Service) Parts(ctx context.Context, unit Resource) (parts []Part, err error) {
	defer annotate(&err, "get parts of", unit.Address)
	return s.parts(ctx, unit, nil)
}

// parts looks in near, and then in the catalog.
func (s *Service) parts(ctx context.Context, unit Resource, near []Resource) (list []Part, err error) {
	ids := unit.Parts
	known, err := s.nearby(ctx, ids, near)
	if err != nil {
		return nil, err
	}
	folder := func() {
		if r, ok := known[ids[0]]; ok && !r.Deleted {
			list = append(list, Part{Resource: r, Known: true})
		}
		ids = ids[1:]
	}
	for _, m := range unit.Metadata.Parts {
		switch {
		case m.Pin.ID != "":
			p, err := s.pinned(ctx, m.Pin)
			if err != nil {
				return nil, err
			}
			list = append(list, p)
		case len(ids) > 0:
			folder()
		}
	}
	for len(ids) > 0 { // of a harvested unit, whose metadata does not list them
		folder()
	}
	return list, nil
}

// nearby are the resources of some ids that are near or in the catalog.
func (s *Service) nearby(ctx context.Context, ids []ID, near []Resource) (map[ID]Resource, error) {
	known := make(map[ID]Resource, len(ids))
	for _, r := range near {
		known[r.ID] = r
	}
	far := slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { _, ok := known[id]; return ok })
	if len(far) == 0 {
		return known, nil
	}
	list, err := s.o.Catalog.Resources(ctx, far)
	for _, r := range list {
		known[r.ID] = r
	}
	return known, err
}

func (s *Service) pinned(ctx context.Context, pin metadata.Pin) (Part, error) {
	r, found, err := s.find(ctx, pin.ID)
	if err != nil {
		return Part{}, err
	}
	if found && !r.Deleted && r.Own() && len(pin.Revision) == 40 && r.Revision != pin.Revision {
		r, err = s.At(ctx, r.Address, pin.Revision)
		if found = err == nil; !found && !errors.Is(err, kind.ErrNotFound) {
			return Part{}, err
		}
	}
	if !found || r.Deleted {
		return Part{Resource: Resource{Identifier: pin.ID}, Pin: pin}, nil
	}
	return Part{Resource: r, Pin: pin, Known: true}, nil
}

// gathered is the collection that a unit is, as far as its parts have a license of their own: the works, and the refs of
// the parts among them. A part that nothing is known of is not cleared.
func (s *Service) gathered(unit Resource, parts []Part) (g licensing.Graph, refs []string) {
	seen := map[string]bool{}
	for _, p := range parts {
		if !p.Pinned() && p.License == unit.License {
			continue
		}
		piece, ref := licensing.Graph{Works: []licensing.Work{{Ref: p.Identifier}}}, p.Identifier
		if p.Known {
			piece, ref = s.Graph(p.Resource)
		}
		refs = append(refs, ref)
		for _, w := range piece.Works {
			if !seen[w.Ref] {
				seen[w.Ref] = true
				g.Works = append(g.Works, w)
			}
		}
	}
	return g, refs
}

// Whole is the graph of a unit with its parts in it, as far as they have a license of their own: what a credit for the whole
// unit has to name. It judges nothing.
func (s *Service) Whole(unit Resource, parts []Part) (licensing.Graph, string) {
	g, ref := s.Graph(unit)
	pieces, refs := s.gathered(unit, parts)
	seen := map[string]bool{}
	for _, w := range g.Works {
		seen[w.Ref] = true
	}
	for _, w := range pieces.Works {
		if slices.Contains(refs, w.Ref) {
			w.Role = licensing.Component
		}
		if !seen[w.Ref] {
			g.Works = append(g.Works, w)
		}
	}
	for _, piece := range refs {
		if piece != ref && !slices.Contains(g.Works[0].From, piece) {
			g.Works[0].From = append(g.Works[0].From, piece)
		}
	}
	return g, ref
}

// asCollection judges a license of a unit beside the licenses of its parts; false where there is nothing to judge.
func (s *Service) asCollection(unit Resource, license licensing.ID, parts []Part) (licensing.Answer, bool) {
	g, refs := s.gathered(unit, parts)
	if len(refs) == 0 {
		return licensing.Answer{}, false
	}
	q := licensing.Question{Mode: licensing.Collection, Graph: g, Output: license}
	for _, w := range g.Works {
		if slices.Contains(refs, w.Ref) {
			q.Sources = append(q.Sources, w)
		}
	}
	return licensing.Evaluate(q), true
}

// partsProblem says what is wrong with gathering the parts of a unit under its license: an error where that is not
// allowed, a warning where a person has to look.
func (s *Service) partsProblem(ctx context.Context, node metadata.Node, unit Resource, near []Resource) (metadata.Problem, bool, error) {
	parts, err := s.parts(ctx, unit, near)
	if err != nil {
		return metadata.Problem{}, false, err
	}
	answer, judged := s.asCollection(unit, unit.License, parts)
	if !judged || answer.Verdict == licensing.Allowed || answer.Verdict == licensing.AllowedNotRecommended {
		return metadata.Problem{}, false, nil
	}
	p := metadata.Problem{
		File: node.File, Line: s.lineOfParts(node, parts, answer), Severity: metadata.Warning, Code: "parts-license-review",
		Message: "somebody must look at the licenses of the parts" + namesOf(parts, answer) + ": " + sentences(answer.Reasons),
		Remedy:  "find out under which license each may be shared, or take it out and link to it",
	}
	if answer.Verdict == licensing.NotAllowed {
		p.Severity, p.Code = metadata.Error, "parts-license-refused"
		p.Message = fmt.Sprintf("parts%s may not be gathered under the license %s: %s", namesOf(parts, answer), unit.License, sentences(answer.Reasons))
		p.Remedy = "take these parts out and link to them"
		g, refs := s.gathered(unit, parts)
		if would := offered(g.Outputs(licensing.Collection, refs)); len(would) > 0 {
			p.Remedy += ", or license the unit " + strings.Join(texts(would), ", ")
		}
	}
	return p, true, nil
}

// lineOfParts is where the first part that a reason names is written, or else the unit's license.
func (s *Service) lineOfParts(node metadata.Node, parts []Part, a licensing.Answer) int {
	for i, p := range parts {
		if line := node.Document.Line(fmt.Sprintf("parts[%d]", i)); line > 0 && concerns(a, p) {
			return line
		}
	}
	return max(node.Document.Line("license"), node.Document.Line("parts"), 1)
}

func concerns(a licensing.Answer, p Part) bool {
	return slices.ContainsFunc(a.Reasons, func(r licensing.Reason) bool { return slices.Contains(r.Refs, p.Identifier) })
}

// namesOf are the parts that the reasons name: " (Strips, Recipes)".
func namesOf(parts []Part, a licensing.Answer) string {
	var names []string
	for _, p := range parts {
		if !concerns(a, p) {
			continue
		}
		if p.Metadata.Title != "" {
			names = append(names, p.Metadata.Title)
		} else {
			names = append(names, p.Identifier)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func sentences(reasons []licensing.Reason) string {
	list := make([]string, len(reasons))
	for i, r := range reasons {
		list[i] = r.Text
	}
	return strings.Join(list, " ")
}

// besideParts refuses, among the licenses that a remix of a unit may have, those under which its parts may not be gathered.
func (s *Service) besideParts(ctx context.Context, unit Resource, options []licensing.Option) ([]licensing.Option, error) {
	if !unit.Own() || len(unit.Metadata.Parts) == 0 {
		return options, nil
	}
	parts, err := s.parts(ctx, unit, nil)
	if err != nil {
		return nil, err
	}
	kept := slices.Clone(options)
	for i, o := range kept {
		if a, judged := s.asCollection(unit, o.ID, parts); o.Offered() && judged && a.Verdict == licensing.NotAllowed {
			kept[i].Verdict, kept[i].Reasons = a.Verdict, a.Reasons
		}
	}
	slices.SortStableFunc(kept, func(a, b licensing.Option) int {
		switch {
		case a.Offered() == b.Offered():
			return 0
		case a.Offered():
			return -1
		}
		return 1
	})
	return kept, nil
}

// keepParts lets the parts of a unit keep their creators and their license when a remix changes those of the unit.
func keepParts(files fstest.MapFS, unit Resource) error {
	if !hasParts(files) {
		return nil
	}
	tree, _ := metadata.Check(files, metadata.CheckOptions{})
	for _, node := range tree.Root.All() {
		if node.Path == "" {
			continue
		}
		own, e := node.Document.Metadata, metadata.Edit{}
		if license := node.Metadata.License; own.License == "" {
			if license == "" {
				license = unit.Metadata.License
			}
			e.License = &license
		}
		if agents := node.Metadata.Creators; len(own.Creators) == 0 {
			if len(agents) == 0 {
				agents = unit.Metadata.Creators
			}
			e.Creators = &agents
		}
		if e.License == nil && e.Creators == nil {
			continue
		}
		if err := rewrite(files, node.Path, e); err != nil {
			return err
		}
	}
	return nil
}

// hasParts reports whether a folder below has an index.md.
func hasParts(files fstest.MapFS) bool {
	for name := range files {
		if strings.HasSuffix(name, "/index.md") {
			return true
		}
	}
	return false
}
