package repository

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// mainRef is the branch that holds what is published.
const mainRef = "refs/heads/main"

// Publication is a folder to be published at an address.
type Publication struct {
	Owner, Slug string
	Files       fs.FS
	Actor       Actor
	Message     string   // of the commit; empty: one is made
	Base        Revision // the revision that was edited; empty: whatever is there is replaced
	IfAbsent    bool     // it is new: nothing that is published is replaced
	DryRun      bool     // check only

	origins []metadata.Source // what a remix was made from, as this server knows it
	accepts int               // the number of the suggestion that becomes part of this; 0: none
	merges  Revision          // the suggestion's; the new revision has it as its second parent
	by      string            // who accepts
	room    *room             // shared with others that are published at once
}

// Outcome is what became of a publication.
type Outcome struct {
	Resource  Resource // the root as it is now
	Created   bool     // it did not exist before
	Unchanged bool     // the folder is what is already published; nothing was written
	Problems  metadata.Problems
}

// Publish checks a folder and makes it the newest revision at its address, creating the resource if there is none.
// Publishing the same folder again changes nothing. A folder with problems is an *InvalidError and leaves nothing behind;
// a Base that is no longer the newest revision is a *ConflictError, and so is IfAbsent where something is published.
func (s *Service) Publish(ctx context.Context, p Publication) (o Outcome, err error) {
	defer annotate(&err, "publish", p.Owner+"/"+p.Slug)
	if err := CheckSlug(p.Slug); err != nil {
		return Outcome{}, err
	}
	limits := s.o.Limits
	limits.Ignore = append(slices.Clone(limits.Ignore), ".git")
	if s.o.Standards != nil {
		limits.Standards = s.o.Standards()
	}
	tree, problems := s.check(p.Files, limits)
	if problems.Refuse() {
		return Outcome{Problems: problems}, &InvalidError{Problems: problems}
	}
	size := int64(0)
	for _, f := range tree.Files {
		size += f.Size
	}
	defer p.room.take(size)()
	files, large, err := s.takeFiles(p.Files, tree)
	if err != nil {
		return Outcome{}, err
	}
	d := draft{publication: p, files: files, large: large, contents: s.looker.contentsOf(p.Files, printsOf(files), tree)}
	o, err = s.save(ctx, d)
	o.Problems = append(problems, o.Problems...)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		invalid.Problems = append(problems, invalid.Problems...)
	}
	return o, err
}

