package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/internal/mail"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	postEvery    = time.Minute    // between two looks at what is to be told, and two deliveries
	tellFor      = 72 * time.Hour // older news is not sent any more: a rebuild, or a server that was off for long
	toldReleases = "mail: releases told"
	toldEvents   = "mail: events told"
	tellAtOnce   = 100
	mostReaders  = 2000 // accounts that are told of one release
	mailJob      = "notices"
	mailLinkUse  = "links in mail"
)

// Mail tells people by mail of releases of what theirs was made from or what their boards list, and of takedowns, where they
// have asked for it and the operator has a server for it.
type Mail struct {
	app   *App
	queue *mail.Queue
	text  func(lang, key string, pairs ...any) string
	key   []byte
}

// newMail is nil where the settings have no server.
func newMail(a *App, looks *themes.Set) (*Mail, error) {
	c := a.Config
	if c.Mail == "" {
		return nil, nil
	}
	from := c.MailFrom
	if from == "" {
		from = (&netmail.Address{Name: c.Name, Address: c.Email}).String()
	}
	server := mail.Server{URL: c.Mail, From: from, Now: a.now}
	if c.MailPassword != "" {
		b, err := os.ReadFile(c.MailPassword)
		if err != nil {
			return nil, fmt.Errorf("mail-password-file: %w", err)
		}
		server.Password = strings.TrimSpace(string(b))
	}
	if err := server.Check(); err != nil {
		return nil, err
	}
	return &Mail{app: a, queue: mail.NewQueue(a.jobs, server, a.log), text: looks.Text, key: a.secretFor(mailLinkUse)}, nil
}

// Token is the secret of an address's links: who has it reads the mail there.
func (m *Mail) Token(account, address string) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(account + "\n" + address))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// Holds reports whether a token is that of an account's address.
func (m *Mail) Holds(account, address, token string) bool {
	return subtle.ConstantTimeCompare([]byte(m.Token(account, address)), []byte(token)) == 1
}

func (m *Mail) link(to accounts.MailAddress) string {
	return m.app.Config.BaseURL + "/mail/" + to.Account + "/" + m.Token(to.Account, to.Address)
}

// Ask sends the question whether an address wants notices.
func (m *Mail) Ask(ctx context.Context, to accounts.MailAddress) error {
	if err := mail.CheckAddress(to.Address); err != nil {
		return err
	}
	return m.queue.Add(ctx, mail.Message{
		ID: "ask-" + to.Account, To: to.Address, Subject: m.text(to.Language, "mail.ask.subject", "Site", m.app.Config.Name),
		Text: m.text(to.Language, "mail.ask.text", "Site", m.app.Config.Name, "Name", to.Account, "URL", m.link(to)) + "\n",
	})
}

// CheckAddress says what is wrong with an address.
func (m *Mail) CheckAddress(address string) error { return mail.CheckAddress(address) }

