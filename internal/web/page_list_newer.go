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
	shown := newer[first:last]
	items := make([]approval.FileItem, 0, len(shown))
	shown = slices.DeleteFunc(shown, func(n approval.Newer) bool {
		it, ok := l.signed.Finder.Identifier(n.Identifier)
		if ok {
			items = append(items, it)
		}
		return !ok
	})
	entries, err := s.entries(c, l, items)
	if err != nil {
		return err
	}
	for i, n := range shown {
		item := themes.NewerItem{Entry: entries[i], Revision: n.Revision, Held: n.Held}
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
	return s.page(c, "list-newer", themes.Frame{}, v)
}
