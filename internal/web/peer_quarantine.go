package web

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	perPage  = 20
	shownRaw = 400 // bytes of each, on the page
)

// reasons counts what is in quarantine of a peer, by what is wrong with it.
func (s *Server) reasons(c *fiber.Ctx, peer string) (list []themes.Reason, total int, err error) {
	reasons, err := s.o.Catalog.Reasons(c.UserContext(), peer)
	for _, n := range reasons {
		total += n
	}
	return counted(reasons, shownFields), total, err
}

// peerQuarantine lists the records of a peer that could not be accepted.
func (s *Server) peerQuarantine(c *fiber.Ctx) error {
	if _, err := s.harvests(c); err != nil {
		return err
	}
	ctx := c.UserContext()
	p, err := s.o.Catalog.Peer(ctx, c.Params("name"))
	if err != nil {
		return err
	}
	v := themes.PeerQuarantine{Replay: true}
	if v.Peer, err = s.peerView(c, p); err != nil {
		return err
	}
	if v.Reasons, v.Total, err = s.reasons(c, p.Name); err != nil {
		return err
	}
	pages := max(1, (v.Total+perPage-1)/perPage)
	at := min(max(c.QueryInt("page", 1), 1), pages)
	v.Pager = pagerOf(v.QuarantineAt, at, pages)
	list, err := s.o.Catalog.Quarantine(ctx, p.Name, (at-1)*perPage, perPage)
	if err != nil {
		return err
	}
	for _, q := range list {
		id := quarantineID(q)
		raw := printable(q.Raw, shownRaw)
		v.List = append(v.List, themes.Quarantined{
			ID: q.Identifier, Identifier: clip(q.Identifier, 200), Reason: clip(q.Reason, 500), Raw: raw, Cut: len(q.Raw) > shownRaw, Size: int64(len(q.Raw)),
			Download: v.QuarantineAt + "/" + id, At: q.At, Again: q.Identifier != "" && len(q.Raw) > 0 && !q.Broken,
		})
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return s.page(c, "peer-quarantine", themes.Frame{}, v)
}

// quarantineID names an entry in addresses, whatever the peer calls it.
func quarantineID(q federation.Quarantined) string {
	return base64.RawURLEncoding.EncodeToString([]byte(q.Entry()))
}

// printable is the beginning of what came as text that a page can hold.
func printable(raw []byte, most int) string {
	raw = raw[:min(len(raw), most)]
	for i := 1; i < utf8.UTFMax && i <= len(raw); i++ {
		if tail := raw[len(raw)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) { // a character that was cut
				raw = raw[:len(raw)-i]
			}
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xa0) {
			return r
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(string(raw), string(utf8.RuneError)))
}

// peerRaw gives out what came, as a file that no browser opens as a page.
func (s *Server) peerRaw(c *fiber.Ctx) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	entry, err := base64.RawURLEncoding.DecodeString(c.Params("id"))
	if err != nil {
		return fiber.ErrNotFound
	}
	q, err := s.o.Catalog.Quarantined(c.UserContext(), c.Params("name"), string(entry))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="record.xml"`)
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Send(q.Raw)
}
