package gitstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// SweepOptions say how Sweep works. The zero value works.
type SweepOptions struct {
	// Grace is how long a pack must have been unlisted. 0 means Options.Grace; less is refused, for every server's
	// operations end within half of that and not within half of this.
	Grace    time.Duration
	Progress func(done, total int) // called after each family; may be nil
}

// Swept is what a Sweep did.
type Swept struct {
	Families int   // looked at
	Marked   int   // packs that no manifest lists now, waiting for the end of the grace period
	Deleted  int   // packs deleted
	Bytes    int64 // of the packs deleted, as stored
	Skipped  int   // families left for the next sweep, because others changed them meanwhile
}

// Sweep deletes the packs that no manifest of their family has listed for the whole of the grace period. The first sweep
// that finds a pack unlisted only marks it, so it takes two to delete one: run it daily. It may run while others save, remix,
// compact and sweep, and may be stopped at any moment. A family that cannot be read is left alone and named in the error,
// after all others have been swept.
func (s *Store) Sweep(ctx context.Context, o SweepOptions) (all Swept, err error) {
	defer annotate(&err, "sweep")
	if o.Grace == 0 {
		o.Grace = s.o.Grace
	}
	if o.Grace < s.o.Grace {
		return all, fmt.Errorf("%w: a grace period of %s, at least %s", kind.ErrInvalid, o.Grace, s.o.Grace)
	}
	families, err := s.families(ctx)
	if err != nil {
		return all, err
	}
	var failed []error
	for i, family := range families {
		w := &sweeper{store: s, family: family, grace: o.Grace}
		err := w.sweep(ctx)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		all.Families++
		all.Marked += w.waiting
		all.Deleted += w.deleted
		all.Bytes += w.bytes
		switch {
		case errors.Is(err, errUnsettled):
			all.Skipped++
		case err != nil:
			failed = append(failed, fmt.Errorf("family %s: %w", family, err))
		}
		if o.Progress != nil {
			o.Progress(i+1, len(families))
		}
	}
	return all, errors.Join(failed...)
}

// families are all that the bucket has packs or manifests of, in order.
func (s *Store) families(ctx context.Context) (all []string, err error) {
	for info, err := range s.blobs.List(ctx, "f/") {
		if err != nil {
			return nil, err
		}
		family, _, _ := strings.Cut(strings.TrimPrefix(info.Key, "f/"), "/")
		if plainID(family) && (len(all) == 0 || all[len(all)-1] != family) {
			all = append(all, family)
		}
	}
	return all, nil
}

// errUnsettled says that a family changed while a sweep looked at it.
var errUnsettled = errors.New("family changes")

// sweeper looks at one family once. Why its steps are what they are stands in sweep_rules.go.
type sweeper struct {
	store  *Store
	family string
	grace  time.Duration

	marks    marks
	marksTag blob.Tag
	started  time.Time        // of the look
	looked   time.Time        // when it ended
	packs    map[string]int64 // what is stored, with its size
	listed   map[string]bool  // packs that the manifests list

	dead             []string
	changed          bool // the marks did
	waiting, deleted int
	bytes            int64
}

func (w *sweeper) sweep(ctx context.Context) error {
	w.begin()
	steps := []func(context.Context) error{
		w.readMarks, w.listPacks, w.readManifests, w.judge, w.confirm, w.delete, w.mark,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *sweeper) begin() { w.started = w.store.o.Now() }

func (w *sweeper) readMarks(ctx context.Context) (err error) {
	w.marks, w.marksTag, err = w.store.readMarks(ctx, w.family)
	return err
}

func (w *sweeper) listPacks(ctx context.Context) error {
	prefix := packKey(w.family, "")
	w.packs = make(map[string]int64)
	for info, err := range w.store.blobs.List(ctx, prefix) {
		if err != nil {
			return err
		}
		w.packs[strings.TrimPrefix(info.Key, prefix)] = info.Size
	}
	return nil
}

func manifestsPrefix(family string) string { return "f/" + family + "/r/" }

func (w *sweeper) readManifests(ctx context.Context) error {
	w.listed = make(map[string]bool)
	for info, err := range w.store.blobs.List(ctx, manifestsPrefix(w.family)) {
		if err != nil {
			return err
		}
		m, _, err := w.store.readManifest(ctx, info.Key)
		if err != nil {
			return fmt.Errorf("%s: %w", info.Key, err)
		}
		for _, p := range m.Packs {
			w.listed[p.ID] = true
		}
	}
	w.looked = w.store.o.Now()
	return nil
}

// readManifest reads a manifest past all caches.
func (s *Store) readManifest(ctx context.Context, key string) (m Manifest, tag blob.Tag, err error) {
	obj, err := s.blobs.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return m, "", err
	}
	defer obj.Body.Close()
	m, err = decodeManifest(obj.Body)
	return m, obj.Tag, err
}

// judge decides what dies, and what the marks will be.
func (w *sweeper) judge(context.Context) error {
	for id, since := range w.marks.Unlisted {
		_, stored := w.packs[id]
		switch {
		case !stored || w.listed[id]:
			delete(w.marks.Unlisted, id)
			w.changed = true
		case w.started.Sub(time.UnixMilli(since)) > w.grace:
			w.dead = append(w.dead, id)
		}
	}
	for id := range w.packs {
		if _, marked := w.marks.Unlisted[id]; !marked && !w.listed[id] {
			w.marks.Unlisted[id] = w.looked.UnixMilli() + 1 // rounded up
			w.changed = true
		}
	}
	w.waiting = len(w.marks.Unlisted)
	return nil
}

// confirm answers errUnsettled where marks were changed since they were read: somebody may drop what looked dead.
func (w *sweeper) confirm(ctx context.Context) error {
	if len(w.dead) == 0 {
		return nil
	}
	_, tag, err := w.store.readMarks(ctx, w.family)
	if err == nil && tag != w.marksTag {
		err = errUnsettled
	}
	return err
}

func (w *sweeper) delete(ctx context.Context) error {
	slices.Sort(w.dead)
	for _, id := range w.dead {
		if err := w.store.blobs.Delete(ctx, packKey(w.family, id)); err != nil {
			return err
		}
		w.store.forget(w.family, id)
		delete(w.marks.Unlisted, id)
		w.waiting--
		w.deleted++
		w.bytes += w.packs[id]
		w.changed = true
	}
	return nil
}

// mark stores the marks, unless others changed them since they were read.
func (w *sweeper) mark(ctx context.Context) error {
	if !w.changed {
		return nil
	}
	left := w.grace/4 - w.store.o.Now().Sub(w.looked)
	if left <= 0 {
		return errUnsettled
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	err := w.store.writeMarks(ctx, w.family, w.marks, w.marksTag)
	if errors.Is(err, blob.ErrConflict) {
		err = errUnsettled
	}
	return err
}

// forget drops a deleted pack from the caches of this store.
func (s *Store) forget(family, id string) {
	key := packKey(family, id)
	s.opened.remove(key)
	if s.disk != nil {
		s.disk.forget(key)
	}
}
