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
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/internal/mail"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	postEvery    = time.Minute    // between two looks at what is to be told, and two deliveries
	tellFor      = 72 * time.Hour // older news is not sent any more: a rebuild, or a server that was off for long
	toldReleases = "mail: releases told"
	toldEvents   = "mail: events told"
	tellAtOnce   = 100
	mailJob      = "notices"
	mailLinkUse  = "links in mail"
	longestName  = 500 // characters of a title or an address in a mail
)

// Mail tells people by mail of releases of what theirs was made from or what their boards list, and of takedowns, where they
// have asked for it and the operator has a server for it; and sends invitations to whom somebody names.
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
	m := &Mail{app: a, text: looks.Text, key: a.secretFor(mailLinkUse)}
	var err error
	m.queue, err = mail.NewQueue(a.jobs, server, a.secretFor("queued mail"), a.log, m.wanted)
	return m, err
}

// wanted reports whether a message that may have waited is to go out still: the account has that address, or the stranger has
// not refused.
func (m *Mail) wanted(ctx context.Context, message mail.Message) (bool, error) {
	if message.Account == "" {
		refused, err := m.app.Accounts.RefusesMail(ctx, m.hashed(message.To))
		return !refused, err
	}
	to, err := m.app.Accounts.Mail(ctx, message.Account)
	if errors.Is(err, kind.ErrNotFound) {
		return false, nil
	}
	return to.Confirmed && to.Address == message.To, err
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
		leased := job.Context()
		err = errors.Join(m.tellReleases(leased), m.tellElsewhere(leased), m.tellEvents(leased), m.tellReports(leased), job.Finish(context.WithoutCancel(ctx), nil))
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
	return n, m.toldUpTo(ctx, name, n)
}

// toldUpTo notes up to where something was told.
func (m *Mail) toldUpTo(ctx context.Context, name string, at int64) error {
	return m.app.Catalog.SetSetting(ctx, name, strconv.FormatInt(at, 10))
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
			if !one.Lapsed {
				add(one.Account)
			}
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
	for i, v := range pairs {
		if text, ok := v.(string); ok {
			pairs[i] = plain(text)
		}
	}
	pairs = append(pairs, "Site", m.app.Config.Name)
	return m.queue.Add(ctx, mail.Message{
		ID: id, To: to.Address, Account: account, Subject: m.text(to.Language, key+".subject", pairs...), Off: off,
		Text: m.text(to.Language, key+".text", pairs...) + "\n\n-- \n" + m.text(to.Language, "mail.off", "URL", off) + "\n",
	})
}

// plain is what somebody named something, on one line that is not too long.
func plain(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	return string(r[:min(len(r), longestName)])
}
