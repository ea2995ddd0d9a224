package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// keeper copies what cannot be derived, accounts and peers, from SQL into the bucket, so that the bucket alone brings
// everything back. The copy is read into a new database only: in any other one it could bring back what was revoked.
type keeper struct {
	bucket   blob.Store
	accounts *accounts.Service
	catalog  *catalog.Catalog
	jobs     *jobs.Queue // where other nodes keep too; else nil
	mu       sync.Mutex
	last     map[string][]byte // what the bucket has, where nobody else writes it
	floor    catalog.Floor     // that the bucket has, where nobody else writes it; the zero value: not known yet
	reach    atomic.Int64      // Seq of floor
	audited  int64             // number of the newest event of the audit log that the bucket has; -1: not known yet
}

const (
	accountsKey = "backup/accounts.json"
	peersKey    = "backup/peers.json"
	// keepEvery is how long a change that did not reach the bucket at once waits for the next attempt.
	keepEvery = 2 * time.Second
	// keepEveryShared is that where nodes share the work, and each must look at what the bucket has.
	keepEveryShared = 30 * time.Second
	// keepTime bounds the copy of one change, whose request may have ended.
	keepTime = 30 * time.Second
	// restoredSetting marks a database that has taken what the bucket had.
	restoredSetting = "restored"
)

// restore brings accounts and peers back where SQL is new. It changes nothing in the bucket, and must have succeeded
// before keep may.
func (k *keeper) restore(ctx context.Context) error {
	done, err := k.catalog.Setting(ctx, restoredSetting)
	if err != nil || done != "" {
		return err
	}
	everybody, err := k.read(ctx, accountsKey)
	if err != nil {
		return fmt.Errorf("restore accounts: %w", err)
	}
	list, err := k.read(ctx, peersKey)
	if err != nil {
		return fmt.Errorf("restore peers: %w", err)
	}
	var peers []federation.Peer
	if list != nil {
		d := json.NewDecoder(bytes.NewReader(list))
		d.DisallowUnknownFields()
		if err := d.Decode(&peers); err != nil {
			return fmt.Errorf("restore peers: %w", damaged(peersKey, err))
		}
	}
	if everybody != nil {
		if err := k.accounts.Import(ctx, everybody); err != nil {
			return fmt.Errorf("restore accounts from %s: %w", accountsKey, err)
		}
	}
	for _, p := range peers {
		if err := k.catalog.SavePeer(ctx, p); err != nil {
			return fmt.Errorf("restore peers from %s: %w", peersKey, err)
		}
	}
	if err := k.restoreClock(ctx); err != nil {
		return fmt.Errorf("restore the numbers of changes: %w", err)
	}
	if err := k.restoreAudit(ctx); err != nil {
		return fmt.Errorf("restore the audit log: %w", err)
	}
	return k.catalog.SetSetting(ctx, restoredSetting, "1")
}

// read returns what an object keeps; nil where there is no such object.
func (k *keeper) read(ctx context.Context, key string) ([]byte, error) {
	object, err := readBlob(ctx, k.bucket, key, maxBackup)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content, err := unseal(object)
	if err != nil {
		return nil, damaged(key, err)
	}
	return content, nil
}

// damaged says what can be done about an object that cannot be read.
func damaged(key string, err error) error {
	what := strings.TrimSuffix(strings.TrimPrefix(key, "backup/"), ".json")
	return fmt.Errorf("%s in the bucket is damaged (%w): restore it from a backup, or remove it to begin without %s; %s is the copy before the last change",
		key, err, what, previous(key))
}

// previous is the key of the copy before the last change.
func previous(key string) string { return strings.TrimSuffix(key, ".json") + ".previous.json" }

// changed keeps a change that was just committed, even if who asked for it has gone.
func (k *keeper) changed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := k.keep(ctx); err != nil {
		return fmt.Errorf("the change is made, but its copy in the bucket is not: %w", err)
	}
	return nil
}

// keep writes what the bucket does not have yet.
func (k *keeper) keep(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.jobs == nil {
		return k.copy(ctx)
	}
	// One node at a time reads SQL and then writes, so that no older copy replaces a newer one.
	job, err := k.jobs.HoldWhenFree(ctx, "keep", "")
	if err != nil {
		return err
	}
	k.last, k.audited = nil, -1
	return errors.Join(k.copy(job.Context()), job.Finish(context.WithoutCancel(ctx), nil))
}

// still calls read while nothing is kept, so that what it reads of the bucket is of one moment; everything is kept before.
func (k *keeper) still(ctx context.Context, read func(context.Context) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.jobs == nil {
		if err := k.copy(ctx); err != nil {
			return err
		}
		return read(ctx)
	}
	job, err := k.jobs.HoldWhenFree(ctx, "keep", "")
	if err != nil {
		return err
	}
	k.last, k.audited = nil, -1
	if err = k.copy(job.Context()); err == nil {
		err = read(job.Context())
	}
	return errors.Join(err, job.Finish(context.WithoutCancel(ctx), nil))
}

// copy writes what the bucket does not have yet. One call at a time is under way.
func (k *keeper) copy(ctx context.Context) error {
	everybody, err := k.accounts.Export(ctx)
	if err != nil {
		return err
	}
	peers, err := k.catalog.Peers(ctx)
	if err != nil {
		return err
	}
	for i := range peers {
		peers[i].State, peers[i].Records = federation.State{}, 0 // a new catalog harvests everything anew
	}
	if peers == nil {
		peers = []federation.Peer{}
	}
	list, err := json.Marshal(peers)
	if err != nil {
		return err
	}
	if err := k.keepAudit(ctx); err != nil {
		return fmt.Errorf("keep the audit log: %w", err)
	}
	if err := k.put(ctx, accountsKey, everybody); err != nil {
		return fmt.Errorf("keep accounts: %w", err)
	}
	if err := k.put(ctx, peersKey, list); err != nil {
		return fmt.Errorf("keep peers: %w", err)
	}
	if err := k.keepClock(ctx); err != nil {
		return fmt.Errorf("keep the numbers of changes: %w", err)
	}
	return nil
}

// put replaces an object whose content is another one, and keeps the one that is replaced beside it.
func (k *keeper) put(ctx context.Context, key string, content []byte) error {
	sealed, err := seal(content)
	if err != nil || bytes.Equal(k.last[key], sealed) {
		return err
	}
	old, err := readBlob(ctx, k.bucket, key, maxBackup)
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return err
	}
	if !bytes.Equal(old, sealed) {
		if _, damage := unseal(old); damage == nil {
			if _, err := k.bucket.Put(ctx, previous(key), bytes.NewReader(old), blob.Always()); err != nil {
				return err
			}
		}
		if _, err := k.bucket.Put(ctx, key, bytes.NewReader(sealed), blob.Always()); err != nil {
			return err
		}
	}
	if k.last == nil {
		k.last = map[string][]byte{}
	}
	k.last[key] = sealed
	return nil
}
