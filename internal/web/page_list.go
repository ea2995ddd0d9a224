package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of pages of lists.
const (
	entriesPerPage = 40
	letterPerPage  = 60
	newerPerPage   = 10
	stepsPerPage   = 50
	shownLeftOut   = 50
)

// listPage shows one list, a part at a time.
func (s *Server) listPage(c *fiber.Ctx, slug string) error {
	l, err := s.signedList(c, slug)
	if err != nil {
		return err
	}
	at := listPath(slug)
	v := themes.List{
		ListCard: l.card, Query: c.Query("q"), State: c.Query("state"), MayEdit: l.who.Chair, Letter: at + "/letter", JSON: at + ".json", CSV: at + ".csv",
		Log: at + "/log", Savings: at + "/savings", Search: "/search?list=" + escapeQuery(slug), Key: approval.Fingerprint(l.boards.Key()), Signers: "/lists/allowed_signers",
		Set:   "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=" + escapeQuery(federation.ListSpec(slug)),
		Clone: s.o.Repository.GitURL(repository.Address{Owner: l.Board, Slug: slug}), Add: at + "/add",
		Verify: verifyCommands(s.o.BaseURL, slug, l.boards.Principal()),
	}
	if l.who.Chair {
		v.Change = at + "/entry"
		out := slices.Sorted(maps.Keys(l.Excluded))
		for _, identifier := range out[:min(len(out), shownLeftOut)] {
			v.LeftOut = append(v.LeftOut, themes.LeftOut{Identifier: identifier, Why: l.Excluded[identifier]})
		}
	}
	shown, filters := s.filtered(c, l.signed.File.Items, v.Query, v.State)
	v.Filters, v.Total = filters, len(shown)
	address := at + "?q=" + escapeQuery(v.Query) + "&state=" + escapeQuery(v.State)
	first, last, pager := paged(c, address, len(shown), entriesPerPage)
	v.Pager = pager
	if v.Pins, err = s.entries(c, l, shown[first:last]); err != nil {
		return err
	}
	return s.page(c, "list", themes.Frame{NoIndex: v.Query != "" || v.State != ""}, v)
}

// paged is the part of a list that the address asks for.
func paged(c *fiber.Ctx, address string, n, size int) (first, last int, p themes.Pager) {
	pages := max(1, (n+size-1)/size)
	at := min(max(c.QueryInt("page", 1), 1), pages)
	p = themes.Pager{Page: at, Pages: pages}
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	if at > 1 {
		p.Previous = address + mark + "page=" + itoa(at-1)
	}
	if at < pages {
		p.Next = address + mark + "page=" + itoa(at+1)
	}
	return (at - 1) * size, min(at*size, n), p
}

// verifyCommands are what stock tools need.
func verifyCommands(base, slug, principal string) []string {
	return []string{
		"curl -sO " + base + "/lists/allowed_signers",
		"curl -s -o list.json " + base + "/lists/" + slug + ".json",
		"curl -s -o list.json.sig " + base + "/lists/" + slug + ".json.sig",
		"ssh-keygen -Y verify -f allowed_signers -I " + principal + " -n " + approval.Namespace + " -s list.json.sig < list.json",
	}
}
