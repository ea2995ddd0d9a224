package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// trustPrefix is where the keys of peers' lists are kept: decisions/trust/<peer>.
const trustPrefix = "decisions/trust/"

// trust says which key a peer's lists are signed with. The first one that a peer shows is taken; another is refused until
// an administrator takes it.
type trust struct {
	Key     string              `json:"key"` // as OpenSSH writes it
	Since   time.Time           `json:"since"`
	By      string              `json:"by,omitempty"` // the account that took it; "" for the first one
	Refused approval.RefusedKey `json:"refused,omitzero"`
}

func (b *Boards) trust(ctx context.Context, peer string) (t trust, err error) {
	text, err := readBlob(ctx, b.app.bucket, trustPrefix+peer, 64<<10)
	if errors.Is(err, blob.ErrNotFound) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

func (b *Boards) saveTrust(ctx context.Context, peer string, t trust) error {
	return putJSON(ctx, b.app.bucket, trustPrefix+peer, t, blob.Always())
}

// trusts refuses a key that is not the one that a peer's lists are signed with, and remembers the refusal. Where the peer
// shows a key of its own beside its records, lists are signed with that one, unless an administrator took another.
func (b *Boards) trusts(ctx context.Context, p federation.Peer, key string) error {
	t, err := b.trust(ctx, p.Name)
	if err != nil {
		return err
	}
	now := b.app.now().UTC().Truncate(time.Second)
	good := t.Key == key
	if t.By == "" && p.Key != "" {
		good = keyID(key) == p.Key
	} else if t.Key == "" {
		good = true
	}
	switch {
	case good && t.Key == key && t.Refused.Key == "":
		return nil
	case good:
		if t.Key != key {
			t.Key, t.Since, t.By = key, now, ""
		}
		t.Refused = approval.RefusedKey{}
		return b.saveTrust(ctx, p.Name, t)
	}
	if t.Refused.Key != key {
		t.Refused = approval.RefusedKey{Key: key, At: now}
		if err := b.saveTrust(ctx, p.Name, t); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: the lists of %s are signed with another key than before; an administrator takes it on the page of the peer", kind.ErrDenied, p.Title)
}

// RefusedKey is the key that the lists of a peer are signed with now and that is not the one of before; its Key is "" where
// there is none.
func (b *Boards) RefusedKey(ctx context.Context, peer string) (approval.RefusedKey, error) {
	t, err := b.trust(ctx, peer)
	t.Refused.Before = t.Key
	return t.Refused, err
}

// TakeKey has the lists of a peer be signed with another key from now on, which must be the one that was refused. What they
// are is seen with the next visit.
func (b *Boards) TakeKey(ctx context.Context, peer, key, by string) error {
	if _, err := b.app.Catalog.Peer(ctx, peer); err != nil {
		return err
	}
	t, err := b.trust(ctx, peer)
	if err != nil {
		return err
	}
	if t.Refused.Key == "" || t.Refused.Key != key {
		return fmt.Errorf("%w: the lists of %s are signed with another key again since you read about it", kind.ErrConflict, peer)
	}
	return b.saveTrust(ctx, peer, trust{Key: key, Since: b.app.now().UTC().Truncate(time.Second), By: by})
}
