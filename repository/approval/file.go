package approval

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
)

// Format is the version of the format of files. A reader refuses a newer one.
const Format = 1

// File is an approved list as it leaves the server: list.json, which is what is signed. As JSON-LD it is a schema.org
// ItemList of LearningResources; the decision stands in "approval" beside each. The same list always gives the same bytes.
type File struct {
	Context     any        `json:"@context"`
	Type        string     `json:"@type"` // ItemList
	Format      int        `json:"commonplaceList"`
	ID          string     `json:"@id"` // address of the list, without extension
	Identifier  string     `json:"identifier"`
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Language    string     `json:"inLanguage,omitempty"`
	Publisher   FileBoard  `json:"publisher"`
	Created     string     `json:"dateCreated"`
	Modified    string     `json:"dateModified"`
	Version     int        `json:"version"`
	License     string     `json:"license"` // of the list itself
	Based       *FileBased `json:"isBasedOn,omitempty"`
	Number      int        `json:"numberOfItems"`
	Items       []FileItem `json:"itemListElement"`
}

// FileBoard is the board, and the server that it is on.
type FileBoard struct {
	Type string `json:"@type"` // Organization
	Name string `json:"name"`
	URL  string `json:"url"`
	Team string `json:"alternateName"` // how the server names the board
}

// FileBased is the list that is followed, exactly as it was taken over.
type FileBased struct {
	Type     string   `json:"@type"` // ItemList
	ID       string   `json:"@id"`
	Name     string   `json:"name"`
	Board    string   `json:"board,omitempty"`
	Version  int      `json:"version"`
	SHA256   string   `json:"sha256"`
	Key      string   `json:"key"`
	Excluded []string `json:"excluded,omitempty"` // OAI identifiers that are left out
}

// FileItem is one entry with its place.
type FileItem struct {
	Type     string       `json:"@type"` // ListItem
	Position int          `json:"position"`
	Item     FileWork     `json:"item"`
	Approval FileApproval `json:"approval"`
}

// FileWork is the pinned revision.
type FileWork struct {
	Type       string   `json:"@type"` // LearningResource
	ID         string   `json:"@id"`   // urn:uuid: of the resource
	Identifier string   `json:"identifier"`
	Name       string   `json:"name"`
	URL        string   `json:"url"`
	Git        string   `json:"codeRepository,omitempty"`
	Path       string   `json:"path,omitempty"`
	Revision   string   `json:"revision"`
	Tree       string   `json:"tree"`
	Version    string   `json:"version,omitempty"`
	SPDX       string   `json:"spdx"`
	License    string   `json:"license,omitempty"`
	Language   string   `json:"inLanguage,omitempty"`
	Subjects   []string `json:"about,omitempty"`
	Grades     []string `json:"educationalLevel,omitempty"`
	Published  string   `json:"datePublished,omitempty"`
	Status     string   `json:"creativeWorkStatus,omitempty"` // TakenDown, or ""
}

// TakenDown is the name and the status of a work that moderators of the list's server took down: the entry stays, with what it
// pins and what was decided, and the title does not.
const TakenDown = "taken down"

// Withhold takes the titles of some works out of a file that was just rendered. What was signed before stays as it was, and
// verifies; the file that is served from then on says that they are taken down, and is signed as such.
func (f *File) Withhold(down func(Work) bool) {
	for i := range f.Items {
		if w := &f.Items[i].Item; down(w.Work()) {
			w.Name, w.Status = TakenDown, TakenDown
		}
	}
}

// FileApproval is the decision.
type FileApproval struct {
	Standing   Standing   `json:"standing"` // approved, conditions, withdrawn; whether it expired is for the reader's clock
	By         string     `json:"by"`       // the board whose decision it is
	List       string     `json:"list,omitempty"`
	Decided    string     `json:"decided"`
	Expires    string     `json:"expires,omitempty"` // the last day
	Conditions string     `json:"conditions,omitempty"`
	Note       string     `json:"note,omitempty"`
	Reason     string     `json:"reason,omitempty"` // of a withdrawal
	Withdrawn  string     `json:"withdrawn,omitempty"`
	Call       string     `json:"call,omitempty"`
	Submission int        `json:"submission,omitempty"`
	Scores     []Mean     `json:"scores,omitempty"`
	Agreement  *Agreement `json:"agreement,omitempty"`
	Findings   []Finding  `json:"findings,omitempty"`
	Held       string     `json:"held,omitempty"` // a newer revision that was looked at and not taken
	Past       []FilePast `json:"past,omitempty"` // revisions that were approved before
}

