package gitstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// commit does the push on a view of the repository, nil where there is none, and on a later one where another writer was
// first. It is done when the manifest is replaced.
func (p *receiving) commit(view *Repository) error {
	s, txn := p.store, newID(p.store.o.Now())
	for range 10 {
		next, check, err := p.propose(view, txn)
		if err != nil || p.req.done() {
			return errors.Join(err, p.unstore())
		}
		if err := p.keep(view, check); err != nil {
			return err
		}
		if p.stored.has {
			next.Packs = append(next.Packs, p.stored.ref)
		}
		tag := ""
		if view != nil {
			tag = view.tag
		}
		r, err := s.putManifest(p.ctx, p.at, next, tag)
		if err == nil {
			return p.accepted(view, r)
		}
		now, openErr := s.Open(p.ctx, p.at)
		switch {
		case openErr == nil && now.manifest.wrote(txn):
			return p.accepted(view, now)
		case errors.Is(err, kind.ErrInvalid): // a manifest that would be too large
			p.req.refuseAll(plainReason(err))
			return p.unstore()
		case !errors.Is(err, blob.ErrConflict):
			return err // nobody knows whether it happened
		case errors.Is(openErr, kind.ErrNotFound):
			view = nil
		case openErr != nil:
			return openErr
		default:
			view = now
		}
	}
	p.req.refuseAll("other writers were first, again and again")
	return p.unstore()
}

// propose checks the push against a view, asks the hooks, and answers the manifest that would be. Commands that cannot be
// are refused.
func (p *receiving) propose(view *Repository, txn string) (next Manifest, check *pushCheck, err error) {
	p.judge(view)
	ps := p.packs(view)
	for again := true; again; { // what only a refused command leads to must not be stored
		open := len(p.req.open())
		if open == 0 {
			return next, nil, nil
		}
		if check, err = p.check(view, ps); err != nil {
			return next, nil, err
		}
		p.req.settle()
		again = len(p.req.open()) < open
	}
	if next = p.next(view, txn); next.Refs == nil {
		return next, nil, nil
	}
	before := len(p.req.open())
	if err := p.ask(view, ps, &next); err != nil {
		return next, nil, err
	}
	p.req.settle()
	if now := len(p.req.open()); now == before || now == 0 {
		return next, check, nil
	}
	record := next.Record
	next = p.next(view, txn)
	next.Record = record
	check, err = p.check(view, ps)
	return next, check, err
}

// packs are those of the view and what was received.
func (p *receiving) packs(view *Repository) *packs {
	var refs []PackRef
	if view != nil {
		refs = append(refs, view.packs.refs...)
	}
	if p.got == nil {
		return p.store.packs(p.at.Family, refs)
	}
	ref := PackRef{ID: "received", Size: p.got.size, Objects: p.index.count}
	ps := p.store.packs(p.at.Family, append(refs, ref))
	ps.opened[len(refs)].Store(&pack{id: ref.ID, data: p.file, size: ref.Size, index: p.index, zlib: &p.store.codecs})
	return ps
}

// check looks at all that the open commands lead to.
func (p *receiving) check(view *Repository, ps *packs) (*pushCheck, error) {
	check := newPushCheck(p.ctx, p.got, ps, p.store.o.Limits)
	for _, c := range p.req.open() {
		if c.new == "" {
			continue
		}
		err := check.tip(c.ref, plumbing.NewHash(c.new), !strings.HasPrefix(c.ref, "refs/tags/"))
		if err := p.refused(err, c); err != nil {
			return nil, err
		}
	}
	if err := check.connected(view); err != nil {
		return check, p.refused(err, p.req.open()...)
	}
	if err := p.refuseErased(view, check.reached); err != nil {
		return check, p.refused(err, p.req.open()...)
	}
	for _, c := range p.req.open() {
		if c.old == "" || c.new == "" || c.new == c.old {
			continue
		}
		grown, err := ps.descends(p.ctx, plumbing.NewHash(c.new), plumbing.NewHash(c.old))
		if err != nil {
			return nil, err
		}
		isTag := strings.HasPrefix(c.ref, TagPrefix)
		c.forced = !grown || isTag
		switch may := p.o.AllowForce != nil && p.o.AllowForce(c.ref); {
		case !c.forced || may:
		case isTag:
			c.refuse(tagStays)
		default:
			c.refuse("non-fast-forward: its history may not be rewritten here")
		}
	}
	return check, nil
}

// refused gives the commands an error that is theirs as a reason, and answers any other.
func (p *receiving) refused(err error, all ...*command) error {
	if err == nil || !told(err) {
		return err
	}
	var refused *Refusal
	if errors.As(err, &refused) {
		for _, line := range refused.Lines {
			p.report.say("%s", line)
		}
	}
	for _, c := range all {
		c.refuse("%s", plainReason(err))
	}
	return nil
}

