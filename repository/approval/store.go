package approval

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Store keeps calls, lists and rubrics in a bucket. It may be used by any number of goroutines, and any number of stores
// may share a bucket: of several that take a step from the same state one wins, and the others are asked again with what
// it is now. What another store did is seen within a second.
type Store struct {
	bucket blob.Store
	calls  *journal[*Call]
	lists  *journal[*List]
}

// NewStore opens the decisions in a bucket.
func NewStore(bucket blob.Store, now func() time.Time) *Store {
	return &Store{
		bucket: bucket,
		calls:  newJournal(bucket, now, "calls", &Call{}),
		lists:  newJournal(bucket, now, "lists", &List{}),
	}
}

// Call returns a call, or kind.ErrNotFound.
func (s *Store) Call(ctx context.Context, id string) (*Call, error) { return s.calls.read(ctx, id) }

// Calls returns all calls, the newest first.
func (s *Store) Calls(ctx context.Context) ([]*Call, error) {
	list, err := s.calls.all(ctx)
	slices.SortFunc(list, func(a, b *Call) int {
		return cmp.Or(b.Opened.Compare(a.Opened), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// List returns an approved list, or kind.ErrNotFound.
func (s *Store) List(ctx context.Context, slug string) (*List, error) { return s.lists.read(ctx, slug) }

// Lists returns all approved lists by title.
func (s *Store) Lists(ctx context.Context) ([]*List, error) {
	list, err := s.lists.all(ctx)
	slices.SortFunc(list, func(a, b *List) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.Slug, b.Slug))
	})
	return list, err
}

// OnCall takes steps in a call. decide is given the call as it is, which is the zero Call where there is none, and answers
// the steps, whose times are set here; it is asked again where another writer was first. All are taken, or none: then the
// error is a *Refusal, or decide's.
func (s *Store) OnCall(ctx context.Context, id string, decide func(*Call) ([]Event, error)) (*Call, error) {
	return s.calls.append(ctx, id, decide)
}

// OnList takes steps on a list, as OnCall does in a call.
func (s *Store) OnList(ctx context.Context, slug string, decide func(*List) ([]Event, error)) (*List, error) {
	return s.lists.append(ctx, slug, decide)
}

// ListLog is everything that happened to a list, oldest first.
func (s *Store) ListLog(ctx context.Context, slug string) ([]Event, error) {
	return s.lists.events(ctx, slug)
}

// CallSteps are the steps of a call from one place in its log to another, counted from 1.
func (s *Store) CallSteps(ctx context.Context, id string, from, to int) ([]Step, error) {
	return s.calls.steps(ctx, id, from, to)
}

// CallLength is how many steps the log of a call has.
func (s *Store) CallLength(ctx context.Context, id string) (int, error) {
	return s.calls.length(ctx, id)
}

// ListSteps are the steps of a list from one place in its log to another.
func (s *Store) ListSteps(ctx context.Context, slug string, from, to int) ([]Step, error) {
	return s.lists.steps(ctx, slug, from, to)
}

// ListLength is how many steps the log of a list has.
func (s *Store) ListLength(ctx context.Context, slug string) (int, error) {
	return s.lists.length(ctx, slug)
}

const rubricPrefix = "decisions/rubrics/"

// SaveRubric stores a rubric as the next version of its name, and returns it with its number.
func (s *Store) SaveRubric(ctx context.Context, r Rubric) (Rubric, error) {
	if r.ID == AchieveID {
		return r, outOfOrder("rubric-known", "the rubric %s comes with the program: choose another name", AchieveID)
	}
	for range attempts {
		newest, err := s.newestRubric(ctx, r.ID)
		if err != nil {
			return r, err
		}
		r.Version = newest + 1
		if err := r.Check(); err != nil {
			return r, err
		}
		b, err := json.Marshal(r)
		if err != nil {
			return r, err
		}
		_, err = s.bucket.Put(ctx, rubricKey(r.Ref()), bytes.NewReader(b), blob.IfAbsent())
		if err == nil || !errors.Is(err, blob.ErrConflict) {
			return r, err
		}
	}
	return r, fmt.Errorf("%w: many others write the rubric %s", kind.ErrConflict, r.ID)
}

func rubricKey(ref RubricRef) string {
	return fmt.Sprintf("%s%s/%06d", rubricPrefix, ref.ID, ref.Version)
}

func (s *Store) newestRubric(ctx context.Context, id string) (newest int, err error) {
	if err := CheckID(id); err != nil {
		return 0, err
	}
	for info, err := range s.bucket.List(ctx, rubricPrefix+id+"/") {
		if err != nil {
			return 0, err
		}
		n, _ := strconv.Atoi(path.Base(info.Key))
		newest = max(newest, n)
	}
	return newest, nil
}

// Rubric returns a version of a rubric; version 0 is the newest. Achieve's is answered in a language.
func (s *Store) Rubric(ctx context.Context, ref RubricRef, lang string) (Rubric, error) {
	if ref.ID == AchieveID {
		return Achieve(lang), nil
	}
	if CheckID(ref.ID) != nil {
		return Rubric{}, fmt.Errorf("rubric %.80q: %w", ref.ID, kind.ErrNotFound)
	}
	if ref.Version == 0 {
		var err error
		if ref.Version, err = s.newestRubric(ctx, ref.ID); err != nil {
			return Rubric{}, err
		}
	}
	b, err := readBlob(ctx, s.bucket, rubricKey(ref))
	if errors.Is(err, blob.ErrNotFound) {
		return Rubric{}, fmt.Errorf("rubric %s: %w", ref.ID, kind.ErrNotFound)
	}
	if err != nil {
		return Rubric{}, err
	}
	return ReadRubric(b)
}

// Rubrics are the newest versions of all rubrics, Achieve's first.
func (s *Store) Rubrics(ctx context.Context, lang string) ([]Rubric, error) {
	newest := map[string]int{}
	for info, err := range s.bucket.List(ctx, rubricPrefix) {
		if err != nil {
			return nil, err
		}
		id, version, _ := strings.Cut(strings.TrimPrefix(info.Key, rubricPrefix), "/")
		n, _ := strconv.Atoi(version)
		newest[id] = max(newest[id], n)
	}
	list := []Rubric{Achieve(lang)}
	for id, n := range newest {
		r, err := s.Rubric(ctx, RubricRef{id, n}, lang)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list[1:], func(a, b Rubric) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

const blobPrefix = "decisions/blobs/"

// Keep stores bytes under their SHA-256, which it returns.
func (s *Store) Keep(ctx context.Context, b []byte) (string, error) {
	sum := hashOf(b)
	_, err := s.bucket.Put(ctx, blobPrefix+sum, bytes.NewReader(b), blob.IfAbsent())
	if errors.Is(err, blob.ErrConflict) {
		err = nil
	}
	return sum, err
}

// Kept returns what Keep stored. Bytes that are not those any more are an error.
func (s *Store) Kept(ctx context.Context, sum string) ([]byte, error) {
	b, err := readBlob(ctx, s.bucket, blobPrefix+sum)
	if err == nil && hashOf(b) != sum {
		err = fmt.Errorf("%s%s is damaged: its bytes have another hash", blobPrefix, sum)
	}
	return b, err
}

// Drop lets go of what Keep stored.
func (s *Store) Drop(ctx context.Context, sum string) error {
	return s.bucket.Delete(ctx, blobPrefix+sum)
}

// Holds reports whether there is what Keep stored.
func (s *Store) Holds(ctx context.Context, sum string) (bool, error) {
	for info, err := range s.bucket.List(ctx, blobPrefix+sum) {
		return err == nil && info.Key == blobPrefix+sum, err
	}
	return false, nil
}
