package repository

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// record is what a manifest says of its resources beside the git history: all that the catalog cannot find in a tree.
// Format 1, documented in docs/formats.md.
type record struct {
	Format     int        `json:"format"`
	Owner      string     `json:"owner"`
	Slug       string     `json:"slug"`
	Generation int64      `json:"generation"` // counts the changes of the manifest
	Resources  []recorded `json:"resources"`  // the root first, then its parts
	Withdrawn  string     `json:"withdrawn,omitempty"`
	// Origins are what a remix was made from, as this server knew it then. An author cannot take them out or change them.
	Origins []metadata.Source `json:"origins,omitempty"`
	// Suggestions are in the order of their numbers; the newest are kept.
	Suggestions []suggestion `json:"suggestions,omitempty"`
}

// A record is bounded, for every change writes it anew.
const (
	maxSuggestions = 200
	maxSuggested   = 500 << 10 // bytes of them together
)

// recorded is one resource of a record.
type recorded struct {
	ID        ID       `json:"id"`
	Path      string   `json:"path"`               // folder in the repository; "" is its root
	Content   string   `json:"content"`            // hash over its files and what it inherits
	Revision  Revision `json:"revision,omitempty"` // in which it last changed; empty: the one that main names
	Published int64    `json:"published"`
	Modified  int64    `json:"modified"`
	Deleted   bool     `json:"deleted,omitempty"`
}

const recordFormat = 1

// replaced is the list with the newer entries in the place of those of the same id.
func replaced(list, newer []metadata.Source) []metadata.Source {
	list = slices.Clone(list)
	for _, source := range newer {
		if i := slices.IndexFunc(list, func(old metadata.Source) bool { return old.ID == source.ID }); i >= 0 {
			list[i] = source
		} else {
			list = append(list, source)
		}
	}
	return list
}

func readRecord(m gitstore.Manifest) (record, error) {
	var r record
	if len(m.Record) == 0 {
		return record{}, fmt.Errorf("the manifest has no record")
	}
	if err := json.Unmarshal(m.Record, &r); err != nil {
		return record{}, fmt.Errorf("the manifest's record: %w", err)
	}
	if r.Format != recordFormat || len(r.Resources) == 0 {
		return record{}, fmt.Errorf("the manifest's record has format %d, this program reads %d", r.Format, recordFormat)
	}
	for i := range r.Suggestions {
		if one := &r.Suggestions[i]; one.Revision == "" { // likewise
			one.Revision = m.Refs[suggestionRef(one.Number)]
		}
	}
	return r.at(m.Refs[mainRef]), nil
}

// at fills in the revision that the record was written with: a commit cannot name itself, so there it is empty.
func (r record) at(rev Revision) record {
	r.Resources = slices.Clone(r.Resources)
	for i := range r.Resources {
		if r.Resources[i].Revision == "" {
			r.Resources[i].Revision = rev
		}
	}
	return r
}

// find returns the resource in a folder: the live one, if there is one.
func (r record) find(path string) (found recorded, ok bool) {
	for _, e := range r.Resources {
		if e.Path == path && (!ok || found.Deleted) {
			found, ok = e, true
		}
	}
	return found, ok
}

func (r record) encode() json.RawMessage {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return b
}

// revised is the record after a revision whose live resources have the given contents, in the order of the tree. A part
// that moved to another folder unchanged keeps its id; one that is gone stays as a tombstone.
func (r record) revised(contents []content, rev Revision, at time.Time) record {
	next := record{Format: recordFormat, Owner: r.Owner, Slug: r.Slug, Generation: r.Generation + 1, Origins: r.Origins, Suggestions: r.Suggestions}
	byPath, byContent := map[string]int{}, map[string]int{}
	for i, old := range r.Resources {
		if _, taken := byPath[old.Path]; !taken || !old.Deleted {
			byPath[old.Path] = i
		}
		if !old.Deleted {
			byContent[old.Content] = i
		}
	}
	kept := map[int]bool{}
	live := map[string]bool{}
	for _, c := range contents {
		live[c.path] = true
	}
	for _, c := range contents {
		i, known := byPath[c.path]
		if !known {
			if i, known = byContent[c.hash]; known && (live[r.Resources[i].Path] || kept[i]) {
				known = false // a copy, not a move
			}
		}
		now := recorded{ID: newID(), Path: c.path, Content: c.hash, Revision: rev, Published: at.Unix(), Modified: at.Unix()}
		if c.id != "" {
			now.ID = c.id
		}
		if known {
			kept[i] = true
			old := r.Resources[i]
			now.ID, now.Published = old.ID, old.Published
			if old.Content == c.hash && old.Path == c.path && !old.Deleted {
				now.Revision, now.Modified = old.Revision, old.Modified
			}
		}
		next.Resources = append(next.Resources, now)
	}
	for i, old := range r.Resources {
		if !kept[i] {
			old.Deleted = true
			next.Resources = append(next.Resources, old)
		}
	}
	return next
}

// withdraw is the record after the whole repository was taken down.
func (r record) withdraw(reason string) record {
	next := r
	next.Generation++
	next.Withdrawn = reason
	next.Resources = nil
	for _, old := range r.Resources {
		old.Deleted = true
		next.Resources = append(next.Resources, old)
	}
	return next
}

// unchanged reports whether the live resources of the record have exactly these contents.
func (r record) unchanged(contents []content) bool {
	var live []recorded
	for _, old := range r.Resources {
		if !old.Deleted {
			live = append(live, old)
		}
	}
	if len(live) != len(contents) {
		return false
	}
	for i, c := range contents {
		if live[i].Path != c.path || live[i].Content != c.hash {
			return false
		}
	}
	return true
}
