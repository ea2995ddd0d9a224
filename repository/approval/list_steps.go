package approval

import (
	"slices"
	"strings"
)

// Next is the list after a step, or a *Refusal: why the step cannot be taken.
func (l *List) Next(e Event) (*List, error) {
	if err := e.By.check(); err != nil {
		return nil, err
	}
	if err := checkText("the note", e.Note, maxText); err != nil {
		return nil, err
	}
	if !e.By.Chair {
		return nil, denied("chair", "only who chairs the board changes its list")
	}
	next := *l
	next.Version++
	next.Modified = e.At
	if e.Kind == Created {
		return next.create(e)
	}
	if l.Version == 0 {
		return nil, missing("no-list", "there is no such list")
	}
	var err error
	switch e.Kind {
	case Described:
		err = next.describe(e)
	case Added:
		err = next.add(e)
	case Accepted, Held:
		err = next.newer(e)
	case Fulfilled, Renewed, Withdrawn:
		err = next.amend(e)
	case Followed, Synced:
		err = next.follow(e)
	case Excluded, Included:
		err = next.exclude(e)
	default:
		err = malformed("event", "a list knows no %q", e.Kind)
	}
	if err != nil {
		return nil, err
	}
	return &next, nil
}

func (l *List) create(e Event) (*List, error) {
	switch {
	case l.Version > 1:
		return nil, outOfOrder("list-exists", "there is a list %s already", l.Slug)
	case e.About == nil:
		return nil, malformed("about", "the list has no description")
	}
	if err := e.About.check(); err != nil {
		return nil, err
	}
	l.About, l.Created, l.newest, l.Excluded = *e.About, e.At, map[string]int{}, map[string]string{}
	return l, nil
}

func (l *List) describe(e Event) error {
	if e.About == nil {
		return malformed("about", "the list has no description")
	}
	about := *e.About
	about.Slug, about.Board = l.Slug, l.Board
	if err := about.check(); err != nil {
		return err
	}
	l.About = about
	return nil
}

func (l *List) add(e Event) error {
	if e.Entry == nil {
		return malformed("entry", "there is no entry")
	}
	n := *e.Entry
	n.Authors = e.Authors
	if err := n.check(); err != nil {
		return err
	}
	old, known := l.Entry(n.Identifier)
	switch {
	case slices.Contains(n.Authors, e.By.Name):
		return denied("author", "who wrote the material does not put it on the list")
	case known && old.Revision == n.Revision && old.Standing(e.At).InForce():
		return outOfOrder("listed", "this very revision of %s is on the list already", n.Title)
	case len(l.Entries) >= MaxEntries:
		return outOfOrder("full", "the list has %d entries, and takes no more", MaxEntries)
	}
	if n.Decided.IsZero() {
		n.Decided = e.At
	}
	l.put(&n)
	return nil
}

// put makes an entry the newest of its resource, in the place of the one before.
func (l *List) put(n *Entry) {
	l.loosen()
	i, known := l.newest[n.Identifier]
	if !known {
		l.newest[n.Identifier] = len(l.Entries)
		l.Entries = append(l.Entries, n)
		return
	}
	old := *l.Entries[i]
	if old.Withdrawn.IsZero() {
		old.Superseded, old.Held = n.Revision, nil
	}
	l.Replaced = append(l.Replaced, &old)
	l.Entries[i] = n
}

// replace puts a changed entry in the place of the newest of its resource.
func (l *List) replace(n *Entry) {
	l.loosen()
	l.Entries[l.newest[n.Identifier]] = n
}

// live is the newest entry of a resource if it has not ended.
func (l *List) live(identifier string) (*Entry, error) {
	e, ok := l.Entry(identifier)
	if !ok {
		return nil, missing("entry", "%s is not on the list", identifier)
	}
	if !e.Withdrawn.IsZero() {
		return nil, outOfOrder("withdrawn", "the approval of %s was withdrawn on %s", e.Title, day(e.Withdrawn))
	}
	return e, nil
}

