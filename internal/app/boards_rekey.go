package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// followedPrefix is where keys are kept that lists which are followed are signed with, and were not before:
// decisions/followed/<list>.
const followedPrefix = "decisions/followed/"

// noteKey remembers that the list that a list follows is signed with another key than before, or that it is not any more.
func (b *Boards) noteKey(ctx context.Context, slug, before, now string) error {
	old, err := b.followedKey(ctx, slug)
	if err != nil {
		return err
	}
	switch {
	case now == before && old.Key != "":
		return b.app.bucket.Delete(ctx, followedPrefix+slug)
	case now == before, old.Key == now:
		return nil
	}
	return putJSON(ctx, b.app.bucket, followedPrefix+slug, approval.RefusedKey{Key: now, At: b.app.now().UTC().Truncate(time.Second)}, blob.Always())
}

func (b *Boards) followedKey(ctx context.Context, slug string) (k approval.RefusedKey, err error) {
	text, err := readBlob(ctx, b.app.bucket, followedPrefix+slug, 64<<10)
	if errors.Is(err, blob.ErrNotFound) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	return k, err
}

// FollowedKey is the key that the list which a list follows is signed with now, and that is not the one of before; its Key is
// "" where there is none. As long as there is one, nothing of that list is taken over.
func (b *Boards) FollowedKey(ctx context.Context, l *approval.List) (k approval.RefusedKey, err error) {
	if l.Follows == nil {
		return k, nil
	}
	if k, err = b.followedKey(ctx, l.Slug); err != nil || k.Key == l.Follows.Key {
		return approval.RefusedKey{}, err
	}
	k.Before = l.Follows.Key
	return k, nil
}

// TakeFollowedKey has a list go on following a list that is signed with another key, and takes over what is signed with it.
// The key must be the one that was read about; the log of the list says which one took the place of which.
func (b *Boards) TakeFollowedKey(ctx context.Context, slug, key string, by approval.Actor) error {
	l, err := b.List(ctx, slug)
	if err != nil {
		return err
	}
	known, err := b.FollowedKey(ctx, l)
	if err != nil {
		return err
	}
	if known.Key == "" || known.Key != key {
		return fmt.Errorf("%w: the list is signed with another key again since you read about it", kind.ErrConflict)
	}
	up, text, err := b.upstream(ctx, l.Follows.URL)
	if err != nil {
		return err
	}
	if up.Key != key {
		return errors.Join(fmt.Errorf("%w: the list is signed with another key again since you read about it", kind.ErrConflict), b.noteKey(ctx, slug, l.Follows.Key, up.Key))
	}
	if peer, ok := b.peerOf(ctx, up.URL); ok && peer.Key != "" && peer.Key != keyID(up.Key) {
		return fmt.Errorf("%w: %s is signed with another key than the one that %s shows as its own", kind.ErrDenied, up.URL, peer.Title)
	}
	note := fingerprintOf(known.Before) + " → " + fingerprintOf(key)
	_, err = b.take(ctx, slug, by, text, func(now *approval.List) ([]approval.Event, error) {
		if now.Follows == nil || now.Follows.Key != known.Before {
			return nil, fmt.Errorf("%w: another key was taken meanwhile", kind.ErrConflict)
		}
		return []approval.Event{{Kind: approval.Followed, Upstream: &up, Note: note}}, nil
	})
	if err != nil {
		return err
	}
	return b.app.bucket.Delete(ctx, followedPrefix+slug)
}

// fingerprintOf is the fingerprint of a key as OpenSSH writes it.
func fingerprintOf(authorized string) string {
	key, err := approval.ParseAuthorizedKey(authorized)
	if err != nil {
		return "?"
	}
	return approval.Fingerprint(key)
}
