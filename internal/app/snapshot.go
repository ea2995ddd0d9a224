package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Copies of the search index are in the bucket, so that a new node starts from one and follows the changes since, instead
// of indexing everything. Files are named by their SHA-256, so that copies share what did not change; the list of a copy
// comes last. They are made anew where they are lost or damaged, and are no part of a backup.
const (
	snapshotPrefix = "snapshots/"
	snapshotLists  = snapshotPrefix + "index/"
	snapshotFiles  = snapshotPrefix + "files/"
	snapshotFormat = 1
	snapshotsKept  = 2
	maxSnapshot    = 16 << 20 // bytes of a list
)

// snapshot is the list of one copy.
type snapshot struct {
	Format int            `json:"format"`
	Feed   string         `json:"feed"` // whose numbers it has
	Seq    int64          `json:"seq"`  // at least so far
	Made   time.Time      `json:"made"`
	Files  []snapshotFile `json:"files"`

	unread bool // the bucket did not give it: it may be whole
}

type snapshotFile struct {
	Name   string `json:"name"` // slash-separated
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

var errSnapshotDamaged = errors.New("it is not what was written")

// snapshots are the lists of all copies that can be read, newest first, by key.
func (a *App) snapshots(ctx context.Context) (keys []string, lists []snapshot, err error) {
	for info, err := range a.bucket.List(ctx, snapshotLists) {
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, info.Key)
	}
	slices.Sort(keys)
	slices.Reverse(keys)
	for _, key := range keys {
		s, err := a.readSnapshot(ctx, key)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			a.log.Warn("the list of a copy of the search index is damaged", "resource", key, "err", err)
			s.unread = !errors.Is(err, errSnapshotDamaged) && !errors.Is(err, blob.ErrNotFound)
		}
		lists = append(lists, s) // one without a format is passed over
	}
	return keys, lists, nil
}

func (a *App) readSnapshot(ctx context.Context, key string) (s snapshot, err error) {
	object, err := a.bucket.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return s, err
	}
	defer object.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(object.Body, maxSnapshot)) // what is longer is none
	if err != nil {
		return s, err
	}
	content, err := unseal(raw)
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		return snapshot{}, fmt.Errorf("%w: %w", errSnapshotDamaged, err)
	}
	for _, f := range s.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) || len(f.SHA256) != 2*sha256.Size || blob.CheckKey(snapshotFiles+f.SHA256) != nil {
			return snapshot{}, fmt.Errorf("%w: a file is called %q", errSnapshotDamaged, f.Name)
		}
	}
	return s, nil
}