// newer takes or holds a newer revision.
func (l *List) newer(e Event) error {
	if e.Work == nil {
		return malformed("work", "there is no newer revision")
	}
	old, err := l.live(e.Work.Identifier)
	if err != nil {
		return err
	}
	switch {
	case e.Work.Revision == old.Revision:
		return outOfOrder("listed", "this very revision of %s is on the list already", old.Title)
	case slices.ContainsFunc(l.Past(old.Identifier), func(p *Entry) bool { return p.Revision == e.Work.Revision }):
		return outOfOrder("older", "this revision of %s was on the list before, and another one took its place", old.Title)
	case slices.Contains(e.Authors, e.By.Name):
		return denied("author", "who wrote the new revision does not accept it")
	}
	for _, err := range []error{e.Work.check(), checkFindings(e.Findings), checkTexts("authors", e.Authors)} {
		if err != nil {
			return err
		}
	}
	if e.Kind == Held {
		if old.Held != nil && old.Held.Revision == e.Work.Revision {
			return outOfOrder("held", "this revision of %s is held since %s", old.Title, day(old.Held.At))
		}
		n := *old
		n.Held = &Hold{Revision: e.Work.Revision, At: e.At, By: e.By.Display, Note: e.Note}
		l.replace(&n)
		return nil
	}
	switch {
	case old.Standing(e.At) == Expired:
		return outOfOrder("expired", "the approval of %s ended on %s: renew it first", old.Title, day(old.Expires))
	case e.Work.License == "":
		return malformed("license-not-cleared", "the license of %s is not cleared", old.Title)
	}
	n := *old
	n.Work, n.Authors, n.Findings, n.Held = *e.Work, e.Authors, e.Findings, nil
	n.Decided, n.DecidedBy, n.Note = e.At, e.By.Display, e.Note
	l.put(&n)
	return nil
}

// amend changes the newest entry of a resource.
func (l *List) amend(e Event) error {
	old, err := l.live(e.Resource)
	if err != nil {
		return err
	}
	n := *old
	standing := old.Standing(e.At)
	switch e.Kind {
	case Withdrawn:
		if strings.TrimSpace(e.Note) == "" {
			return malformed("reason", "say why the approval ends")
		}
		n.Withdrawn, n.Reason, n.Held = e.At, e.Note, nil
	case Fulfilled:
		switch {
		case standing == Expired:
			return outOfOrder("expired", "the approval of %s ended on %s: renew it first", old.Title, day(old.Expires))
		case standing != Conditional:
			return outOfOrder("no-conditions", "the approval of %s has no conditions", old.Title)
		}
		n.Result, n.Conditions = Approve, ""
	case Renewed:
		if !e.Expires.IsZero() && !e.At.Before(endOf(e.Expires)) {
			return malformed("expires", "the last day of the approval is over already")
		}
		n.Expires = e.Expires
	}
	if slices.Contains(old.Authors, e.By.Name) && e.Kind != Withdrawn {
		return denied("author", "who wrote the material does not change its approval")
	}
	l.replace(&n)
	return nil
}

// follow takes over a state of another board's list.
func (l *List) follow(e Event) error {
	u := e.Upstream
	switch {
	case u == nil:
		return malformed("upstream", "there is no list to follow")
	case e.Kind == Followed && l.Follows != nil && l.Follows.URL != u.URL:
		return outOfOrder("follows", "the list follows %s already", l.Follows.URL)
	case e.Kind == Synced && l.Follows == nil:
		return outOfOrder("follows-none", "the list follows none")
	case e.Kind == Synced && (l.Follows.URL != u.URL || l.Follows.Key != u.Key):
		return denied("key", "%s is signed with another key than before", u.URL)
	case e.Kind == Synced && u.Version < l.Follows.Version:
		return outOfOrder("older", "version %d of %s is older than version %d, which was taken over", u.Version, u.URL, l.Follows.Version)
	case e.Kind == Synced && u.SHA256 == l.Follows.SHA256:
		return outOfOrder("same", "the list is up to date")
	case u.URL == "" || len(u.SHA256) != 64 || u.Key == "":
		return malformed("upstream", "the list to follow is not named")
	}
	for _, err := range []error{
		checkURL("the list's address", u.URL), checkText("the title", u.Title, maxTitle), checkText("the board", u.Board, maxTitle),
		checkText("the key", u.Key, maxTitle), checkText("the date", u.Modified, maxName),
	} {
		if err != nil {
			return err
		}
	}
	taken := *u
	l.Follows = &taken
	return nil
}

func (l *List) exclude(e Event) error {
	_, out := l.Excluded[e.Resource]
	switch {
	case l.Follows == nil:
		return outOfOrder("follows-none", "the list follows none")
	case e.Resource == "" || len(e.Resource) > maxName:
		return malformed("entry", "no entry is named")
	case e.Kind == Excluded && out:
		return outOfOrder("excluded", "it is left out already")
	case e.Kind == Included && !out:
		return outOfOrder("included", "it is not left out")
	case e.Kind == Excluded && len(l.Excluded) >= MaxEntries:
		return outOfOrder("full", "%d entries are left out, and no more can be", MaxEntries)
	}
	l.loosen()
	if e.Kind == Excluded {
		l.Excluded[e.Resource] = e.Note
	} else {
		delete(l.Excluded, e.Resource)
	}
	return nil
}
