package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Verified is what Verify looked at.
type Verified struct {
	Backups int   `json:"backups"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"` // of those, as stored
	Read    bool  `json:"read"`  // the content was compared, too, not only what is stored
}

// Verify reads every object that a backup needs, and reports what is damaged. Without the keys of an encrypted vault it
// compares what is stored; with them, content as well, and that each repository's packs are in its backup.
func (v *Vault) Verify(ctx context.Context, report func(problem string), progress func(done, total int)) (all Verified, err error) {
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		report(fmt.Sprintf(format, args...))
	}
	names, err := v.names(ctx)
	if err != nil {
		return all, err
	}
	all.Read = v.readable()
	users := map[string]string{} // a backup that needs the object
	content := map[string]Entry{}
	for _, name := range names {
		x, err := v.index(ctx, name)
		if err != nil {
			if ctx.Err() != nil {
				return all, ctx.Err()
			}
			say("%v", err)
			continue
		}
		all.Backups++
		users[x.Detail] = name
		for _, object := range x.Objects {
			users[object] = name
		}
		if !all.Read {
			continue
		}
		entries, err := v.entries(ctx, x)
		if err != nil {
			say("%v", err)
			continue
		}
		for _, e := range entries {
			content[e.Object] = e
		}
		if err := v.verifyPacks(ctx, x, entries, say); err != nil {
			return all, err
		}
	}
	objects := make([]string, 0, len(users))
	for object := range users {
		objects = append(objects, object)
	}
	slices.Sort(objects)
	err = each(ctx, objects, func(ctx context.Context, object string) error {
		n, err := v.verifyObject(ctx, object, content[object])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			say("object %s of backup %s: %v", object, users[object], err)
		}
		mu.Lock()
		defer mu.Unlock()
		all.Objects++
		all.Bytes += n
		if progress != nil {
			progress(all.Objects, len(objects))
		}
		return nil
	})
	return all, err
}

// verifyObject reads one object. An entry without a key says nothing of the content.
func (v *Vault) verifyObject(ctx context.Context, name string, e Entry) (int64, error) {
	stored := sha256.New()
	var r io.ReadCloser
	var err error
	if v.readable() {
		r, err = v.object(ctx, name, stored)
	} else {
		var obj *blob.Object
		if obj, err = v.store.Get(ctx, objectKey(name), blob.GetOptions{}); err == nil {
			r = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(obj.Body, stored), obj.Body}
		}
	}
	if err != nil {
		return 0, err
	}
	defer r.Close()
	plain := sha256.New()
	n, err := io.Copy(plain, r)
	switch {
	case err != nil:
		return n, err
	case hex.EncodeToString(stored.Sum(nil)) != name:
		return n, errors.New("it is not what was stored")
	case v.readable() && e.Key != "" && (hex.EncodeToString(plain.Sum(nil)) != e.SHA256 || n != e.Size):
		return n, fmt.Errorf("it does not have what %s had", e.Key)
	}
	return n, nil
}

// verifyPacks finds out whether all packs are there that the manifests of a backup list.
func (v *Vault) verifyPacks(ctx context.Context, x index, entries []Entry, say func(string, ...any)) error {
	sizes := map[string]int64{}
	var manifests []Entry
	for _, e := range entries {
		if gitstore.IsPack(e.Key) {
			sizes[e.Key] = e.Size
		}
		if gitstore.IsManifest(e.Key) && !slices.Contains(x.Damaged, e.Key) {
			manifests = append(manifests, e)
		}
	}
	return each(ctx, manifests, func(ctx context.Context, e Entry) error {
		raw, err := v.content(ctx, e)
		if err != nil {
			return nil // which is told of the object
		}
		packs, err := gitstore.StoredPacks(e.Key, raw)
		if err != nil {
			say("backup %s: %v", x.Name, err)
			return nil
		}
		for _, p := range packs {
			if size, found := sizes[p.Key]; (!found || size != p.Size) && !slices.Contains(x.Damaged, p.Key) {
				say("backup %s: %s lists %s, which it does not have", x.Name, e.Key, p.Key)
			}
		}
		return nil
	})
}

