package validate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// node is an element of an answer.
type node struct {
	name     xml.Name
	attrs    []xml.Attr // without namespace declarations
	children []*node
	text     string
}

// Bounds of one answer, beyond which it is not read.
const (
	maxDepth = 100
	maxNodes = 2_000_000
	maxAttrs = 1000 // of one element: each is compared with those before it
)

var declaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*["']1\.0["']\s+encoding\s*=\s*["'](?i:utf-8)["'](\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>`)

// parse reads a document strictly: what XML with namespaces forbids is an error.
func parse(body []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %s is not UTF-8", charset)
	}
	var root *node
	var open []*node
	var texts [maxDepth][]byte // of the open elements: text may come in as many pieces as it has characters
	nodes := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			n, err := element(t)
			if err != nil {
				return nil, err
			}
			if nodes++; nodes > maxNodes || len(open) >= maxDepth {
				return nil, fmt.Errorf("more than %d elements, or %d inside one another", maxNodes, maxDepth)
			}
			if len(open) > 0 {
				above := open[len(open)-1]
				above.children = append(above.children, n)
			} else if root != nil {
				return nil, errors.New("there are two root elements")
			} else {
				root = n
			}
			texts[len(open)] = texts[len(open)][:0]
			open = append(open, n)
		case xml.EndElement:
			last := len(open) - 1
			open[last].text = string(texts[last])
			open = open[:last]
		case xml.CharData:
			if last := len(open) - 1; last >= 0 {
				texts[last] = append(texts[last], t...)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errors.New("there is text outside of the root element")
			}
		case xml.Directive:
			return nil, errors.New("there is a document type declaration")
		}
	}
}

// element checks what encoding/xml does not: undeclared prefixes and attributes that stand twice.
func element(t xml.StartElement) (*node, error) {
	n := &node{name: t.Name}
	if len(t.Attr) > maxAttrs {
		return nil, fmt.Errorf("%s has more than %d attributes", t.Name.Local, maxAttrs)
	}
	if undeclared(t.Name) {
		return nil, fmt.Errorf("the prefix of %s:%s is not declared", t.Name.Space, t.Name.Local)
	}
	for i, a := range t.Attr {
		for _, b := range t.Attr[:i] {
			if a.Name == b.Name {
				return nil, fmt.Errorf("the attribute %s of %s stands twice", a.Name.Local, t.Name.Local)
			}
		}
		if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
			continue
		}
		if undeclared(a.Name) {
			return nil, fmt.Errorf("the prefix of the attribute %s:%s is not declared", a.Name.Space, a.Name.Local)
		}
		n.attrs = append(n.attrs, a)
	}
	return n, nil
}

// undeclared reports whether encoding/xml left a prefix where a namespace should be. Namespaces in use are absolute URIs.
func undeclared(name xml.Name) bool { return name.Space != "" && !strings.Contains(name.Space, ":") }

// child returns the first child of a name in the protocol's namespace; nil if there is none.
func (n *node) child(name string) *node {
	if n != nil {
		for _, c := range n.children {
			if c.name.Local == name && c.name.Space == n.name.Space {
				return c
			}
		}
	}
	return nil
}

// all returns the children of a name.
func (n *node) all(name string) (list []*node) {
	if n != nil {
		for _, c := range n.children {
			if c.name.Local == name && c.name.Space == n.name.Space {
				list = append(list, c)
			}
		}
	}
	return list
}

// value is the text of an element without blanks around it; empty if there is no such element.
func (n *node) value() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.text)
}

// attr returns an attribute.
func (n *node) attr(space, name string) (string, bool) {
	if n != nil {
		for _, a := range n.attrs {
			if a.Name.Space == space && a.Name.Local == name {
				return a.Value, true
			}
		}
	}
	return "", false
}

const instance = "http://www.w3.org/2001/XMLSchema-instance"

// location returns the schema that the element's schemaLocation names for its namespace.
func (n *node) location(space string) string {
	value, _ := n.attr(instance, "schemaLocation")
	fields := strings.Fields(value)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == space {
			return fields[i+1]
		}
	}
	return ""
}

// same reports whether two elements hold the same, blanks around text aside.
func same(a, b *node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.name != b.name || a.value() != b.value() || len(a.children) != len(b.children) || len(a.attrs) != len(b.attrs) {
		return false
	}
	for _, at := range a.attrs {
		if v, ok := b.attr(at.Name.Space, at.Name.Local); !ok || v != at.Value {
			return false
		}
	}
	for i := range a.children {
		if !same(a.children[i], b.children[i]) {
			return false
		}
	}
	return true
}
