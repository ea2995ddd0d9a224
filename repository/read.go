package repository

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Resource returns the newest state at an address of this server. A tombstone is returned with Deleted set and no error.
func (s *Service) Resource(ctx context.Context, a Address) (r Resource, err error) {
	defer annotate(&err, "get resource", a)
	return s.o.Catalog.Resource(ctx, a)
}

// ByID returns a resource, own or harvested, tombstones included.
func (s *Service) ByID(ctx context.Context, id ID) (r Resource, err error) {
	defer annotate(&err, "get resource", id)
	return s.o.Catalog.ByID(ctx, id)
}

// ByIdentifier returns the resource of an OAI identifier: this server's own, or the one of the peer whose namespace the
// identifier is in. What others serve under the identifier is found by its ID only.
func (s *Service) ByIdentifier(ctx context.Context, identifier string) (r Resource, err error) {
	defer annotate(&err, "get resource", identifier)
	return s.o.Catalog.ByIdentifier(ctx, identifier)
}

// Remixes returns the resources known here that were made from this one.
func (s *Service) Remixes(ctx context.Context, r Resource) ([]Resource, error) {
	return s.o.Catalog.Linked(ctx, SourceLink, r.Identifier)
}

// Translations returns the translations of a resource, and the other translations of what it translates itself.
func (s *Service) Translations(ctx context.Context, r Resource) ([]Resource, error) {
	list, err := s.o.Catalog.Linked(ctx, TranslationLink, r.Identifier)
	if err != nil || r.Metadata.TranslationOf == nil {
		return list, err
	}
	original := r.Metadata.TranslationOf.ID
	if o, found, err := s.find(ctx, original); err != nil {
		return nil, err
	} else if found && !o.Deleted {
		list = append(list, o)
	}
	siblings, err := s.o.Catalog.Linked(ctx, TranslationLink, original)
	for _, sibling := range siblings {
		if sibling.ID != r.ID {
			list = append(list, sibling)
		}
	}
	return list, err
}

// At returns a resource as it was at an old revision of its repository: its metadata and text then, its id and address
// now. It returns kind.ErrNotFound if the revision was never published at the repository or did not have the resource.
func (s *Service) At(ctx context.Context, a Address, rev Revision) (r Resource, err error) {
	defer annotate(&err, "get resource", a.String()+"@"+rev)
	if r, err = s.o.Catalog.Resource(ctx, a); err != nil || r.Revision == rev {
		return r, err
	}
	view, err := s.view(ctx, r)
	if err != nil {
		return Resource{}, err
	}
	commit, err := view.Commit(ctx, rev)
	if err != nil {
		return Resource{}, err
	}
	if err := published(ctx, view, rev); err != nil {
		return Resource{}, err
	}
	fsys, err := view.Tree(ctx, rev)
	if err != nil {
		return Resource{}, err
	}
	contents, err := s.read(fsys)
	if err != nil {
		return Resource{}, err
	}
	for _, c := range contents {
		if c.path == a.Part {
			r.Revision, r.Modified, r.Parts = rev, commit.When, nil
			if _, err := s.describe(ctx, &r, c, map[string]ID{}, nil); err != nil {
				return Resource{}, err
			}
			r.Parts = nil
			return r, nil
		}
	}
	return Resource{}, fmt.Errorf("not part of that revision: %w", kind.ErrNotFound)
}

// published returns kind.ErrNotFound unless a revision belongs to the history of main: whoever may suggest, or push other
// branches and tags, publishes nothing by it.
func published(ctx context.Context, view *gitstore.Repository, rev Revision) error {
	found, err := view.Ancestor(ctx, rev, view.Manifest().Refs[mainRef])
	if err == nil && !found {
		err = fmt.Errorf("revision %s was not published: %w", rev, kind.ErrNotFound)
	}
	return err
}

// read checks the tree of an accepted revision and hashes its resources; what was wrong with it then no longer matters.
func (s *Service) read(fsys fs.FS) ([]content, error) {
	tree, _ := metadata.Check(fsys, s.o.Limits)
	prints, _, err := printTree(fsys, tree)
	if err != nil {
		return nil, err
	}
	return s.looker.contentsOf(fsys, prints, tree), nil
}

// Files returns the files of the repository of a resource of this server, at the resource's revision: of media the real
// files, which are read from the bucket as they are asked for.
func (s *Service) Files(ctx context.Context, r Resource) (fsys fs.FS, err error) {
	fsys, err = s.tree(ctx, r)
	if err != nil || s.o.Media == nil {
		return fsys, err
	}
	return s.o.Media.Files(ctx, fsys), nil
}

// tree is Files as git has them: of media the pointers.
func (s *Service) tree(ctx context.Context, r Resource) (fsys fs.FS, err error) {
	defer annotate(&err, "read files of", r.Address)
	view, err := s.view(ctx, r)
	if err != nil {
		return nil, err
	}
	return view.Tree(ctx, r.Revision)
}

