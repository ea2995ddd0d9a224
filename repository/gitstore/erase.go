package gitstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Erasure says what is erased from a family, and what takes its place.
type Erasure struct {
	// Paths are files, or folders with all in them: whatever stood there in any revision of any repository of the family is
	// erased, wherever else it stands too.
	Paths []string
	// Blobs are contents to be erased wherever they stand.
	Blobs []Hash
	// Text is what a file says instead; nil makes it one sentence. The same path must always get the same text.
	Text func(path string) []byte
	// Record rewrites a manifest's record, in the same moment in which its refs change. revisions are all that changed so
	// far, old to new, and among them all of this repository. It may be called more than once. nil keeps the record.
	Record func(at Location, record json.RawMessage, revisions map[Hash]Hash) (json.RawMessage, error)
	// Progress is called after each manifest that was replaced, of those that are known to be; may be nil.
	Progress func(done, total int)
}

// Erased is what Erase did, including what an interrupted one before it did.
type Erased struct {
	Blobs        []Hash        // contents that are gone
	Media        []string      // SHA-256 of large files whose pointers are gone; they are not in the family's packs
	Revisions    map[Hash]Hash // old to new
	Repositories []Location    // whose manifest was replaced
	Packs        int           // deleted
	Bytes        int64         // of those, as stored
}

const eraseRounds = 20

// Erase removes content from a whole family, as the law may demand: from every revision of a resource and of all its
// remixes. Histories are written again without it, so revisions get new ids from the first one on that had it; signatures of
// those are dropped. The manifests are replaced one by one, and then the old packs are deleted at once, and with them all
// that no ref of the family leads to. From then on Save, Fetch and ReceivePack refuse that content in the family.
//
// It may run while others read and write: a save on an old revision conflicts. Whoever has a clone still has the content,
// and so have copies that Copy made until it runs again, caches of other servers, and buckets that keep versions; what was
// being uploaded meanwhile stays, unlisted, until Sweep deletes it. When it is interrupted, call it again with the same
// Erasure, and it ends its work. It answers kind.ErrNotFound where the family has no such content, and changes nothing where
// an object that is needed is damaged.
func (s *Store) Erase(ctx context.Context, family string, e Erasure) (done Erased, err error) {
	defer annotate(&err, "erase from family %s", family)
	if !plainID(family) {
		return done, fmt.Errorf("%w: family %q", kind.ErrInvalid, family)
	}
	x := newEraser(s, family, e)
	for _, h := range e.Blobs {
		id, err := parseHash(h)
		if err != nil {
			return done, err
		}
		x.erase(id)
	}
	for _, path := range e.Paths {
		if err := CheckPath(path); err != nil {
			return done, err
		}
	}
	if err := x.resume(ctx); err != nil {
		return done, err
	}
	stored, err := x.storedPacks(ctx)
	if err != nil {
		return done, err
	}
	if !x.resumed {
		if found, err := x.present(ctx, stored); err != nil || !found {
			return done, cmp.Or(err, fmt.Errorf("such content: %w", kind.ErrNotFound))
		}
	}
	if err := x.settle(ctx); err != nil {
		return done, err
	}
	if err := x.deletePacks(ctx, stored); err != nil {
		return done, err
	}
	if err := x.settle(ctx); err != nil { // a remix that began before and ended just now
		return done, err
	}
	if err := s.blobs.Delete(ctx, eraseKey(family)); err != nil {
		return done, err
	}
	x.done.Revisions = x.revisions
	for id := range x.gone {
		x.done.Blobs = append(x.done.Blobs, id.String())
	}
	slices.Sort(x.done.Blobs)
	return x.done, nil
}

