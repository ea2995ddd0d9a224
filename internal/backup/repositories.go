package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

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
		tag, err := w.take(ctx, blob.Info{Key: info.Key, Size: -1}, &limited{kept: &raw, left: maxDecoded}, nil)
		if errors.Is(err, blob.ErrNotFound) {
			return nil
		}
		if err != nil {
			return w.without(ctx, info.Key, err)
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

// limited refuses more than so many bytes, whoever writes: a buffer's own ReadFrom is no way in.
type limited struct {
	kept *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("%w: larger than a manifest can be", errHarmed)
	}
	return l.kept.Write(p)
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
		if errors.Is(err, blob.ErrNotFound) {
			mu.Lock()
			defer mu.Unlock()
			gone = append(gone, p.Key)
			return nil
		}
		return w.without(ctx, p.Key, err)
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
