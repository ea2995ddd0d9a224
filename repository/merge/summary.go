package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Counts says what a merge brings.
type Counts struct {
	Upstream  int // changes that ours does not have yet
	Clean     int // of them, those that are merged
	Conflicts int // of them, those that a person must decide about
}

// String says it in English: "3 changes upstream: 2 merge cleanly, 1 needs you".
func (c Counts) String() string {
	changes, merge, need := "changes", "merge", "need you"
	if c.Upstream == 1 {
		changes = "change"
	}
	if c.Clean == 1 {
		merge = "merges"
	}
	if c.Conflicts == 1 {
		need = "needs you"
	}
	switch {
	case c.Upstream == 0:
		return "no changes upstream"
	case c.Conflicts == 0:
		return fmt.Sprintf("%d %s upstream: %d %s cleanly", c.Upstream, changes, c.Clean, merge)
	case c.Clean == 0:
		return fmt.Sprintf("%d %s upstream: %d %s", c.Upstream, changes, c.Conflicts, need)
	}
	return fmt.Sprintf("%d %s upstream: %d %s cleanly, %d %s", c.Upstream, changes, c.Clean, merge, c.Conflicts, need)
}

// Summary counts blocks, fields, and files that are not text or were added, taken out or moved. What is in ours already
// does not count.
func (r Result) Summary() Counts {
	c := Counts{Conflicts: len(r.Conflicts)}
	for _, change := range r.Changes {
		n := change.Blocks + len(change.Fields)
		if change.Kind == Renamed {
			n++
		}
		if change.Kind == Added || change.Kind == Deleted {
			n = 1
		}
		c.Clean += max(n, 1)
	}
	c.Upstream = c.Clean + c.Conflicts
	return c
}

// changes compares trees file by file.
func changes(from, to Tree, m *meter) (list []Change) {
	moved := renames(from, to, m)
	target := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		c := Change{Path: name, Kind: Modified}
		if at := moved[name]; at != "" {
			c.Path, c.From, c.Kind, target[at] = at, name, Renamed, true
		}
		now, ok := to[c.Path]
		switch {
		case !ok:
			c.Kind = Deleted
		case bytes.Equal(from[name].Data, now.Data):
			if c.Kind == Modified && from[name].Executable == now.Executable {
				continue
			}
		default:
			c.count(from[name].Data, now.Data, m)
		}
		list = append(list, c)
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if _, was := from[name]; !was && !target[name] {
			list = append(list, Change{Path: name, Kind: Added})
		}
	}
	slices.SortStableFunc(list, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// count counts what differs in a text.
func (c *Change) count(a, b []byte, m *meter) {
	if !isText(a) || !isText(b) {
		return
	}
	if !isMarkdown(c.Path) {
		for _, block := range diffLines(a, b, m) {
			if block.Kind != Same {
				c.Blocks++
			}
		}
		return
	}
	for _, block := range diff(a, b, m) {
		switch {
		case block.Kind == Same:
		case block.Type == Front && len(block.Fields) > 0:
			for _, f := range block.Fields {
				c.Fields = append(c.Fields, f.Field)
			}
		case block.Type != Front:
			c.Blocks++
		}
	}
}

func metadataOf(front []byte) metadata.Metadata {
	doc, _ := metadata.Parse("index.md", front)
	return doc.Metadata
}
