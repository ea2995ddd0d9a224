package gitstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Store keeps repositories. It may be used by any number of goroutines, and any number of stores may share one bucket.
type Store struct {
	blobs   blob.Store
	o       Options
	codecs  codecs
	views   *lru[Location, *Repository]  // the manifest last seen, to be asked for with its tag
	opened  *lru[string, *pack]          // by key
	objects *lru[objectKey, rawObject]   // commits and trees
	gone    *lru[string, map[oid]bool]   // what was erased, by family and version of the list
	sums    *lru[string, [packTail]byte] // checksums of packs that were sent as one
	disk    *diskCache                   // nil without one
	loading locks
}

const (
	viewsKept   = 512
	sumsKept    = 512
	openedBytes = 64 << 20
	objectBytes = 16 << 20
)

// New makes a store over a bucket.
func New(b blob.Store, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Grace = cmp.Or(o.Grace, defaultGrace)
	o.Limits = o.Limits.orDefault()
	s := &Store{
		blobs: b, o: o,
		views:   newLRU[Location, *Repository](viewsKept, nil),
		objects: newLRU[objectKey, rawObject](objectBytes, nil),
		gone:    newLRU[string, map[oid]bool](erasedKept, nil),
		sums:    newLRU[string, [packTail]byte](sumsKept, nil),
	}
	inMemory := int64(openedBytes)
	if _, local := b.(blob.Local); !local {
		if o.CacheDir != "" {
			disk, err := newDiskCache(o.CacheDir, cmp.Or(o.CacheBytes, 1<<30), b)
			if err != nil {
				o.Logger.Warn("pack cache unusable, packs stay in memory", "folder", o.CacheDir, "err", err)
			}
			s.disk = disk
		} else {
			inMemory = cmp.Or(o.CacheBytes, inMemory)
		}
	}
	s.opened = newLRU[string, *pack](inMemory, nil)
	return s
}

func (l Limits) orDefault() Limits {
	l.Files = cmp.Or(l.Files, 20_000)
	l.FileBytes = cmp.Or(l.FileBytes, 256<<20)
	l.TreeBytes = cmp.Or(l.TreeBytes, 1<<30)
	l.PackBytes = cmp.Or(l.PackBytes, 1<<30)
	l.Objects = cmp.Or(l.Objects, 500_000)
	l.Inflated = cmp.Or(l.Inflated, 8<<30)
	return l
}

// Open reads the repository's manifest, or only asks whether it is still the one last seen. It answers kind.ErrNotFound.
func (s *Store) Open(ctx context.Context, at Location) (r *Repository, err error) {
	defer annotate(&err, "open repository %s", at)
	if err := at.check(); err != nil {
		return nil, err
	}
	var o blob.GetOptions
	began := time.Now()
	seen, ok := s.views.get(at)
	if ok {
		o.IfNoneMatch = blob.Tag(seen.tag)
	}
	obj, err := s.blobs.Get(ctx, manifestKey(at), o)
	switch {
	case errors.Is(err, blob.ErrNotModified) && ok:
		seen.asOf.Store(&began)
		return seen, nil
	case errors.Is(err, blob.ErrNotFound):
		s.views.remove(at)
		return nil, kind.ErrNotFound
	case err != nil:
		return nil, err
	}
	defer obj.Body.Close()
	m, err := decodeManifest(obj.Body)
	if err != nil {
		return nil, err
	}
	return s.view(at, m, string(obj.Tag), began), nil
}

// view keeps and answers a view of a manifest that was stored at some moment since began.
func (s *Store) view(at Location, m Manifest, tag string, began time.Time) *Repository {
	r := &Repository{store: s, location: at, manifest: m, tag: tag, packs: s.packs(at.Family, m.Packs)}
	r.asOf.Store(&began)
	s.views.add(at, r, 1)
	return r
}

// putManifest replaces the manifest that has the tag; an empty tag means that there must be none.
func (s *Store) putManifest(ctx context.Context, at Location, m Manifest, tag string) (*Repository, error) {
	raw, err := m.encode(&s.codecs)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	written, err := s.blobs.Put(ctx, manifestKey(at), bytes.NewReader(raw), blob.IfMatch(blob.Tag(tag)))
	if err != nil {
		return nil, err
	}
	return s.view(at, m, string(written), began), nil
}

// Manifests yields every repository in the bucket, by family and repository. The sequence ends after its first error.
func (s *Store) Manifests(ctx context.Context) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		for info, err := range s.blobs.List(ctx, "f/") {
			if err != nil {
				yield(Listed{}, fmt.Errorf("list repositories: %w", err))
				return
			}
			if at, ok := locationOf(info.Key); ok && !yield(Listed{Location: at, Tag: string(info.Tag)}, nil) {
				return
			}
		}
	}
}

// locks are mutexes by key; two keys may share one.
type locks struct {
	once sync.Once
	seed maphash.Seed
	held [64]sync.Mutex
}

func (l *locks) lock(key string) (release func()) {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	m := &l.held[maphash.String(l.seed, key)%uint64(len(l.held))]
	m.Lock()
	return m.Unlock
}
