package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Save commits a tree and moves a ref to the commit. It writes one pack, with what the base does not have, and then replaces
// the manifest: that is the moment in which the save happens. When Save returns without error it is durable. The same tree,
// parents, author, time and message always make the same commit.
//
// It answers kind.ErrConflict where the ref is not what Old says, or another writer was first, and kind.ErrInvalid where
// something cannot be saved. After any other error the save may or may not have happened; tried again with the same Txn and
// input it happens once.
func (s *Store) Save(ctx context.Context, at Location, save Save) (r *Repository, h Hash, err error) {
	defer annotate(&err, "save to %s", at)
	if save.Txn == "" {
		save.Txn = newID(s.o.Now())
	}
	since := time.Now()
	if save.Base != nil && save.Base.location != at {
		if since = *save.Base.asOf.Load(); time.Since(since) > s.o.Grace/2 {
			return nil, "", fmt.Errorf("%w: %s was read too long ago", kind.ErrConflict, save.Base.location)
		}
	}
	ctx, cancel := s.bounded(ctx, since)
	defer cancel()
	for range 5 {
		if r, h, err = s.save(ctx, at, save); !errors.Is(err, errRepacked) {
			return r, h, s.outdated(ctx, save, err)
		}
		base, openErr := s.Open(ctx, at) // the same save on the same refs, over other packs
		if openErr != nil {
			return nil, "", openErr
		}
		if now := base.manifest.Refs[save.Ref]; now != save.Old {
			return nil, "", fmt.Errorf("%w: %s is %q, not %q", kind.ErrConflict, save.Ref, now, save.Old)
		}
		save.Base = base
	}
	return r, h, err
}

// outdated makes a conflict of packs that are gone because the manifest that listed them was replaced: the family was erased from.
func (s *Store) outdated(ctx context.Context, save Save, err error) error {
	if !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) || save.Base == nil || save.Base.location.Repository == "" {
		return err
	}
	if now, failed := s.Open(ctx, save.Base.location); failed != nil || now.tag == save.Base.tag {
		return err
	}
	return fmt.Errorf("%w: %s changed: %w", kind.ErrConflict, save.Base.location, err)
}

func (s *Store) save(ctx context.Context, at Location, save Save) (r *Repository, h Hash, err error) {
	if err := s.checkSave(ctx, at, save); err != nil {
		return nil, "", err
	}
	commit, made, err := s.build(ctx, save)
	if err != nil {
		return nil, "", err
	}
	if err := s.refuseErased(ctx, save, made); err != nil {
		return nil, "", err
	}
	id, txn := newID(s.o.Now()), save.Txn
	var added []PackRef
	if len(made) > 0 {
		var thin thinner
		if save.Base != nil && save.Base.location != at {
			if thin, err = thinPack(ctx, save, commit, made); err != nil {
				return nil, "", err
			}
		}
		ref, err := s.putPack(ctx, at.Family, id, made, thin)
		if err != nil {
			return nil, "", err
		}
		added = append(added, ref)
	}
	change := func(m Manifest, found bool) (Manifest, error) {
		if m.Refs[save.Ref] != save.Old {
			return m, fmt.Errorf("%w: %s is %q, not %q", kind.ErrConflict, save.Ref, m.Refs[save.Ref], save.Old)
		}
		if found && !containsAll(m.Packs, save.Base.manifest.Packs) {
			return m, errRepacked
		}
		next := m.next(txn)
		if !found {
			next.Head, next.Closed = save.Ref, true
			if save.Base != nil {
				next.Packs = slices.Clip(save.Base.manifest.Packs)
				if save.Base.location.Repository != "" {
					next.Shared = len(next.Packs)
				}
				next.Erased = save.Base.manifest.Erased
				next.Closed = save.Base.manifest.Closed && covers(save.Parents, save.Base.manifest.tips())
			}
		} else if m.Closed && save.Old != "" && !slices.Contains(save.Parents, save.Old) {
			next.Closed = false // what the ref led to may be reachable no more
		}
		next.Refs[save.Ref] = commit.String()
		next.Packs = append(next.Packs, added...)
		if save.Record != nil {
			next.Record = save.Record
		}
		return next, nil
	}
	view, found := save.Base, true
	if view == nil || view.location != at {
		view, found = &Repository{}, false
	}
	r, err = s.replace(ctx, at, view, found, txn, change)
	return r, commit.String(), err
}

