package approval

import (
	"fmt"
	"slices"
	"strings"
)

// Diff is what changed between two revisions of a material, as boards read it.
type Diff struct {
	From, To                               string
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
func (d Diff) Empty() bool {
	return d.Count() == 0 && d.License == [2]string{} && len(d.Aligned)+len(d.Unaligned) == 0
}

// Unread reports whether all that differs stands in descriptions, so that the text and its files are the same.
func (d Diff) Unread() bool {
	described := func(file string) bool { return !strings.HasSuffix(file, ".md") }
	return d.Count() == len(d.FilesChanged) && !slices.ContainsFunc(d.FilesChanged, described)
}

// Count is how many files differ.
func (d Diff) Count() int {
	return len(d.LessonsAdded) + len(d.LessonsRemoved) + len(d.Reworded) + len(d.FilesAdded) + len(d.FilesRemoved) + len(d.FilesChanged)
}

// Summary says it in a sentence, in English.
func (d Diff) Summary() string {
	if d.Empty() {
		return "Nothing changed since the approved revision."
	}
	return fmt.Sprintf("Since the approved revision %d blocks of text differ, in %d files.", d.Blocks, d.Count())
}

// Lines are the changes one by one, in English.
func (d Diff) Lines() []string {
	var list []string
	each := func(what string, paths []string) {
		for _, p := range paths {
			list = append(list, what+" "+p)
		}
	}
	if d.License != [2]string{} {
		list = append(list, fmt.Sprintf("license: %s, was %s", d.License[1], d.License[0]))
	}
	each("lesson added:", d.LessonsAdded)
	each("lesson removed:", d.LessonsRemoved)
	for _, r := range d.Reworded {
		list = append(list, fmt.Sprintf("reworded: %s, %d blocks", r.Path, r.Blocks))
	}
	if len(d.Aligned) > 0 {
		list = append(list, "standards added: "+strings.Join(d.Aligned, ", "))
	}
	if len(d.Unaligned) > 0 {
		list = append(list, "standards removed: "+strings.Join(d.Unaligned, ", "))
	}
	each("file added:", d.FilesAdded)
	each("file removed:", d.FilesRemoved)
	each("file changed:", d.FilesChanged)
	return list
}
