package render

import "github.com/yuin/goldmark/ast"

// maxTree bounds how deep the tree of a text is, emphasis included; what is deeper is left out.
const maxTree = 100

// flatten cuts what is deeper than maxTree, so that all that follows may recurse. It returns the first node that lost
// something, or nil.
func flatten(doc ast.Node) ast.Node {
	var cut ast.Node
	depth := 0
	for n := doc; n != nil; {
		if depth == maxTree && n.HasChildren() {
			n.RemoveChildren(n)
			if cut == nil {
				cut = n
			}
		}
		if n.FirstChild() != nil {
			n, depth = n.FirstChild(), depth+1
			continue
		}
		for n != nil && n.NextSibling() == nil {
			n, depth = n.Parent(), depth-1
		}
		if n != nil {
			n = n.NextSibling()
		}
	}
	return cut
}
