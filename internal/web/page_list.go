package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
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

// lists are all approved lists, those of peers too, and the calls that are open.
func (s *Server) lists(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	var v themes.Lists
	on, chairs, err := s.boardsOf(c)
	if err != nil {
		return err
	}
	v.Boards = on
	if len(chairs) > 0 {
		v.Create = "/lists/new"
	}
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		card, err := s.listCard(c, b, l)
		if err != nil {
			return err
		}
		v.Lists = append(v.Lists, card)
	}
	others, err := b.Elsewhere(ctx)
	if err != nil {
		return err
	}
	for _, o := range others {
		modified, _ := time.Parse(time.RFC3339, o.Modified)
		card := themes.ListCard{Title: o.Title, URL: web(o.URL), Board: o.Board, Entries: o.Entries, Version: o.Version, Modified: modified,
			Here: "/search?list=" + escapeQuery(o.Set())}
		if v.Create != "" {
			card.Adopt = "/lists/new?adopt=" + escapeQuery(o.URL)
		}
		v.Elsewhere = append(v.Elsewhere, card)
	}
	calls, err := b.Calls(ctx)
	if err != nil {
		return err
	}
	for _, call := range calls {
		if call.Open(s.o.Now()) {
			v.Calls = append(v.Calls, s.callCard(c, call))
		}
	}
	return s.page(c, "lists", themes.Frame{}, v)
}

