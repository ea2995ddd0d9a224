// Package drafts keeps what people have begun to write and not published yet: on the server, so that it survives a browser
// that is closed, another computer and a restart.
//
// A draft belongs to one account and one resource and lies in the bucket under drafts/<account>/<resource>. It is the
// person's own: nobody else is shown it, it is listed to be exported with the account, and Erase removes it with that.
// Two windows of one person never overwrite each other: whoever saves names the state that was read.
package drafts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	prefix   = "drafts/"
	maxDraft = 16 << 20 // bytes of one draft as stored
	// MaxDrafts is how many drafts one account may have.
	MaxDrafts = 500
)

// ErrFull says that an account has MaxDrafts drafts. It is kind.ErrInvalid.
var ErrFull = fmt.Errorf("%w: there are %d drafts already; publish or discard one", kind.ErrInvalid, MaxDrafts)

// Draft is a form as it was left.
type Draft struct {
	Resource string            `json:"resource"` // what it will change: the id of a resource, or a name that the caller made
	Base     string            `json:"base"`     // the revision that it began from
	Fields   map[string]string `json:"fields"`   // of the form, by name
	Saved    time.Time         `json:"saved"`
}

// Tag names one state of one draft. The empty Tag is that there is none.
type Tag string

// Store keeps drafts. It is safe for concurrent use, by any number of nodes.
type Store struct {
	blobs blob.Store
	now   func() time.Time
}

// New returns a store in a bucket.
func New(blobs blob.Store, now func() time.Time) *Store { return &Store{blobs: blobs, now: now} }

func key(account, resource string) (string, error) {
	k := prefix + account + "/" + resource
	if account == "" || resource == "" || strings.Contains(account, "/") || strings.Contains(resource, "/") {
		return "", fmt.Errorf("draft %q of %q: %w", resource, account, kind.ErrInvalid)
	}
	return k, nil
}

// Load returns an account's draft of a resource, or kind.ErrNotFound.
func (s *Store) Load(ctx context.Context, account, resource string) (d Draft, tag Tag, err error) {
	k, err := key(account, resource)
	if err != nil {
		return d, "", err
	}
	return s.read(ctx, k)
}

func (s *Store) read(ctx context.Context, k string) (d Draft, tag Tag, err error) {
	object, err := s.blobs.Get(ctx, k, blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return d, "", kind.ErrNotFound
	}
	if err != nil {
		return d, "", fmt.Errorf("read draft: %w", err)
	}
	defer object.Body.Close()
	b, err := io.ReadAll(io.LimitReader(object.Body, maxDraft+1))
	if err != nil {
		return d, "", fmt.Errorf("read draft: %w", err)
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return d, "", fmt.Errorf("read draft %s: %w", k, err)
	}
	return d, Tag(object.Tag), nil
}

// Save stores a draft where what is stored still has the tag, and returns the new one. Where another window was first it
// stores nothing, and the error is kind.ErrConflict. A draft that was published or discarded meanwhile is no conflict:
// what is saved begins anew.
func (s *Store) Save(ctx context.Context, account string, d Draft, old Tag) (Draft, Tag, error) {
	k, err := key(account, d.Resource)
	if err != nil {
		return d, "", err
	}
	d.Saved = s.now().UTC().Truncate(time.Second)
	b, err := json.Marshal(d)
	if err != nil {
		return d, "", err
	}
	if len(b) > maxDraft {
		return d, "", fmt.Errorf("%w: the draft is larger than %d MB", kind.ErrInvalid, maxDraft>>20)
	}
	if old == "" {
		if err := s.room(ctx, account); err != nil {
			return d, "", err
		}
	}
	tag, err := s.blobs.Put(ctx, k, bytes.NewReader(b), blob.IfMatch(blob.Tag(old)))
	if errors.Is(err, blob.ErrConflict) && old != "" {
		if _, _, gone := s.read(ctx, k); errors.Is(gone, kind.ErrNotFound) {
			tag, err = s.blobs.Put(ctx, k, bytes.NewReader(b), blob.IfAbsent())
		}
	}
	if errors.Is(err, blob.ErrConflict) {
		return d, "", fmt.Errorf("save draft: %w", kind.ErrConflict)
	}
	if err != nil {
		return d, "", fmt.Errorf("save draft: %w", err)
	}
	return d, Tag(tag), nil
}

func (s *Store) room(ctx context.Context, account string) error {
	n := 0
	for _, err := range s.blobs.List(ctx, prefix+account+"/") {
		if err != nil {
			return fmt.Errorf("count drafts: %w", err)
		}
		if n++; n >= MaxDrafts {
			return ErrFull
		}
	}
	return nil
}

// Discard removes a draft. That there is none is no error.
func (s *Store) Discard(ctx context.Context, account, resource string) error {
	k, err := key(account, resource)
	if err != nil {
		return err
	}
	if err := s.blobs.Delete(ctx, k); err != nil {
		return fmt.Errorf("discard draft: %w", err)
	}
	return nil
}

// Of returns all drafts of an account, to be listed or exported.
func (s *Store) Of(ctx context.Context, account string) ([]Draft, error) {
	keys, err := s.keys(ctx, account)
	if err != nil {
		return nil, err
	}
	var list []Draft
	for _, k := range keys {
		d, _, err := s.read(ctx, k)
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// Erase removes all drafts of an account, and what it has uploaded.
func (s *Store) Erase(ctx context.Context, account string) error {
	keys, err := s.keys(ctx, account)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.blobs.Delete(ctx, k); err != nil {
			return fmt.Errorf("erase drafts: %w", err)
		}
	}
	return s.DiscardUpload(ctx, account)
}

// EraseOf removes the drafts of all accounts of resources whose text is to be gone.
func (s *Store) EraseOf(ctx context.Context, gone func(resource string) (bool, error)) error {
	for info, err := range s.blobs.List(ctx, prefix) {
		if err != nil {
			return fmt.Errorf("list drafts: %w", err)
		}
		it, err := gone(info.Key[strings.LastIndexByte(info.Key, '/')+1:])
		if err == nil && it {
			err = s.blobs.Delete(ctx, info.Key)
		}
		if err != nil {
			return fmt.Errorf("erase drafts: %w", err)
		}
	}
	return nil
}

func (s *Store) keys(ctx context.Context, account string) ([]string, error) {
	if _, err := key(account, "x"); err != nil {
		return nil, err
	}
	var keys []string
	for info, err := range s.blobs.List(ctx, prefix+account+"/") {
		if err != nil {
			return nil, fmt.Errorf("list drafts: %w", err)
		}
		keys = append(keys, info.Key)
	}
	return keys, nil
}
