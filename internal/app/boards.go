package app

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Boards carries out what boards decide: it pins revisions, publishes lists and signs them, and follows the lists of others.
// Who may do what is for its callers to find out; what is out of order is refused by package approval.
type Boards struct {
	*approval.Store
	Room Room // of each peer

	app *App

	signed    sync.Map // slug to *signedList
	ahead     aheadOf
	badges    badges
	back      heldBack
	enlisting sync.Mutex
}

// signedList is a list in its published form, and the state that it is the form of.
type signedList struct {
	mu       sync.Mutex // one publication of a list at a time
	version  int
	upstream string
	withheld string // the sum of the takedowns that it shows
	signed   approval.Signed
	mirrored string // what was published as a resource: version and withheld
}

func newBoards(a *App) *Boards {
	return &Boards{Store: approval.NewStore(a.bucket, a.now), app: a, Room: defaultRoom}
}

// Key is the public key that lists are signed with: the server's own, which its letters are signed with too.
func (b *Boards) Key() ed25519.PublicKey { return b.app.Letters.Key() }

// Principal is whom the signatures are of, for ssh-keygen -I.
func (b *Boards) Principal() string { return b.app.settings.Identifier }

// Signed is a list as it is published.
func (b *Boards) Signed(ctx context.Context, slug string) (approval.Signed, error) {
	l, err := b.List(ctx, slug)
	if err != nil {
		return approval.Signed{}, err
	}
	s := b.entry(slug)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = b.render(ctx, l, s)
	return s.signed, err
}

func (b *Boards) entry(slug string) *signedList {
	v, _ := b.signed.LoadOrStore(slug, &signedList{})
	s, _ := v.(*signedList)
	return s
}

// render makes the published form, unless it is there already. The same list with the same works taken down gives the same
// bytes and signature.
func (b *Boards) render(ctx context.Context, l *approval.List, s *signedList) error {
	sum := ""
	if l.Follows != nil {
		sum = l.Follows.SHA256
	}
	down, err := b.withheld(ctx)
	if err != nil {
		return err
	}
	if s.version == l.Version && s.upstream == sum && s.withheld == down.sum {
		return nil
	}
	var upstream *approval.File
	if sum != "" {
		f, err := b.kept(ctx, sum)
		if err != nil {
			return err
		}
		upstream = &f
	}
	f := approval.Render(l, b.app.Config.BaseURL, upstream)
	f.Withhold(down.has)
	text, err := f.JSON()
	if err != nil {
		return err
	}
	table, err := f.CSV()
	if err != nil {
		return err
	}
	s.signed = approval.Signed{
		File: f, Finder: approval.NewFinder(f), JSON: text, CSV: table, SHA256: approval.Hash(text), Signature: approval.Sign(b.app.Letters.key, approval.Namespace, text),
	}
	s.version, s.upstream, s.withheld = l.Version, sum, down.sum
	return nil
}

// kept is a list of somebody else that was taken over.
func (b *Boards) kept(ctx context.Context, sum string) (approval.File, error) {
	text, err := b.Kept(ctx, sum)
	if err != nil {
		return approval.File{}, err
	}
	return approval.ReadFile(text)
}

// Step takes steps on a list and publishes it. decide is asked as approval.Store.OnList asks it.
func (b *Boards) Step(ctx context.Context, slug string, by approval.Actor, decide func(*approval.List) ([]approval.Event, error)) (*approval.List, error) {
	l, err := b.OnList(ctx, slug, func(l *approval.List) ([]approval.Event, error) {
		events, err := decide(l)
		for i := range events {
			events[i].By = by
		}
		return events, err
	})
	if err != nil {
		return nil, err
	}
	b.badges.forget()
	// From here on the decision stands, even if who asked has gone; what is not published now is by Settle.
	return l, b.publish(context.WithoutCancel(ctx), slug, repository.Actor{Name: by.Name, Display: by.Display})
}

// CreateList begins an empty list.
func (b *Boards) CreateList(ctx context.Context, about approval.About, by approval.Actor) (*approval.List, error) {
	return b.Step(ctx, about.Slug, by, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Created, About: &about}}, nil
	})
}

