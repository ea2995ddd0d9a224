package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
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
	ctx, lock, release, err := acquire(ctx, v.store, v.lease)
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
	err = lock.commit(ctx, func(ctx context.Context) error {
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

// phase says which step reads a key.
type phase int

const (
	never phase = iota
	first       // refers to repositories
	manifests
	people
	last // is referred to, and never changes or only grows
)

func (w *writer) phase(key string) phase {
	in := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
	}
	switch {
	case in(skipped...) || in(w.Skip...):
		return never
	case in("f/"):
		return manifests
	case in("backup/"):
		return people
	case in("media/", "standards/", "erased/"):
		return last
	}
	return first
}

// list are the blobs that a step reads.
func (w *writer) list(ctx context.Context, prefix string, of phase) (all []blob.Info, err error) {
	for info, err := range w.Bucket.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if w.phase(info.Key) == of {
			all = append(all, info)
		}
	}
	w.mu.Lock()
	w.total += len(all)
	w.mu.Unlock()
	return all, nil
}

// early reads what refers to repositories.
func (w *writer) early(ctx context.Context) error {
	all, err := w.list(ctx, "", first)
	if err != nil {
		return err
	}
	return each(ctx, fill(all), w.changing)
}

// numbered is an object of a log, in which each comes after the one with the number before.
var numbered = regexp.MustCompile(`^(decisions/.*/log/)(\d{8})$`)

// fill adds what a listing missed because it was put while the listing ran: an object of a log is there if a later one is.
func fill(all []blob.Info) []blob.Info {
	found, highest := map[string]bool{}, map[string]int{}
	for _, info := range all {
		if m := numbered.FindStringSubmatch(info.Key); m != nil {
			n, _ := strconv.Atoi(m[2])
			found[info.Key], highest[m[1]] = true, max(highest[m[1]], n)
		}
	}
	for log, n := range highest {
		for i := 1; i < n; i++ {
			if key := fmt.Sprintf("%s%08d", log, i); !found[key] {
				all = append(all, blob.Info{Key: key, Size: -1})
			}
		}
	}
	return all
}

// changing takes a blob that may be replaced or deleted meanwhile.
func (w *writer) changing(ctx context.Context, info blob.Info) error {
	_, err := w.take(ctx, info, nil, nil)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return err
}

