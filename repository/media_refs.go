package repository

import (
	"context"
	"errors"
	"io/fs"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
)

const (
	// searchedRevisions bounds how far back pointers are looked for.
	searchedRevisions = 5000
	// knownPointers is how many repositories' pointers are remembered.
	knownPointers = 256
)

// Media returns those of the files asked for that a published revision of a repository points to: what whoever may read the
// repository may have. It returns kind.ErrNotFound if there is no repository at the address, or it was withdrawn.
func (s *Service) Media(ctx context.Context, owner, slug string, ids []media.OID) (found map[media.OID]media.Pointer, err error) {
	defer annotate(&err, "find media of", owner+"/"+slug)
	at, err := s.Location(ctx, owner, slug)
	if err != nil {
		return nil, err
	}
	view, err := s.o.Store.Open(ctx, at)
	if err != nil {
		return nil, err
	}
	head := view.Manifest().Refs[mainRef]
	all, known := s.pointers.Get(head)
	if !known {
		if all, err = newestPointers(ctx, view, head); err != nil {
			return nil, err
		}
	}
	if found = among(all, ids); len(found) == len(ids) || known {
		return found, nil
	}
	if err := olderPointers(ctx, view, head, all); err != nil {
		return nil, err
	}
	s.pointers.Add(head, all)
	return among(all, ids), nil
}

func among(all map[media.OID]media.Pointer, ids []media.OID) map[media.OID]media.Pointer {
	found := map[media.OID]media.Pointer{}
	for _, id := range ids {
		if p, ok := all[id]; ok {
			found[id] = p
		}
	}
	return found
}

// newestPointers reads the pointers of one revision.
func newestPointers(ctx context.Context, view *gitstore.Repository, rev Revision) (map[media.OID]media.Pointer, error) {
	all := map[media.OID]media.Pointer{}
	fsys, err := view.Tree(ctx, rev)
	if err != nil {
		return nil, err
	}
	return all, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return addPointer(all, fsys, name)
	})
}

// olderPointers adds those of the revisions before: whatever a change replaced or removed.
func olderPointers(ctx context.Context, view *gitstore.Repository, head Revision, all map[media.OID]media.Pointer) error {
	commits, err := view.Log(ctx, head, searchedRevisions)
	if err != nil {
		return err
	}
	logged := map[Revision]bool{}
	for _, c := range commits {
		logged[c.Hash] = true
	}
	for _, c := range commits {
		for _, parent := range c.Parents {
			if !logged[parent] { // a suggestion, of which only what was made of it was published
				continue
			}
			changes, err := view.Changes(ctx, parent, c.Hash)
			if err != nil {
				return err
			}
			fsys, err := view.Tree(ctx, parent)
			if err != nil {
				return err
			}
			for _, change := range changes {
				if change.Kind == gitstore.Added {
					continue
				}
				if err := addPointer(all, fsys, change.Path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func addPointer(all map[media.OID]media.Pointer, fsys fs.FS, name string) error {
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() || !media.MayPoint(info.Size()) {
		return err
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if p, ok := media.ParsePointer(b); ok {
		all[p.OID] = p
	}
	return nil
}