// publish makes the list as it is now a revision of the resource {board}/{slug}, and its members a set for harvesters. It
// does nothing where that is so already.
func (b *Boards) publish(ctx context.Context, slug string, by repository.Actor) error {
	s := b.entry(slug)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		l, err := b.List(ctx, slug)
		if err != nil {
			return err
		}
		if err := b.render(ctx, l, s); err != nil {
			return err
		}
		state := strconv.Itoa(l.Version) + " " + s.withheld
		if s.mirrored == state {
			return nil
		}
		files, err := listFolder(l, s.signed, b)
		if err != nil {
			return err
		}
		_, err = b.app.Repository.Publish(ctx, repository.Publication{
			Owner: l.Board, Slug: l.Slug, Files: files, Actor: by, Message: "Version " + strconv.Itoa(l.Version) + " of " + l.Title,
		})
		if err != nil {
			return err
		}
		if err := b.members(ctx, slug, s.signed.File.Items); err != nil {
			return err
		}
		s.mirrored = state // another node may have been faster: then there is a newer one, and we go around again
	}
}

// members makes what is in force on a list the members of a set, and has them found by it.
func (b *Boards) members(ctx context.Context, set string, items []approval.FileItem) error {
	var members []string
	for _, it := range items {
		if it.Approval.At(b.app.now()).InForce() {
			members = append(members, it.Item.Identifier)
		}
	}
	return errors.Join(b.app.Catalog.SetList(ctx, set, members), b.app.CatchUp(ctx))
}

// listFolder is what a clone of a list holds.
func listFolder(l *approval.List, signed approval.Signed, b *Boards) (fstest.MapFS, error) {
	title := signed.File.Publisher.Name
	m := metadata.Metadata{
		Title: l.Title, Description: l.Description, Type: metadata.List, Language: "en", License: "CC0-1.0",
		Creators: []metadata.Agent{{Name: title}}, Audience: []string{"administrator", "teacher"},
	}
	if l.Language != "" {
		m.Language = l.Language
	}
	body := listText(m.Language, l, signed.File.Number, b)
	change := metadata.Replace(m)
	change.Body = &body
	index, err := metadata.Document{File: "index.md"}.With(change)
	return fstest.MapFS{
		"index.md":      {Data: index},
		"list.json":     {Data: signed.JSON},
		"list.json.sig": {Data: signed.Signature},
		"list.csv":      {Data: signed.CSV},
	}, err
}

func listText(lang string, l *approval.List, entries int, b *Boards) string {
	verify := fmt.Sprintf("```\nssh-keygen -Y verify -f allowed_signers -I %s -n %s -s list.json.sig < list.json\n```\n", b.Principal(), approval.Namespace)
	address := b.app.Config.BaseURL + "/lists/" + l.Slug
	if strings.HasPrefix(lang, "es") {
		return fmt.Sprintf("Esta lista tiene %d materiales aprobados. Cada uno fija una revisión exacta.\n\nSe lee en <%s>. Aquí está como datos: `list.json` y `list.csv`. "+
			"La firma de `list.json` se comprueba con la clave de <%s/lists/allowed_signers>:\n\n%s", entries, address, b.app.Config.BaseURL, verify)
	}
	return fmt.Sprintf("This list has %d approved materials. Each entry pins one exact revision.\n\nRead it at <%s>. Here it is as data: `list.json` and `list.csv`. "+
		"The signature of `list.json` is verified with the key at <%s/lists/allowed_signers>:\n\n%s", entries, address, b.app.Config.BaseURL, verify)
}

// Settle publishes what an earlier process decided and did not publish, enters what was approved and is on no list yet, and
// takes out of the sets what has expired. One list that fails hides no other.
func (b *Boards) Settle(ctx context.Context) error {
	calls, err := b.Calls(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range calls {
		for _, s := range c.Submissions {
			if state := s.State(); state == approval.IsApproved || state == approval.IsCondition {
				if err := b.enter(ctx, c, s); err != nil {
					errs = append(errs, fmt.Errorf("submission %d of %s: %w", s.Number, c.ID, err))
				}
			}
		}
	}
	lists, err := b.Lists(ctx)
	for _, l := range lists {
		err := b.publish(ctx, l.Slug, repository.Actor{Name: l.Board, Display: l.BoardTitle})
		if err == nil {
			err = b.current(ctx, l.Slug)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", l.Slug, err))
		}
	}
	return errors.Join(append(errs, err, b.forgetRemoved(ctx), b.enlist(ctx))...)
}

// current takes what has expired since out of a list's set.
func (b *Boards) current(ctx context.Context, slug string) error {
	signed, err := b.Signed(ctx, slug)
	if err != nil {
		return err
	}
	return b.members(ctx, slug, signed.File.Items)
}