// CheckSlug keeps addresses plain: they stand in URLs, and must not be mistaken for routes. Its error is ErrInvalid of kind.
func CheckSlug(slug string) error {
	ok := len(slug) >= 1 && len(slug) <= 80 && slug[0] != '-' && slug[len(slug)-1] != '-'
	for _, c := range slug {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !ok {
		return fmt.Errorf("address %q: %w: use 1 to 80 lower-case letters, digits and inner hyphens", slug, kind.ErrInvalid)
	}
	return nil
}

// draft is a checked folder on its way into the bucket.
type draft struct {
	publication Publication
	files       map[string]gitstore.File
	large       map[string]media.Pointer // files of the publication that stand in the tree as pointers
	contents    []content
	base        *gitstore.Repository // of a remix: the view that holds its source
	parent      Revision             // of a remix: the source's revision
	family      string               // of a remix: the source's
}

// save judges the licenses and commits: pack, manifest, catalog. Everything before the manifest is invisible, everything
// after it is healed if the server dies.
func (s *Service) save(ctx context.Context, d draft) (Outcome, error) {
	p := d.publication
	unlock := s.saving.lock(p.Owner + "/" + p.Slug)
	defer unlock()

	at, err := s.o.Catalog.Reservation(ctx, p.Owner, p.Slug)
	fresh := errors.Is(err, kind.ErrNotFound)
	if err != nil && !fresh {
		return Outcome{}, err
	}
	if fresh {
		at = Reservation{Owner: p.Owner, Slug: p.Slug, Repository: newID(), Family: d.family}
		if at.Family == "" {
			at.Family = string(newID())
		}
	}
	current, rec, err := s.open(ctx, at)
	if err != nil {
		return Outcome{}, err
	}
	if one, _ := rec.suggestion(p.accepts); p.accepts != 0 && one.State != Open && !p.DryRun {
		return Outcome{}, fmt.Errorf("%w: suggestion %d was %s a moment ago", kind.ErrConflict, p.accepts, one.State)
	}
	if current != nil && d.base != nil {
		return Outcome{}, fmt.Errorf("%w: %s/%s exists already; choose another address", kind.ErrConflict, p.Owner, p.Slug)
	}
	if current == nil && d.family != "" && at.Family != d.family {
		return Outcome{}, fmt.Errorf("%w: %s/%s is reserved for a publication that did not end; choose another address", kind.ErrConflict, p.Owner, p.Slug)
	}
	if err := s.checkBase(ctx, p, at, current, rec); err != nil {
		return Outcome{}, err
	}
	if p.IfAbsent && current != nil && rec.Withdrawn == "" {
		return Outcome{}, s.conflict(ctx, at, rec, Address{Owner: p.Owner, Slug: p.Slug})
	}
	if current != nil && rec.Withdrawn == "" && rec.unchanged(d.contents) {
		r, err := s.latest(ctx, at, rec, Address{Owner: p.Owner, Slug: p.Slug})
		return Outcome{Resource: r, Unchanged: true}, err
	}

	rec.Owner, rec.Slug = p.Owner, p.Slug
	rec.Origins = replaced(rec.Origins, p.origins)
	list, problems, err := s.examine(ctx, d, at, current, rec)
	if err != nil {
		return Outcome{}, err
	}
	if problems.Refuse() {
		return Outcome{Problems: problems}, &InvalidError{Problems: problems}
	}
	outcome := Outcome{Resource: list[0], Created: current == nil, Problems: problems}
	if p.DryRun {
		return outcome, nil
	}
	if fresh {
		reserved, err := s.o.Catalog.Reserve(ctx, at)
		if err != nil {
			return Outcome{}, err
		}
		if reserved.Repository != at.Repository {
			return Outcome{}, fmt.Errorf("%w: %s/%s was taken a moment ago; try again", kind.ErrConflict, p.Owner, p.Slug)
		}
	}
	list, err = s.commit(ctx, d, at, current, rec)
	if err != nil {
		return Outcome{}, err
	}
	outcome.Resource = list[0]
	return outcome, nil
}

// examine makes the resources that a draft would become, and says what forbids it: media that nobody stored, sources that
// nobody knows, licenses that the sources do not allow. An owner without room is told before anything is written.
func (s *Service) examine(ctx context.Context, d draft, at Reservation, current *gitstore.Repository, rec record) ([]Resource, metadata.Problems, error) {
	if err := s.HasRoom(ctx, at.Owner); err != nil {
		return nil, nil, err
	}
	d.contents[0].id = at.Repository
	list, unknown, err := s.project(ctx, at, rec.revised(d.contents, "", s.now()), d.contents, nil)
	if err != nil {
		return nil, nil, err
	}
	problems, err := s.missingMedia(ctx, d, current)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, unknownSources(d.contents, unknown)...)
	judged, err := s.judgeAll(ctx, list, d.contents, unknown)
	return list, append(problems, judged...), err
}

// open returns the view and the record of a repository, or none if it has never been saved.
func (s *Service) open(ctx context.Context, at Reservation) (*gitstore.Repository, record, error) {
	view, err := s.o.Store.Open(ctx, location(at))
	if errors.Is(err, kind.ErrNotFound) {
		return nil, record{}, nil
	}
	if err != nil {
		return nil, record{}, err
	}
	rec, err := readRecord(view.Manifest())
	return view, rec, err
}

// stored opens the repository at an address, withdrawn or not; one that was never saved is kind.ErrNotFound.
func (s *Service) stored(ctx context.Context, a Address) (at Reservation, view *gitstore.Repository, rec record, err error) {
	if at, err = s.o.Catalog.Reservation(ctx, a.Owner, a.Slug); err != nil {
		return at, nil, rec, err
	}
	view, rec, err = s.open(ctx, at)
	if err == nil && view == nil {
		err = kind.ErrNotFound
	}
	return at, view, rec, err
}

// live is stored for a repository that is in the catalog; a withdrawn one is kind.ErrNotFound, too.
func (s *Service) live(ctx context.Context, a Address) (Reservation, *gitstore.Repository, record, error) {
	at, view, rec, err := s.stored(ctx, a)
	if err == nil && rec.Withdrawn != "" {
		err = kind.ErrNotFound
	}
	return at, view, rec, err
}

