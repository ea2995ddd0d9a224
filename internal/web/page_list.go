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
		ListCard: l.card, Query: c.Query("q"), State: c.Query("state"), MayEdit: l.who.Chair, Letter: at + "/letter", JSON: at + ".json", CSV: at + ".csv", Feed: at + ".atom",
		Log: at + "/log", Savings: at + "/savings", Search: "/search?list=" + escapeQuery(slug), Key: approval.Fingerprint(l.boards.Key()), Signers: "/lists/allowed_signers",
		Set:   "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=" + escapeQuery(federation.ListSpec(slug)),
		Clone: s.o.Repository.GitURL(repository.Address{Owner: l.Board, Slug: slug}), Add: at + "/add",
		Verify: verifyCommands(s.o.BaseURL, slug, l.boards.Principal()),
	}
	if l.who.Chair {
		v.Change = at + "/entry"
		refused, err := l.boards.FollowedKey(c.UserContext(), l.List)
		if err != nil {
			return err
		}
		if refused.Key != "" {
			v.Rekey = &themes.Rekey{Key: refused.Key, Now: fingerprint(refused.Key), Before: fingerprint(refused.Before), At: refused.At}
		}
		out := slices.Sorted(maps.Keys(l.Excluded))
		for _, identifier := range out[:min(len(out), shownLeftOut)] {
			v.LeftOut = append(v.LeftOut, themes.LeftOut{Identifier: identifier, Why: l.Excluded[identifier]})
		}
	}
	shown, counts := l.signed.Finder.Find(v.Query, approval.Standing(v.State), s.o.Now())
	v.Filters, v.Total = standingCounts(c, counts, v.Query, v.State), len(shown)
	address := at + "?q=" + escapeQuery(v.Query) + "&state=" + escapeQuery(v.State)
	first, last, pager := paged(c, address, len(shown), entriesPerPage)
	v.Pager = pager
	if v.Pins, err = s.entries(c, l, l.signed.Finder.Items(shown[first:last])); err != nil {
		return err
	}
	return s.page(c, "list", themes.Frame{Lede: l.Title + ". " + s.theme(c).Text(language(c), "lists.lede"), Feed: themes.Link{Label: l.Title, URL: v.Feed}}, v)
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

// standings are the filters of a list, in their order.
var standings = []approval.Standing{approval.Stands, approval.Conditional, approval.Expired, approval.Ended}

// standingCounts are links that show what is worth one thing; the one that is shown already takes that back.
func standingCounts(c *fiber.Ctx, counts map[approval.Standing]int, query, state string) (list []themes.Count) {
	for _, st := range standings {
		if counts[st] == 0 {
			continue
		}
		one := themes.Count{Label: string(st), Count: counts[st], Selected: state == string(st)}
		one.URL = c.Path() + "?q=" + escapeQuery(query)
		if !one.Selected {
			one.URL += "&state=" + string(st)
		}
		list = append(list, one)
	}
	return list
}
