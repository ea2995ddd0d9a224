package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// aheadOf knows the newest revisions of what is on lists. It follows the catalog's changes, so that a list of thousands is
// read once.
type aheadOf struct {
	mu      sync.Mutex
	seq     int64
	newest  map[string]string            // OAI identifier to the newest revision; "" for what is gone or not known here
	ids     map[string]string            // UUID to OAI identifier
	labels  map[string]repository.Labels // by OAI identifier, of those that were asked for
	unknown []string                     // OAI identifiers that nothing is known of here, as long as nothing changes
	started bool
}

// Newest are the newest revisions of some resources that differ from those given, both by OAI identifier. What is not known
// here, or gone, is left out.
func (b *Boards) Newest(ctx context.Context, pinned map[string]string) (map[string]string, error) {
	a := &b.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := b.follow(ctx, a); err != nil {
		return nil, err
	}
	newer := map[string]string{}
	for identifier, revision := range pinned {
		newest, known := a.newest[identifier]
		if !known {
			var err error
			if newest, err = b.look(ctx, a, identifier); err != nil {
				return nil, err
			}
		}
		if newest != "" && newest != revision {
			newer[identifier] = newest
		}
	}
	return newer, nil
}

// Labels are what revisions of some resources of this server are called, by OAI identifier. Those of others have none.
func (b *Boards) Labels(ctx context.Context, identifiers []string) (map[string]repository.Labels, error) {
	a := &b.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := b.follow(ctx, a); err != nil {
		return nil, err
	}
	named := make(map[string]repository.Labels, len(identifiers))
	for _, identifier := range identifiers {
		labels, known := a.labels[identifier]
		if !known {
			var err error
			if labels, err = b.labels(ctx, a, identifier); err != nil {
				return nil, err
			}
			a.labels[identifier] = labels
		}
		named[identifier] = labels
	}
	return named, nil
}

// labels reads those of one resource.
func (b *Boards) labels(ctx context.Context, a *aheadOf, identifier string) (repository.Labels, error) {
	if newest, known := a.newest[identifier]; known && newest == "" {
		return nil, nil // gone, or not known here
	}
	r, err := b.app.Repository.ByIdentifier(ctx, identifier)
	if errors.Is(err, kind.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !r.Own() || r.Deleted {
		return nil, err
	}
	a.ids[string(r.ID)] = identifier
	labels, err := b.app.Repository.Labels(ctx, r.Address)
	if errors.Is(err, kind.ErrNotFound) {
		return nil, nil
	}
	return labels, err
}

// look reads one resource.
func (b *Boards) look(ctx context.Context, a *aheadOf, identifier string) (string, error) {
	r, err := b.app.Repository.ByIdentifier(ctx, identifier)
	if err != nil && !errors.Is(err, kind.ErrNotFound) {
		return "", err
	}
	if err != nil || r.Deleted {
		r.Revision = ""
	}
	a.newest[identifier] = r.Revision
	if err == nil {
		a.ids[string(r.ID)] = identifier
	} else {
		a.unknown = append(a.unknown, identifier)
	}
	return r.Revision, nil
}

// follow forgets what has changed since.
func (b *Boards) follow(ctx context.Context, a *aheadOf) error {
	const atOnce = 1000
	if !a.started {
		seq, err := b.app.Catalog.Seq(ctx)
		if err != nil {
			return err
		}
		a.newest, a.ids, a.labels, a.seq, a.started = map[string]string{}, map[string]string{}, map[string]repository.Labels{}, seq, true
	}
	for {
		changes, err := b.app.Catalog.Changes(ctx, a.seq, atOnce)
		if err != nil {
			return err
		}
		for _, c := range changes {
			delete(a.newest, a.ids[c.ID])
			delete(a.labels, a.ids[c.ID])
			a.seq = c.Seq
		}
		if len(changes) > 0 {
			for _, identifier := range a.unknown {
				delete(a.newest, identifier)
			}
			a.unknown = nil
		}
		if len(changes) < atOnce {
			return nil
		}
	}
}

// Newer are the entries of a list whose resource has a newer revision than the one that is pinned, and that revision, in
// the order of the list. Those that were held at that very revision are left out unless all are asked for.
func (b *Boards) Newer(ctx context.Context, l *approval.List, all bool) ([]approval.Newer, error) {
	pinned := make(map[string]string, len(l.Entries))
	for _, e := range l.Entries {
		if e.Standing(b.app.now()).InForce() {
			pinned[e.Identifier] = e.Revision
		}
	}
	newer, err := b.Newest(ctx, pinned)
	if err != nil {
		return nil, err
	}
	var list []approval.Newer
	for _, e := range l.Entries {
		revision, ok := newer[e.Identifier]
		held := e.Held != nil && e.Held.Revision == revision
		if ok && (all || !held) {
			list = append(list, approval.Newer{Entry: e, Revision: revision, Held: held})
		}
	}
	return list, nil
}

// Judge accepts or holds a newer revision of an entry, which must be the newest still: what somebody has read about is what
// they decide about.
func (b *Boards) Judge(ctx context.Context, slug, identifier, revision string, accept bool, by approval.Actor, note string) error {
	r, err := b.app.Repository.ByIdentifier(ctx, identifier)
	if err != nil {
		return err
	}
	if r.Revision != revision {
		return fmt.Errorf("%w: %s has a newer revision since you read about it", kind.ErrConflict, r.Metadata.Title)
	}
	work, authors, err := b.Work(ctx, r)
	if err != nil {
		return err
	}
	e := approval.Event{Kind: approval.Held, Work: &work, Authors: authors, Note: note}
	if accept {
		e.Kind = approval.Accepted
		if e.Findings, err = b.findings(ctx, &approval.Call{Terms: approval.Terms{List: slug}}, r); err != nil {
			return err
		}
	}
	_, err = b.Step(ctx, slug, by, func(*approval.List) ([]approval.Event, error) { return []approval.Event{e}, nil })
	return err
}

// Add puts a revision on a list that was decided about elsewhere; note says where that is recorded.
func (b *Boards) Add(ctx context.Context, slug string, r repository.Resource, by approval.Actor, o approval.Outcome) error {
	work, authors, err := b.Work(ctx, r)
	if err != nil {
		return err
	}
	findings, err := b.findings(ctx, &approval.Call{Terms: approval.Terms{List: slug}}, r)
	if err != nil {
		return err
	}
	entry := approval.Entry{
		Work: work, Result: o.Result, Conditions: o.Conditions, Expires: o.Expires, Note: o.Note, DecidedBy: by.Display, Findings: findings,
	}
	_, err = b.Step(ctx, slug, by, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Added, Entry: &entry, Authors: authors}}, nil
	})
	return err
}
