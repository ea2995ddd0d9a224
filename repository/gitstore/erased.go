package gitstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// What was erased from a family may not come back with a push of whoever still has it. A list of it is kept beside the family;
// its manifests name the newest version of the list, so that looking there costs a request only when it changed.

const (
	erasedFormat  = 1
	maxErasedList = 64 << 20
	erasedKept    = 64 // lists in memory
)

func erasedKey(family string) string { return "erased/" + family }

// erasedList is what was erased from a family, as it is stored.
type erasedList struct {
	Format  int    `json:"format"`
	Version string `json:"version"`
	Blobs   []Hash `json:"blobs"` // in order
	blobs   map[oid]bool
}

// readErased answers the stored list of a family, an empty one where nothing was erased, and its tag.
func (s *Store) readErased(ctx context.Context, family string) (l erasedList, tag blob.Tag, err error) {
	defer annotate(&err, "read what was erased from family %s", family)
	l.blobs = make(map[oid]bool)
	obj, err := s.blobs.Get(ctx, erasedKey(family), blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return l, "", nil
	}
	if err != nil {
		return l, "", err
	}
	defer obj.Body.Close()
	if err := json.NewDecoder(io.LimitReader(obj.Body, maxErasedList)).Decode(&l); err != nil {
		return l, "", fmt.Errorf("%w: %w", errCorrupt, err)
	}
	if l.Format != erasedFormat {
		return l, "", fmt.Errorf("%w: format %d, this program knows %d", errCorrupt, l.Format, erasedFormat)
	}
	for _, h := range l.Blobs {
		id, err := parseHash(h)
		if err != nil {
			return l, "", fmt.Errorf("%w: %w", errCorrupt, err)
		}
		l.blobs[id] = true
	}
	return l, obj.Tag, nil
}

// addErased adds contents to the list of a family, and answers its new version.
func (s *Store) addErased(ctx context.Context, family string, gone map[oid]bool) (version string, err error) {
	for range 10 {
		l, tag, err := s.readErased(ctx, family)
		if err != nil {
			return "", err
		}
		for id := range gone {
			if !l.blobs[id] {
				l.Blobs = append(l.Blobs, id.String())
			}
		}
		slices.Sort(l.Blobs)
		l.Format, l.Version = erasedFormat, newID(s.o.Now())
		raw, err := json.Marshal(l)
		if err != nil {
			return "", err
		}
		if _, err = s.blobs.Put(ctx, erasedKey(family), bytes.NewReader(raw), blob.IfMatch(tag)); err == nil {
			return l.Version, nil
		}
		if !errors.Is(err, blob.ErrConflict) {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: others erase from the family all the time", kind.ErrConflict)
}

// erased is the list that a manifest names, or a later one.
func (s *Store) erased(ctx context.Context, family string, m Manifest) (map[oid]bool, error) {
	if m.Erased == "" {
		return nil, nil
	}
	key := family + "/" + m.Erased
	if known, ok := s.gone.get(key); ok {
		return known, nil
	}
	l, _, err := s.readErased(ctx, family)
	if err != nil {
		return nil, err
	}
	s.gone.add(key, l.blobs, 1)
	return l.blobs, nil
}

// refuseErased answers kind.ErrInvalid for a save of what was erased, and names its file.
func (s *Store) refuseErased(ctx context.Context, save Save, made []newObject) error {
	if save.Base == nil {
		return nil
	}
	gone, err := s.erased(ctx, save.Base.location.Family, save.Base.manifest)
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, o := range made {
		if gone[o.id] {
			return fmt.Errorf("%w: %s has content that was erased from this server, which may not be published again", kind.ErrInvalid, save.pathOf(o.id))
		}
	}
	return nil
}

// pathOf names a file of a save by its content.
func (save Save) pathOf(id oid) string {
	for path, f := range save.Tree {
		if plumbing.ComputeHash(plumbing.BlobObject, f.Data) == id {
			return path
		}
	}
	for path, f := range save.Edits {
		if f != nil && plumbing.ComputeHash(plumbing.BlobObject, f.Data) == id {
			return path
		}
	}
	return id.String()
}

// refuseErased refuses a push that brings back what was erased.
func (p *receiving) refuseErased(view *Repository, reached map[oid]bool) error {
	if view == nil {
		return nil
	}
	gone, err := p.store.erased(p.ctx, p.at.Family, view.manifest)
	if err != nil {
		return err
	}
	var lines []string
	for id := range reached {
		if gone[id] {
			lines = append(lines, fmt.Sprintf("The content %s was erased from this server and may not come back. git log --all --find-object=%s shows your commits that have it.", id, id))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return &Refusal{Reason: "it has content that was erased", Lines: lines[:min(len(lines), 20)]}
}
