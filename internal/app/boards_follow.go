package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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

// ListBytes reads the JSON of a list at an address, with or without .json, and its signature.
func ListBytes(ctx context.Context, client *http.Client, address string) (text, signature []byte, err error) {
	address = strings.TrimSuffix(strings.TrimSuffix(address, ".json"), ".html")
	if text, err = get(ctx, client, address+".json", approval.MaxFile); err != nil {
		return nil, nil, err
	}
	signature, err = get(ctx, client, address+".json.sig", 64<<10)
	return text, signature, err
}

// ListKey is the key that the server of a list names as the one that it signs lists with, as OpenSSH writes it.
func ListKey(ctx context.Context, client *http.Client, list string) (string, error) {
	text, err := get(ctx, client, siteOf(list)+"/lists.json", approval.MaxIndex)
	if err != nil {
		return "", err
	}
	x, err := approval.ReadIndex(text)
	return x.Key, err
}

// FetchList reads a list at an address, with or without .json, and verifies its signature. It answers the key that signed
// it, which is for the caller to trust or not.
func FetchList(ctx context.Context, client *http.Client, address string) (approval.File, []byte, ed25519.PublicKey, error) {
	text, signature, err := ListBytes(ctx, client, address)
	if err != nil {
		return approval.File{}, text, nil, err
	}
	key, err := approval.VerifySignature(signature, approval.Namespace, text)
	if err != nil {
		return approval.File{}, text, nil, fmt.Errorf("%s: %w", address, err)
	}
	f, err := approval.ReadFile(text)
	return f, text, key, err
}

// get reads a small answer of another server.
func get(ctx context.Context, client *http.Client, address string, limit int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", address, kind.ErrInvalid, err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", address, kind.ErrNotFound)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s answers %s", kind.ErrUnavailable, address, resp.Status)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: %w: the answer has more than %d bytes", address, kind.ErrInvalid, limit)
	}
	return b, err
}

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
	add := func(f approval.File, slug, peer string) {
		for _, it := range f.Items {
			t.seen[it.Item.Identifier] = append(t.seen[it.Item.Identifier], approval.Seen{
				List: f.Name, Board: f.Publisher.Name, URL: f.ID, Slug: slug, Peer: peer, Item: it,
			})
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
		add(signed.File, l.Slug, "")
	}
	for _, o := range others {
		f, err := b.kept(ctx, o.SHA256)
		if err != nil {
			b.app.log.Warn("a list of a peer cannot be read", "resource", o.URL, "err", err)
			continue
		}
		t.foreign = append(t.foreign, approval.IndexItem{
			URL: o.URL, Slug: o.Slug, Title: o.Title, Board: o.Board, Version: f.Version, Modified: f.Modified, Entries: len(f.Items), SHA256: o.SHA256,
			Peer: o.Peer,
		})
		add(f, "", cmp.Or(titles[o.Peer], o.Peer))
	}
	return t, nil
}

// Seen are the approvals of a resource, on lists of this server and of peers.
func (b *Boards) Seen(ctx context.Context, identifier string) ([]approval.Seen, error) {
	t, err := b.badges.of(ctx, b)
	return t.seen[identifier], err
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
