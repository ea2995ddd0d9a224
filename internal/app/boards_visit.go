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

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// maxLists bounds how many lists of one peer are held.
const maxLists = 200

// foreignPrefix is where lists of peers are kept: decisions/foreign/<peer>/<slug>.
const foreignPrefix = "decisions/foreign/"

// foreign is a list of a peer as it was last seen. Its bytes are kept under their hash.
type foreign struct {
	URL    string    `json:"url"`
	Slug   string    `json:"slug"`
	Peer   string    `json:"peer"`
	Title  string    `json:"title"`
	Board  string    `json:"board"`
	SHA256 string    `json:"sha256"`
	Key    string    `json:"key"`
	Seen   time.Time `json:"seen"`
}

// Visit takes over the lists of a peer, to be shown beside what it approves, and has lists that follow them follow. A peer
// that is no server of our kind has none.
func (b *Boards) Visit(ctx context.Context, name string) error {
	b.visiting.Lock()
	defer b.visiting.Unlock()
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
	if err != nil || len(x.Lists) > maxLists {
		return errors.Join(err, b.unseen(ctx, name, nil))
	}
	if p.Key != "" && p.Key != keyID(x.Key) {
		return fmt.Errorf("%w: the lists of %s are signed with another key than the one that it shows as its own", kind.ErrDenied, p.Title)
	}
	var errs []error
	var slugs []string
	for _, it := range x.Lists {
		if siteOf(it.URL) != siteOf(p.URL) {
			continue
		}
		slugs = append(slugs, it.Slug)
		if err := b.see(ctx, p, x, it); err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", it.URL, err))
		}
	}
	errs = append(errs, b.unseen(ctx, name, slugs))
	lists, err := b.Lists(ctx)
	for _, l := range lists {
		if l.Follows != nil && siteOf(l.Follows.URL) == siteOf(p.URL) {
			if _, err := b.Sync(ctx, l.Slug); err != nil {
				errs = append(errs, fmt.Errorf("follow %s: %w", l.Follows.URL, err))
			}
		}
	}
	b.badges.forget()
	return errors.Join(append(errs, err, b.enlist(ctx))...)
}

// enlist makes what is in force on the lists of peers the members of sets that are named by peer and list, and ends the sets
// of lists that are not held any more.
func (b *Boards) enlist(ctx context.Context) error {
	others, err := b.foreign(ctx)
	if err != nil {
		return err
	}
	var errs []error
	held := map[string]bool{}
	for _, o := range others {
		set := approval.IndexItem{Peer: o.Peer, Slug: o.Slug}.Set()
		held[set] = true
		f, err := b.kept(ctx, o.SHA256)
		if err == nil {
			err = b.members(ctx, set, f)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", o.URL, err))
		}
	}
	known, err := b.app.Catalog.Lists(ctx)
	for _, set := range known {
		if strings.Contains(set, "/") && !held[set] {
			errs = append(errs, b.members(ctx, set, approval.File{}))
		}
	}
	return errors.Join(append(errs, err)...)
}

// see takes over one list of a peer, unless it is held already as it is.
func (b *Boards) see(ctx context.Context, p federation.Peer, x approval.Index, it approval.IndexItem) error {
	key := foreignPrefix + p.Name + "/" + it.Slug
	old, lost := b.readForeign(ctx, key)
	if lost == nil && old.SHA256 == it.SHA256 && old.Key == x.Key {
		return nil
	}
	f, text, signer, err := FetchList(ctx, b.app.client, it.URL)
	if err != nil {
		return err
	}
	if approval.AuthorizedKey(signer) != x.Key {
		return fmt.Errorf("%w: it is signed with another key than its server names", kind.ErrDenied)
	}
	if f.ID != it.URL { // what is shown beside materials is the name and the address that are in the file
		return fmt.Errorf("%w: it says that it is %s", kind.ErrDenied, f.ID)
	}
	if lost == nil && old.Key == x.Key {
		// What was signed once stays signed: an older state, brought back, would approve again what was withdrawn.
		if before, err := b.kept(ctx, old.SHA256); err == nil && f.Version < before.Version {
			return fmt.Errorf("%w: version %d is older than version %d, which was seen", kind.ErrDenied, f.Version, before.Version)
		}
	}
	sum, err := b.Keep(ctx, text)
	if err != nil {
		return err
	}
	doc, err := json.Marshal(foreign{
		URL: it.URL, Slug: it.Slug, Peer: p.Name, Title: f.Name, Board: f.Publisher.Name, SHA256: sum, Key: x.Key, Seen: b.app.now().UTC(),
	})
	if err != nil {
		return err
	}
	_, err = b.app.bucket.Put(ctx, key, bytes.NewReader(doc), blob.Always())
	return err
}

// unseen forgets the lists of a peer that it does not have any more.
func (b *Boards) unseen(ctx context.Context, peer string, still []string) error {
	prefix := foreignPrefix + peer + "/"
	for info, err := range b.app.bucket.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if !slices.Contains(still, strings.TrimPrefix(info.Key, prefix)) {
			if err := b.app.bucket.Delete(ctx, info.Key); err != nil {
				return err
			}
		}
	}
	return nil
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
