package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// The log of a run is in the bucket: backup/migrations/RUN/run.json says what was asked, and one object for each resource
// what was done to it. That object is written before the revision is published and again after, so that a run that was
// killed can go on and can be undone.
const (
	migrationPrefix = "backup/migrations/"
	maxRunObject    = 1 << 20
)

var runName = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-z]{4}$`)

var operator = repository.Actor{Name: "operator", Display: "operator"}

// runRecord says what a run was asked to do.
type runRecord struct {
	From     string     `json:"from"`
	To       string     `json:"to"`
	Owner    string     `json:"owner,omitempty"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished,omitempty"`
}

// runEntry says what a run did to one resource.
type runEntry struct {
	Realignment
	Undone bool `json:"undone,omitempty"`
}

func runKey(run, name string) string { return migrationPrefix + run + "/" + name + ".json" }

// Migrate moves the alignments that PlanMigration calls certain, each resource in one revision of its own. A run that was
// broken off is taken up again under its name by the same call. Done, which may be nil, is called after each resource.
// What a resource refuses is in its Problem, and does not stop the others.
func (a *App) Migrate(ctx context.Context, from, to, owner string, done func(Realignment)) (m Migration, err error) {
	job, err := a.jobs.HoldWhenFree(ctx, "migrate alignments", "")
	if err != nil {
		return m, err
	}
	ctx = job.Context()
	defer func() { err = errors.Join(err, job.Finish(context.WithoutCancel(ctx), nil)) }()
	m = Migration{From: from, To: to, Owner: owner, Steps: []MigrationStep{}, Resources: []Realignment{}}
	aligner, err := a.newAligner(ctx, from, to, owner)
	if err != nil {
		return m, err
	}
	record := runRecord{From: from, To: to, Owner: owner, Started: a.now().UTC()}
	if m.Run, err = a.unfinishedRun(ctx, &record); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, a.CatchUp(ctx)) }()
	if err := a.putRun(ctx, m.Run, "run", record); err != nil {
		return m, err
	}
	counted := map[string]int{}
	for e, err := range a.runEntries(ctx, m.Run) { // what was done before it was broken off
		if err != nil {
			return m, err
		}
		if e.State == Realigned {
			m.Resources = append(m.Resources, e.Realignment)
		}
	}
	err = a.ownOf(ctx, owner, func(r repository.Resource) error {
		one, edit, err := aligner.look(ctx, r)
		if err != nil || one == nil {
			return err
		}
		for _, key := range one.keys {
			counted[key]++
		}
		if edit != nil {
			if err := a.realign(ctx, m, r, one, repository.Edit{
				Address: r.Address, Base: r.Revision, Change: *edit, Actor: operator, Message: realignMessage(m, one),
			}); err != nil {
				return err
			}
		}
		m.Resources = append(m.Resources, one.Realignment)
		if done != nil {
			done(one.Realignment)
		}
		return nil
	})
	m.Steps = aligner.report(counted)
	byAddress(m.Resources)
	if err != nil {
		return m, err
	}
	finished := a.now().UTC()
	record.Finished = &finished
	return m, a.putRun(ctx, m.Run, "run", record)
}

// realign publishes one resource's new alignments, between two entries of the log.
func (a *App) realign(ctx context.Context, m Migration, r repository.Resource, one *looked, edit repository.Edit) error {
	if err := a.putRun(ctx, m.Run, string(r.ID), runEntry{Realignment: one.Realignment}); err != nil {
		return err
	}
	o, err := a.Repository.Revise(ctx, edit)
	switch {
	case errors.Is(err, kind.ErrInvalid), errors.Is(err, kind.ErrConflict), errors.Is(err, kind.ErrNotFound):
		one.State, one.Problem = Refused, err.Error()
	case err != nil:
		return err
	default:
		one.State, one.Revision = Realigned, o.Resource.Revision
	}
	return a.putRun(ctx, m.Run, string(r.ID), runEntry{Realignment: one.Realignment})
}

// realignMessage ends with what lookUp finds the revision by: parts of a unit share a history.
func realignMessage(m Migration, one *looked) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Move alignments from %s to %s\n\n", m.From, m.To)
	for _, c := range one.Changes {
		fmt.Fprintf(&b, "%s: %s → %s\n", c.Kind, c.Before, c.After)
	}
	fmt.Fprintf(&b, "\n%s", trailer(m.Run, one.ID))
	return b.String()
}

func trailer(run string, id repository.ID) string { return "Migration: " + run + " of " + string(id) }

// UndoMigration takes a run back: the index.md of every resource that it revised is published again as it was before,
// unless somebody has edited it since. Those are reported as EditedSince and left alone. Undoing again does nothing more.
// A run that is not known is kind.ErrNotFound.
func (a *App) UndoMigration(ctx context.Context, run string, done func(Realignment)) (m Migration, err error) {
	job, err := a.jobs.HoldWhenFree(ctx, "migrate alignments", "")
	if err != nil {
		return m, err
	}
	ctx = job.Context()
	defer func() { err = errors.Join(err, job.Finish(context.WithoutCancel(ctx), nil)) }()
	m = Migration{Run: run, Steps: []MigrationStep{}, Resources: []Realignment{}}
	record, err := a.getRun(ctx, run)
	if err != nil {
		return m, err
	}
	m.From, m.To, m.Owner = record.From, record.To, record.Owner
	if record.Finished == nil { // else the next Migrate would take it up
		finished := a.now().UTC()
		record.Finished = &finished
		if err := a.putRun(ctx, run, "run", record); err != nil {
			return m, err
		}
	}
	defer func() { err = errors.Join(err, a.CatchUp(ctx)) }()
	for e, err := range a.runEntries(ctx, run) {
		if err != nil {
			return m, err
		}
		if e.State != Realigned {
			continue
		}
		if err := a.unalign(ctx, m, &e); err != nil {
			return m, err
		}
		m.Resources = append(m.Resources, e.Realignment)
		if done != nil {
			done(e.Realignment)
		}
	}
	byAddress(m.Resources)
	return m, nil
}