// covers tells whether all tips are among the parents.
func covers(parents []Hash, tips []oid) bool {
	return !slices.ContainsFunc(tips, func(tip oid) bool { return !slices.Contains(parents, tip.String()) })
}

func containsAll(all, some []PackRef) bool {
	return !slices.ContainsFunc(some, func(p PackRef) bool { return !slices.Contains(all, p) })
}

// replace puts the manifest that change makes of the current one, which is first taken to be the view's. Where another
// writer was first it reads the manifest again: the transaction may be there already, for a client library that lost the
// first answer conflicts with itself.
func (s *Store) replace(ctx context.Context, at Location, view *Repository, found bool, txn string,
	change func(m Manifest, found bool) (Manifest, error),
) (*Repository, error) {
	for range 10 {
		m, err := change(view.manifest, found)
		if err == nil {
			var r *Repository
			if r, err = s.putManifest(ctx, at, m, view.tag); err == nil {
				return r, nil
			}
		}
		if errors.Is(err, kind.ErrInvalid) {
			return nil, err
		}
		now, openErr := s.Open(ctx, at)
		switch {
		case openErr == nil && now.manifest.wrote(txn):
			return now, nil
		case !errors.Is(err, blob.ErrConflict) && !errors.Is(err, kind.ErrConflict):
			return nil, err // nobody knows whether it happened
		case !found && openErr == nil:
			return nil, fmt.Errorf("%w: the repository exists", kind.ErrConflict)
		case !found && errors.Is(openErr, kind.ErrNotFound):
			return nil, err
		case openErr != nil:
			return nil, openErr
		case now.tag == view.tag && errors.Is(err, kind.ErrConflict):
			return nil, err
		}
		view = now
	}
	return nil, fmt.Errorf("%w: other writers were first, again and again", kind.ErrConflict)
}

func (s *Store) checkSave(ctx context.Context, at Location, save Save) error {
	if err := at.check(); err != nil {
		return err
	}
	if err := checkRef(save.Ref); err != nil {
		return err
	}
	if save.When.Unix() <= 0 || save.When.Year() > 9999 {
		return fmt.Errorf("%w: time %s", kind.ErrInvalid, save.When)
	}
	if save.Old != "" {
		if _, err := parseHash(save.Old); err != nil {
			return err
		}
	}
	if save.Base == nil {
		if len(save.Parents) > 0 || save.Tree == nil {
			return fmt.Errorf("%w: a save without a base has a whole tree and no parents", kind.ErrInvalid)
		}
		return nil
	}
	if save.Base.location.Family != at.Family {
		return fmt.Errorf("%w: the base is of family %s", kind.ErrInvalid, save.Base.location.Family)
	}
	if save.Tree == nil && len(save.Parents) == 0 {
		return fmt.Errorf("%w: edits need a parent", kind.ErrInvalid)
	}
	for _, parent := range save.Parents {
		if _, _, err := save.Base.revision(ctx, parent); err != nil {
			return fmt.Errorf("parent: %w", err)
		}
	}
	return nil
}

// build makes the commit, and all objects that the base does not have.
func (s *Store) build(ctx context.Context, save Save) (commit oid, made []newObject, err error) {
	b := &treeBuilder{root: newFolder(), seen: make(map[oid]bool)}
	edits := save.Edits
	if save.Base != nil {
		b.packs = save.Base.packs
	}
	if save.Tree == nil {
		if b.root.unread, err = save.Base.treeOf(ctx, save.Parents[0]); err != nil {
			return commit, nil, err
		}
		if err := b.read(ctx, b.root); err != nil {
			return commit, nil, err
		}
	} else {
		edits = make(map[string]*File, len(save.Tree))
		for path, f := range save.Tree {
			edits[path] = &f
		}
	}
	if err := s.apply(ctx, b, edits); err != nil {
		return commit, nil, err
	}
	tree, err := b.write(ctx, "", b.root)
	if err != nil {
		return commit, nil, err
	}
	o, err := encodeCommit(tree, save)
	if err != nil {
		return commit, nil, err
	}
	err = b.add(ctx, o)
	slices.Reverse(b.made) // commit first, then trees, then files, as git orders them
	return o.id, b.made, err
}

