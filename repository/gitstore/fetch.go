package gitstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Fetch brings a revision and all its history from a remote into a family, as a view that no manifest lists yet: the Base of
// a Save, which makes it visible. An empty want is the remote's HEAD. Every object is hashed, and everything that the
// revision leads to must be there and be safe to check out; otherwise nothing is stored and the error is of kind
// ErrInvalid. It answers kind.ErrNotFound where the remote has no such repository or revision.
func (s *Store) Fetch(ctx context.Context, family string, src Remote, want Hash) (r *Repository, err error) {
	defer annotate(&err, "fetch %s", src.URL)
	at, began := Location{Family: family}, time.Now()
	ctx, cancel := s.bounded(ctx, began)
	defer cancel()
	if !plainID(family) {
		return nil, fmt.Errorf("%w: family %q", kind.ErrInvalid, family)
	}
	if want != "" {
		if _, err := parseHash(want); err != nil {
			return nil, err
		}
	}
	if src.MaxBytes <= 0 {
		src.MaxBytes = s.o.Limits.PackBytes
	}
	folder := os.TempDir()
	if s.disk != nil {
		folder = s.disk.folder // where there is room for packs
	}
	file, err := os.CreateTemp(folder, "get-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	tip, size, err := receive(ctx, src, want, file)
	if err != nil {
		return nil, err
	}
	gone, _, err := s.readErased(ctx, family)
	if err != nil {
		return nil, err
	}
	ref, closed, err := s.accept(ctx, family, file, size, tip, gone.blobs)
	if errors.Is(err, errCorrupt) || errors.Is(err, errMissing) || errors.Is(err, errTooLarge) {
		err = fmt.Errorf("%w: the remote sent what cannot be used: %w", kind.ErrInvalid, err)
	}
	if err != nil {
		return nil, err
	}
	m := Manifest{
		Version: manifestVersion, Refs: map[string]Hash{defaultHead: tip.String()}, Head: defaultHead,
		Packs: []PackRef{ref}, Closed: closed, Erased: gone.Version,
	}
	r = &Repository{store: s, location: at, manifest: m, packs: s.packs(family, m.Packs)}
	r.asOf.Store(&began)
	return r, nil
}

// Import is Fetch into a new repository whose refs/heads/main is want. It answers kind.ErrConflict where the repository
// exists.
func (s *Store) Import(ctx context.Context, at Location, src Remote, want Hash) (r *Repository, err error) {
	defer annotate(&err, "import to %s", at)
	if err := at.check(); err != nil {
		return nil, err
	}
	if _, err := s.Open(ctx, at); !errors.Is(err, kind.ErrNotFound) {
		if err == nil {
			err = fmt.Errorf("%w: the repository exists", kind.ErrConflict)
		}
		return nil, err
	}
	got, err := s.Fetch(ctx, at.Family, src, want)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.bounded(ctx, *got.asOf.Load())
	defer cancel()
	txn := newID(s.o.Now())
	return s.replace(ctx, at, &Repository{}, false, txn, func(Manifest, bool) (Manifest, error) {
		return got.manifest.next(txn), nil
	})
}

// accept checks a foreign pack in a file, which may have nothing that was erased, and stores it. Closed tells whether all of it belongs to the revision.
func (s *Store) accept(ctx context.Context, family string, file *os.File, size int64, tip oid, gone map[oid]bool) (ref PackRef, closed bool, err error) {
	got, err := s.receivePack(ctx, file, size)
	if err != nil {
		return ref, false, err
	}
	x, err := parseIndex(got.index, size)
	if err != nil {
		return ref, false, err
	}
	for id := range gone {
		if _, found := x.find(id); found {
			return ref, false, fmt.Errorf("%w: its history has content that was erased from this server: %s", kind.ErrInvalid, id)
		}
	}
	ref = PackRef{ID: newID(s.o.Now()), Size: size, Index: int64(len(got.index)), Objects: x.count}
	ps := s.packs(family, []PackRef{ref})
	ps.opened[0].Store(&pack{id: ref.ID, data: file, size: size, index: x, zlib: &s.codecs})
	reached, err := verify(ctx, ps, got.kinds, tip)
	if err != nil {
		return ref, false, err
	}
	if _, err := file.WriteAt(binary.BigEndian.AppendUint64(got.index, uint64(size)), size); err != nil {
		return ref, false, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return ref, false, err
	}
	_, err = s.blobs.Put(ctx, packKey(family, ref.ID), file, blob.IfAbsent())
	return ref, reached == x.count, err
}