// unalign undoes one entry, and tells in it what became of that.
func (a *App) unalign(ctx context.Context, m Migration, e *runEntry) error {
	if e.Undone {
		e.State = Restored
		return nil
	}
	r, err := a.Repository.ByID(ctx, e.ID)
	if errors.Is(err, kind.ErrNotFound) || err == nil && (r.Deleted || !r.Own()) {
		e.State = NotHere
		return nil
	}
	if err != nil {
		return err
	}
	o, err := a.Repository.Restore(ctx, repository.Restoration{
		Address: r.Address, After: e.Revision, Before: e.Before, Actor: operator,
		Message: fmt.Sprintf("Undo: move alignments from %s to %s\n\nMigration undone: %s", m.From, m.To, m.Run),
	})
	switch {
	case errors.Is(err, kind.ErrConflict):
		e.State = EditedSince
		return nil
	case errors.Is(err, kind.ErrNotFound):
		e.State = NotHere
		return nil
	case errors.Is(err, kind.ErrInvalid):
		e.State, e.Problem = Refused, err.Error()
		return nil
	case err != nil:
		return err
	}
	stored := *e
	stored.Undone = true
	e.State, e.Revision = Restored, o.Resource.Revision
	return a.putRun(ctx, m.Run, string(e.ID), stored)
}

// unfinishedRun finds a run of the same request that was broken off, or names a new one.
func (a *App) unfinishedRun(ctx context.Context, asked *runRecord) (string, error) {
	for info, err := range a.bucket.List(ctx, migrationPrefix) {
		if err != nil {
			return "", err
		}
		run, ok := strings.CutSuffix(strings.TrimPrefix(info.Key, migrationPrefix), "/run.json")
		if !ok || !runName.MatchString(run) {
			continue
		}
		r, err := a.getRun(ctx, run)
		if err != nil {
			return "", err
		}
		if r.Finished == nil && r.From == asked.From && r.To == asked.To && r.Owner == asked.Owner {
			asked.Started = r.Started
			return run, nil
		}
	}
	return asked.Started.Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:4]), nil
}

func (a *App) getRun(ctx context.Context, run string) (r runRecord, err error) {
	if !runName.MatchString(run) {
		return r, fmt.Errorf("migration %q: %w: a run is called like 20260901-080000-k3xd", run, kind.ErrInvalid)
	}
	err = a.readRun(ctx, runKey(run, "run"), &r)
	if errors.Is(err, blob.ErrNotFound) {
		err = fmt.Errorf("migration %s: %w", run, kind.ErrNotFound)
	}
	return r, err
}

func (a *App) readRun(ctx context.Context, key string, into any) error {
	object, err := readBlob(ctx, a.bucket, key, maxRunObject)
	if err != nil {
		return err
	}
	content, err := unseal(object)
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	if err != nil {
		return fmt.Errorf("%s in the bucket is damaged: %w", key, err)
	}
	return nil
}

func (a *App) putRun(ctx context.Context, run, name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	object, err := seal(content)
	if err != nil {
		return err
	}
	_, err = a.bucket.Put(ctx, runKey(run, name), bytes.NewReader(object), blob.Always())
	return err
}

// runEntries yields what a run did, in the order of the resources' ids. Where the log does not say whether a revision was
// published, the resource's history does, and the log learns of it.
func (a *App) runEntries(ctx context.Context, run string) func(yield func(runEntry, error) bool) {
	return func(yield func(runEntry, error) bool) {
		var keys []string
		for info, err := range a.bucket.List(ctx, migrationPrefix+run+"/") {
			if err != nil {
				yield(runEntry{}, err)
				return
			}
			if info.Key != runKey(run, "run") {
				keys = append(keys, info.Key)
			}
		}
		for _, key := range keys {
			var e runEntry
			err := a.readRun(ctx, key, &e)
			if err == nil && e.State == Planned {
				err = a.lookUp(ctx, run, &e)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// lookUp finds the revision of an entry that was written before it in the resource's history.
func (a *App) lookUp(ctx context.Context, run string, e *runEntry) error {
	const versions = 100
	e.State = Untouched
	r, err := a.Repository.ByID(ctx, e.ID)
	if errors.Is(err, kind.ErrNotFound) || err == nil && (r.Deleted || !r.Own()) {
		return nil
	}
	if err != nil {
		return err
	}
	history, err := a.Repository.History(ctx, r, versions)
	if err != nil {
		return err
	}
	for _, commit := range history {
		if slices.Contains(strings.Split(commit.Message, "\n"), trailer(run, e.ID)) {
			e.State, e.Revision = Realigned, commit.Hash
			return a.putRun(ctx, run, string(e.ID), *e)
		}
	}
	return nil
}