// content reads a small blob of a backup.
func (v *Vault) content(ctx context.Context, e Entry) ([]byte, error) {
	r, err := v.object(ctx, e.Object, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxDecoded))
}

// Pruned is what Prune did.
type Pruned struct {
	Kept    int   `json:"kept"` // backups
	Removed int   `json:"removed"`
	Objects int   `json:"objects"` // removed
	Bytes   int64 `json:"bytes"`   // of those, as stored
}

// deletedAtOnce is how many blobs are deleted before it is seen again whether the vault is held.
const deletedAtOnce = 100

// Prune removes all backups but the newest keep, which must be at least 1, and the objects that no other needs. It needs no
// keys. Cut off at any time it has harmed none of the backups that it is to keep, and the next removes the rest. It is
// ErrBusy while a backup is written.
func (v *Vault) Prune(ctx context.Context, keep int, progress func(done, total int)) (done Pruned, err error) {
	if keep < 1 {
		return done, fmt.Errorf("%w: keep at least one backup", kind.ErrInvalid)
	}
	ctx, lock, release, err := v.acquire(ctx)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	names, err := v.names(ctx)
	if err != nil {
		return done, err
	}
	old := names[:max(0, len(names)-keep)]
	needed := map[string]bool{}
	for _, name := range names[len(old):] {
		x, err := v.index(ctx, name) // before anything is removed: what it needs must be known
		if err != nil {
			return done, err
		}
		done.Kept++
		needed[x.Detail] = true
		for _, object := range x.Objects {
			needed[object] = true
		}
	}
	for part := range slices.Chunk(old, deletedAtOnce) {
		err := lock.commit(ctx, func(ctx context.Context, held func() error) error {
			for _, name := range part {
				if err := held(); err != nil {
					return err
				}
				if err := v.store.Delete(ctx, backupsPrefix+name); err != nil {
					return err
				}
				done.Removed++
			}
			return nil
		})
		if err != nil {
			return done, err
		}
	}
	var gone []blob.Info
	for info, err := range v.store.List(ctx, objectsPrefix) {
		if err != nil {
			return done, err
		}
		if !needed[info.Key[strings.LastIndexByte(info.Key, '/')+1:]] {
			gone = append(gone, info)
		}
	}
	for len(gone) > 0 {
		part := gone[:min(len(gone), deletedAtOnce)]
		gone = gone[len(part):]
		err := lock.commit(ctx, func(ctx context.Context, held func() error) error {
			return each(ctx, part, func(ctx context.Context, info blob.Info) error {
				if err := held(); err != nil {
					return err
				}
				return v.store.Delete(ctx, info.Key)
			})
		})
		if err != nil {
			return done, err
		}
		for _, info := range part {
			done.Objects++
			done.Bytes += info.Size
		}
		if progress != nil {
			progress(done.Objects, done.Objects+len(gone))
		}
	}
	return done, nil
}

// RestoringKey is there in a bucket that is being filled from a backup, and has the backup's name.
const RestoringKey = "restoring"

// Restored is what Restore did.
type Restored struct {
	Backup
	Copied  int      `json:"copied"`            // blobs; the others were there from a restore that was cut off
	Damaged []string `json:"damaged,omitempty"` // blobs that Salvage went without: their keys
}

// Restore fills a bucket with a backup: that of a name, or the newest that began at a time or before it; of "" the newest of
// all. The bucket must be empty, or be what a restore of the same backup left when it was cut off, which then goes on. Every
// byte is compared with what was backed up. What is damaged keeps nothing else from being restored; it is an error then, and
// no server starts on the bucket.
func (v *Vault) Restore(ctx context.Context, to blob.Store, at string, progress func(done, total int)) (done Restored, err error) {
	return v.fill(ctx, to, at, false, progress)
}

