package approval

import (
	"fmt"
	"slices"
	"strconv"
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

// Says puts it into a finding.
func (d Diff) Says(f *Finding) {
	if d.Empty() {
		f.Says("Nothing changed since the approved revision.", "unchanged")
	} else {
		f.Says(fmt.Sprintf("Since the approved revision %d blocks of text differ, in %d files.", d.Blocks, d.Count()), "changed",
			"Blocks", strconv.Itoa(d.Blocks), "Files", strconv.Itoa(d.Count()))
	}
	d.each(f.Add)
}

// Lines are the changes one by one, in English.
func (d Diff) Lines() (list []string) {
	d.each(func(text string, _ Note) { list = append(list, text) })
	return list
}

// each goes through the changes.
func (d Diff) each(say func(text string, n Note)) {
	all := func(english, code string, paths []string) {
		for _, p := range paths {
			say(english+" "+p, Note{Code: "diff." + code, After: " " + p})
		}
	}
	if d.License != [2]string{} {
		say(fmt.Sprintf("license: %s, was %s", d.License[1], d.License[0]), Note{Code: "about.license", After: ": " + d.License[0] + " → " + d.License[1]})
	}
	all("lesson added:", "lesson.added", d.LessonsAdded)
	all("lesson removed:", "lesson.removed", d.LessonsRemoved)
	for _, r := range d.Reworded {
		say(fmt.Sprintf("reworded: %s, %d blocks", r.Path, r.Blocks), Note{Code: "diff.reworded", After: fmt.Sprintf(" %s (%d)", r.Path, r.Blocks)})
	}
	if len(d.Aligned) > 0 {
		all("standards added:", "aligned", []string{strings.Join(d.Aligned, ", ")})
	}
	if len(d.Unaligned) > 0 {
		all("standards removed:", "unaligned", []string{strings.Join(d.Unaligned, ", ")})
	}
	all("file added:", "added", d.FilesAdded)
	all("file removed:", "removed", d.FilesRemoved)
	all("file changed:", "changed", d.FilesChanged)
}
