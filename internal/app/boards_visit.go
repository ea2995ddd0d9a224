package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// visitFor bounds the time that the lists of one peer may take.
const visitFor = 10 * time.Minute

// Visit takes over the lists of a peer, to be shown beside what it approves, and has lists that follow them follow. A peer
// that is no server of our kind has none.
func (b *Boards) Visit(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, visitFor)
	defer cancel()
	p, err := b.app.Catalog.Peer(ctx, name)
	if err != nil {
		return err
	}
	text, err := get(ctx, b.app.client, siteOf(p.URL)+"/lists.json", approval.MaxIndex)
	if errors.Is(err, kind.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	x, err := approval.ReadIndex(text)
	if err == nil && len(x.Lists) > b.Room.Lists {
		err = fmt.Errorf("%w: %s has %d lists, and %d are held of a peer", kind.ErrInvalid, p.Title, len(x.Lists), b.Room.Lists)
	}
	if err != nil {
		return errors.Join(err, b.unseen(ctx, name, nil), b.enlist(ctx))
	}
	if err := b.trusts(ctx, p, x.Key); err != nil {
		return err
	}
	err = errors.Join(b.seeAll(ctx, p, x), b.followPeer(ctx, p))
	b.badges.forget()
	return errors.Join(err, b.enlist(ctx))
}

// seeAll takes over the lists that a peer names, as far as they fit into what is held of one.
func (b *Boards) seeAll(ctx context.Context, p federation.Peer, x approval.Index) error {
	var errs []error
	var still []foreign
	there := map[string]bool{}
	for info, err := range b.app.bucket.List(ctx, onForeign+p.Name+"/") {
		if err != nil {
			return err
		}
		there[info.Key] = true
	}
	bytes, items := b.Room.Bytes, b.Room.Entries
	for _, it := range x.Lists {
		if siteOf(it.URL) != siteOf(p.URL) {
			continue
		}
		old, err := b.readForeign(ctx, foreignPrefix+p.Name+"/"+it.Slug)
		if err != nil || !there[old.items()] { // it is read anew
			old = foreign{}
		}
		f, err := b.see(ctx, p, x, it, old, bytes, items)
		if err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", it.URL, err))
		}
		if f.SHA256 == "" || f.Bytes > bytes || f.Entries > items {
			continue // nothing of it is held, or what is does not fit any more
		}
		still = append(still, f)
		bytes, items = bytes-f.Bytes, items-f.Entries
	}
	return errors.Join(append(errs, b.unseen(ctx, p.Name, still))...)
}

// see takes over one list of a peer, unless it is held already as it is, and answers what is held then: the state of before
// where the new one is refused.
func (b *Boards) see(ctx context.Context, p federation.Peer, x approval.Index, it approval.IndexItem, old foreign, bytes int64, items int) (foreign, error) {
	if old.SHA256 == it.SHA256 && old.Key == x.Key {
		return old, nil
	}
	f, sums, signer, err := fetchTo(ctx, b.app.client, it.URL, reading{most: bytes, entries: items, each: shown, to: io.Discard})
	if err != nil {
		return old, err
	}
	switch {
	case approval.AuthorizedKey(signer) != x.Key:
		return old, fmt.Errorf("%w: it is signed with another key than its server names", kind.ErrDenied)
	case f.ID != it.URL: // what is shown beside materials is the name and the address that are in the file
		return old, fmt.Errorf("%w: it says that it is %s", kind.ErrDenied, f.ID)
	case old.Key == x.Key && f.Version < old.Version:
		// What was signed once stays signed: an older state, brought back, would approve again what was withdrawn.
		return old, fmt.Errorf("%w: version %d is older than version %d, which was seen", kind.ErrDenied, f.Version, old.Version)
	}
	now := foreign{
		URL: it.URL, Slug: it.Slug, Peer: p.Name, Title: f.Name, Board: f.Publisher.Name, Version: f.Version, Modified: f.Modified, SHA256: sums.SHA256,
		Key: x.Key, Bytes: sums.Bytes, Entries: len(f.Items), Seen: b.app.now().UTC(),
	}
	return now, b.hold(ctx, now, f.Items, old)
}

// followPeer has the lists that follow one of a peer's follow.
func (b *Boards) followPeer(ctx context.Context, p federation.Peer) error {
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range lists {
		if l.Follows != nil && siteOf(l.Follows.URL) == siteOf(p.URL) {
			if _, err := b.Sync(ctx, l.Slug); err != nil {
				errs = append(errs, fmt.Errorf("follow %s: %w", l.Follows.URL, err))
			}
		}
	}
	return errors.Join(errs...)
}
