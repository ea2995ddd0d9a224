package backup

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

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
	plain, tag, err := w.fetch(ctx, info.Key)
	if err != nil {
		return "", err
	}
	defer plain.close()
	if also != nil {
		body, err := plain.body()
		if err == nil {
			_, err = io.Copy(also, body)
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", info.Key, err)
		}
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
	return tag, w.took(ctx, seen{Entry: Entry{Key: info.Key, Size: plain.size, SHA256: sum, Object: name}, Tag: tag})
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
