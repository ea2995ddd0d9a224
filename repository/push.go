package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// suggestRef is where git clients push what they offer to a resource's owner: HEAD:refs/for/main.
const suggestRef = "refs/for/main"

// Push is a push of a git client.
type Push struct {
	Owner, Slug string
	Actor       Actor
	MayWrite    bool // false: the actor may only suggest
	Body        io.Reader
	Answer      io.Writer
	Done        func(context.Context) // told once something is published, before the client is; may be nil
}

// Push takes what a git client pushes. A push to main is a publication: it is checked like every other one, its problems
// are printed to the pusher as file:line, and a refused one leaves nothing behind. A push to an address that does not
// exist creates the resource. A push to refs/for/main becomes a suggestion. What is published is immutable, so main only
// moves forward.
func (s *Service) Push(ctx context.Context, p Push) (err error) {
	defer annotate(&err, "push to", p.Owner+"/"+p.Slug)
	if err := CheckSlug(p.Slug); err != nil {
		return err
	}
	at, err := s.o.Catalog.Reservation(ctx, p.Owner, p.Slug)
	fresh := errors.Is(err, kind.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	if fresh {
		if !p.MayWrite {
			return kind.ErrNotFound
		}
		at = Reservation{Owner: p.Owner, Slug: p.Slug, Repository: newID(), Family: string(newID())}
	}
	x := &pushing{Service: s, push: p, at: at, fresh: fresh}
	return s.o.Store.ReceivePack(ctx, location(at), p.Body, p.Answer, gitstore.Push{
		AllowForce:  func(ref string) bool { return ref != mainRef && !strings.HasPrefix(ref, gitstore.TagPrefix) }, // what was released stays
		AllowDelete: func(ref string) bool { return !strings.HasPrefix(ref, gitstore.TagPrefix) },
		Accept:      x.accept,
		Suggest:     x.suggest,
		Accepted:    x.accepted,
	})
}

// pushing is one push under way.
type pushing struct {
	*Service
	push     Push
	at       Reservation
	fresh    bool
	contents []content // of the new main; nil if it does not move
	record   record
}

// accept checks what main would become, and gives the record that the manifest will carry.
func (x *pushing) accept(ctx context.Context, p gitstore.Proposal) (json.RawMessage, error) {
	if !x.push.MayWrite {
		return nil, &gitstore.Refusal{Reason: "not yours", Lines: []string{fmt.Sprintf(
			"You may not write to %s/%s. To suggest this change to its owner, run: git push origin HEAD:%s", x.push.Owner, x.push.Slug, suggestRef)}}
	}
	x.contents = nil
	i := slices.IndexFunc(p.Updates, func(u gitstore.RefUpdate) bool { return u.Ref == mainRef })
	if i < 0 && p.Before == nil {
		return nil, &gitstore.Refusal{Reason: "no main", Lines: []string{"A new resource begins with its main branch: git push origin HEAD:main"}}
	}
	if err := x.tagged(ctx, p); err != nil || i < 0 {
		return nil, err
	}
	d, rec, problems, err := x.examined(ctx, p, p.Updates[i].New)
	if err != nil {
		return nil, err
	}
	if problems.Refuse() { // before it is held: nothing waits for a moderator that is not stored
		return nil, refusalOf(problems)
	}
	if x.record, err = x.hold(ctx, rec.revised(d.contents, "", x.now()), rec, x.push.Actor); err != nil {
		return nil, err
	}
	say(p, problems)
	if err := x.reserve(ctx); err != nil {
		return nil, err
	}
	x.contents = d.contents
	return x.record.encode(), nil
}

// examined checks a revision as if main moved to it; the record is the one as it is.
func (x *pushing) examined(ctx context.Context, p gitstore.Proposal, rev Revision) (d draft, rec record, problems metadata.Problems, err error) {
	d, problems, err = x.draft(ctx, p.After, rev)
	if err != nil || problems.Refuse() {
		return d, rec, problems, err
	}
	if p.Before != nil {
		if rec, err = readRecord(p.Before.Manifest()); err != nil {
			return d, rec, nil, err
		}
	}
	rec.Owner, rec.Slug = x.push.Owner, x.push.Slug
	_, more, err := x.examine(ctx, d, x.at, p.Before, rec)
	return d, rec, append(problems, more...), err
}

// draft checks the tree of a revision as every publication is checked.
func (x *pushing) draft(ctx context.Context, view *gitstore.Repository, rev Revision) (draft, metadata.Problems, error) {
	fsys, err := view.Tree(ctx, rev)
	if err != nil {
		return draft{}, nil, err
	}
	limits := x.o.Limits
	if x.o.Standards != nil {
		limits.Standards = x.o.Standards()
	}
	tree, problems := x.check(fsys, limits)
	if problems.Refuse() {
		return draft{}, problems, nil
	}
	prints, small, err := printTree(fsys, tree)
	if err != nil {
		return draft{}, nil, err
	}
	return draft{
		publication: Publication{Owner: x.push.Owner, Slug: x.push.Slug, Files: fsys, Actor: x.push.Actor},
		files:       small, contents: x.looker.contentsOf(fsys, prints, tree),
	}, problems, nil
}

// reserve takes the address of a new resource.
func (x *pushing) reserve(ctx context.Context) error {
	if !x.fresh {
		return nil
	}
	reserved, err := x.o.Catalog.Reserve(ctx, x.at)
	if err == nil && reserved.Repository != x.at.Repository {
		err = &gitstore.Refusal{Reason: "taken a moment ago", Lines: []string{"Somebody else took this address a moment ago; fetch, and push again."}}
	}
	return err
}

// suggest checks what is offered; what is wrong with it is the owner's to judge, so it only is said.
func (x *pushing) suggest(ctx context.Context, p gitstore.Proposal, number int) (json.RawMessage, error) {
	if p.Before == nil {
		return nil, kind.ErrNotFound
	}
	rec, err := readRecord(p.Before.Manifest())
	if err != nil {
		return nil, err
	}
	if rec.Withdrawn != "" {
		return nil, &gitstore.Refusal{Reason: "withdrawn", Lines: []string{"This resource was withdrawn."}}
	}
	i := slices.IndexFunc(p.Updates, func(u gitstore.RefUpdate) bool { return u.New != "" })
	if i < 0 {
		return nil, &gitstore.Refusal{Reason: "nothing to suggest"}
	}
	next, err := rec.suggested(suggestion{
		Number: number, Revision: p.Updates[i].New, By: x.push.Actor.Name, Name: x.push.Actor.Display, At: x.now().Unix(),
	})
	if err != nil {
		return nil, &gitstore.Refusal{Reason: "too many wait", Lines: []string{
			"Too many suggestions wait for the owner's decision. Suggest this when some are decided."}}
	}
	_, problems, err := x.draft(ctx, p.After, p.Updates[i].New)
	if err != nil {
		return nil, err
	}
	say(p, problems)
	p.Say("Suggestion %d is stored for the owner of %s/%s: %s/suggestions", number, x.push.Owner, x.push.Slug,
		x.URL(Address{Owner: x.push.Owner, Slug: x.push.Slug}))
	return next.encode(), nil
}

// accepted shows what was pushed in the catalog.
func (x *pushing) accepted(ctx context.Context, p gitstore.Proposal) {
	if x.contents == nil {
		x.releasesPushed(ctx, p)
		return
	}
	rec := x.record.at(p.After.Manifest().Refs[mainRef])
	list, err := x.show(ctx, x.at, p.After, rec, x.contents)
	if err != nil {
		p.Say("%s", err)
		x.o.Logger.Error("push not shown", "resource", x.push.Owner+"/"+x.push.Slug, "err", err)
		return
	}
	if rec.Withdrawn != "" {
		p.Say("Stored, and not shown: %s", rec.Withdrawn)
		return
	}
	p.Say("Published: %s", x.URL(list[0].Address))
	p.Say("Report:    %s@%s/report", x.URL(list[0].Address), list[0].Revision)
	x.sayReleased(p)
	if x.push.Done != nil {
		x.push.Done(ctx)
	}
}

// refusalOf prints problems as the pusher's terminal shows them.
func refusalOf(problems metadata.Problems) *gitstore.Refusal {
	r := &gitstore.Refusal{Reason: "the resource has problems"}
	for _, p := range problems {
		r.Lines = append(r.Lines, p.String())
	}
	return r
}

func say(p gitstore.Proposal, problems metadata.Problems) {
	for _, problem := range problems {
		p.Say("%s", problem)
	}
}

// PushLocation says where a git client that wants to push looks first. An address that does not exist yet, and that the
// client's owner may write to, is an empty repository.
func (s *Service) PushLocation(ctx context.Context, owner, slug string, mayWrite bool) (gitstore.Location, error) {
	at, err := s.o.Catalog.Reservation(ctx, owner, slug)
	if errors.Is(err, kind.ErrNotFound) && mayWrite {
		if err := CheckSlug(slug); err != nil {
			return gitstore.Location{}, err
		}
		return gitstore.Location{Family: string(newID()), Repository: string(newID())}, nil
	}
	if err != nil {
		return gitstore.Location{}, fmt.Errorf("get repository %s/%s: %w", owner, slug, err)
	}
	return location(at), nil
}