// keepSnapshots puts a copy of the index into the bucket every so often, by one node at a time, until the context ends.
func (a *App) keepSnapshots(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(max(every/10, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.snapshotIfDue(ctx, every); err != nil && ctx.Err() == nil {
			a.log.Error("no copy of the search index in the bucket", "err", err)
		}
	}
}

func (a *App) snapshotIfDue(ctx context.Context, every time.Duration) error {
	due, err := a.snapshotDue(ctx, every)
	if err != nil || !due {
		return err
	}
	job, err := a.jobs.Hold(ctx, "index snapshot", "")
	if errors.Is(err, jobs.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	if due, err = a.snapshotDue(job.Context(), every); err == nil && due { // another may just have made one
		err = a.MakeSnapshot(job.Context())
	}
	return errors.Join(err, job.Finish(context.WithoutCancel(ctx), nil))
}

// snapshotDue reports whether the newest copy is old, and the index has more than it.
func (a *App) snapshotDue(ctx context.Context, every time.Duration) (bool, error) {
	seq := a.Search.Seq()
	if seq == 0 || a.indexer.state() != "" {
		return false, nil
	}
	feed, err := a.feedName(ctx)
	if err != nil {
		return false, err
	}
	_, lists, err := a.snapshots(ctx)
	if err != nil {
		return false, err
	}
	for _, s := range lists {
		if s.Format == snapshotFormat && s.Feed == feed && (s.Seq >= seq || a.now().Sub(s.Made) < every) {
			return false, nil
		}
	}
	return true, nil
}

// MakeSnapshot puts a copy of the search index into the bucket, and removes all but the newest two. One node at a time may.
func (a *App) MakeSnapshot(ctx context.Context) (err error) {
	feed, err := a.feedName(ctx)
	if err != nil {
		return err
	}
	s := snapshot{Format: snapshotFormat, Feed: feed, Seq: a.Search.Seq(), Made: a.now().UTC()}
	dir := filepath.Join(a.Config.Data, "snapshot")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := a.Search.Snapshot(ctx, dir); err != nil {
		return err
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := a.putSnapshotFile(ctx, path)
		f.Name = filepath.ToSlash(name)
		s.Files = append(s.Files, f)
		return err
	})
	if err != nil {
		return err
	}
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sealed, err := seal(content)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s%s-%d", snapshotLists, s.Made.Format("20060102T150405.000000Z"), s.Seq)
	if _, err := a.bucket.Put(ctx, key, bytes.NewReader(sealed), blob.Always()); err != nil {
		return err
	}
	return a.pruneSnapshots(ctx)
}

func (a *App) putSnapshotFile(ctx context.Context, path string) (s snapshotFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	sum := sha256.New()
	if s.Size, err = io.Copy(sum, f); err != nil {
		return s, err
	}
	s.SHA256 = hex.EncodeToString(sum.Sum(nil))
	_, err = a.bucket.Put(ctx, snapshotFiles+s.SHA256, f, blob.IfAbsent())
	if errors.Is(err, blob.ErrConflict) {
		err = nil // an earlier copy has it
	}
	return s, err
}

// pruneSnapshots removes all copies but the newest, and files that none of those has.
func (a *App) pruneSnapshots(ctx context.Context) error {
	keys, lists, err := a.snapshots(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(lists, func(s snapshot) bool { return s.unread }) {
		return nil // it is not known which files it needs; the next time is soon
	}
	needed := map[string]bool{}
	kept := 0
	for i, s := range lists {
		if s.Format == snapshotFormat && kept < snapshotsKept {
			kept++
			for _, f := range s.Files {
				needed[snapshotFiles+f.SHA256] = true
			}
			continue
		}
		if err := a.bucket.Delete(ctx, keys[i]); err != nil {
			return err
		}
	}
	for info, err := range a.bucket.List(ctx, snapshotFiles) {
		if err != nil {
			return err
		}
		if !needed[info.Key] {
			if err := a.bucket.Delete(ctx, info.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// adoptSnapshot starts the index from the newest copy that is whole. It is false where there is none.
func (a *App) adoptSnapshot(ctx context.Context) (bool, error) {
	feed, err := a.feedName(ctx)
	if err != nil {
		return false, err
	}
	newest, err := a.Catalog.Seq(ctx)
	if err != nil {
		return false, err
	}
	keys, lists, err := a.snapshots(ctx)
	if err != nil {
		return false, err
	}
	for i, s := range lists {
		if s.Format != snapshotFormat || s.Feed != feed {
			continue
		}
		err := a.Search.Adopt(ctx, a.Catalog, newest, func(dir string) error { return a.bringSnapshot(ctx, s, dir) })
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err == nil {
			a.log.Info("search index started from a copy in the bucket", "resource", keys[i])
			return true, nil
		}
		a.log.Warn("a copy of the search index cannot be used", "resource", keys[i], "err", err)
		if errors.Is(err, errSnapshotDamaged) || errors.Is(err, blob.ErrNotFound) { // then another one is due
			if err := a.bucket.Delete(ctx, keys[i]); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// bringSnapshot fills a folder with the files of a copy, each compared with its checksum.
func (a *App) bringSnapshot(ctx context.Context, s snapshot, dir string) error {
	for _, f := range s.Files {
		if err := a.bringSnapshotFile(ctx, f, filepath.Join(dir, filepath.FromSlash(f.Name))); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (a *App) bringSnapshotFile(ctx context.Context, f snapshotFile, path string) (err error) {
	object, err := a.bucket.Get(ctx, snapshotFiles+f.SHA256, blob.GetOptions{})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(object.Body, f.Size+1))
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if n != f.Size || !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), f.SHA256) {
		// So that the next copy writes it again.
		return errors.Join(errSnapshotDamaged, a.bucket.Delete(ctx, snapshotFiles+f.SHA256))
	}
	return nil
}
