package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// One writer at a time: a backup relies on objects that are there, and a prune deletes those that no backup needs. The
// writer's name is in a blob that it replaces every so often, on the condition that it is still its own. Who finds a name
// there waits for the whole of a lease, by its own clock, and takes over if nothing was replaced meanwhile. A writer that
// cannot replace it in time gives up, and does what counts only in the first half of a lease.
//
// A process may be frozen at any moment and go on after another has taken over, before any of its timers has run. So right before
// each single thing that another must not find done, it looks at the clock (lock.commit). What is left is one request for each
// worker that was under way, or just about to be, when it was frozen: no store that has conditional writes alone can refuse that.
const lease = 20 * time.Second

// ErrBusy says that another writes to the vault.
var ErrBusy = fmt.Errorf("%w: another backup or prune is under way there", kind.ErrConflict)

type holder struct {
	Holder string `json:"holder"` // empty: nobody
	Beat   int64  `json:"beat"`   // so that every state has a tag of its own
}

type lock struct {
	store blob.Store
	lease time.Duration
	now   func() time.Time
	name  string

	mu   sync.Mutex
	tag  blob.Tag
	beat int64
}

// acquire takes the vault for a writer. The context that it returns ends when the vault is lost.
func (v *Vault) acquire(ctx context.Context) (context.Context, *lock, func() error, error) {
	lease := v.lease
	l := &lock{store: v.store, lease: lease, now: v.now, name: rand.Text()}
	if err := l.take(ctx); err != nil {
		return nil, nil, nil, err
	}
	held, lose := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() {
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-held.Done():
				return
			case <-time.After(lease / 5):
			}
			began := time.Now()
			err := l.renew(held)
			switch {
			case err == nil:
				last = began
			case errors.Is(err, blob.ErrConflict) || time.Since(last) > lease*3/5:
				lose(fmt.Errorf("the vault was lost to another writer: %w", err))
				return
			}
		}
	})
	release := func() error {
		close(stop)
		beats.Wait()
		lose(context.Canceled)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
		defer cancel()
		if err := l.put(ctx, ""); err != nil && !errors.Is(err, blob.ErrConflict) {
			return fmt.Errorf("unlock the vault: %w", err)
		}
		return nil
	}
	return held, l, release, nil
}

func (l *lock) take(ctx context.Context) error {
	for tries := 0; ; tries++ {
		raw, err := l.store.Get(ctx, lockKey, blob.GetOptions{})
		var found holder
		var tag blob.Tag
		if err == nil {
			_ = json.NewDecoder(raw.Body).Decode(&found) // what cannot be read is nobody's
			tag = raw.Tag
			_ = raw.Body.Close()
		} else if !errors.Is(err, blob.ErrNotFound) {
			return fmt.Errorf("lock the vault: %w", err)
		}
		if found.Holder != "" && (l.tag != tag || tries == 0) {
			if tries > 0 {
				return ErrBusy
			}
			l.tag = tag
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(l.lease):
			}
			continue
		}
		l.tag, l.beat = tag, found.Beat
		switch err := l.put(ctx, l.name); {
		case errors.Is(err, blob.ErrConflict):
			return ErrBusy
		case err != nil:
			return fmt.Errorf("lock the vault: %w", err)
		}
		return nil
	}
}

func (l *lock) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.lease/5)
	defer cancel()
	return l.put(ctx, l.name)
}

func (l *lock) put(ctx context.Context, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beat++
	raw, err := json.Marshal(holder{Holder: name, Beat: l.beat})
	if err != nil {
		return err
	}
	tag, err := l.store.Put(ctx, lockKey, bytes.NewReader(raw), blob.IfMatch(l.tag))
	if err == nil {
		l.tag = tag
		return nil
	}
	if stored, rerr := l.store.Get(ctx, lockKey, blob.GetOptions{}); rerr == nil { // perhaps only the answer was lost
		defer stored.Body.Close()
		var now holder
		if json.NewDecoder(stored.Body).Decode(&now) == nil && now == (holder{Holder: name, Beat: l.beat}) && name != "" {
			l.tag = stored.Tag
			return nil
		}
	}
	return err
}

// commit does what must not be done by two: right after the vault was seen to be held, and not for long. Right before each single
// thing f asks held, and stops where that has an error.
func (l *lock) commit(ctx context.Context, f func(ctx context.Context, held func() error) error) error {
	began := l.now()
	if err := l.renew(ctx); err != nil {
		return fmt.Errorf("the vault was lost to another writer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, l.lease/2)
	defer cancel()
	return f(ctx, func() error {
		now := l.now()
		// By both clocks of this machine: one stands still while it sleeps, the other may be set.
		if took := max(now.Sub(began), now.Round(0).Sub(began.Round(0))); took > l.lease/2 {
			return fmt.Errorf("the vault may be another writer's by now: nothing was done here for %s", took.Round(time.Millisecond))
		}
		return ctx.Err()
	})
}