// Salvage is a Restore, also what goes on with one, that ends without the packs, manifests and large files that are damaged in
// the backup. What the server itself needs must be whole.
func (v *Vault) Salvage(ctx context.Context, to blob.Store, at string, progress func(done, total int)) (done Restored, err error) {
	return v.fill(ctx, to, at, true, progress)
}

func (v *Vault) fill(ctx context.Context, to blob.Store, at string, salvage bool, progress func(done, total int)) (done Restored, err error) {
	x, err := v.find(ctx, at)
	if err != nil {
		return done, err
	}
	done.Backup = x.Backup
	entries, err := v.entries(ctx, x)
	if err != nil {
		return done, err
	}
	have, err := begin(ctx, to, x.Name)
	if err != nil {
		return done, err
	}
	var mu sync.Mutex
	var first, needed error
	n, unread := 0, 0
	err = each(ctx, entries, func(ctx context.Context, e Entry) error {
		var harm error
		copied := 0
		if size, found := have[e.Key]; !found || size != e.Size {
			if err := v.restore(ctx, to, e); err != nil {
				harm = fmt.Errorf("restore %s: %w", e.Key, err)
			}
			copied = 1
		}
		mu.Lock()
		defer mu.Unlock()
		if harm != nil {
			if errors.Is(harm, errUnread) {
				unread++
			}
			if ctx.Err() != nil || !errors.Is(harm, errHarmed) || unread > mostUnread {
				return harm
			}
			if first == nil {
				first = harm
			}
			if needed == nil && !strings.HasPrefix(e.Key, "f/") && !strings.HasPrefix(e.Key, "media/") {
				needed = harm
			}
			done.Damaged = append(done.Damaged, e.Key)
			copied = 0
		}
		n++
		done.Copied += copied
		if progress != nil {
			progress(n, len(entries))
		}
		return nil
	})
	slices.Sort(done.Damaged)
	switch {
	case err != nil:
		return done, err
	case needed != nil:
		return done, fmt.Errorf("%w; no server goes without it: restore an earlier backup, with --at, into another folder", needed)
	case first != nil && !salvage:
		return done, fmt.Errorf("%w; files of this backup that are damaged: %d. All others are restored. An earlier backup, with --at and another folder, may have them; to go without them, give the same command with --salvage", first, len(done.Damaged))
	}
	return done, to.Delete(ctx, RestoringKey)
}

// begin makes sure that a bucket may be filled, and answers what it has already.
func begin(ctx context.Context, to blob.Store, name string) (map[string]int64, error) {
	have := map[string]int64{}
	for info, err := range to.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		have[info.Key] = info.Size
	}
	if len(have) == 0 {
		_, err := to.Put(ctx, RestoringKey, strings.NewReader(name), blob.IfAbsent())
		return have, err
	}
	under, err := readAll(ctx, to, RestoringKey, maxVault)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return nil, fmt.Errorf("%w: the bucket is not empty; restore into a new one", kind.ErrInvalid)
	case err != nil:
		return nil, err
	case !bytes.Equal(under, []byte(name)):
		return nil, fmt.Errorf("%w: the bucket has a part of backup %s; go on with --at %s, or empty it", kind.ErrInvalid, under, under)
	}
	return have, nil
}

func (v *Vault) restore(ctx context.Context, to blob.Store, e Entry) error {
	r, err := v.object(ctx, e.Object, nil)
	if err != nil {
		return fmt.Errorf("the backup is %w: %w", errHarmed, err)
	}
	defer r.Close()
	plain, err := newSpool(e.Size)
	if err != nil {
		return err
	}
	defer plain.close()
	if _, err := io.Copy(plain, io.LimitReader(harmed{r}, e.Size+1)); err != nil {
		return err
	}
	if plain.size != e.Size || plain.name() != e.SHA256 {
		return fmt.Errorf("the backup is %w: its bytes are other ones", errHarmed)
	}
	body, err := plain.body()
	if err != nil {
		return err
	}
	_, err = to.Put(ctx, e.Key, body, blob.Always())
	return err
}
