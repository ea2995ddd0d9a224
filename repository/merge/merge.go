// Package merge brings together two versions of a resource that grew from one.
//
// [Trees] merges whole folders: files that were renamed are followed, Markdown is merged by its blocks and by the lines
// inside a block, front matter by its fields, other text by lines as `git merge-file` does. What both sides changed in
// different ways is a [Conflict], which is data: a file never holds markers. At a conflict the merged file holds what is
// ours, so that nothing of the teacher's is overwritten before the teacher has decided; [Result.Resolve] carries decisions
// out.
//
// [Virtual] makes one base of several, as histories that merged each other have. [Diff] shows two versions of a text block
// by block and word by word, [Pick] makes a text of some of the blocks, and [Result.Summary] counts what came from
// upstream.
//
// All of it is a function of its input alone. Work is bounded: what is too large or too different to compare closely is
// compared coarsely, which may make a conflict larger and never loses a change.
package merge

import (
	"fmt"
	"io/fs"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// File is one file of a tree.
type File struct {
	Data       []byte
	Executable bool
}

// Tree is the files of a folder by slash-separated path. What is handed to this package and what it answers is shared: do
// not change it.
type Tree map[string]File

// Options say how to merge. The zero value works.
type Options struct {
	// Mine are fields of the front matter that stay as they are in ours, such as "creators", whatever changed in theirs.
	Mine []string
	// Work bounds the comparisons of one merge, in steps of some nanoseconds; 0 means 150 million.
	Work int
}

// ConflictKind says what it is that both sides did.
type ConflictKind string

// The kinds of conflict.
const (
	TextChanged   ConflictKind = "text"     // both changed the same block, or the same lines
	BlockInserted ConflictKind = "inserted" // both put something in the same place, or one beside what the other deleted
	BlockDeleted  ConflictKind = "removed"  // one deleted a block that the other changed
	FieldChanged  ConflictKind = "field"    // both changed a field of the front matter
	FileChanged   ConflictKind = "file"     // both changed a file that is not merged by lines, such as a picture
	FileAdded     ConflictKind = "added"    // both added different files of one name
	FileDeleted   ConflictKind = "deleted"  // one deleted a file that the other changed or moved
	FileRenamed   ConflictKind = "renamed"  // both moved a file, to different places
	PathTaken     ConflictKind = "path"     // two files whose names cannot stand beside each other: a/b and a, A and a
	AudienceMixed ConflictKind = "audience" // together, the changes would show to students what only teachers saw
)

// Conflict is one thing that a person must decide. Until then the merged tree holds Ours.
type Conflict struct {
	ID     string       // stays the same while the three versions do
	Path   string       // of the file in the merged tree; of theirs where ours has none
	Kind   ConflictKind // what both sides did
	Field  string       // of front matter, such as "license" or "assets.media/strips.png.alt"
	Type   BlockType    // of block, in Markdown
	Block  int          // how many blocks of our text come before, in Markdown
	Line   int          // of our file, from 1, where text begins; 0 for others
	In     string       // the kind of ::: block that it stands in, such as "teacher"
	Under  string       // the heading that it stands under
	Binary bool         // the three are not text to show or edit

	// The three versions: a block, lines, a field's value (a list has one item a line), or a whole file. nil where a side
	// has nothing there.
	Base, Ours, Theirs []byte

	// OurPath and TheirPath are where the sides have the file, where they differ. "" where a side deleted it.
	OurPath, TheirPath string
}

// Take is what to do about a conflict.
type Take string

// What may be done.
const (
	Mine   Take = "mine"   // keep ours
	Theirs Take = "theirs" // replace ours
	Both   Take = "both"   // ours, then theirs; of two files, theirs under another name
	Edited Take = "edited" // the text of the choice
)

// Choice is a decision.
type Choice struct {
	Take Take
	Text []byte // of Edited; empty takes the block, the field or the file out
}

// ChangeKind says what a merge did to a file of ours.
type ChangeKind string

// What may happen to a file.
const (
	Added    ChangeKind = "added"
	Modified ChangeKind = "modified"
	Deleted  ChangeKind = "deleted"
	Renamed  ChangeKind = "renamed" // and perhaps modified
)

// Change is what a merge did to one file of ours.
type Change struct {
	Path   string
	From   string // of Renamed
	Kind   ChangeKind
	Blocks int      // how many blocks of a text differ
	Fields []string // which fields of the front matter differ
}

// Result is a merged tree.
type Result struct {
	Files     Tree
	Conflicts []Conflict // by path, then place
	Changes   []Change   // from ours to Files, by path

	ours  Tree
	plans map[string]*plan // by ID of the conflict: how to carry out decisions
	all   []*plan
	made  map[string]Choice // decisions so far
	start Tree              // Files before any
}

// Clean reports whether nothing is left to decide.
func (r Result) Clean() bool { return len(r.Conflicts) == 0 }

// The bounds of what is read.
const (
	maxFiles = 20_000
	maxText  = 4 << 20 // bytes of a file that is merged as text
)

// ReadTree reads a folder. Only regular files count. It answers an error of the kind kind.ErrInvalid for more than 20,000
// files.
func ReadTree(fsys fs.FS) (Tree, error) {
	t := Tree{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if len(t) >= maxFiles {
			return fmt.Errorf("%w: more than %d files", kind.ErrInvalid, maxFiles)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		t[name] = File{Data: data, Executable: info.Mode()&0o100 != 0}
		return err
	})
	return t, err
}
