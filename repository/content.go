package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
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

// contentsOf hashes every resource of a tree: its files, and the metadata with what it inherits. A unit holds its parts'
// files, so it changes with them. Of media the pointer is hashed, and the size of the real file counts.
func contentsOf(files map[string]gitstore.File, tree metadata.Tree) []content {
	names := make([]string, 0, len(files))
	sums := make(map[string][sha256.Size]byte, len(files))
	for name, f := range files {
		names = append(names, name)
		sums[name] = sha256.Sum256(f.Data)
	}
	sort.Strings(names)
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
				sum := sums[name]
				fmt.Fprintf(h, "\x00%s\x00%x", rest, sum)
				c.size += int64(len(files[name].Data))
				if p, ok := media.ParsePointer(files[name].Data); ok {
					c.size += p.Size - int64(len(files[name].Data))
				}
			}
		}
		c.hash = hex.EncodeToString(h.Sum(nil)[:16])
		list = append(list, c)
	}
	return list
}

// inFolder returns a file's path inside a folder, and whether it is in there.
func inFolder(name, folder string) (string, bool) {
	if folder == "" {
		return name, true
	}
	return strings.CutPrefix(name, folder+"/")
}
