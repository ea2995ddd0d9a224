package web

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// entries are entries as pages show them, with what is newer than they are.
func (s *Server) entries(c *fiber.Ctx, l shownList, items []approval.FileItem) ([]themes.ListEntry, error) {
	pinned, identifiers := make(map[string]string, len(items)), make([]string, len(items))
	for i, it := range items {
		pinned[it.Item.Identifier], identifiers[i] = it.Item.Revision, it.Item.Identifier
	}
	newer, err := l.boards.Newest(c.UserContext(), pinned)
	if err != nil {
		return nil, err
	}
	labels, err := l.boards.Labels(c.UserContext(), identifiers)
	if err != nil {
		return nil, err
	}
	list := make([]themes.ListEntry, len(items))
	for i, it := range items {
		list[i] = s.entryView(it, language(c))
		if it.Item.Status == approval.TakenDown {
			list[i].Title, list[i].Language = s.theme(c).Text(language(c), "list.takendown"), ""
		}
		list[i].Page = listPath(l.Slug) + "/" + strings.TrimPrefix(it.Item.ID, "urn:uuid:")
		named := labels[it.Item.Identifier]
		list[i].Label = cmp.Or(named[it.Item.Revision], list[i].Label)
		if newest := newer[it.Item.Identifier]; newest != "" {
			list[i].Newer = newerView(it, newest, named)
		}
	}
	return list, nil
}

// newerView is the newest revision of what an entry pins.
func newerView(it approval.FileItem, newest string, named repository.Labels) *themes.NewerRevision {
	return &themes.NewerRevision{
		URL: web(it.Item.URL), Compare: web(it.Item.URL) + "/compare/" + it.Item.Revision + ".." + newest, Short: short(newest), Revision: newest,
		Label: named[newest], Held: it.Approval.Held == newest,
	}
}

// entryView is an entry as its list says.
func (s *Server) entryView(it approval.FileItem, lang string) themes.ListEntry {
	w, a := it.Item, it.Approval
	e := themes.ListEntry{
		Title: cmp.Or(strings.TrimSpace(w.Name), w.Identifier), Language: w.Language, URL: pinnedURL(w), Identifier: w.Identifier, Revision: w.Revision, Short: short(w.Revision), Tree: w.Tree,
		License: licenseView(licensing.ID(w.SPDX), lang), Standing: string(a.At(s.o.Now())), By: a.By, Conditions: a.Conditions,
		Note: a.Note, Reason: a.Reason, Grades: w.Grades, Subjects: w.Subjects,
	}
	if _, err := strconv.Atoi(w.Version); err == nil {
		e.Version = w.Version // it counts revisions
	} else {
		e.Label = w.Version
	}
	e.Decided, _ = time.Parse(time.RFC3339, a.Decided)
	e.Expires, _ = time.Parse(time.DateOnly, a.Expires)
	if a.List != "" {
		e.From = &themes.Link{Label: cmp.Or(strings.TrimSpace(a.By), a.List), URL: web(a.List)} // what others write may lack a name
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
	l, err := s.signedList(c, c.Params("slug"))
	if err != nil {
		return err
	}
	it, ok := l.signed.Finder.ID(c.Params("id"))
	if !ok {
		return kind.ErrNotFound
	}
	entries, err := s.entries(c, l, []approval.FileItem{it})
	if err != nil {
		return err
	}
	v := themes.ListEntryPage{
		List: l.card, Entry: entries[0], Scores: meanViews(it.Approval.Scores), Findings: s.findings(it.Approval.Findings, language(c)), MayEdit: l.who.Chair,
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
	return s.page(c, "list-entry", themes.Frame{Lede: v.Entry.Title + ". " + l.Title + "."}, v)
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
