package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Adopt creates a list that follows another board's: all of its entries are on it, as long as they are there, but for those
// that are left out. The key that signs it now is the one that it must be signed with from then on.
func (b *Boards) Adopt(ctx context.Context, about approval.About, address string, by approval.Actor) (*approval.List, error) {
	up, err := b.upstream(ctx, address)
	if err != nil {
		return nil, err
	}
	if peer, ok := b.peerOf(ctx, up.URL); ok && peer.Key != "" && peer.Key != keyID(up.Key) {
		return nil, fmt.Errorf("%w: %s is signed with another key than the one that %s shows as its own", kind.ErrDenied, up.URL, peer.Title)
	}
	if about.Title == "" {
		about.Title = up.Title
	}
	return b.Step(ctx, about.Slug, by, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Created, About: &about}, {Kind: approval.Followed, Upstream: &up}}, nil
	})
}

// upstream reads a list and keeps its bytes.
func (b *Boards) upstream(ctx context.Context, address string) (approval.Upstream, error) {
	f, text, key, err := FetchList(ctx, b.app.client, address)
	if err != nil {
		return approval.Upstream{}, err
	}
	if strings.HasPrefix(f.ID, b.app.Config.BaseURL+"/lists/") {
		return approval.Upstream{}, fmt.Errorf("%w: %s is a list of this server", kind.ErrInvalid, f.ID)
	}
	asked, err := url.Parse(address)
	named, nerr := url.Parse(f.ID)
	if err := errors.Join(err, nerr); err != nil || !strings.EqualFold(asked.Host, named.Host) {
		return approval.Upstream{}, fmt.Errorf("%w: %s says that it is %s", kind.ErrInvalid, address, f.ID)
	}
	sum, err := b.Keep(ctx, text)
	return approval.Upstream{
		URL: f.ID, Title: f.Name, Board: f.Publisher.Name, Key: approval.AuthorizedKey(key), SHA256: sum, Version: f.Version,
		Modified: f.Modified, Entries: len(f.Items),
	}, err
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
	up, err := b.upstream(ctx, l.Follows.URL)
	if err != nil {
		return false, err
	}
	by := approval.Actor{Name: l.Board, Display: l.BoardTitle, Chair: true} // what the board decided when it followed the list
	_, err = b.Step(ctx, slug, by, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Synced, Upstream: &up}}, nil
	})
	if approval.Code(err) == "same" {
		return false, nil
	}
	return err == nil, err
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
