package approval

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// About is what a list says of itself.
type About struct {
	Slug        string `json:"slug"`
	Board       string `json:"board"` // team
	BoardTitle  string `json:"boardTitle,omitempty"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Language    string `json:"language,omitempty"` // BCP 47
}

func (a About) check() error {
	if err := CheckID(a.Slug); err != nil {
		return err
	}
	switch {
	case a.Board == "":
		return malformed("board", "the list is of no board")
	case strings.TrimSpace(a.Title) == "":
		return malformed("title", "the list has no title")
	}
	for _, err := range []error{
		checkText("the title", a.Title, maxTitle), checkText("the description", a.Description, maxText),
		checkText("the board", a.Board, maxName), checkText("the board", a.BoardTitle, maxTitle), checkText("the language", a.Language, maxName),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Upstream is another board's list that a list follows, at one of its states.
type Upstream struct {
	URL      string `json:"url"` // of the list, without .json
	Title    string `json:"title"`
	Board    string `json:"board,omitempty"` // as its board is called
	Key      string `json:"key"`             // that signs it, as AuthorizedKey writes it; it is trusted from the first time on
	SHA256   string `json:"sha256"`          // of the file that was taken over, hexadecimal
	Version  int    `json:"version"`         // of the list
	Modified string `json:"modified,omitempty"`
	Entries  int    `json:"entries"`
}

// List is an approved list as its log says. The zero List is one that was not created. A List is never changed; Next
// answers another.
type List struct {
	About
	Created  time.Time
	Modified time.Time
	Entries  []*Entry // the newest of each resource, whatever it is worth, in the order in which resources came
	Replaced []*Entry // those that others took the place of, oldest first
	Follows  *Upstream
	Excluded map[string]string // OAI identifiers of entries of the list that is followed, and why they are left out
	Version  int               // events so far

	newest map[string]int // OAI identifier to the place in Entries; shared by versions that have the same entries
	own    bool           // nobody else has it yet: its slices and maps may be changed in place
}

// fold takes many steps, all or none.
func (l *List) fold(events []Event) (*List, error) {
	next := *l
	mine := &next
	mine.loosen()
	mine.own = true
	for _, e := range events {
		var err error
		if mine, err = mine.Next(e); err != nil {
			return nil, err
		}
	}
	mine.own = false
	return mine, nil
}

// loosen makes slices and maps of the list's own before they are changed.
func (l *List) loosen() {
	if l.own {
		return
	}
	l.Entries, l.Replaced = slices.Clone(l.Entries), slices.Clone(l.Replaced)
	l.newest, l.Excluded = maps.Clone(l.newest), maps.Clone(l.Excluded)
}

// Entry is the newest entry of a resource, whatever it is worth.
func (l *List) Entry(identifier string) (*Entry, bool) {
	i, ok := l.newest[identifier]
	if !ok {
		return nil, false
	}
	return l.Entries[i], true
}

// Past are earlier entries of a resource, the newest first.
func (l *List) Past(identifier string) []*Entry {
	var list []*Entry
	for _, e := range slices.Backward(l.Replaced) {
		if e.Identifier == identifier {
			list = append(list, e)
		}
	}
	return list
}

// Has reports whether what was decided about a submission is on the list, or was.
func (l *List) Has(call string, submission int) bool {
	of := func(e *Entry) bool { return e.Call == call && e.Submission == submission }
	return slices.ContainsFunc(l.Entries, of) || slices.ContainsFunc(l.Replaced, of)
}

// Newer is an entry whose resource has a newer revision than the one that is pinned.
type Newer struct {
	*Entry
	Revision string // the newest
	Held     bool   // it was looked at and not taken
}