// Source returns the index.md of a resource of this server, taken apart.
func (s *Service) Source(ctx context.Context, r Resource) (metadata.Document, error) {
	fsys, err := s.Files(ctx, r)
	if err != nil {
		return metadata.Document{}, err
	}
	name := path.Join(r.Address.Part, "index.md")
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return metadata.Document{}, fmt.Errorf("read %s of %s: %w", name, r.Address, err)
	}
	doc, _ := metadata.Parse(name, src)
	return doc, nil
}

// Original returns the index.md of any resource as it is at its home, with its path from the root of its repository. That of
// a harvested one is fetched from its home: kind.ErrUnavailable where that cannot be reached, kind.ErrInvalid where it
// offers no git address.
func (s *Service) Original(ctx context.Context, r Resource) (name string, doc metadata.Document, err error) {
	defer annotate(&err, "read", r.Identifier)
	_, files, err := s.sourceFiles(ctx, r)
	if err != nil {
		return "", doc, err
	}
	index, ok := files["index.md"]
	if !ok {
		return "", doc, kind.ErrNotFound
	}
	folder := r.Address.Part
	if r.Origin != nil {
		folder = r.Origin.Path
	}
	doc, _ = metadata.Parse("index.md", index.Data)
	return path.Join(folder, "index.md"), doc, nil
}

// CheckOriginal is what publishing the repository of any resource would say, at its home, with another text in the place of
// the resource's index.md. Its errors are those of Original.
func (s *Service) CheckOriginal(ctx context.Context, r Resource, index []byte) (problems metadata.Problems, err error) {
	defer annotate(&err, "check", r.Identifier)
	whole, folder := r, r.Address.Part
	whole.Address.Part = ""
	if r.Origin != nil {
		origin := *r.Origin
		origin.Path, folder = "", r.Origin.Path
		whole.Origin = &origin
	}
	_, files, err := s.sourceFiles(ctx, whole)
	if err != nil {
		return nil, err
	}
	files[path.Join(folder, "index.md")] = &fstest.MapFile{Data: index, Mode: 0o644}
	limits := s.o.Limits
	if s.o.Standards != nil {
		limits.Standards = s.o.Standards()
	}
	_, problems = s.check(files, limits)
	return problems, nil
}

// History returns the revisions that changed a resource of this server, newest first.
func (s *Service) History(ctx context.Context, r Resource, limit int) (list []gitstore.Commit, err error) {
	defer annotate(&err, "read history of", r.Address)
	view, err := s.view(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.Address.Part == "" {
		return view.Log(ctx, r.Revision, limit)
	}
	return view.History(ctx, r.Revision, r.Address.Part, limit)
}

// Changes returns the files of a resource that differ between two published revisions, with paths inside its repository.
func (s *Service) Changes(ctx context.Context, r Resource, a, b Revision) (list []gitstore.Change, err error) {
	defer annotate(&err, "compare revisions of", r.Address)
	view, err := s.view(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, rev := range []Revision{a, b} {
		if err := published(ctx, view, rev); err != nil {
			return nil, err
		}
	}
	all, err := view.Changes(ctx, a, b)
	for _, c := range all {
		if _, in := inFolder(c.Path, r.Address.Part); in {
			list = append(list, c)
		}
	}
	return list, err
}

// Location says where a repository of this server is in the bucket, for git clients.
func (s *Service) Location(ctx context.Context, owner, slug string) (gitstore.Location, error) {
	at, err := s.o.Catalog.Reservation(ctx, owner, slug)
	if err != nil {
		return gitstore.Location{}, fmt.Errorf("get repository %s/%s: %w", owner, slug, err)
	}
	r, err := s.o.Catalog.Resource(ctx, Address{Owner: owner, Slug: slug})
	if err != nil {
		return gitstore.Location{}, err
	}
	if r.Deleted {
		return gitstore.Location{}, fmt.Errorf("get repository %s/%s: it was withdrawn: %w", owner, slug, kind.ErrNotFound)
	}
	return location(at), nil
}

func (s *Service) view(ctx context.Context, r Resource) (*gitstore.Repository, error) {
	if !r.Own() {
		return nil, fmt.Errorf("%s lives on another server: %w", r.Identifier, kind.ErrNotFound)
	}
	return s.o.Store.Open(ctx, gitstore.Location{Family: r.Family, Repository: string(r.Repository)})
}

// Find returns the resource of an OAI identifier, a UUID, or an address of this server.
func (s *Service) Find(ctx context.Context, name string) (r Resource, err error) {
	defer annotate(&err, "find", name)
	r, found, err := s.find(ctx, name)
	if err == nil && !found {
		err = kind.ErrNotFound
	}
	return r, err
}
