package gitstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Damage is one thing that Verify found wrong in the bucket.
type Damage struct {
	Key     string // the damaged blob: a pack or a manifest
	Object  Hash   // the object in it that is damaged or missing; "" where it is the blob itself
	Problem string
	Hurts   []Hurt // what cannot be read any more; none where nothing is lost yet
}

// Hurt is what damage does to one repository.
type Hurt struct {
	Location  Location
	Revisions []Hash // that lead to what is damaged, not through their parents; none where the manifest itself is
}

// Verified is how much Verify looked at.
type Verified struct {
	Families, Repositories, Packs, Objects int
	Bytes                                  int64 // of packs, as stored
}

// Verify reads the whole bucket, past all caches: it hashes every object of every pack, listed or not, checks all checksums,
// and follows every ref of every manifest to everything that it leads to. It calls report for each damage, family by family,
// and progress, unless that is nil, after each family. It may run while others write. One pack at a time is on disk, and in
// memory no more than the ids of one family's objects. The error is not about damage but about what could not be looked at.
func (s *Store) Verify(ctx context.Context, report func(Damage), progress func(done, total int)) (all Verified, err error) {
	defer annotate(&err, "verify")
	families, err := s.families(ctx)
	if err != nil {
		return all, err
	}
	for i, family := range families {
		v := &familyCheck{store: s, family: family, packs: make(map[string]*packCheck), found: make(map[damageKey]*Damage), all: &all}
		if err := v.run(ctx); err != nil {
			return all, fmt.Errorf("family %s: %w", family, err)
		}
		all.Families++
		v.report(report)
		if progress != nil {
			progress(i+1, len(families))
		}
	}
	return all, nil
}

// familyCheck verifies one family.
type familyCheck struct {
	store  *Store
	family string
	packs  map[string]*packCheck
	found  map[damageKey]*Damage
	all    *Verified
	listed *packs // all that the family's manifests list
}

type damageKey struct {
	key    string
	object Hash
}

func (v *familyCheck) run(ctx context.Context) error {
	refs := make(map[string]PackRef)
	manifests := make(map[string]Manifest)
	tags := make(map[string]blob.Tag)
	var keys []string
	for info, err := range v.store.blobs.List(ctx, manifestsPrefix(v.family)) {
		if err != nil {
			return err
		}
		at, ok := locationOf(info.Key)
		if !ok {
			continue
		}
		m, tag, err := v.store.readManifest(ctx, info.Key)
		switch {
		case errors.Is(err, errCorrupt):
			v.note(info.Key, "", err).hurt(at, "")
			continue
		case errors.Is(err, blob.ErrNotFound):
			continue
		case err != nil:
			return err
		}
		keys = append(keys, info.Key)
		manifests[info.Key], tags[info.Key] = m, tag
		for _, p := range m.Packs {
			refs[p.ID] = p
		}
	}
	v.listed = v.store.packs(v.family, slices.SortedFunc(maps.Values(refs), func(a, b PackRef) int { return cmp.Compare(a.ID, b.ID) }))
	prefix := packKey(v.family, "")
	for info, err := range v.store.blobs.List(ctx, prefix) {
		if err != nil {
			return err
		}
		id := strings.TrimPrefix(info.Key, prefix)
		ref, listed := refs[id]
		if !listed {
			ref = PackRef{ID: id}
		}
		if _, err := v.pack(ctx, ref); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := v.repository(ctx, key, manifests[key], tags[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		v.all.Repositories++
	}
	return nil
}

// pack checks a pack unless that was done. It answers nil where there is none.
func (v *familyCheck) pack(ctx context.Context, ref PackRef) (*packCheck, error) {
	if c := v.packs[ref.ID]; c != nil {
		return c, nil
	}
	key := packKey(v.family, ref.ID)
	c, err := v.store.checkPack(ctx, key, ref, v.listed)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	v.packs[ref.ID] = c
	v.all.Packs++
	v.all.Objects += c.objects
	v.all.Bytes += c.stored
	if c.problem != nil {
		v.note(key, "", c.problem)
	}
	for id, err := range c.damaged {
		v.note(key, id.String(), err)
	}
	return c, nil
}

// note keeps a damage, once.
func (v *familyCheck) note(key string, object Hash, problem error) *Damage {
	at := damageKey{key, object}
	d := v.found[at]
	if d == nil {
		d = &Damage{Key: key, Object: object, Problem: problem.Error()}
		v.found[at] = d
	}
	return d
}

// hurt adds a revision, or only the location for "".
func (d *Damage) hurt(at Location, revision Hash) {
	i := slices.IndexFunc(d.Hurts, func(h Hurt) bool { return h.Location == at })
	if i < 0 {
		i = len(d.Hurts)
		d.Hurts = append(d.Hurts, Hurt{Location: at})
	}
	h := &d.Hurts[i]
	if revision != "" && (len(h.Revisions) == 0 || h.Revisions[len(h.Revisions)-1] != revision) {
		h.Revisions = append(h.Revisions, revision)
	}
}

func (v *familyCheck) report(report func(Damage)) {
	all := make([]*Damage, 0, len(v.found))
	for _, d := range v.found {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *Damage) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Object, b.Object))
	})
	for _, d := range all {
		report(*d)
	}
}
