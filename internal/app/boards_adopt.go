package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Adopt creates a list that follows another board's: all of its entries are on it, as long as they are there, but for those
// that are left out. The key that signs it now is the one that it must be signed with from then on.
func (b *Boards) Adopt(ctx context.Context, about approval.About, address string, by approval.Actor) (*approval.List, error) {
	up, text, err := b.upstream(ctx, address)
	if err != nil {
		return nil, err
	}
	if peer, ok := b.peerOf(ctx, up.URL); ok && peer.Key != "" && peer.Key != keyID(up.Key) {
		return nil, fmt.Errorf("%w: %s is signed with another key than the one that %s shows as its own", kind.ErrDenied, up.URL, peer.Title)
	}
	if about.Title == "" {
		about.Title = up.Title
	}
	return b.take(ctx, about.Slug, by, text, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Created, About: &about}, {Kind: approval.Followed, Upstream: &up}}, nil
	})
}

// take keeps the bytes of a list that a list follows, takes the step to it, and lets go of what no list follows any more:
// the bytes of before or, where the step is refused, these.
func (b *Boards) take(ctx context.Context, slug string, by approval.Actor, text []byte, decide func(*approval.List) ([]approval.Event, error)) (*approval.List, error) {
	sums := []string{approval.Hash(text)}
	if old, err := b.List(ctx, slug); err == nil && old.Follows != nil {
		sums = append(sums, old.Follows.SHA256)
	}
	if _, err := b.Keep(ctx, text); err != nil {
		return nil, err
	}
	l, err := b.Step(ctx, slug, by, decide)
	return l, errors.Join(err, b.release(context.WithoutCancel(ctx), sums))
}

// release lets go of the bytes of lists that no list follows.
func (b *Boards) release(ctx context.Context, sums []string) error {
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	for _, sum := range sums {
		followed := func(l *approval.List) bool { return l.Follows != nil && l.Follows.SHA256 == sum }
		if !slices.ContainsFunc(lists, followed) {
			if err := b.Drop(ctx, sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// upstream reads a list that another is to follow.
func (b *Boards) upstream(ctx context.Context, address string) (approval.Upstream, []byte, error) {
	var text bytes.Buffer
	f, sums, key, err := fetchAll(ctx, b.app.client, address, &text)
	if err != nil {
		return approval.Upstream{}, nil, err
	}
	if strings.HasPrefix(f.ID, b.app.Config.BaseURL+"/lists/") {
		return approval.Upstream{}, nil, fmt.Errorf("%w: %s is a list of this server", kind.ErrInvalid, f.ID)
	}
	asked, err := url.Parse(address)
	named, nerr := url.Parse(f.ID)
	if err := errors.Join(err, nerr); err != nil || !strings.EqualFold(asked.Host, named.Host) {
		return approval.Upstream{}, nil, fmt.Errorf("%w: %s says that it is %s", kind.ErrInvalid, address, f.ID)
	}
	return approval.Upstream{
		URL: f.ID, Title: f.Name, Board: f.Publisher.Name, Key: approval.AuthorizedKey(key), SHA256: sums.SHA256, Version: f.Version,
		Modified: f.Modified, Entries: len(f.Items),
	}, text.Bytes(), nil
}

// keyID names a key as peers' are kept.
func keyID(authorized string) string {
	key, err := approval.ParseAuthorizedKey(authorized)
	if err != nil {
		return ""
	}
	return federation.KeyID(key)
}

// peerOf is the peer that an address is of.
func (b *Boards) peerOf(ctx context.Context, address string) (federation.Peer, bool) {
	peers, err := b.app.Catalog.Peers(ctx)
	if err != nil {
		return federation.Peer{}, false
	}
	for _, p := range peers {
		if siteOf(p.URL) == siteOf(address) {
			return p, true
		}
	}
	return federation.Peer{}, false
}

// Sync takes over the newest state of the list that a list follows. It reports whether there was one.
func (b *Boards) Sync(ctx context.Context, slug string) (bool, error) {
	l, err := b.List(ctx, slug)
	if err != nil || l.Follows == nil {
		return false, err
	}
	if b.upToDate(ctx, *l.Follows) {
		return false, nil
	}
	up, text, err := b.upstream(ctx, l.Follows.URL)
	if err != nil {
		return false, err
	}
	if err := b.noteKey(ctx, slug, l.Follows.Key, up.Key); err != nil {
		return false, err
	}
	by := approval.Actor{Name: l.Board, Display: l.BoardTitle, Chair: true} // what the board decided when it followed the list
	_, err = b.take(ctx, slug, by, text, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Synced, Upstream: &up}}, nil
	})
	if approval.Code(err) == "same" {
		return false, nil
	}
	return err == nil, err
}

// upToDate reports whether the server of a list that is followed names the very bytes that are held, so that nothing large
// is read for nothing.
func (b *Boards) upToDate(ctx context.Context, up approval.Upstream) bool {
	if there, err := b.Holds(ctx, up.SHA256); err != nil || !there {
		return false
	}
	text, err := get(ctx, b.app.client, siteOf(up.URL)+"/lists.json", approval.MaxIndex)
	if err != nil {
		return false
	}
	x, err := approval.ReadIndex(text)
	same := func(it approval.IndexItem) bool { return it.URL == up.URL && it.SHA256 == up.SHA256 }
	return err == nil && x.Key == up.Key && slices.ContainsFunc(x.Lists, same)
}

// tend keeps lists what they should be until the server stops.
func (b *Boards) tend(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := b.Settle(ctx); err != nil && ctx.Err() == nil {
			b.app.log.Error("lists not settled", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lists, err := b.Lists(ctx)
		if err != nil {
			continue // Settle says so
		}
		for _, l := range lists {
			if l.Follows == nil {
				continue
			}
			if _, err := b.Sync(ctx, l.Slug); err != nil && ctx.Err() == nil {
				b.app.log.Warn("list not followed", "peer", l.Follows.URL, "err", err)
			}
		}
	}
}
