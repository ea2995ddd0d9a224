package repository

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Pull takes the changes of a remix's source into the remix.
type Pull struct {
	Address Address
	Choices map[string]merge.Choice // what to do where both changed the same, by the conflict's ID
	// Rest decides every conflict that Choices does not name; empty leaves them to be decided.
	Rest   merge.Take
	Actor  Actor
	DryRun bool
}

// Pulled is what became of it.
type Pulled struct {
	Outcome
	Source   Resource // as it is now
	From     Revision // of the source that the remix was made from
	Merge    merge.Result
	UpToDate bool // the source has not changed since
}

// notPulled are the fields of front matter that say what the remix is, whatever its source says of itself.
var notPulled = []string{"creators", "license", "sources", "translation_of", "funding"}

// Pull merges what changed at a remix's source since it was made, or last pulled, and publishes the result. Where both
// changed the same, nothing is published until it is decided: Merge.Conflicts says what, and the error is kind.ErrConflict.
// Nothing of the remix is overwritten. What the source's license forbids now is an *InvalidError.
func (s *Service) Pull(ctx context.Context, p Pull) (out Pulled, err error) {
	defer annotate(&err, "pull into", p.Address)
	r, err := s.o.Catalog.Resource(ctx, p.Address.Root())
	if err != nil {
		return out, err
	}
	if r.Deleted {
		return out, fmt.Errorf("it was withdrawn: %w", kind.ErrNotFound)
	}
	doc, err := s.Source(ctx, r)
	if err != nil {
		return out, err
	}
	if len(r.Metadata.Sources) == 0 || len(doc.Metadata.Sources) == 0 {
		return out, fmt.Errorf("%w: it is no remix, so there is nothing to pull from", kind.ErrInvalid)
	}
	source := r.Metadata.Sources[0]
	out.From = source.Revision
	upstream, found, err := s.find(ctx, source.ID)
	if err != nil {
		return out, err
	}
	if !found || upstream.Deleted {
		return out, fmt.Errorf("its source %s is not known here any more: %w", source.ID, kind.ErrNotFound)
	}
	out.Source, out.Resource = upstream, r
	if out.UpToDate = source.Revision == upstream.Revision; out.UpToDate {
		out.Unchanged = true
		return out, nil
	}
	files, err := s.merged(ctx, p, r, source, &out)
	if err != nil {
		return out, err
	}
	entry := s.sourceOf(upstream, source.Changes)
	sources := append([]metadata.Source{entry}, doc.Metadata.Sources[1:]...)
	if err := rewrite(files, "", metadata.Edit{Sources: &sources}); err != nil {
		return out, err
	}
	out.Outcome, err = s.Publish(ctx, Publication{
		Owner: r.Address.Owner, Slug: r.Address.Slug, Files: files, Actor: p.Actor, Base: r.Revision, DryRun: p.DryRun,
		Message: "Take in the changes of " + upstream.Metadata.Title, origins: []metadata.Source{entry},
	})
	return out, err
}

// merged merges the three trees: the source as it was, the remix, the source as it is.
func (s *Service) merged(ctx context.Context, p Pull, r Resource, source metadata.Source, out *Pulled) (fstest.MapFS, error) {
	view, theirs, err := s.sourceFiles(ctx, out.Source)
	if err != nil {
		return nil, err
	}
	base, err := folderAt(ctx, view, source.Revision, source.Path)
	if err != nil {
		return nil, fmt.Errorf("the revision that the remix was made from: %w", err)
	}
	tree, err := s.tree(ctx, r)
	if err != nil {
		return nil, err
	}
	ours, err := copyFiles(tree, ".")
	if err != nil {
		return nil, err
	}
	trees := [3]merge.Tree{}
	for i, files := range []fs.FS{base, ours, theirs} {
		if trees[i], err = merge.ReadTree(files); err != nil {
			return nil, err
		}
	}
	result := merge.Trees(trees[0], trees[1], trees[2], merge.Options{Mine: notPulled})
	out.Merge = result
	if result, err = settled(result, p.Choices, p.Rest); err != nil {
		return nil, err
	}
	files, large := fstest.MapFS{}, map[string]gitstore.File{}
	for name, f := range result.Files {
		files[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		large[name] = gitstore.File{Data: f.Data}
	}
	return files, s.fetchMedia(ctx, out.Source, large)
}

// folderAt copies a folder of a revision.
func folderAt(ctx context.Context, view *gitstore.Repository, rev Revision, folder string) (fstest.MapFS, error) {
	fsys, err := view.Tree(ctx, rev)
	if err != nil {
		return nil, err
	}
	if folder = strings.Trim(folder, "/"); folder == "" {
		folder = "."
	}
	return copyFiles(fsys, folder)
}

// Upstream is the source that a remix follows, as it is now, and whether it has changed since the remix last took its
// changes in. It returns kind.ErrNotFound for what is no remix, or whose source is not known here any more.
func (s *Service) Upstream(ctx context.Context, r Resource) (source Resource, changed bool, err error) {
	defer annotate(&err, "find the source of", r.Address)
	if len(r.Metadata.Sources) == 0 {
		return Resource{}, false, kind.ErrNotFound
	}
	from := r.Metadata.Sources[0]
	source, found, err := s.find(ctx, from.ID)
	if err != nil {
		return Resource{}, false, err
	}
	if !found || source.Deleted {
		return Resource{}, false, kind.ErrNotFound
	}
	return source, from.Revision != "" && source.Revision != "" && from.Revision != source.Revision, nil
}
