package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// Elsewhere are the lists of peers, as they were last seen.
func (b *Boards) Elsewhere(ctx context.Context) ([]approval.IndexItem, error) {
	seen, err := b.badges.of(ctx, b)
	return seen.foreign, err
}

// badges knows what is approved by whom: on the lists of this server and on those of peers.
type badges struct {
	mu    sync.Mutex
	stamp string
	last  table
	at    time.Time
	lists []foreign
	read  time.Time
}

type table struct {
	seen    map[string][]approval.Seen // by OAI identifier
	foreign []approval.IndexItem
}

// foreignFor is how long lists of peers that another node took over may go unseen.
const foreignFor = time.Minute

func (t *badges) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read = time.Time{}
}

// of answers the table, made anew where a list has changed.
func (t *badges) of(ctx context.Context, b *Boards) (table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := b.app.now()
	if age := now.Sub(t.at); t.last.seen != nil && age >= 0 && age < time.Second && !t.read.IsZero() {
		return t.last, nil
	}
	lists, err := b.Lists(ctx)
	if err != nil {
		return table{}, err
	}
	if age := now.Sub(t.read); t.read.IsZero() || age > foreignFor || age < 0 {
		if t.lists, err = b.foreign(ctx); err != nil {
			return table{}, err
		}
		t.read = now
	}
	var stamp strings.Builder
	for _, l := range lists {
		fmt.Fprintf(&stamp, "%s %d\n", l.Slug, l.Version)
	}
	for _, f := range t.lists {
		stamp.WriteString(f.URL + " " + f.SHA256 + "\n")
	}
	t.at = now
	if t.last.seen != nil && stamp.String() == t.stamp {
		return t.last, nil
	}
	fresh, err := b.table(ctx, lists, t.lists)
	if err == nil {
		t.last, t.stamp = fresh, stamp.String()
	}
	return fresh, err
}

func (b *Boards) table(ctx context.Context, lists []*approval.List, others []foreign) (table, error) {
	t := table{seen: map[string][]approval.Seen{}}
	add := func(items []approval.FileItem, on approval.Seen) {
		for _, it := range items {
			on.Item = shown(it)
			t.seen[it.Item.Identifier] = append(t.seen[it.Item.Identifier], on)
		}
	}
	peers, err := b.app.Catalog.Peers(ctx)
	if err != nil {
		return t, err
	}
	titles := map[string]string{}
	for _, p := range peers {
		titles[p.Name] = cmp.Or(p.Title, p.Name)
	}
	for _, l := range lists {
		signed, err := b.Signed(ctx, l.Slug)
		if err != nil {
			return t, err
		}
		f := signed.File
		add(f.Items, approval.Seen{List: f.Name, Board: f.Publisher.Name, URL: f.ID, Slug: l.Slug})
	}
	for _, o := range others {
		items, err := b.on(ctx, o)
		if err != nil {
			b.app.log.Warn("a list of a peer cannot be read", "resource", o.URL, "err", err)
			continue
		}
		t.foreign = append(t.foreign, approval.IndexItem{
			URL: o.URL, Slug: o.Slug, Title: o.Title, Board: o.Board, Version: o.Version, Modified: o.Modified, Entries: o.Entries, SHA256: o.SHA256,
			Peer: o.Peer,
		})
		add(items, approval.Seen{List: o.Title, Board: o.Board, URL: o.URL, Peer: cmp.Or(titles[o.Peer], o.Peer)})
	}
	return t, nil
}

// Seen are the approvals of a resource, on lists of this server and of peers.
func (b *Boards) Seen(ctx context.Context, identifier string) ([]approval.Seen, error) {
	t, err := b.badges.of(ctx, b)
	return t.seen[identifier], err
}

// Index is what this server says of its lists.
func (b *Boards) Index(ctx context.Context) (approval.Index, error) {
	x := approval.Index{
		Format: approval.Format, Name: b.app.Config.Name, Principal: b.Principal(), Key: approval.AuthorizedKey(b.Key()), Lists: []approval.IndexItem{},
	}
	lists, err := b.Lists(ctx)
	if err != nil {
		return x, err
	}
	for _, l := range lists {
		s, err := b.Signed(ctx, l.Slug)
		if err != nil {
			return x, err
		}
		x.Lists = append(x.Lists, approval.IndexItem{
			URL: s.File.ID, Slug: l.Slug, Title: l.Title, Board: s.File.Publisher.Name, Version: l.Version, Modified: s.File.Modified,
			Entries: s.File.Number, SHA256: s.SHA256,
		})
	}
	return x, nil
}

// titles names the sets of lists for harvesters.
func (b *Boards) titles(ctx context.Context) (map[string]string, error) {
	lists, err := b.Lists(ctx)
	names := make(map[string]string, len(lists))
	for _, l := range lists {
		names[l.Slug] = l.Title
	}
	others, ferr := b.Elsewhere(ctx)
	for _, o := range others {
		names[o.Set()] = o.Title
	}
	return names, errors.Join(err, ferr)
}