// checkBase refuses an edit of a revision that is no longer the newest. What the manifest says counts: the catalog may lag.
func (s *Service) checkBase(ctx context.Context, p Publication, at Reservation, current *gitstore.Repository, rec record) error {
	switch {
	case p.Base == "":
		return nil
	case current == nil:
		return kind.ErrNotFound
	case p.Base == current.Manifest().Refs[mainRef], p.Base == rec.Resources[0].Revision:
		return nil
	}
	return s.conflict(ctx, at, rec, Address{Owner: p.Owner, Slug: p.Slug})
}

// conflict is the *ConflictError of an edit of something that is no longer the newest, or why there is none.
func (s *Service) conflict(ctx context.Context, at Reservation, rec record, a Address) error {
	r, err := s.latest(ctx, at, rec, a)
	if err != nil {
		return err
	}
	return &ConflictError{Current: r}
}

// latest returns a resource as its record has it. A catalog that does not show it yet is told what to show.
func (s *Service) latest(ctx context.Context, at Reservation, rec record, a Address) (Resource, error) {
	e, found := rec.find(a.Part)
	r, err := s.o.Catalog.Resource(ctx, a)
	if !found || err == nil && r.ID == e.ID && r.Revision == e.Revision && r.Deleted == e.Deleted {
		return r, err
	}
	now, err := s.stand(ctx, location(at))
	if err != nil {
		return Resource{}, err
	}
	if err := s.o.Catalog.Apply(ctx, s.projection(now.at, now.record.Generation, now.list, now.releases)); err != nil {
		s.o.Logger.Error("repository not shown", "resource", a.Root(), "err", err)
	}
	for _, r := range now.list {
		if r.Address == a {
			return r, nil
		}
	}
	return Resource{}, kind.ErrNotFound
}

// commit writes the revision and shows it in the catalog.
func (s *Service) commit(ctx context.Context, d draft, at Reservation, current *gitstore.Repository, rec record) ([]Resource, error) {
	p := d.publication
	if err := s.storeLarge(ctx, d); err != nil {
		return nil, err
	}
	d.contents[0].id = at.Repository
	now := s.now()
	save := gitstore.Save{
		Base: current, Ref: mainRef, Tree: maps.Clone(d.files), Author: p.Actor.Display, Email: s.email(p.Actor),
		Message: p.Message, When: now,
	}
	if save.Message == "" {
		save.Message = "Publish " + d.contents[0].node.Metadata.Title
	}
	if current != nil {
		save.Old = current.Manifest().Refs[mainRef]
		save.Parents = []gitstore.Hash{save.Old}
	} else if d.base != nil {
		save.Base, save.Parents = d.base, []gitstore.Hash{d.parent}
	}
	next := rec.revised(d.contents, "", now)
	if p.accepts != 0 {
		save.Parents = append(save.Parents, p.merges)
		next = next.decided(p.accepts, Accepted, p.by, "", now)
	}
	next, err := s.hold(ctx, next, rec, p.Actor)
	if err != nil {
		return nil, err
	}
	save.Record = next.encode()
	view, rev, err := s.o.Store.Save(ctx, location(at), save)
	if errors.Is(err, kind.ErrConflict) {
		now, newest, lookup := s.open(ctx, at)
		if lookup != nil || now == nil {
			return nil, err
		}
		return nil, s.conflict(ctx, at, newest, Address{Owner: p.Owner, Slug: p.Slug})
	}
	if err != nil {
		return nil, err
	}
	return s.show(ctx, at, view, next.at(rev), d.contents)
}

// show projects a repository's newest state into the catalog.
func (s *Service) show(ctx context.Context, at Reservation, view *gitstore.Repository, rec record, contents []content) (list []Resource, err error) {
	defer func() {
		if err != nil {
			s.missed(at)
			err = fmt.Errorf("the revision is safe in the bucket and is shown as soon as the catalog takes it: %w", err)
		}
	}()
	if list, _, err = s.project(ctx, at, rec, contents, heldContents(rec, contents)); err != nil {
		return nil, err
	}
	at.Tag, at.Stored = view.Tag(), stored(view.Manifest(), contents)
	if s.o.Grown != nil && view.Manifest().Compactable() {
		s.o.Grown(location(at))
	}
	released, err := releases(ctx, view)
	if err != nil {
		return nil, err
	}
	if err := s.apply(ctx, s.projection(at, rec.Generation, list, released)); err != nil {
		return nil, err
	}
	root, err := s.o.Catalog.Resource(ctx, list[0].Address)
	if err != nil {
		return nil, err
	}
	list[0] = root
	return list, nil
}
