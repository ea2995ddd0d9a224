package repository

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Staged is a repository as it would look if it were published: what reviewers see before readers do.
type Staged struct {
	Files  fs.FS         // of media the real ones
	Root   metadata.Node // with its parts; empty before Check
	Report Report        // what the release gate would say; empty before Check

	check func() (Report, metadata.Node, error)
}

// Check reads all texts and has the release gate look at them, which takes long where there are many: who wants a file need not.
func (s *Staged) Check() (err error) {
	s.Report, s.Root, err = s.check()
	return err
}

// Find is the resource in a folder of it; "" is the root.
func (s Staged) Find(part string) (metadata.Node, bool) {
	for _, n := range s.Root.All() {
		if n.Path == part {
			return n, n.File != ""
		}
	}
	return metadata.Node{}, false
}

// StageRevision is a published revision of a resource of this server: a candidate for a release.
func (s *Service) StageRevision(ctx context.Context, a Address, rev Revision) (st Staged, err error) {
	defer annotate(&err, "stage", a.String()+"@"+rev)
	r, err := s.At(ctx, a.Root(), rev)
	if err != nil {
		return st, err
	}
	if r.Deleted {
		return st, kind.ErrNotFound
	}
	return s.stage(ctx, r, nil, "")
}

// StageHeld is what is stored of a resource that is withdrawn, or held until a moderator has seen it.
func (s *Service) StageHeld(ctx context.Context, a Address) (st Staged, err error) {
	defer annotate(&err, "stage", a)
	at, view, rec, err := s.stored(ctx, a)
	if err != nil {
		return st, err
	}
	if rec.Withdrawn == "" {
		return st, fmt.Errorf("it is not held: %w", kind.ErrNotFound)
	}
	return s.stage(ctx, Resource{
		Identifier: s.Identifier(at.Repository), Repository: at.Repository, Family: at.Family, Address: a.Root(), Revision: view.Manifest().Refs[mainRef],
	}, nil, "")
}

// StageEdit is the newest revision of a resource with a change to one of its texts, which nobody has published.
func (s *Service) StageEdit(ctx context.Context, a Address, change metadata.Edit) (st Staged, err error) {
	defer annotate(&err, "stage", a)
	r, err := s.o.Catalog.Resource(ctx, a.Root())
	if err != nil {
		return st, err
	}
	if r.Deleted {
		return st, kind.ErrNotFound
	}
	return s.stage(ctx, r, &change, a.Part)
}

// stage opens a revision, with a change to the text in a folder unless that is nil.
func (s *Service) stage(ctx context.Context, r Resource, change *metadata.Edit, part string) (st Staged, err error) {
	if st.Files, err = s.tree(ctx, r); err != nil {
		return st, err
	}
	if change != nil {
		files, err := copyFiles(st.Files, ".")
		if err != nil {
			return st, err
		}
		if err := rewrite(files, part, *change); err != nil {
			return st, err
		}
		st.Files = files
	}
	if s.o.Media != nil {
		st.Files = s.o.Media.Files(ctx, st.Files)
	}
	files := st.Files
	st.check = func() (Report, metadata.Node, error) {
		report, tree, err := s.reportOn(ctx, r, files)
		if err != nil {
			err = fmt.Errorf("check %s@%s: %w", r.Address, r.Revision, err)
		}
		return report, tree.Root, err
	}
	return st, nil
}