// repositories reads manifests until none changes any more, or a few times: then some are as they were a moment later than
// others, which is as if their last changes were the last before.
func (w *writer) repositories(ctx context.Context) error {
	for range rounds {
		all, err := w.list(ctx, "f/", manifests)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(info blob.Info) bool {
			return !gitstore.IsManifest(info.Key) || w.manifests[info.Key] == info.Tag
		})
		if len(all) == 0 {
			return nil
		}
		if err := w.read(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

// read takes manifests and notes what they need.
func (w *writer) read(ctx context.Context, all []blob.Info) error {
	var mu sync.Mutex
	return each(ctx, all, func(ctx context.Context, info blob.Info) error {
		var raw bytes.Buffer
		tag, err := w.take(ctx, blob.Info{Key: info.Key, Size: -1}, &limited{Buffer: &raw, left: maxDecoded}, nil)
		if errors.Is(err, blob.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		packs, err := gitstore.StoredPacks(info.Key, raw.Bytes())
		mu.Lock()
		defer mu.Unlock()
		w.manifests[info.Key] = tag
		if err != nil {
			w.harm(info.Key)
			return nil
		}
		for _, p := range packs {
			w.packs[p.Key] = p
			w.listing[p.Key] = append(w.listing[p.Key], info.Key)
		}
		return nil
	})
}

// limited refuses more than so many bytes.
type limited struct {
	*bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("larger than a manifest can be")
	}
	return l.Buffer.Write(p)
}

// accounts reads what was in SQL, all of one moment.
func (w *writer) accounts(ctx context.Context) error {
	still := w.Still
	if still == nil {
		still = func(ctx context.Context, read func(context.Context) error) error { return read(ctx) }
	}
	return still(ctx, func(ctx context.Context) error {
		all, err := w.list(ctx, "backup/", people)
		if err != nil {
			return err
		}
		return each(ctx, all, w.changing)
	})
}

// rest reads packs and what else is referred to.
func (w *writer) rest(ctx context.Context) error {
	all, err := w.list(ctx, "", last)
	if err != nil {
		return err
	}
	if err := each(ctx, all, w.lasting); err != nil {
		return err
	}
	for range rounds {
		gone, err := w.readPacks(ctx)
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := w.again(ctx, gone); err != nil {
			return err
		}
	}
	return errors.New("packs vanish from the bucket all the time")
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
	switch {
	case errors.Is(err, blob.ErrNotFound): // erased
		return nil
	case errors.Is(err, errHarmed):
		w.harm(info.Key)
		return nil
	}
	return err
}

var errHarmed = errors.New("damaged")

// readPacks takes all packs that manifests list, and answers those that are not there.
func (w *writer) readPacks(ctx context.Context) (gone []string, err error) {
	w.mu.Lock()
	var all []gitstore.StoredPack
	for key, p := range w.packs {
		if !w.taken[key] && !slices.Contains(w.damaged, key) {
			all = append(all, p)
		}
	}
	w.total += len(all)
	w.mu.Unlock()
	slices.SortFunc(all, func(a, b gitstore.StoredPack) int { return strings.Compare(a.Key, b.Key) })
	var mu sync.Mutex
	err = each(ctx, all, func(ctx context.Context, p gitstore.StoredPack) error {
		sum, whole := p.Check()
		_, err := w.take(ctx, blob.Info{Key: p.Key, Size: p.Size}, sum, func(string) error {
			if whole() != nil {
				return fmt.Errorf("%w: %s", errHarmed, p.Key)
			}
			return nil
		})
		switch {
		case errors.Is(err, blob.ErrNotFound):
			mu.Lock()
			defer mu.Unlock()
			gone = append(gone, p.Key)
			return nil
		case errors.Is(err, errHarmed):
			w.harm(p.Key)
			return nil
		}
		return err
	})
	return gone, err
}

// again reads the manifests anew that list packs which have gone. What they still list is missing.
func (w *writer) again(ctx context.Context, gone []string) error {
	var due []blob.Info
	for _, key := range gone {
		for _, manifest := range w.listing[key] {
			if !slices.ContainsFunc(due, func(i blob.Info) bool { return i.Key == manifest }) {
				due = append(due, blob.Info{Key: manifest})
			}
		}
		delete(w.packs, key)
		delete(w.listing, key)
	}
	if err := w.read(ctx, due); err != nil {
		return err
	}
	for _, key := range gone {
		if _, listed := w.packs[key]; listed {
			w.harm(key)
		}
	}
	return nil
}

// harm notes a blob that cannot be had as it should be.
func (w *writer) harm(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.damaged, key) {
		w.damaged = append(w.damaged, key)
	}
}

// once reports whether a blob is written once under its key, so that its size is enough to know it again.
func once(key string) bool { return strings.HasPrefix(key, "media/") || gitstore.IsPack(key) }

// take makes a blob part of the backup, and copies it unless the vault has it. A size of -1 has it read in any case, into
// also. Check, unless nil, is asked whether what was read, with that SHA-256, is whole; a blob that is not is left out.
func (w *writer) take(ctx context.Context, info blob.Info, also io.Writer, check func(sum string) error) (blob.Tag, error) {
	w.mu.Lock()
	k, known := w.known[info.Key]
	w.mu.Unlock()
	if known && k.Size == info.Size && (once(info.Key) || k.Tag != "" && k.Tag == info.Tag) {
		return k.Tag, w.took(ctx, k)
	}
	obj, err := w.Bucket.Get(ctx, info.Key, blob.GetOptions{})
	if err != nil {
		return "", err
	}
	defer obj.Body.Close()
	plain, err := newSpool(obj.Size)
	if err != nil {
		return "", err
	}
	defer plain.close()
	into := io.Writer(plain)
	if also != nil {
		into = io.MultiWriter(plain, also)
	}
	n, err := io.Copy(into, obj.Body)
	if err == nil && n != obj.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", info.Key, err)
	}
	sum := plain.name()
	if check != nil {
		if err := check(sum); err != nil {
			return "", err
		}
	}
	w.mu.Lock()
	name, found := w.bySum[sum]
	w.mu.Unlock()
	if !found {
		var written int64
		if name, written, err = w.vault.put(ctx, plain); err != nil {
			return "", err
		}
		w.mu.Lock()
		w.objects++
		w.stored += written
		w.mu.Unlock()
	}
	return obj.Tag, w.took(ctx, seen{Entry: Entry{Key: info.Key, Size: n, SHA256: sum, Object: name}, Tag: obj.Tag})
}

// took notes that the backup has a blob, and saves what is known from time to time.
func (w *writer) took(ctx context.Context, s seen) error {
	w.mu.Lock()
	w.known[s.Key], w.taken[s.Key] = s, true
	w.bySum[s.SHA256], w.have[s.Object] = s.Object, true
	done, total := len(w.taken), w.total
	due := w.vault.Encrypted() && time.Since(w.saved) > saveEvery // what is not encrypted is found by its hash
	var all map[string]seen
	if due {
		w.saved = time.Now()
		all = maps.Clone(w.known)
	}
	w.mu.Unlock()
	w.Progress(min(done, total), total)
	if due {
		return w.vault.saveState(ctx, w.Secret, all)
	}
	return nil
}

// each does something for all items, some at a time, until the first error.
func each[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	items := make(chan T)
	var group sync.WaitGroup
	for range min(workers, len(all)) {
		group.Go(func() {
			for item := range items {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, item := range all {
		select {
		case items <- item:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(items)
	group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