// descends tells whether a commit is or descends from another.
func (ps *packs) descends(ctx context.Context, id, from oid) (found bool, err error) {
	if id == from {
		return true, nil
	}
	err = ps.walkCommits(ctx, []oid{id}, func(id oid, c commitLinks) (bool, error) {
		if id == from {
			found = true
			return false, errFound
		}
		return true, nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return found, err
}

// next is the manifest with the open commands done. The packs are the view's.
func (p *receiving) next(view *Repository, txn string) Manifest {
	m := Manifest{Head: defaultHead, Closed: true}
	if view != nil {
		m = view.manifest
	}
	next := m.next(txn)
	named := make(map[Hash]bool)
	for _, c := range p.req.open() {
		if c.new == "" {
			delete(next.Refs, c.as)
		} else {
			next.Refs[c.as] = c.new
		}
	}
	for _, h := range next.Refs {
		named[h] = true
	}
	for _, c := range p.req.open() {
		if c.old != "" && (c.forced || c.new == "") && !named[c.old] {
			next.Closed = false // what the ref led to may be reachable no more
		}
	}
	if view == nil && next.Refs[next.Head] == "" {
		for _, c := range p.req.open() {
			if strings.HasPrefix(c.as, "refs/heads/") {
				next.Head = c.as
				break
			}
		}
	}
	return next
}

// ask asks the hooks, and sets the record in next.
func (p *receiving) ask(view *Repository, ps *packs, next *Manifest) error {
	var plain []*command
	for _, c := range p.req.open() {
		if !c.suggests() {
			plain = append(plain, c)
		}
	}
	if len(plain) > 0 && p.o.Accept != nil {
		record, err := p.o.Accept(p.ctx, p.proposal(view, ps, *next, plain))
		if err := p.refused(err, plain...); err != nil {
			return err
		}
		if err == nil && record != nil {
			next.Record = record
		}
	}
	for _, c := range p.req.open() {
		if !c.suggests() {
			continue
		}
		record, err := p.o.Suggest(p.ctx, p.proposal(view, ps, *next, []*command{c}), c.number)
		if err := p.refused(err, c); err != nil {
			return err
		}
		if err == nil && record != nil {
			next.Record = record
		}
	}
	return nil
}

func (p *receiving) proposal(view *Repository, ps *packs, next Manifest, of []*command) Proposal {
	after := &Repository{store: p.store, location: p.at, manifest: next, packs: ps}
	now := time.Now()
	if view != nil {
		now = *view.asOf.Load()
	}
	after.asOf.Store(&now)
	all := Proposal{Location: p.at, Options: p.req.options, Before: view, After: after, Say: p.report.say}
	for _, c := range of {
		all.Updates = append(all.Updates, RefUpdate{Ref: c.as, Old: c.old, New: c.new, Forced: c.forced})
	}
	return all
}

// accepted tells the hook that the push happened.
func (p *receiving) accepted(before, after *Repository) error {
	if p.o.Accepted != nil {
		all := p.proposal(before, after.packs, after.manifest, p.req.open())
		all.After = after
		p.o.Accepted(p.ctx, all)
	}
	return nil
}

// storedPush is the pack of a push in the bucket, before a manifest lists it.
type storedPush struct {
	has     bool
	done    bool
	reached int // objects of the push that are wanted
	ref     PackRef
	on      Manifest // what it leaves out is there
}

// keep stores what is new in the push, once for as long as the packs that it leaves objects to are listed.
func (p *receiving) keep(view *Repository, check *pushCheck) error {
	var on Manifest
	if view != nil {
		on = view.manifest
	}
	if p.stored.done && on.Closed == p.stored.on.Closed && containsAll(on.Packs, p.stored.on.Packs) && p.stored.reached == len(check.reached) {
		return nil
	}
	if err := p.unstore(); err != nil {
		return err
	}
	p.stored = storedPush{done: true, on: on, reached: len(check.reached)}
	if p.got == nil {
		return nil
	}
	var list []*unpackedEntry
	for _, e := range p.got.all {
		if !check.reached[e.id] {
			continue
		}
		if on.Closed {
			if twice, err := view.packs.has(p.ctx, e.id); err != nil {
				return err
			} else if twice {
				continue
			}
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil
	}
	ref, err := p.put(check.packs, list)
	if err != nil {
		return fmt.Errorf("store pack: %w", err)
	}
	p.stored.has, p.stored.ref = true, ref
	return nil
}

// unstore takes back a pack that no manifest came to list.
func (p *receiving) unstore() error {
	if !p.stored.has {
		return nil
	}
	p.stored.has = false
	return p.store.blobs.Delete(p.ctx, packKey(p.at.Family, p.stored.ref.ID))
}