// boardsOf are the boards that the visitor is on, and the names of those that they chair.
func (s *Server) boardsOf(c *fiber.Ctx) (on []themes.Link, chairs []accounts.Owner, err error) {
	a := s.visitor(c)
	if a.Name == "" {
		return nil, nil, nil
	}
	ctx := c.UserContext()
	memberships, err := s.o.Accounts.Memberships(ctx, a.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range memberships {
		o, err := s.o.Accounts.Owner(ctx, m.Team)
		if err != nil {
			return nil, nil, err
		}
		if o.Kind != accounts.Board {
			continue
		}
		on = append(on, themes.Link{Label: o.Title, URL: "/boards/" + o.Name})
		if m.Role == accounts.BoardChair {
			chairs = append(chairs, o)
		}
	}
	return on, chairs, nil
}

func (s *Server) listCard(c *fiber.Ctx, b Boards, l *approval.List) (themes.ListCard, error) {
	signed, err := b.Signed(c.UserContext(), l.Slug)
	if err != nil {
		return themes.ListCard{}, err
	}
	card := themes.ListCard{
		Title: l.Title, URL: listPath(l.Slug), Board: signed.File.Publisher.Name, Description: l.Description, Language: l.Language,
		Entries: signed.File.Number, Version: l.Version, Modified: l.Modified, Excluded: len(l.Excluded),
	}
	if l.Follows != nil {
		card.Follows, card.FollowsHost = l.Follows.Title, web(l.Follows.URL)
	}
	who, err := s.juror(c, l.Board)
	if err == nil && who.Chair {
		newer, err := b.Newer(c.UserContext(), l, false)
		if err != nil {
			return card, err
		}
		card.Newer, card.NewerURL = len(newer), listPath(l.Slug)+"/newer"
	}
	return card, err
}

func listPath(slug string) string { return "/lists/" + slug }

// listPage shows one list, a part at a time.
func (s *Server) listPage(c *fiber.Ctx, b Boards, slug string) error {
	ctx := c.UserContext()
	l, err := b.List(ctx, slug)
	if err != nil {
		return err
	}
	signed, err := b.Signed(ctx, slug)
	if err != nil {
		return err
	}
	card, err := s.listCard(c, b, l)
	if err != nil {
		return err
	}
	who, err := s.juror(c, l.Board)
	if err != nil {
		return err
	}
	at := listPath(slug)
	v := themes.List{
		ListCard: card, Query: c.Query("q"), State: c.Query("state"), MayEdit: who.Chair, Letter: at + "/letter", JSON: at + ".json", CSV: at + ".csv",
		Log: at + "/log", Savings: at + "/savings", Search: "/search?list=" + escapeQuery(slug), Key: approval.Fingerprint(b.Key()), Signers: "/lists/allowed_signers",
		Set:   "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=" + escapeQuery(federation.ListSpec(slug)),
		Clone: s.o.Repository.GitURL(repository.Address{Owner: l.Board, Slug: slug}), Add: at + "/add",
		Verify: verifyCommands(s.o.BaseURL, slug, b.Principal()),
	}
	if who.Chair {
		v.Change = at + "/entry"
		out := slices.Sorted(maps.Keys(l.Excluded))
		for _, identifier := range out[:min(len(out), shownLeftOut)] {
			v.LeftOut = append(v.LeftOut, themes.LeftOut{Identifier: identifier, Why: l.Excluded[identifier]})
		}
	}
	shown, filters := s.filtered(c, signed.File.Items, v.Query, v.State)
	v.Filters, v.Total = filters, len(shown)
	address := at + "?q=" + escapeQuery(v.Query) + "&state=" + escapeQuery(v.State)
	first, last, pager := paged(c, address, len(shown), entriesPerPage)
	v.Pager = pager
	if v.Pins, err = s.entries(c, b, l, shown[first:last]); err != nil {
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

// standings are the filters of a list, in their order.
var standings = []approval.Standing{approval.Stands, approval.Conditional, approval.Expired, approval.Ended}

// filtered are the entries that have a text in their title, subjects or identifier, and a standing; and how many have which.
func (s *Server) filtered(c *fiber.Ctx, items []approval.FileItem, query, state string) ([]approval.FileItem, []themes.Count) {
	words := strings.Fields(strings.ToLower(query))
	now, counts := s.o.Now(), map[approval.Standing]int{}
	var shown []approval.FileItem
	if len(words) == 0 && state == "" {
		shown = items
	}
	for _, it := range items {
		standing := it.Approval.At(now)
		if len(words) > 0 && !hasAll(it, words) {
			continue
		}
		counts[standing]++
		if (len(words) > 0 || state != "") && (state == "" || state == string(standing)) {
			shown = append(shown, it)
		}
	}
	var list []themes.Count
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
	return shown, list
}

func hasAll(it approval.FileItem, words []string) bool {
	text := strings.ToLower(it.Item.Name + " " + strings.Join(it.Item.Subjects, " ") + " " + it.Item.Identifier)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// entries are entries as pages show them, with what is newer than they are.
func (s *Server) entries(c *fiber.Ctx, b Boards, l *approval.List, items []approval.FileItem) ([]themes.ListEntry, error) {
	pinned := make(map[string]string, len(items))
	for _, it := range items {
		pinned[it.Item.Identifier] = it.Item.Revision
	}
	newer, err := b.Newest(c.UserContext(), pinned)
	if err != nil {
		return nil, err
	}
	list := make([]themes.ListEntry, len(items))
	for i, it := range items {
		list[i] = s.entryView(l, it, newer[it.Item.Identifier], language(c))
	}
	return list, nil
}

// entryView is an entry; newest is "" where the pinned revision is.
func (s *Server) entryView(l *approval.List, it approval.FileItem, newest, lang string) themes.ListEntry {
	w, a := it.Item, it.Approval
	e := themes.ListEntry{
		Title: w.Name, Language: w.Language, URL: pinnedURL(w), Identifier: w.Identifier, Revision: w.Revision, Short: short(w.Revision), Tree: w.Tree,
		Version: w.Version, License: licenseView(licensing.ID(w.SPDX), lang), Standing: string(a.At(s.o.Now())), By: a.By, Conditions: a.Conditions,
		Note: a.Note, Reason: a.Reason, Grades: w.Grades, Subjects: w.Subjects,
	}
	if l != nil {
		e.Page = listPath(l.Slug) + "/" + strings.TrimPrefix(w.ID, "urn:uuid:")
	}
	e.Decided, _ = time.Parse(time.RFC3339, a.Decided)
	e.Expires, _ = time.Parse(time.DateOnly, a.Expires)
	if a.List != "" {
		e.From = &themes.Link{Label: a.By, URL: web(a.List)}
	}
	if newest != "" {
		e.Newer = &themes.NewerRevision{
			URL: web(w.URL), Compare: web(w.URL) + "/compare/" + w.Revision + ".." + newest, Short: short(newest), Revision: newest, Held: a.Held == newest,
		}
	}
	return e
}

// pinnedURL is the page of the revision that an entry pins.
func pinnedURL(w approval.FileWork) string {
	at := web(w.URL)
	if at == "" {
		return ""
	}
	return at + "@" + w.Revision
}

// listEntry shows one entry with all that is known of the decision; the other pages of a list have names that are no ids.
func (s *Server) listEntry(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	l, err := b.List(ctx, c.Params("slug"))
	if err != nil {
		return err
	}
	signed, err := b.Signed(ctx, l.Slug)
	if err != nil {
		return err
	}
	id := c.Params("id")
	i := slices.IndexFunc(signed.File.Items, func(it approval.FileItem) bool { return it.Item.ID == "urn:uuid:"+id })
	if i < 0 {
		return kind.ErrNotFound
	}
	it := signed.File.Items[i]
	card, err := s.listCard(c, b, l)
	if err != nil {
		return err
	}
	who, err := s.juror(c, l.Board)
	if err != nil {
		return err
	}
	entries, err := s.entries(c, b, l, []approval.FileItem{it})
	if err != nil {
		return err
	}
	v := themes.ListEntryPage{
		List: card, Entry: entries[0], Scores: meanViews(it.Approval.Scores), Findings: s.findings(it.Approval.Findings, language(c)), MayEdit: who.Chair,
		Action: listPath(l.Slug) + "/entry", Own: it.Approval.List == "",
	}
	if g := it.Approval.Agreement; g != nil {
		v.Agreement = agreementView(*g)
	}
	for _, p := range it.Approval.Past {
		at, _ := time.Parse(time.RFC3339, p.Decided)
		v.Past = append(v.Past, themes.PastRevision{URL: web(it.Item.URL) + "@" + p.Revision, Short: short(p.Revision), Decided: at})
	}
	if it.Approval.Call != "" && v.Own {
		v.Call = &themes.Link{Label: it.Approval.Call, URL: submissionPath(it.Approval.Call, it.Approval.Submission)}
	}
	return s.page(c, "list-entry", themes.Frame{}, v)
}

func meanViews(list []approval.Mean) []themes.Mean {
	views := make([]themes.Mean, len(list))
	for i, m := range list {
		views[i] = themes.Mean{Title: m.Title, Mean: decimal(m.Mean, 2), Percent: int(m.Mean / 3 * 100), Scores: m.Scores, NA: m.NA}
	}
	return views
}

// agreementView puts kappa into words by the scale of Landis and Koch (The measurement of observer agreement for categorical
// data, Biometrics 33, 1977).
func agreementView(g approval.Agreement) *themes.Agreement {
	v := &themes.Agreement{
		Method: g.Method, Kappa: decimal(g.Kappa, 2), Defined: g.Defined, Same: g.Same, Criteria: g.Criteria, Reviewers: g.Reviewers, Level: "perfect",
	}
	for _, l := range []struct {
		below float64
		name  string
	}{{0, "poor"}, {.205, "slight"}, {.405, "fair"}, {.605, "moderate"}, {.805, "substantial"}} {
		if g.Kappa < l.below {
			v.Level = l.name
			break
		}
	}
	return v
}

// listNewer shows what changed in newer revisions of what is on a list, to be accepted or held one by one.
func (s *Server) listNewer(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	l, err := b.List(ctx, c.Params("slug"))
	if err != nil {
		return err
	}
	if _, err := s.chair(c, l.Board); err != nil {
		return err
	}
	card, err := s.listCard(c, b, l)
	if err != nil {
		return err
	}
	at, all := listPath(l.Slug)+"/newer", c.Query("held") != ""
	newer, err := b.Newer(ctx, l, all)
	if err != nil {
		return err
	}
	v := themes.ListNewer{List: card, Action: listPath(l.Slug) + "/judge"}
	if !all {
		v.All = at + "?held=1"
	} else {
		at += "?held=1"
	}
	first, last, pager := paged(c, at, len(newer), newerPerPage)
	v.Pager = pager
	signed, err := b.Signed(ctx, l.Slug)
	if err != nil {
		return err
	}
	for _, n := range newer[first:last] {
		i := slices.IndexFunc(signed.File.Items, func(it approval.FileItem) bool { return it.Item.Identifier == n.Identifier })
		if i < 0 {
			continue
		}
		item := themes.NewerItem{Entry: s.entryView(l, signed.File.Items[i], n.Revision, language(c)), Revision: n.Revision, Held: n.Held}
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

// listLetter is a list as a letter, to be printed.
func (s *Server) listLetter(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	l, err := b.List(c.UserContext(), c.Params("slug"))
	if err != nil {
		return err
	}
	signed, err := b.Signed(c.UserContext(), l.Slug)
	if err != nil {
		return err
	}
	card, err := s.listCard(c, b, l)
	if err != nil {
		return err
	}
	var items []approval.FileItem
	for _, it := range signed.File.Items {
		if it.Approval.At(s.o.Now()).InForce() {
			items = append(items, it)
		}
	}
	v := themes.ListLetter{ListCard: card, Today: s.o.Now(), Total: len(items), Key: approval.Fingerprint(b.Key()), Sum: signed.SHA256}
	first, last, pager := paged(c, listPath(l.Slug)+"/letter", len(items), letterPerPage)
	v.Pager = pager
	for _, it := range items[first:last] {
		v.Pins = append(v.Pins, s.entryView(l, it, "", language(c)))
	}
	return s.page(c, "list-letter", themes.Frame{NoIndex: true}, v)
}

// listLog is everything that a board did to a list.
func (s *Server) listLog(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	l, err := b.List(ctx, c.Params("slug"))
	if err != nil {
		return err
	}
	events, err := b.ListLog(ctx, l.Slug)
	if err != nil {
		return err
	}
	at := listPath(l.Slug)
	return s.logPage(c, themes.Log{Title: l.Title, URL: at, Language: l.Language}, at+"/log", events)
}

// logPage shows steps, the newest first.
func (s *Server) logPage(c *fiber.Ctx, v themes.Log, at string, events []approval.Event) error {
	first, last, pager := paged(c, at, len(events), stepsPerPage)
	v.Pager = pager
	for i := first; i < last; i++ {
		n := len(events) - 1 - i
		e := events[n]
		step := themes.LogStep{At: e.At, Kind: string(e.Kind), Name: cmp.Or(e.By.Display, e.By.Name), Note: e.Note, Number: n + 1}
		switch {
		case e.Entry != nil:
			step.What = e.Entry.Title + " @ " + short(e.Entry.Revision)
		case e.Work != nil:
			step.What = e.Work.Title + " @ " + short(e.Work.Revision)
		case e.Upstream != nil:
			step.What = e.Upstream.URL
		case e.About != nil:
			step.What = e.About.Title
		case e.Resource != "":
			step.What = e.Resource
		case e.Outcome != nil:
			step.What = string(e.Outcome.Result)
		case e.Terms != nil:
			step.What = e.Terms.Title
		}
		if e.Submission > 0 {
			step.What = strings.TrimSpace("#" + itoa(e.Submission) + " " + step.What)
		}
		v.Steps = append(v.Steps, step)
	}
	return s.page(c, "list-log", themes.Frame{NoIndex: true}, v)
}
