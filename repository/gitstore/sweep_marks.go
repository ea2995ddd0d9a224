package gitstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// marks say since when packs of a family have been seen in no manifest, in milliseconds of Unix time. They are kept under a
// key of their own, and losing them only delays Sweep.
type marks struct {
	Unlisted map[string]int64 `json:"unlisted"`
}

const maxMarks = 16 << 20

func marksKey(family string) string { return "sweep/" + family }

// readMarks answers the marks of a family with their tag, which is empty where there are none.
func (s *Store) readMarks(ctx context.Context, family string) (m marks, tag blob.Tag, err error) {
	m.Unlisted = make(map[string]int64)
	obj, err := s.blobs.Get(ctx, marksKey(family), blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return m, "", nil
	}
	if err != nil {
		return m, "", err
	}
	defer obj.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(obj.Body, maxMarks))
	if err != nil {
		return m, "", err
	}
	if json.Unmarshal(raw, &m) != nil || m.Unlisted == nil {
		m = marks{Unlisted: make(map[string]int64)} // as if never marked
	}
	return m, obj.Tag, nil
}

func (s *Store) writeMarks(ctx context.Context, family string, m marks, tag blob.Tag) error {
	raw, err := json.Marshal(m)
	if err == nil {
		_, err = s.blobs.Put(ctx, marksKey(family), bytes.NewReader(raw), blob.IfMatch(tag))
	}
	return err
}

// forgive takes the marks off packs that are about to be dropped from a manifest, which must happen within brief.
func (s *Store) forgive(ctx context.Context, family string, refs []PackRef) error {
	for range 10 {
		m, tag, err := s.readMarks(ctx, family)
		if err != nil {
			return err
		}
		marked := false
		for _, p := range refs {
			if _, found := m.Unlisted[p.ID]; found {
				delete(m.Unlisted, p.ID)
				marked = true
			}
		}
		if !marked {
			return nil
		}
		if err = s.writeMarks(ctx, family, m, tag); !errors.Is(err, blob.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("marks of family %s: %w", family, blob.ErrConflict)
}