// FilePast is a revision that was approved before.
type FilePast struct {
	Revision string `json:"revision"`
	Tree     string `json:"tree"`
	Decided  string `json:"decided"`
}

// Render writes a list as a file. base is the server's base URL; upstream is the list that it follows, if it does.
func Render(l *List, base string, upstream *File) File {
	f := File{
		Context: []any{"https://schema.org", map[string]string{"@vocab": "https://commonplace-oer.org/ns/list#"}},
		Type:    "ItemList", Format: Format, ID: base + "/lists/" + l.Slug, Identifier: l.Slug, Name: l.Title, Description: l.Description,
		Language: l.Language, Version: l.Version, License: "https://creativecommons.org/publicdomain/zero/1.0/",
		Publisher: FileBoard{Type: "Organization", Name: cmp.Or(l.BoardTitle, l.Board), URL: base, Team: l.Board},
		Created:   instant(l.Created), Modified: instant(l.Modified), Items: []FileItem{},
	}
	past := map[string][]FilePast{}
	for _, e := range slices.Backward(l.Replaced) {
		if e.Superseded != "" {
			past[e.Identifier] = append(past[e.Identifier], FilePast{e.Revision, e.Tree, instant(e.Decided)})
		}
	}
	own := map[string]bool{}
	for _, e := range l.Entries {
		own[e.Identifier] = true
		f.Items = append(f.Items, e.item(f, past[e.Identifier]))
	}
	if l.Follows != nil {
		f.Based = &FileBased{
			Type: "ItemList", ID: l.Follows.URL, Name: l.Follows.Title, Board: l.Follows.Board, Version: l.Follows.Version,
			SHA256: l.Follows.SHA256, Key: l.Follows.Key,
		}
		for id := range l.Excluded {
			f.Based.Excluded = append(f.Based.Excluded, id)
		}
		slices.Sort(f.Based.Excluded)
		if upstream != nil {
			f.adopt(*upstream, own, l.Excluded)
		}
	}
	for i := range f.Items {
		f.Items[i].Position = i + 1
	}
	f.Number = len(f.Items)
	return f
}

// adopt takes over what the followed list has, without what is left out and what the list has itself.
func (f *File) adopt(upstream File, own map[string]bool, excluded map[string]string) {
	for _, it := range upstream.Items {
		if _, out := excluded[it.Item.Identifier]; out || own[it.Item.Identifier] {
			continue
		}
		if it.Approval.List == "" {
			it.Approval.List = upstream.ID
		}
		f.Items = append(f.Items, it)
	}
}

func (e *Entry) item(f File, past []FilePast) FileItem {
	a := FileApproval{
		Standing: Stands, By: f.Publisher.Name, Decided: instant(e.Decided), Expires: date(e.Expires), Conditions: e.Conditions, Note: e.Note,
		Reason: e.Reason, Withdrawn: instant(e.Withdrawn), Call: e.Call, Submission: e.Submission, Scores: e.Scores, Findings: e.Findings, Past: past,
	}
	switch {
	case !e.Withdrawn.IsZero():
		a.Standing = Ended
	case e.Result == Conditions:
		a.Standing = Conditional
	}
	if e.Agreement.Reviewers > 0 {
		a.Agreement = &e.Agreement
	}
	if e.Held != nil {
		a.Held = e.Held.Revision
	}
	return FileItem{Type: "ListItem", Item: WorkOf(e.Work), Approval: a}
}

// At is what the approval is worth at a moment.
func (a FileApproval) At(now time.Time) Standing {
	if a.Standing.InForce() && a.Expires != "" {
		if last, err := time.Parse(time.DateOnly, a.Expires); err == nil && !now.Before(endOf(last)) {
			return Expired
		}
	}
	return a.Standing
}

// JSON are the bytes of list.json.
func (f File) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ") // one value a line, so that versions can be compared and packed
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func day10(s string) string { return s[:min(len(s), 10)] }

// WorkOf is a pinned revision as files have it.
func WorkOf(w Work) FileWork {
	f := FileWork{
		Type: "LearningResource", ID: "urn:uuid:" + w.ID, Identifier: w.Identifier, Name: w.Title, URL: w.URL, Git: w.Git, Path: w.Path,
		Revision: w.Revision, Tree: w.Tree, Version: w.Version, SPDX: w.License, Language: w.Language,
		Subjects: w.Subjects, Grades: w.Grades, Published: instant(w.Published),
	}
	if known, ok := licensing.Lookup(licensing.ID(w.License)); ok {
		f.License = known.URL
	}
	return f
}
