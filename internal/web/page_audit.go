package web

import (
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownEvents is how many events a page of the log has.
const shownEvents = 100

// audit shows the log of decisions and rights, the newest first.
func (s *Server) audit(c *fiber.Ctx) error {
	if err := s.auditor(c); err != nil {
		return err
	}
	before := int64(max(c.QueryInt("before"), 0))
	list, err := s.o.Accounts.NewestAudit(c.UserContext(), before, shownEvents+1)
	if err != nil {
		return err
	}
	v := themes.Audit{}
	if len(list) > shownEvents {
		list = list[:shownEvents]
		v.Older = "/audit?before=" + strconv.FormatInt(list[shownEvents-1].Seq, 10)
	}
	for _, e := range list {
		one := themes.AuditEvent{Seq: e.Seq, At: e.At, Actor: e.Actor, Action: e.Action, Object: e.Object}
		for name, value := range e.Detail {
			one.Detail = append(one.Detail, themes.Field{Name: name, Value: value})
		}
		slices.SortFunc(one.Detail, func(a, b themes.Field) int { return strings.Compare(a.Name, b.Name) })
		v.Events = append(v.Events, one)
	}
	if len(list) > 0 && before == 0 {
		v.Head = list[0].Hash
	}
	return s.page(c, "audit", themes.Frame{}, v)
}

func (s *Server) auditor(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	return s.may(c, a, accounts.ReadAudit, accounts.OnSite())
}

// auditFile is the whole log as JSON lines.
func (s *Server) auditFile(c *fiber.Ctx) error {
	if err := s.auditor(c); err != nil {
		return err
	}
	tmp, err := os.CreateTemp("", "commonplace-audit-")
	if err != nil {
		return err
	}
	f := &spooled{File: tmp}
	if _, err = s.o.Accounts.ExportAudit(c.UserContext(), tmp); err == nil {
		if f.size, err = tmp.Seek(0, io.SeekCurrent); err == nil {
			_, err = tmp.Seek(0, io.SeekStart)
		}
	}
	if err != nil {
		f.remove()
		return err
	}
	c.Set(fiber.HeaderContentType, "application/jsonl")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="audit.jsonl"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(finishing{tmp, func() error { f.remove(); return nil }}, int(f.size))
}