// TreeHash is the tree that a save of the files would make, which is that of a Commit where nothing changed. It answers
// kind.ErrInvalid where the files cannot be saved.
func (s *Store) TreeHash(ctx context.Context, files map[string]File) (Hash, error) {
	b := &treeBuilder{root: newFolder(), seen: make(map[oid]bool)}
	edits := make(map[string]*File, len(files))
	for path, f := range files {
		edits[path] = &f
	}
	if err := s.apply(ctx, b, edits); err != nil {
		return "", err
	}
	tree, err := b.write(ctx, "", b.root)
	return tree.String(), err
}

// apply hashes the files and puts them into the tree, in the order of their paths.
func (s *Store) apply(ctx context.Context, b *treeBuilder, edits map[string]*File) error {
	limits, total := s.o.Limits, int64(0)
	if len(edits) > limits.Files {
		return fmt.Errorf("%w: %d files, at most %d may be saved", kind.ErrInvalid, len(edits), limits.Files)
	}
	paths := slices.Sorted(maps.Keys(edits))
	for _, path := range paths {
		if err := CheckPath(path); err != nil {
			return err
		}
		if f := edits[path]; f != nil {
			if int64(len(f.Data)) > limits.FileBytes {
				return fmt.Errorf("%w: %s has %d bytes, at most %d may be saved", kind.ErrInvalid, path, len(f.Data), limits.FileBytes)
			}
			total += int64(len(f.Data))
		}
	}
	if total > limits.TreeBytes {
		return fmt.Errorf("%w: %d bytes in all, at most %d may be saved", kind.ErrInvalid, total, limits.TreeBytes)
	}
	blobs := make([]newObject, len(paths))
	err := inParallel(len(paths), func(i int) error {
		if f := edits[paths[i]]; f != nil {
			blobs[i] = hashObject(plumbing.BlobObject, f.Data)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, path := range paths { // deletions first: a file may give way to a folder
		if edits[path] == nil {
			if err := b.drop(ctx, path); err != nil {
				return err
			}
		}
	}
	for i, path := range paths {
		if f := edits[path]; f != nil {
			if err := b.put(ctx, path, blobs[i].id, f.Executable); err != nil {
				return err
			}
			if err := b.add(ctx, blobs[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func encodeCommit(tree oid, save Save) (newObject, error) {
	who := object.Signature{Name: signed(save.Author), Email: signed(save.Email), When: save.When.UTC()}
	if who.Name == "" {
		who.Name = "unknown"
	}
	c := &object.Commit{Author: who, Committer: who, TreeHash: tree, Message: message(save.Message)}
	for _, parent := range save.Parents {
		c.ParentHashes = append(c.ParentHashes, plumbing.NewHash(parent))
	}
	data, err := encode(c, plumbing.CommitObject)
	if err != nil {
		return newObject{}, fmt.Errorf("%w: commit: %w", kind.ErrInvalid, err)
	}
	return hashObject(plumbing.CommitObject, data), nil
}

// signed is a name as a commit's header can hold it.
func signed(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '<' || r == '>' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\ufffd"))
	return strings.Trim(strings.Join(strings.Fields(name), " "), ".,:;'\"\\ ")
}

// message leaves out what a commit cannot hold, and what would move the cursor of a terminal that shows it.
func message(m string) string {
	m = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(m, "\ufffd"))
	return strings.TrimRight(m, " \t\r\n") + "\n"
}

// putPack stores a new pack, and opens it so that nobody has to fetch what was just written.
func (s *Store) putPack(ctx context.Context, family, id string, all []newObject, thin thinner) (PackRef, error) {
	stored, ref, err := s.writePack(all, thin)
	if err != nil {
		return ref, err
	}
	ref.ID = id
	key := packKey(family, id)
	if _, err := s.blobs.Put(ctx, key, bytes.NewReader(stored), blob.IfAbsent()); err != nil {
		return ref, err
	}
	return ref, s.adoptBytes(family, ref, stored)
}