// run tells and delivers until the context ends.
func (m *Mail) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := m.Post(ctx); err != nil && ctx.Err() == nil {
			m.app.log.Error("mail not sent", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Post puts what is new into the queue, and delivers what is due. It returns how many messages went out. One node looks for what
// is new at a time; all deliver.
func (m *Mail) Post(ctx context.Context) (sent int, err error) {
	job, err := m.app.jobs.Hold(ctx, mailJob, "")
	if err == nil {
		err = errors.Join(m.tellReleases(job.Context()), m.tellEvents(job.Context()), job.Finish(context.WithoutCancel(ctx), nil))
	} else if errors.Is(err, jobs.ErrHeld) {
		err = nil
	}
	sent, failed := m.queue.Deliver(ctx)
	return sent, errors.Join(err, failed)
}

// told is up to where something was told; what was before mail was set up is not.
func (m *Mail) told(ctx context.Context, name string, newest func(context.Context) (int64, error)) (int64, error) {
	text, err := m.app.Catalog.Setting(ctx, name)
	if err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	n, err := newest(ctx)
	if err != nil {
		return 0, err
	}
	return n, m.app.Catalog.SetSetting(ctx, name, strconv.FormatInt(n, 10))
}

func (m *Mail) tellReleases(ctx context.Context) error {
	after, err := m.told(ctx, toldReleases, m.app.Catalog.Seq)
	if err != nil {
		return err
	}
	newest, err := m.app.Catalog.Seq(ctx)
	if err != nil || newest == after {
		return err
	}
	list, err := m.app.Catalog.ReleasesAfter(ctx, after, newest, tellAtOnce)
	if err != nil {
		return err
	}
	for _, one := range list {
		if m.app.now().Sub(one.At) < tellFor {
			if err := m.tellRelease(ctx, one); err != nil {
				return err
			}
		}
		after = one.Seq
	}
	if len(list) < tellAtOnce {
		after = newest
	}
	return m.app.Catalog.SetSetting(ctx, toldReleases, strconv.FormatInt(after, 10))
}

// tellRelease tells the owners of remixes and translations of what was released or of its parts, and the boards whose lists
// have it.
func (m *Mail) tellRelease(ctx context.Context, one catalog.Released) error {
	r, err := m.app.Repository.ByID(ctx, one.Resource)
	if errors.Is(err, kind.ErrNotFound) || err == nil && r.Deleted {
		return nil
	}
	if err != nil {
		return err
	}
	identifiers := []string{r.Identifier}
	for _, id := range r.Parts {
		identifiers = append(identifiers, m.app.Repository.Identifier(id))
	}
	owners := map[string]bool{}
	for _, identifier := range identifiers {
		for _, link := range []repository.Link{repository.SourceLink, repository.TranslationLink} {
			list, err := m.app.Catalog.Linked(ctx, link, identifier)
			if err != nil {
				return err
			}
			for _, made := range list {
				if made.Own() && made.Repository != r.Repository {
					owners[made.Address.Owner] = true
				}
			}
		}
	}
	lists, err := m.app.Boards.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		for _, e := range l.Entries {
			if e.Withdrawn.IsZero() && (e.Identifier == r.Identifier) {
				owners[l.Board] = true
			}
		}
	}
	people, err := m.people(ctx, owners)
	if err != nil {
		return err
	}
	page := m.app.Repository.URL(r.Address) + repository.ReleasePath + one.Version
	for _, name := range people[:min(len(people), mostReaders)] {
		if err := m.tell(ctx, name, "release-"+one.Tag+"-"+name, "mail.release", "Title", r.Metadata.Title, "Version", one.Version, "URL", page,
			"News", m.app.Config.BaseURL+"/account/news"); err != nil {
			return err
		}
	}
	return nil
}

// people are the accounts behind some owners, each once.
func (m *Mail) people(ctx context.Context, owners map[string]bool) (names []string, err error) {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for owner := range owners {
		o, err := m.app.Accounts.Owner(ctx, owner)
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !o.Shared() {
			add(owner)
			continue
		}
		members, err := m.app.Accounts.Members(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, one := range members {
			add(one.Account)
		}
	}
	return names, nil
}

// tell puts a notice for an account into the queue, if it wants any.
func (m *Mail) tell(ctx context.Context, account, id, key string, pairs ...any) error {
	to, err := m.app.Accounts.Mail(ctx, account)
	if errors.Is(err, kind.ErrNotFound) || err == nil && !to.Confirmed {
		return nil
	}
	if err != nil {
		return err
	}
	off := m.link(to)
	pairs = append(pairs, "Site", m.app.Config.Name)
	return m.queue.Add(ctx, mail.Message{
		ID: id, To: to.Address, Subject: m.text(to.Language, key+".subject", pairs...), Off: off,
		Text: m.text(to.Language, key+".text", pairs...) + "\n\n-- \n" + m.text(to.Language, "mail.off", "URL", off) + "\n",
	})
}

func (m *Mail) tellEvents(ctx context.Context) error {
	after, err := m.told(ctx, toldEvents, m.app.Accounts.LastEvent)
	if err != nil {
		return err
	}
	events, err := m.app.Accounts.EventsAfter(ctx, after, tellAtOnce)
	if err != nil || len(events) == 0 {
		return err
	}
	for _, e := range events {
		if m.app.now().Sub(e.At) < tellFor {
			if err := m.tellEvent(ctx, e); err != nil {
				return err
			}
		}
		after = e.Seq
	}
	return m.app.Catalog.SetSetting(ctx, toldEvents, strconv.FormatInt(after, 10))
}

// tellEvent tells owners what moderators decided about theirs, and moderators what waits for them.
func (m *Mail) tellEvent(ctx context.Context, e accounts.Event) error {
	address, ok := strings.CutPrefix(e.Object, "resource:")
	at, found := repository.ParseAddress(address)
	if !ok || !found {
		return nil
	}
	waits := e.Action == "takedown.appeal" || e.Action == "takedown" && e.Detail["basis"] == string(accounts.ByReview)
	var people []string
	var err error
	key, url := "mail.decided", m.app.Repository.URL(at)
	switch {
	case waits:
		key, url = "mail.waits", m.app.Config.BaseURL+"/moderation"
		people, err = m.app.Accounts.Moderators(ctx)
	case e.Action == "takedown", e.Action == "takedown.lift", e.Action == "takedown.refuse":
		people, err = m.people(ctx, map[string]bool{at.Owner: true})
	}
	if err != nil {
		return err
	}
	for _, name := range people {
		if err := m.tell(ctx, name, fmt.Sprintf("event-%d-%s", e.Seq, name), key, "Address", address, "URL", url); err != nil {
			return err
		}
	}
	return nil
}
