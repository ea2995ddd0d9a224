package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// keeper copies what cannot be derived, accounts and peers, from SQL into the bucket, so that the bucket alone brings
// everything back.
type keeper struct {
	bucket   blob.Store
	accounts *accounts.Service
	catalog  *catalog.Catalog
	mu       sync.Mutex
	last     map[string][]byte
}

const (
	accountsKey = "backup/accounts.json"
	peersKey    = "backup/peers.json"
	// keepEvery is how long a new account or peer may be in SQL only.
	keepEvery = 2 * time.Second
)

// restore brings accounts and peers back where SQL is new.
func (k *keeper) restore(ctx context.Context) error {
	b, err := readBlob(ctx, k.bucket, accountsKey, maxBackup)
	if err == nil {
		err = k.accounts.Import(ctx, b)
	}
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("restore accounts: %w", err)
	}
	var peers []federation.Peer
	err = readJSON(ctx, k.bucket, peersKey, &peers)
	for _, p := range peers {
		if err == nil {
			err = k.catalog.SavePeer(ctx, p)
		}
	}
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("restore peers: %w", err)
	}
	return nil
}

// keep writes what has changed since the last time.
func (k *keeper) keep(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
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
	list, err := json.Marshal(peers)
	if err != nil {
		return err
	}
	for key, now := range map[string][]byte{accountsKey: everybody, peersKey: list} {
		if bytes.Equal(k.last[key], now) {
			continue
		}
		if _, err := k.bucket.Put(ctx, key, bytes.NewReader(now), blob.Always()); err != nil {
			return fmt.Errorf("keep %s: %w", key, err)
		}
		if k.last == nil {
			k.last = map[string][]byte{}
		}
		k.last[key] = now
	}
	return nil
}
