package repository

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Edit is one save of one resource: its index.md, and files beside it.
type Edit struct {
	Address Address
	Base    Revision // the revision that was edited
	Change  metadata.Edit
	Actor   Actor
	Files   map[string]*[]byte // files beside the text, by their path in the resource's folder; nil takes one away
	Message string             // of the commit; empty: one is made
	DryRun  bool
}

// Revise makes an edited resource the newest revision. If the resource has changed since Base, nothing is written and
// the error is a *ConflictError.
func (s *Service) Revise(ctx context.Context, e Edit) (o Outcome, err error) {
	defer annotate(&err, "revise", e.Address)
	at, view, rec, err := s.stored(ctx, e.Address) // what is edited is read from one state, which must still be the newest in the end
	if err != nil {
		return Outcome{}, err
	}
	r, found := rec.find(e.Address.Part)
	switch {
	case !found:
		return Outcome{}, kind.ErrNotFound
	case r.Deleted:
		return Outcome{}, fmt.Errorf("%s was withdrawn: %w", e.Address, kind.ErrNotFound)
	case r.Revision != e.Base:
		return Outcome{}, s.conflict(ctx, at, rec, e.Address)
	}
	head := view.Manifest().Refs[mainRef]
	fsys, err := view.Tree(ctx, head)
	if err != nil {
		return Outcome{}, err
	}
	files, err := copyFiles(fsys, ".")
	if err != nil {
		return Outcome{}, err
	}
	message := e.Message
	if index := files[path.Join(e.Address.Part, "index.md")]; message == "" && index != nil && !e.DryRun {
		doc, _ := metadata.Parse("index.md", index.Data)
		message = "Revise " + doc.Metadata.Title
	}
	if err := rewrite(files, e.Address.Part, e.Change); err != nil {
		return Outcome{}, err
	}
	if err := putFiles(files, e.Address.Part, e.Files); err != nil {
		return Outcome{}, err
	}
	o, err = s.Publish(ctx, Publication{
		Owner: e.Address.Owner, Slug: e.Address.Slug, Files: files, Actor: e.Actor, Message: message,
		Base: head, DryRun: e.DryRun,
	})
	if err != nil || e.DryRun || e.Address.Part == "" {
		return o, err
	}
	o.Resource, err = s.o.Catalog.Resource(ctx, e.Address)
	return o, err
}

// putFiles puts files into a folder, or takes them away. What is a text, or lies outside of the folder, is kind.ErrInvalid.
func putFiles(files fstest.MapFS, folder string, edits map[string]*[]byte) error {
	for name, data := range edits {
		if !fs.ValidPath(name) || name == "." || path.Base(name) == "index.md" {
			return fmt.Errorf("file %q: %w", name, kind.ErrInvalid)
		}
		full := path.Join(folder, name)
		if data == nil {
			delete(files, full)
			continue
		}
		files[full] = &fstest.MapFile{Data: *data, Mode: 0o644}
	}
	return nil
}

// rewrite applies an edit to the index.md of a folder.
func rewrite(files fstest.MapFS, folder string, change metadata.Edit) error {
	name := path.Join(folder, "index.md")
	f, ok := files[name]
	if !ok {
		return fmt.Errorf("%s: %w", name, kind.ErrNotFound)
	}
	doc, _ := metadata.Parse(name, f.Data)
	data, err := doc.With(change)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	return nil
}

// copyFiles reads a folder of an accepted revision into memory; accepted revisions are bounded.
func copyFiles(fsys fs.FS, folder string) (fstest.MapFS, error) {
	sub, err := fs.Sub(fsys, folder)
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	return files, fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(sub, name)
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
}