// settle rewrites what is not yet, until no manifest lists a pack that may hold what is erased.
func (x *eraser) settle(ctx context.Context) error {
	for range eraseRounds {
		views, err := x.views(ctx)
		if err != nil {
			return err
		}
		if err := x.find(ctx, views); err != nil {
			return err
		}
		if len(x.gone) == 0 {
			return nil
		}
		if err := x.rewrite(ctx, views); err != nil {
			return err
		}
		if len(x.gone) != x.listed {
			if x.version, err = x.store.addErased(ctx, x.family, x.gone); err != nil {
				return err
			}
			x.listed = len(x.gone)
		}
		dirty := slices.DeleteFunc(views, func(r *Repository) bool {
			return r.manifest.Erased == x.version && !slices.ContainsFunc(r.manifest.Packs, func(p PackRef) bool { return !x.clean[p.ID] })
		})
		if len(dirty) == 0 {
			return nil
		}
		if err := x.save(ctx); err != nil {
			return err
		}
		for i, view := range dirty {
			if err := x.replace(ctx, view); err != nil && !errors.Is(err, kind.ErrConflict) {
				return err
			}
			if x.o.Progress != nil {
				x.o.Progress(i+1, len(dirty))
			}
		}
	}
	return fmt.Errorf("%w: others change the family all the time", kind.ErrConflict)
}

// views are all repositories of the family.
func (x *eraser) views(ctx context.Context) (all []*Repository, err error) {
	refs := make(map[string]PackRef)
	for info, err := range x.store.blobs.List(ctx, manifestsPrefix(x.family)) {
		if err != nil {
			return nil, err
		}
		at, ok := locationOf(info.Key)
		if !ok {
			continue
		}
		m, tag, err := x.store.readManifest(ctx, info.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", info.Key, err)
		}
		r := &Repository{store: x.store, location: at, manifest: m, tag: string(tag), packs: x.store.packs(x.family, m.Packs)}
		all = append(all, r)
		for _, p := range m.Packs {
			if x.deleted[p.ID] && x.held[p.ID] == nil {
				continue // a remix that was slow; what it takes from there has been rewritten
			}
			refs[p.ID] = p
		}
	}
	union := slices.SortedFunc(maps.Values(refs), func(a, b PackRef) int { return strings.Compare(a.ID, b.ID) })
	x.packs = x.store.packs(x.family, union)
	for i, p := range union {
		if x.deleted[p.ID] {
			x.packs.opened[i].Store(x.held[p.ID])
		}
	}
	return all, nil
}

// replace puts the rewritten manifest in the place of the one that was read.
func (x *eraser) replace(ctx context.Context, view *Repository) error {
	txn := newID(x.store.o.Now())
	next := view.manifest.next(txn)
	next.Packs, next.Shared, next.Erased = nil, 0, x.version
	for i, p := range view.manifest.Packs {
		if !x.clean[p.ID] {
			ref, kept := x.became[p.ID]
			if !kept {
				continue
			}
			p = ref
		}
		next.Packs = append(next.Packs, p)
		if i < view.manifest.Shared {
			next.Shared++
		}
	}
	for name, h := range next.Refs {
		id, err := parseHash(h)
		if err != nil {
			return err
		}
		switch now, known := x.tips[id]; {
		case !known:
			return fmt.Errorf("%w: %s", errMissing, h)
		case now.IsZero():
			delete(next.Refs, name)
		default:
			next.Refs[name] = now.String()
		}
	}
	if x.o.Record != nil {
		record, err := x.o.Record(view.location, next.Record, x.revisions)
		if err != nil {
			return fmt.Errorf("record of %s: %w", view.location, err)
		}
		next.Record = record
	}
	raw, err := next.encode(&x.store.codecs)
	if err != nil {
		return err
	}
	_, err = x.store.blobs.Put(ctx, manifestKey(view.location), bytes.NewReader(raw), blob.IfMatch(blob.Tag(view.tag)))
	if errors.Is(err, blob.ErrConflict) {
		return fmt.Errorf("%w: %w", kind.ErrConflict, err) // somebody else's, or our own with a lost answer: the next round sees
	}
	if err == nil {
		x.store.views.remove(view.location)
		if !slices.Contains(x.done.Repositories, view.location) {
			x.done.Repositories = append(x.done.Repositories, view.location)
		}
	}
	return err
}

