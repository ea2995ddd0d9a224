package gitstore

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// repository follows every ref of a manifest. Where packs are gone it looks whether the manifest was replaced meanwhile.
func (v *familyCheck) repository(ctx context.Context, key string, m Manifest, tag blob.Tag) error {
	for range 10 {
		w := &reachCheck{familyCheck: v, key: key, bad: make(map[oid][]string), thin: make(map[oid]oid), trees: make(map[oid][]*Damage), seen: make(map[oid]bool)}
		w.at, _ = locationOf(key)
		var usable []PackRef
		var gone []string
		for _, ref := range m.Packs {
			c, err := v.pack(ctx, ref)
			if err != nil {
				return err
			}
			packed := packKey(v.family, ref.ID)
			switch {
			case c == nil:
				gone = append(gone, packed)
			case !c.usable:
				w.lost = append(w.lost, packed)
			default:
				usable = append(usable, ref)
				for id := range c.damaged {
					w.bad[id] = append(w.bad[id], packed)
				}
				maps.Copy(w.thin, c.thin)
			}
		}
		if len(gone) > 0 {
			now, nowTag, err := v.store.readManifest(ctx, key)
			if err != nil && !errors.Is(err, errCorrupt) {
				return err
			}
			if nowTag != tag && err == nil {
				m, tag = now, nowTag
				continue
			}
			for _, packed := range gone {
				v.note(packed, "", fmt.Errorf("%w: the pack is missing", errMissing)).hurt(w.at, "")
				w.lost = append(w.lost, packed)
			}
		}
		for _, packed := range w.lost {
			v.note(packed, "", errCorrupt).hurt(w.at, "")
		}
		w.packs = v.store.packs(v.family, usable)
		return w.walk(ctx, m.tips())
	}
	return fmt.Errorf("the manifest changes all the time")
}

// reachCheck finds what of one repository is hurt.
type reachCheck struct {
	*familyCheck
	key   string
	at    Location
	packs *packs            // those that can be opened
	lost  []string          // keys of those that cannot
	bad   map[oid][]string  // damaged objects, by the packs that they are in
	thin  map[oid]oid       // objects stored as deltas of what is in other packs
	trees map[oid][]*Damage // of what is damaged
	seen  map[oid]bool      // files and folders that are whole
}

// damage says what is wrong with an object, if anything.
func (w *reachCheck) damage(ctx context.Context, id oid) (all []*Damage, err error) {
	for _, key := range w.bad[id] {
		all = append(all, w.found[damageKey{key, id.String()}])
	}
	if len(all) > 0 {
		return all, nil
	}
	there, err := w.packs.has(ctx, id)
	if err != nil {
		return nil, err
	}
	if there {
		if base, thin := w.thin[id]; thin {
			delete(w.thin, id) // no chain leads back to it
			defer func() { w.thin[id] = base }()
			return w.damage(ctx, base)
		}
		return nil, nil
	}
	for _, key := range w.lost {
		all = append(all, w.found[damageKey{key, ""}])
	}
	if len(all) == 0 {
		all = append(all, w.note(w.key, id.String(), errMissing))
	}
	return all, nil
}

func (w *reachCheck) walk(ctx context.Context, tips []oid) error {
	todo, seen := tips, make(map[oid]bool)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		all, err := w.damage(ctx, id)
		if err != nil {
			return err
		}
		var o rawObject
		if len(all) == 0 {
			o, err = w.packs.read(ctx, id)
		}
		var links commitLinks
		var target oid
		switch {
		case err != nil || len(all) > 0:
		case o.kind == plumbing.TagObject:
			if target, err = parseTag(o.data); err == nil {
				todo = append(todo, target)
			}
		case o.kind == plumbing.CommitObject:
			if links, err = parseCommit(o.data); err == nil {
				todo = append(todo, links.parents...)
				all, err = w.tree(ctx, links.tree, 0)
			}
		case o.kind == plumbing.TreeObject:
			all, err = w.tree(ctx, id, 0)
		}
		if err != nil {
			if err := keepUnread(err); err != nil {
				return err
			}
			all = append(all, w.note(w.key, id.String(), err))
		}
		for _, d := range all {
			d.hurt(w.at, id.String())
		}
	}
	return nil
}

// tree answers the damage in a tree and all below it.
func (w *reachCheck) tree(ctx context.Context, id oid, level int) (all []*Damage, err error) {
	if w.seen[id] {
		return nil, nil
	}
	if all, known := w.trees[id]; known {
		return all, nil
	}
	if level > 2*maxLevel {
		return nil, fmt.Errorf("%w: folders too deep", errCorrupt)
	}
	if all, err = w.damage(ctx, id); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		data, err := w.packs.readKind(ctx, id, plumbing.TreeObject)
		if err != nil {
			return nil, err
		}
		for e, err := range entries(data) {
			var more []*Damage
			switch {
			case err != nil:
			case e.mode == filemode.Dir:
				more, err = w.tree(ctx, e.id, level+1)
			case e.mode == filemode.Submodule, w.seen[e.id]:
			default:
				if more, err = w.damage(ctx, e.id); len(more) == 0 && err == nil {
					w.seen[e.id] = true
				}
			}
			if err != nil {
				return nil, fmt.Errorf("tree %s: %w", id, err)
			}
			all = append(all, more...)
		}
	}
	if len(all) == 0 {
		w.seen[id] = true
	} else {
		w.trees[id] = all
	}
	return all, nil
}
