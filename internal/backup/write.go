package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Source is a bucket in use, with what is known of it.
type Source struct {
	Bucket blob.Store
	Name   string // repository identifier
	Secret []byte // 32 bytes that only those who use the bucket know

	// Still calls read while nobody changes accounts, and all such changes are in the bucket; nil: nobody does.
	Still func(ctx context.Context, read func(context.Context) error) error
	// Skip are beginnings of keys that are left out, because what they hold is made anew.
	Skip []string
	Now  func() time.Time // nil: the clock

	// Progress, unless nil, is called with how many blobs are done, of how many that are known so far.
	Progress func(done, total int)
}

// Written is what one Write did.
type Written struct {
	Backup
	Objects int   `json:"objects"` // new ones
	Stored  int64 `json:"stored"`  // bytes of those, as they are in the vault
}

const (
	rounds     = 5                // of reading manifests that others change
	workers    = 8                // blobs read and written at a time
	saveEvery  = 30 * time.Second // what a writer knows, so that a killed one's work is not done again
	maxDecoded = 8 << 20          // bytes of a manifest as it is stored
)

// skipped are the keys that are never part of a backup: what sweeping and erasing note for themselves.
var skipped = []string{"sweep/", "erase/"}

// ErrDamaged says that blobs of the source were damaged or missing. The backup has all others, and names those.
var ErrDamaged = errors.New("the bucket has damage")

// Write adds a backup of the source, in which everything goes on. Cut off at any time it adds none and harms none; what was
// copied is not copied again by the next. It is ErrBusy while another writes to the vault, and ErrDamaged, with the backup
// made, where blobs of the source cannot be read.
func (v *Vault) Write(ctx context.Context, source Source) (done Written, err error) {
	if source.Now == nil {
		source.Now = time.Now
	}
	if source.Progress == nil {
		source.Progress = func(int, int) {}
	}
	ctx, lock, release, err := v.acquire(ctx)
	if err != nil {
		return done, err
	}
	defer func() {
		if err != nil && context.Cause(ctx) != nil && !errors.Is(err, context.Cause(ctx)) {
			err = errors.Join(context.Cause(ctx), err)
		}
		err = errors.Join(err, release())
	}()
	w := &writer{vault: v, Source: source, saved: time.Now(), packs: map[string]gitstore.StoredPack{}, listing: map[string][]string{}, manifests: map[string]blob.Tag{}}
	if err := w.recall(ctx); err != nil {
		return done, err
	}
	began, err := v.after(ctx, source.Now())
	if err != nil {
		return done, err
	}
	for _, step := range []func(context.Context) error{w.early, w.repositories, w.accounts, w.rest} {
		if err := step(ctx); err != nil {
			return done, err
		}
	}
	x := index{Format: indexFormat, Backup: Backup{Time: began, Source: source.Name, Damaged: w.damaged}}
	var entries []Entry
	objects := map[string]bool{}
	for key := range w.taken {
		e := w.known[key].Entry
		entries = append(entries, e)
		objects[e.Object] = true
		x.Bytes += e.Size
	}
	x.Blobs, x.Objects = len(entries), slices.Sorted(maps.Keys(objects))
	slices.Sort(x.Damaged)
	if x.Detail, err = v.putDetail(ctx, entries); err != nil {
		return done, err
	}
	raw, err := x.encode()
	if err != nil {
		return done, err
	}
	if err := v.saveState(ctx, source.Secret, w.current()); err != nil {
		return done, err
	}
	err = lock.commit(ctx, func(ctx context.Context, held func() error) error {
		if err := held(); err != nil {
			return err
		}
		_, err := v.store.Put(ctx, backupsPrefix+x.Name, bytes.NewReader(raw), blob.IfAbsent())
		return err
	})
	if err != nil {
		return done, fmt.Errorf("write backup %s: %w", x.Name, err)
	}
	done = Written{Backup: x.Backup, Objects: w.objects, Stored: w.stored}
	if len(x.Damaged) > 0 {
		return done, fmt.Errorf("%w; backup %s has everything but: %s", ErrDamaged, x.Name, strings.Join(x.Damaged, " "))
	}
	return done, nil
}

// writer makes one backup.
type writer struct {
	Source
	vault *Vault

	manifests map[string]blob.Tag            // as they were read
	packs     map[string]gitstore.StoredPack // that they list
	listing   map[string][]string            // manifests, by pack

	mu      sync.Mutex
	known   map[string]seen   // by key
	bySum   map[string]string // object, by SHA-256 of what it has
	have    map[string]bool   // objects in the vault
	taken   map[string]bool   // keys that the backup has
	damaged []string
	unread  int // of those, that could not be read
	objects int
	stored  int64
	total   int
	saved   time.Time
}

// recall finds out what the vault has of what is known.
func (w *writer) recall(ctx context.Context) error {
	w.have, w.bySum, w.taken = map[string]bool{}, map[string]string{}, map[string]bool{}
	for info, err := range w.vault.store.List(ctx, objectsPrefix) {
		if err != nil {
			return err
		}
		name := info.Key[strings.LastIndexByte(info.Key, '/')+1:]
		if !isSum(name) {
			continue
		}
		w.have[name] = true
		if !w.vault.Encrypted() {
			w.bySum[name] = name
		}
	}
	w.known = w.vault.loadState(ctx, w.Secret)
	for key, s := range w.known {
		if !w.have[s.Object] {
			delete(w.known, key)
			continue
		}
		w.bySum[s.SHA256] = s.Object
	}
	return nil
}

// current is what is known of blobs that are there now.
func (w *writer) current() map[string]seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := make(map[string]seen, len(w.taken))
	for key := range w.taken {
		now[key] = w.known[key]
	}
	return now
}

// early reads what refers to repositories.
func (w *writer) early(ctx context.Context) error {
	all, err := w.list(ctx, "", first)
	if err != nil {
		return err
	}
	return each(ctx, fill(all), w.changing)
}

// changing takes a blob that may be replaced or deleted meanwhile.
func (w *writer) changing(ctx context.Context, info blob.Info) error {
	_, err := w.take(ctx, info, nil, nil)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return w.without(ctx, info.Key, err)
}

// accounts reads what was in SQL, all of one moment.
func (w *writer) accounts(ctx context.Context) error {
	still := w.Still
	if still == nil {
		still = func(ctx context.Context, read func(context.Context) error) error { return read(ctx) }
	}
	read := func(ctx context.Context) error {
		all, err := w.list(ctx, "backup/", people)
		if err != nil {
			return err
		}
		return each(ctx, all, w.changing)
	}
	if err := read(ctx); err != nil { // most of it, so that nobody who changes something waits for long
		return err
	}
	return still(ctx, read)
}

// lasting takes what is never replaced, or only grows.
func (w *writer) lasting(ctx context.Context, info blob.Info) error {
	var check func(sum string) error
	if sum, ok := strings.CutPrefix(info.Key, "media/"); ok && isSum(sum) {
		check = func(got string) error {
			if got != sum {
				return fmt.Errorf("%w: %s", errHarmed, info.Key)
			}
			return nil
		}
	}
	_, err := w.take(ctx, info, nil, check)
	if errors.Is(err, blob.ErrNotFound) { // erased
		return nil
	}
	return w.without(ctx, info.Key, err)
}
