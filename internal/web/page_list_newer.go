package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// listNewer shows what changed in newer revisions of what is on a list, to be accepted or held one by one.
func (s *Server) listNewer(c *fiber.Ctx) error {
	ctx := c.UserContext()
	l, err := s.signedList(c, c.Params("slug"))
	if err != nil {
		return err
	}
	if _, err := s.chair(c, l.Board); err != nil {
		return err
	}
	at, all := listPath(l.Slug)+"/newer", c.Query("held") != ""
	newer, err := l.boards.Newer(ctx, l.List, all)
	if err != nil {
		return err
	}
	v := themes.ListNewer{List: l.card, Action: listPath(l.Slug) + "/judge"}
	if !all {
		v.All = at + "?held=1"
	} else {
		at += "?held=1"
	}
	first, last, pager := paged(c, at, len(newer), newerPerPage)
	v.Pager = pager
	for _, n := range newer[first:last] {
		i := slices.IndexFunc(l.signed.File.Items, func(it approval.FileItem) bool { return it.Item.Identifier == n.Identifier })
		if i < 0 {
			continue
		}
		item := themes.NewerItem{Entry: s.entryView(l.List, l.signed.File.Items[i], n.Revision, language(c)), Revision: n.Revision, Held: n.Held}
		r, err := s.o.Repository.ByIdentifier(ctx, n.Identifier)
		if err != nil {
			return err
		}
		if r.Own() {
			if item.Diff, err = s.changedView(ctx, r, n.Entry.Revision); err != nil {
				return err
			}
		}
		v.Items = append(v.Items, item)
	}
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return s.page(c, "list-newer", themes.Frame{NoIndex: true}, v)
}
