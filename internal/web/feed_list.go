package web

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// feedDecisions bounds what the feed of a list says of what was decided, and of what waits for a decision.
const feedDecisions = 50

// listFeed is what a list approved last, and what is newer than it has approved: a board follows that, and so do those who
// teach by the list.
func (s *Server) listFeed(c *fiber.Ctx, slug string) error {
	l, err := s.signedList(c, slug)
	if err != nil {
		return err
	}
	at := s.o.BaseURL + listPath(l.Slug)
	lang := orElse(l.Language, "en")
	feed := atomFeed{
		Language: lang, ID: at, Title: l.Title, Author: atomPerson{Name: l.card.Board}, Updated: l.Modified.UTC().Format(time.RFC3339),
		Links: []atomLink{{"self", at + ".atom"}, {"alternate", at}},
	}
	entry := func(e *approval.Entry, revision, title, note, link string, when time.Time) atomEntry {
		stamp := when.UTC().Format(time.RFC3339)
		return atomEntry{
			ID: at + "/" + e.ID + "#" + revision, Title: title, Updated: stamp, Published: stamp, Summary: note, Links: []atomLink{{"alternate", link}},
		}
	}
	newer, err := l.boards.Newer(c.UserContext(), l.List, false)
	if err != nil {
		return err
	}
	newer = newer[:min(len(newer), feedDecisions)]
	decided := slices.SortedFunc(slices.Values(l.Entries), func(a, b *approval.Entry) int { return b.Decided.Compare(a.Decided) })
	decided = decided[:min(len(decided), feedDecisions)]
	var identifiers []string
	for _, n := range newer {
		identifiers = append(identifiers, n.Identifier)
	}
	for _, e := range decided {
		identifiers = append(identifiers, e.Identifier)
	}
	labels, err := l.boards.Labels(c.UserContext(), identifiers)
	if err != nil {
		return err
	}
	named, err := s.workTitles(c, lang)
	if err != nil {
		return err
	}
	for _, n := range newer {
		r, err := s.o.Repository.ByIdentifier(c.UserContext(), n.Identifier)
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		releases := labels[n.Identifier]
		title := s.o.Theme.Text(lang, "listfeed.newer", "Title", named(n.Entry.Work), "Approved", cmp.Or(releases[n.Entry.Revision], short(n.Entry.Revision)),
			"Newer", cmp.Or(releases[n.Revision], short(n.Revision)))
		feed.Entries = append(feed.Entries, entry(n.Entry, n.Revision, title, "", n.URL+"/compare/"+n.Entry.Revision+".."+n.Revision, r.Modified))
	}
	for _, e := range decided {
		key := "listfeed.approved"
		if !e.Withdrawn.IsZero() {
			key = "listfeed.withdrawn"
		}
		title := s.o.Theme.Text(lang, key, "Title", named(e.Work), "Approved", cmp.Or(labels[e.Identifier][e.Revision], short(e.Revision)))
		when, note := e.Decided, cmp.Or(e.Conditions, e.Note)
		if !e.Withdrawn.IsZero() {
			when, note = e.Withdrawn, e.Reason
		}
		feed.Entries = append(feed.Entries, entry(e, e.Revision, title, note, at+"/"+e.ID, when))
	}
	slices.SortStableFunc(feed.Entries, func(a, b atomEntry) int { return strings.Compare(b.Updated, a.Updated) })
	if len(feed.Entries) > 0 {
		feed.Updated = max(feed.Updated, feed.Entries[0].Updated)
	}
	return s.xml(c, "application/atom+xml; charset=utf-8", feed)
}
