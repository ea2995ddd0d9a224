package approval

import (
	"strings"
	"time"
)

// Kind says what an event is.
type Kind string

// The events of a call.
const (
	Opened    Kind = "opened"
	Extended  Kind = "extended"  // the chair gives it another last day
	Submitted Kind = "submitted" // somebody entitled hands in one revision
	Declared  Kind = "declared"  // a reviewer says whether they have an interest in a submission
	Reviewed  Kind = "reviewed"
	Voted     Kind = "voted"
	Left      Kind = "left"    // who voted is not of the board any more: their vote does not count
	Decided   Kind = "decided" // the chair records what the votes say
	Retracted Kind = "retracted"
)

// The events of a list.
const (
	Created   Kind = "created"
	Described Kind = "described" // title and description
	Added     Kind = "added"
	Accepted  Kind = "accepted"  // a newer revision takes the place of the approved one
	Held      Kind = "held"      // a newer revision was looked at, and the approved one stays
	Fulfilled Kind = "fulfilled" // the conditions of an approval are met
	Renewed   Kind = "renewed"   // the approval lasts longer
	Withdrawn Kind = "withdrawn" // the approval ends
	Followed  Kind = "followed"  // the list adopts another board's
	Synced    Kind = "synced"    // a newer state of the list that is followed was taken over
	Excluded  Kind = "excluded"  // an entry of the list that is followed is left out
	Included  Kind = "included"  // and taken back in
)

// Actor is who takes a step, and what the board lets them do.
type Actor struct {
	Name     string `json:"name"`               // account
	Display  string `json:"display,omitempty"`  // as pages and letters name the person
	Reviewer bool   `json:"reviewer,omitempty"` // of this board
	Chair    bool   `json:"chair,omitempty"`    // of this board; chairs are reviewers
}

func (a Actor) reviews() bool { return a.Reviewer || a.Chair }

// Event is one step. Which fields it has follows from its kind.
type Event struct {
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	By   Actor     `json:"by"`

	Terms       *Terms       `json:"terms,omitempty"`      // opened
	Closes      time.Time    `json:"closes,omitzero"`      // extended
	Submission  int          `json:"submission,omitempty"` // from 1: declared, reviewed, voted, left, decided, retracted
	Work        *Work        `json:"work,omitempty"`       // submitted, accepted, held
	Authors     []string     `json:"authors,omitempty"`    // accounts that wrote the work: submitted, added, accepted
	Findings    []Finding    `json:"findings,omitempty"`   // submitted, accepted
	Note        string       `json:"note,omitempty"`       // reasons and comments
	Declaration *Declaration `json:"declaration,omitempty"`
	Review      *Review      `json:"review,omitempty"`
	Vote        Choice       `json:"vote,omitempty"`
	Account     string       `json:"account,omitempty"` // left
	Outcome     *Outcome     `json:"outcome,omitempty"` // decided

	About    *About    `json:"about,omitempty"`    // created, described
	Entry    *Entry    `json:"entry,omitempty"`    // added
	Resource string    `json:"resource,omitempty"` // OAI identifier: fulfilled, renewed, withdrawn, excluded, included
	Expires  time.Time `json:"expires,omitzero"`   // renewed
	Upstream *Upstream `json:"upstream,omitempty"` // followed, synced
}

// Work is one exact revision of a resource.
type Work struct {
	ID         string    `json:"id"`         // UUID
	Identifier string    `json:"identifier"` // OAI identifier
	Title      string    `json:"title"`
	URL        string    `json:"url"`            // of the resource's page, absolute
	Git        string    `json:"git,omitempty"`  // address for git clone
	Path       string    `json:"path,omitempty"` // folder inside the repository
	Revision   string    `json:"revision"`       // commit: 40 hexadecimal digits
	Tree       string    `json:"tree"`           // git tree of the commit's root: 40 hexadecimal digits
	Version    string    `json:"version,omitempty"`
	License    string    `json:"license,omitempty"` // normalized; "" is not cleared
	Language   string    `json:"language,omitempty"`
	Subjects   []string  `json:"subjects,omitempty"`
	Grades     []string  `json:"grades,omitempty"`
	Published  time.Time `json:"published,omitzero"` // the revision
}

// Finding is the result of one automatic check, before anybody has looked.
type Finding struct {
	Check   string   `json:"check"`             // license, metadata, accessibility, coverage, changes …
	Grade   Grade    `json:"grade"`             //
	Summary string   `json:"summary"`           // a sentence
	Details []string `json:"details,omitempty"` // at most 50
	URL     string   `json:"url,omitempty"`     // of the whole report

	// Code names the sentence of the summary, and Values are what it has in it, for readers of other languages.
	Code   string            `json:"code,omitempty"`
	Values map[string]string `json:"values,omitempty"`
	Notes  []Note            `json:"notes,omitempty"` // the details for readers of other languages; as many, or none
}

// Note is one detail of a Finding: Before, the sentence that Code names, After. Without a code it is the detail as it is.
type Note struct {
	Code   string            `json:"code,omitempty"`
	Before string            `json:"before,omitempty"`
	After  string            `json:"after,omitempty"`
	In     map[string]string `json:"in,omitempty"` // the whole in other languages, by BCP 47; before all else
}

// Add appends a detail. Findings have at most 50, and longer texts are cut.
func (f *Finding) Add(text string, n Note) {
	const most, longest = 50, 380
	if len(f.Details) >= most {
		return
	}
	cut := func(s string) string {
		if len(s) > longest {
			return strings.ToValidUTF8(s[:longest], "") + "…"
		}
		return s
	}
	n.Before, n.After = cut(n.Before), cut(n.After)
	for lang, s := range n.In {
		n.In[lang] = cut(s)
	}
	f.Details, f.Notes = append(f.Details, cut(text)), append(f.Notes, n)
}

// Says sets the summary: the sentence in English, the code that names it, and what it has in it, name by name.
func (f *Finding) Says(summary, code string, values ...string) {
	f.Summary, f.Code, f.Values = summary, code, nil
	for i := 0; i+1 < len(values); i += 2 {
		if f.Values == nil {
			f.Values = map[string]string{}
		}
		f.Values[values[i]] = values[i+1]
	}
}

// Grade says how a check went.
type Grade string

// The grades.
const (
	Passed    Grade = "passed"
	Warned    Grade = "warned" // somebody should look
	Failed    Grade = "failed"
	Unchecked Grade = "unchecked" // not applicable, or a machine cannot tell
)
