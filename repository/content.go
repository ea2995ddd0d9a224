package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// content is one resource of a checked folder, with a hash that changes when anything of it does.
type content struct {
	path string
	hash string
	node metadata.Node
	id   ID // of the root of a new repository, which was reserved before
	size int64
	far  int64 // bytes of that which are kept beside git, as media

	access metadata.Accessibility
}

// stored is how many bytes of the bucket a repository has for itself: packs that no source of it has, and the media of its
// newest tree.
func stored(m gitstore.Manifest, contents []content) (n int64) {
	for _, p := range m.Packs[m.Shared:] {
		n += p.Size + p.Index
	}
	if len(contents) > 0 {
		n += contents[0].far
	}
	return n
}

// readFiles reads all files of a checked folder.
func readFiles(fsys fs.FS, tree metadata.Tree) (map[string]gitstore.File, error) {
	files := make(map[string]gitstore.File, len(tree.Files))
	for _, f := range tree.Files {
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Path, err)
		}
		files[f.Path] = gitstore.File{Data: data}
	}
	return files, nil
}

// print is what is kept of a file to tell whether it changed.
type print struct {
	sum  [sha256.Size]byte // of its bytes in the tree
	size int64             // of the file; of media the real one's
	far  int64             // of the real one's, those that are not in git
}

func printOf(data []byte) print {
	p := print{sum: sha256.Sum256(data), size: int64(len(data))}
	if pointer, ok := media.ParsePointer(data); ok {
		p.size, p.far = pointer.Size, pointer.Size
	}
	return p
}

func printsOf(files map[string]gitstore.File) map[string]print {
	prints := make(map[string]print, len(files))
	for name, f := range files {
		prints[name] = printOf(f.Data)
	}
	return prints
}

// printTree reads the files of a tree one after the other, and keeps those that may be pointers.
func printTree(fsys fs.FS, tree metadata.Tree) (prints map[string]print, small map[string]gitstore.File, err error) {
	prints, small = make(map[string]print, len(tree.Files)), map[string]gitstore.File{}
	for _, f := range tree.Files {
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", f.Path, err)
		}
		prints[f.Path] = printOf(data)
		if media.MayPoint(int64(len(data))) {
			small[f.Path] = gitstore.File{Data: data}
		}
	}
	return prints, small, nil
}

// contentsOf hashes every resource of a tree: its files, and the metadata with what it inherits. A unit holds its parts'
// files, so it changes with them. Of media the pointer is hashed, and the size of the real file counts. What the texts tell of
// who can use them is read on the way; fsys is the tree, with or without the real files of media.
func (l looker) contentsOf(fsys fs.FS, prints map[string]print, tree metadata.Tree) []content {
	names := slices.Sorted(maps.Keys(prints))
	var list []content
	for _, node := range tree.Root.All() {
		c := content{path: node.Path, node: node}
		h := sha256.New()
		effective, err := json.Marshal(node.Metadata)
		if err != nil {
			panic(err) // plain data always encodes
		}
		h.Write(effective)
		for _, name := range names {
			if rest, in := inFolder(name, node.Path); in {
				sum := prints[name].sum
				fmt.Fprintf(h, "\x00%s\x00%x", rest, sum)
				c.size += prints[name].size
				c.far += prints[name].far
			}
		}
		c.hash = hex.EncodeToString(h.Sum(nil)[:16])
		list = append(list, c)
	}
	l.lookAt(fsys, list)
	return list
}

// inFolder returns a file's path inside a folder, and whether it is in there.
func inFolder(name, folder string) (string, bool) {
	if folder == "" {
		return name, true
	}
	return strings.CutPrefix(name, folder+"/")
}
