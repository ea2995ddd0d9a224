package metadata

import "github.com/commonplace-oer/commonplace/licensing"

// Tree is a checked folder: one resource and, in a unit, its parts.
type Tree struct {
	Root  Node
	Files []File // all that belongs to the publication, in the order of their paths
	Size  int64  // bytes of all files
}

// File is one file of a checked folder.
type File struct {
	Path string
	Size int64
}

// Node is one resource of a Tree.
type Node struct {
	Path     string                  // folder inside the published one, slash-separated; "" is its root
	File     string                  // its index.md, inside the published folder
	Document Document                // as written
	Metadata Metadata                // with what it inherits from the unit, and all its parts named in order
	License  licensing.ID            // normalized; "" is "not cleared"
	Assets   map[string]licensing.ID // normalized license of each asset that has one of its own, by path inside the folder
	Body     []byte                  // Markdown
	Excerpt  string                  // the description, or the first words of the body: one line of plain text
	Words    int                     // of the body
	Parts    []Node                  // parts that are folders, in their order
}

// All yields the node and, depth first, all its parts.
func (n Node) All() []Node {
	nodes := []Node{n}
	for _, p := range n.Parts {
		nodes = append(nodes, p.All()...)
	}
	return nodes
}
