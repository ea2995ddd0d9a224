package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
)

const (
	toldReports  = "mail: reports told"
	reportsEvery = time.Hour // between two mails about reports: anybody can make reports
)

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
				return errors.Join(err, m.toldUpTo(ctx, toldEvents, after)) // those before are not told again
			}
		}
		after = e.Seq
	}
	return m.toldUpTo(ctx, toldEvents, after)
}

// tellEvent tells owners what moderators decided about them and theirs, and moderators what waits for them.
func (m *Mail) tellEvent(ctx context.Context, e accounts.Event) error {
	subject, page, owner := "", "", ""
	if address, ok := strings.CutPrefix(e.Object, "resource:"); ok {
		at, found := repository.ParseAddress(address)
		if !found {
			return nil // a record of another server
		}
		subject, page, owner = address, m.app.Repository.URL(at), at.Owner
	} else if name, ok := strings.CutPrefix(e.Object, "owner:"); ok {
		subject, page, owner = name, m.app.Config.BaseURL+"/account", name
	}
	var people []string
	var err error
	key := "mail.decided"
	switch {
	case e.Action == "takedown.appeal", e.Action == "takedown" && e.Detail["basis"] == string(accounts.ByReview):
		key, page = "mail.waits", m.app.Config.BaseURL+"/moderation"
		people, err = m.app.Accounts.Moderators(ctx)
	case e.Action == "takedown", e.Action == "takedown.lift", e.Action == "takedown.refuse", e.Action == "block", e.Action == "block.lift":
		people, err = m.people(ctx, map[string]bool{owner: true})
	}
	if err != nil {
		return err
	}
	for _, name := range people {
		if err := m.tell(ctx, name, fmt.Sprintf("event-%d-%s", e.Seq, name), key, "Address", subject, "URL", page); err != nil {
			return err
		}
	}
	return nil
}

// tellReports tells moderators that readers have reported something: how many, and not what. Reports of the second that is
// not over yet are told the next time.
func (m *Mail) tellReports(ctx context.Context) error {
	upTo := m.app.now().Add(-time.Second)
	unix, err := m.told(ctx, toldReports, func(context.Context) (int64, error) { return upTo.Add(-reportsEvery).Unix(), nil })
	if err != nil {
		return err
	}
	after := time.Unix(unix, 0)
	if upTo.Sub(after) < reportsEvery {
		return nil
	}
	n, err := m.app.Accounts.NewReports(ctx, after, upTo)
	if err != nil || n == 0 {
		return err
	}
	people, err := m.app.Accounts.Moderators(ctx)
	if err != nil {
		return err
	}
	for _, name := range people {
		if err := m.tell(ctx, name, fmt.Sprintf("reports-%d-%s", upTo.Unix(), name), "mail.reports", "N", n, "URL", m.app.Config.BaseURL+"/moderation"); err != nil {
			return err
		}
	}
	return m.app.Catalog.SetSetting(ctx, toldReports, strconv.FormatInt(upTo.Unix(), 10))
}
