package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Where lists of peers are kept: what is known of them, by peer and list, and what is on them.
const (
	foreignPrefix = "decisions/foreign/"
	onForeign     = "decisions/onforeign/"
)

// Room is how much is held of the lists of one peer.
type Room struct {
	Lists   int
	Bytes   int64 // of all of them, as the peer sends them
	Entries int   // of all of them
}

// defaultRoom is what a state has, twice over.
var defaultRoom = Room{Lists: 200, Bytes: approval.MaxForeign, Entries: approval.MaxEntries}

// foreign is a list of a peer as it was last seen.
type foreign struct {
	URL      string    `json:"url"`
	Slug     string    `json:"slug"`
	Peer     string    `json:"peer"`
	Title    string    `json:"title"`
	Board    string    `json:"board"`
	Version  int       `json:"version"`
	Modified string    `json:"modified,omitempty"`
	SHA256   string    `json:"sha256"` // of the signed bytes
	Key      string    `json:"key"`
	Bytes    int64     `json:"bytes"`
	Entries  int       `json:"entries"`
	Seen     time.Time `json:"seen"`
}

func (f foreign) key() string   { return foreignPrefix + f.Peer + "/" + f.Slug }
func (f foreign) items() string { return onForeign + f.Peer + "/" + f.Slug + "/" + f.SHA256 }

// shown is what is held of an entry of a peer's list: what stands beside a resource, and no finding, score or note.
func shown(it approval.FileItem) approval.FileItem {
	w, a := it.Item, it.Approval
	return approval.FileItem{
		Item:     approval.FileWork{ID: w.ID, Identifier: w.Identifier, Name: w.Name, URL: w.URL, Revision: w.Revision, Tree: w.Tree, Version: w.Version},
		Approval: approval.FileApproval{Standing: a.Standing, By: a.By, Decided: a.Decided, Expires: a.Expires},
	}
}

// hold keeps a list of a peer in the place of the state that was held before.
func (b *Boards) hold(ctx context.Context, f foreign, items []approval.FileItem, old foreign) error {
	doc, err := json.Marshal(items)
	if err != nil {
		return err
	}
	if _, err := b.app.bucket.Put(ctx, f.items(), bytes.NewReader(doc), blob.Always()); err != nil {
		return err
	}
	if err := putJSON(ctx, b.app.bucket, f.key(), f, blob.Always()); err != nil {
		return err
	}
	if old.SHA256 != "" && old.items() != f.items() {
		return b.app.bucket.Delete(ctx, old.items())
	}
	return nil
}

// on is what is on a peer's list.
func (b *Boards) on(ctx context.Context, f foreign) (items []approval.FileItem, err error) {
	text, err := readBlob(ctx, b.app.bucket, f.items(), 2*approval.MaxForeign)
	if err == nil {
		err = json.Unmarshal(text, &items)
	}
	return items, err
}

func (b *Boards) readForeign(ctx context.Context, key string) (f foreign, err error) {
	text, err := readBlob(ctx, b.app.bucket, key, 64<<10)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}

// foreign are the lists of peers that are held.
func (b *Boards) foreign(ctx context.Context) (list []foreign, err error) {
	for info, err := range b.app.bucket.List(ctx, foreignPrefix) {
		if err != nil {
			return nil, err
		}
		f, err := b.readForeign(ctx, info.Key)
		if err != nil {
			b.app.log.Warn("a list of a peer cannot be read", "resource", info.Key, "err", err)
			continue
		}
		list = append(list, f)
	}
	return list, nil
}

// unseen forgets the lists of a peer that are not among these, with all that is left of earlier states.
func (b *Boards) unseen(ctx context.Context, peer string, still []foreign) error {
	return errors.Join(
		b.clear(ctx, foreignPrefix+peer+"/", func(key string) bool {
			return slices.ContainsFunc(still, func(f foreign) bool { return f.key() == key })
		}),
		b.clear(ctx, onForeign+peer+"/", func(key string) bool {
			return slices.ContainsFunc(still, func(f foreign) bool { return f.items() == key })
		}))
}

// clear deletes what is under a prefix and is not kept.
func (b *Boards) clear(ctx context.Context, prefix string, keep func(key string) bool) error {
	for info, err := range b.app.bucket.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if !keep(info.Key) {
			if err := b.app.bucket.Delete(ctx, info.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Forget drops all that is held of a peer's lists, and which key signs them.
func (b *Boards) Forget(ctx context.Context, peer string) error {
	b.badges.forget()
	return errors.Join(b.unseen(ctx, peer, nil), b.app.bucket.Delete(ctx, trustPrefix+peer), b.enlist(ctx))
}

// forgetRemoved drops what is held of peers that are none any more, wherever they were removed.
func (b *Boards) forgetRemoved(ctx context.Context) error {
	peers, err := b.app.Catalog.Peers(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, p := range peers {
		known[p.Name] = true
	}
	var errs []error
	for _, prefix := range []string{foreignPrefix, onForeign, trustPrefix} {
		errs = append(errs, b.clear(ctx, prefix, func(key string) bool {
			peer, _, _ := strings.Cut(strings.TrimPrefix(key, prefix), "/")
			return known[peer]
		}))
	}
	return errors.Join(errs...)
}

// enlist makes what is in force on the lists of peers the members of sets that are named by peer and list, and ends the sets
// of lists that are not held any more.
func (b *Boards) enlist(ctx context.Context) error {
	b.enlisting.Lock()
	defer b.enlisting.Unlock()
	others, err := b.foreign(ctx)
	if err != nil {
		return err
	}
	var errs []error
	held := map[string]bool{}
	for _, o := range others {
		set := approval.IndexItem{Peer: o.Peer, Slug: o.Slug}.Set()
		held[set] = true
		items, err := b.on(ctx, o)
		if err == nil {
			err = b.members(ctx, set, items)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", o.URL, err))
		}
	}
	known, err := b.app.Catalog.Lists(ctx)
	for _, set := range known {
		if strings.Contains(set, "/") && !held[set] {
			errs = append(errs, b.members(ctx, set, nil))
		}
	}
	return errors.Join(append(errs, err)...)
}
