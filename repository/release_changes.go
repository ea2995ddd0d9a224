package repository

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Changed is what differs between two published revisions, as people read it.
type Changed struct {
	From, To                               Revision
	LessonsAdded, LessonsRemoved           []string // folders of a unit
	Reworded                               []Reworded
	FilesAdded, FilesRemoved, FilesChanged []string  // a text is changed, not reworded, where its description alone is
	License                                [2]string // before and after; both empty where it is the same
	Aligned, Unaligned                     []string  // codes of standards
	Blocks                                 int       // paragraphs, lists, tables … that differ, in all texts
}

// Reworded is a text that was changed.
type Reworded struct {
	Path   string
	Blocks int
}

// Empty reports whether nothing changed.
func (c Changed) Empty() bool {
	return c.Count() == 0 && c.License == [2]string{} && len(c.Aligned)+len(c.Unaligned) == 0
}

// Count is how many files differ.
func (c Changed) Count() int {
	return len(c.LessonsAdded) + len(c.LessonsRemoved) + len(c.Reworded) + len(c.FilesAdded) + len(c.FilesRemoved) + len(c.FilesChanged)
}

// Unread reports whether all that differs stands in descriptions, so that the text and its files are the same.
func (c Changed) Unread() bool {
	described := func(file string) bool { return !strings.HasSuffix(file, ".md") }
	return c.Count() == len(c.FilesChanged) && !slices.ContainsFunc(c.FilesChanged, described)
}

// ChangedLine is one thing that changed: a line in English, and the same for readers of other languages, the message that
// Code names with After behind it.
type ChangedLine struct {
	Text, Code, After string
}

// Lines are the changes one by one.
func (c Changed) Lines() (list []ChangedLine) {
	all := func(english, code string, texts []string) {
		for _, text := range texts {
			list = append(list, ChangedLine{english + " " + text, "diff." + code, " " + text})
		}
	}
	joined := func(codes []string) []string {
		if len(codes) == 0 {
			return nil
		}
		return []string{strings.Join(codes, ", ")}
	}
	if l := c.License; l != [2]string{} {
		list = append(list, ChangedLine{fmt.Sprintf("license: %s, was %s", l[1], l[0]), "about.license", ": " + l[0] + " → " + l[1]})
	}
	all("lesson added:", "lesson.added", c.LessonsAdded)
	all("lesson removed:", "lesson.removed", c.LessonsRemoved)
	for _, r := range c.Reworded {
		list = append(list, ChangedLine{fmt.Sprintf("reworded: %s, %d blocks", r.Path, r.Blocks), "diff.reworded", fmt.Sprintf(" %s (%d)", r.Path, r.Blocks)})
	}
	all("standards added:", "aligned", joined(c.Aligned))
	all("standards removed:", "unaligned", joined(c.Unaligned))
	all("file added:", "added", c.FilesAdded)
	all("file removed:", "removed", c.FilesRemoved)
	all("file changed:", "changed", c.FilesChanged)
	return list
}

// comparedBytes bounds the text of one file that is compared block by block.
const comparedBytes = 1 << 20

// WhatChanged compares a revision of a resource of this server with an earlier one.
func (s *Service) WhatChanged(ctx context.Context, r Resource, since Revision) (c Changed, err error) {
	defer annotate(&err, "compare revisions of", r.Address)
	c = Changed{From: since, To: r.Revision}
	if since == r.Revision {
		return c, nil
	}
	old, err := s.At(ctx, r.Address, since)
	if err != nil {
		return c, err
	}
	changes, err := s.Changes(ctx, r, since, r.Revision)
	if err != nil {
		return c, err
	}
	before, err := s.Files(ctx, old)
	if err != nil {
		return c, err
	}
	after, err := s.Files(ctx, r)
	if err != nil {
		return c, err
	}
	for _, one := range changes {
		if err := c.add(one, before, after); err != nil {
			return c, err
		}
	}
	if old.License != r.License {
		c.License = [2]string{string(old.License), string(r.License)}
	}
	was, is := aligned(old.Metadata), aligned(r.Metadata)
	c.Aligned, c.Unaligned = differ(is, was), differ(was, is)
	return c, nil
}

func aligned(m metadata.Metadata) []string {
	return slices.Concat(m.Alignments.Teaches, m.Alignments.Assesses, m.Alignments.Requires)
}

// differ are the texts of a that are not in b, each once.
func differ(a, b []string) (list []string) {
	for _, text := range a {
		if !slices.Contains(b, text) && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

func (c *Changed) add(one gitstore.Change, before, after fs.FS) error {
	lesson := path.Base(one.Path) == "index.md"
	switch {
	case one.Kind == gitstore.Added && lesson:
		c.LessonsAdded = append(c.LessonsAdded, path.Dir(one.Path))
	case one.Kind == gitstore.Deleted && lesson:
		c.LessonsRemoved = append(c.LessonsRemoved, path.Dir(one.Path))
	case one.Kind == gitstore.Added:
		c.FilesAdded = append(c.FilesAdded, one.Path)
	case one.Kind == gitstore.Deleted:
		c.FilesRemoved = append(c.FilesRemoved, one.Path)
	case strings.HasSuffix(one.Path, ".md"):
		a, err := fs.ReadFile(before, one.Path)
		if err != nil {
			return err
		}
		z, err := fs.ReadFile(after, one.Path)
		if err != nil {
			return err
		}
		n := 1
		if len(a) < comparedBytes && len(z) < comparedBytes {
			n = 0
			for _, block := range Compare(one.Path, a, z) {
				if block.Kind != merge.Same && block.Type != merge.Front {
					n++
				}
			}
		}
		if n == 0 { // its description alone
			c.FilesChanged = append(c.FilesChanged, one.Path)
			return nil
		}
		c.Blocks += n
		c.Reworded = append(c.Reworded, Reworded{Path: one.Path, Blocks: n})
	default:
		c.FilesChanged = append(c.FilesChanged, one.Path)
	}
	return nil
}