// storedPacks are all packs of the family, with their sizes.
func (x *eraser) storedPacks(ctx context.Context) (map[string]int64, error) {
	all, prefix := make(map[string]int64), packKey(x.family, "")
	for info, err := range x.store.blobs.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		all[strings.TrimPrefix(info.Key, prefix)] = info.Size
	}
	return all, nil
}

// present tells whether any pack, listed or not, holds what is to be erased.
func (x *eraser) present(ctx context.Context, stored map[string]int64) (bool, error) {
	views, err := x.views(ctx)
	if err == nil {
		err = x.find(ctx, views)
	}
	if err != nil {
		return false, err
	}
	for gone := range x.gone {
		if found, err := x.packs.has(ctx, gone); err != nil || found {
			return found, err
		}
	}
	for id := range stored {
		if slices.ContainsFunc(x.packs.refs, func(p PackRef) bool { return p.ID == id }) {
			continue
		}
		if found, err := x.inPack(ctx, id); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// inPack tells whether a pack that no manifest lists holds what is to be erased, or may: its index is damaged.
func (x *eraser) inPack(ctx context.Context, id string) (bool, error) {
	if len(x.gone) == 0 {
		return false, nil
	}
	file, size, done, err := x.store.fetchStored(ctx, packKey(x.family, id))
	if errors.Is(err, blob.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer done()
	p, err := (&packCheck{stored: size}).open(file, PackRef{ID: id})
	if err != nil {
		return true, keepUnread(err)
	}
	for gone := range x.gone {
		if _, found := p.index.find(gone); found {
			return true, nil
		}
	}
	return false, nil
}

// deletePacks deletes what was replaced, and what was there before and is listed by nobody.
func (x *eraser) deletePacks(ctx context.Context, stored map[string]int64) error {
	for id := range x.old {
		if _, known := stored[id]; !known {
			stored[id] = 0
		}
	}
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		if x.clean[id] {
			continue
		}
		if err := x.store.blobs.Delete(ctx, packKey(x.family, id)); err != nil {
			return err
		}
		x.store.forget(x.family, id)
		x.deleted[id] = true
		x.done.Packs++
		x.done.Bytes += stored[id]
	}
	return nil
}

// eraseState is what an interrupted Erase leaves for the next: what it had found, and which revisions it had replaced.
type eraseState struct {
	Blobs     []Hash        `json:"blobs"`
	Revisions map[Hash]Hash `json:"revisions"`
	Media     []string      `json:"media,omitempty"`
}

const maxEraseState = 1 << 30

func eraseKey(family string) string { return "erase/" + family }

func (x *eraser) resume(ctx context.Context) error {
	obj, err := x.store.blobs.Get(ctx, eraseKey(x.family), blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer obj.Body.Close()
	var state eraseState
	if err := json.NewDecoder(io.LimitReader(obj.Body, maxEraseState)).Decode(&state); err != nil {
		return fmt.Errorf("%w: %s: %w", errCorrupt, eraseKey(x.family), err)
	}
	for _, h := range state.Blobs {
		id, err := parseHash(h)
		if err != nil {
			return err
		}
		x.erase(id)
	}
	maps.Copy(x.revisions, state.Revisions)
	x.done.Media = state.Media
	x.resumed = true
	return nil
}

func (x *eraser) save(ctx context.Context) error {
	state := eraseState{Revisions: x.revisions, Media: x.done.Media}
	for id := range x.gone {
		state.Blobs = append(state.Blobs, id.String())
	}
	slices.Sort(state.Blobs)
	raw, err := json.Marshal(state)
	if err == nil {
		_, err = x.store.blobs.Put(ctx, eraseKey(x.family), bytes.NewReader(raw), blob.Always())
	}
	return err
}
