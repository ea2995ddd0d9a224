package metadata

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The bounds of one foreign XML record, beside maxRecord.
const (
	maxXMLDepth = 32
	maxXMLNodes = 20_000
	maxXMLAttrs = 16 // that are kept of one element
)

// node is one element of a foreign record, or a piece of text, which has no name. Names are local and in lower case:
// records declare their namespaces in any way, or not at all, and two bindings of LOM differ in nothing else.
type node struct {
	name  string
	space string            // as declared; the prefix where it is not
	attrs map[string]string // by local name in lower case; "lang" is xml:lang too
	words []byte            // of a piece of text
	nodes []*node
}

var errNoElement = errors.New("it has no element")

// readTree parses a record within bounds. It takes what harvesters meet: entities of HTML, ampersands that stand alone,
// control characters, bytes that are not UTF-8, elements of HTML that are not closed. What is cut off is an error.
func readTree(src []byte) (*node, error) {
	if root, ok := quickTree(src); ok {
		return root, nil
	}
	return patientTree(src)
}

func patientTree(src []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(mendXML(src)))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		return r, nil // the response that held the record was decoded as a whole
	}
	top := &node{}
	open := []*node{top}
	count := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if count++; count > maxXMLNodes {
				return nil, fmt.Errorf("it has more than %d elements", maxXMLNodes)
			}
			if len(open) > maxXMLDepth {
				return nil, fmt.Errorf("it is nested more than %d deep", maxXMLDepth)
			}
			n := &node{name: strings.ToLower(t.Name.Local), space: t.Name.Space, attrs: attributes(t.Attr)}
			in.nodes = append(in.nodes, n)
			open = append(open, n)
		case xml.EndElement:
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		case xml.CharData:
			if len(in.nodes) > 0 && in.nodes[len(in.nodes)-1].name == "" {
				last := in.nodes[len(in.nodes)-1]
				last.words = append(last.words, t...)
			} else if len(bytes.TrimSpace(t)) > 0 && in != top {
				in.nodes = append(in.nodes, &node{words: bytes.Clone(t)})
			}
		}
	}
	for _, n := range top.nodes {
		if n.name != "" {
			return n, nil
		}
	}
	return nil, errNoElement
}

func attributes(list []xml.Attr) map[string]string {
	var attrs map[string]string
	for _, a := range list {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || len(attrs) == maxXMLAttrs {
			continue
		}
		if attrs == nil {
			attrs = map[string]string{}
		}
		attrs[strings.ToLower(a.Name.Local)] = clean(a.Value, maxValueText)
	}
	return attrs
}

var characterReference = regexp.MustCompile(`&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));?`)

// mendXML leaves out the characters that XML forbids, raw or by reference; bytes that are not UTF-8 become U+FFFD.
func mendXML(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	src = bytes.ToValidUTF8(src, []byte("\uFFFD"))
	if bytes.ContainsFunc(src, func(r rune) bool { return !isXMLChar(r) }) {
		src = bytes.Map(func(r rune) rune {
			if isXMLChar(r) {
				return r
			}
			return -1
		}, src)
	}
	if !bytes.Contains(src, []byte("&#")) {
		return src
	}
	return characterReference.ReplaceAllFunc(src, func(ref []byte) []byte {
		m := characterReference.FindSubmatch(ref)
		digits, base := string(m[2]), 10
		if len(m[1]) > 0 {
			digits, base = string(m[1]), 16
		}
		if n, err := strconv.ParseInt(digits, base, 32); err != nil || !isXMLChar(rune(n)) {
			return nil
		}
		return ref
	})
}

// blocks are the elements of HTML between which words do not run together.
var blocks = []string{"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6"}

// raw is all text within the node, without its bound: markup that stands in a description counts by its text alone.
func (n *node) raw() string {
	if n == nil {
		return ""
	}
	var out strings.Builder
	n.write(&out)
	return strings.TrimSpace(out.String())
}

// blank reports whether raw is "".
func (n *node) blank() bool {
	for _, x := range n.nodes {
		if len(bytes.TrimSpace(x.words)) > 0 || !x.blank() {
			return false
		}
	}
	return true
}

func (n *node) write(out *strings.Builder) {
	if out.Len() > 8*maxLongText {
		return
	}
	out.Write(n.words)
	for _, x := range n.nodes {
		block := x.name != "" && slices.Contains(blocks, x.name)
		if block {
			out.WriteByte('\n')
		}
		x.write(out)
		if block {
			out.WriteByte('\n')
		}
	}
}

// entityLeft matches an entity that was escaped twice.
var entityLeft = regexp.MustCompile(`&(?:amp;)?(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});`)

func unescaped(s string) string {
	if strings.Contains(s, "&") && entityLeft.MatchString(s) {
		s = html.UnescapeString(html.UnescapeString(s))
	}
	return s
}

// value is the node's text as one value.
func (n *node) value() string { return clean(oneLine(unescaped(n.raw())), maxValueText) }

// long is the node's text as a description.
func (n *node) long() string { return longText(unescaped(n.raw())) }

// oneLine puts a value that was wrapped and indented on one line.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\n\t") {
		return strings.Join(strings.Fields(s), " ")
	}
	return s
}

// attr is the value of an attribute, by its name in lower case.
func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	return n.attrs[name]
}

// ownText is the text that stands in the node itself, beside its elements.
func (n *node) ownText() string {
	if n == nil {
		return ""
	}
	var own []byte
	for _, x := range n.nodes {
		own = append(own, x.words...)
	}
	return clean(oneLine(string(own)), maxValueText)
}

// lang is the language that the node says its text is in.
func (n *node) lang() string { return firstOf(n.attr("lang"), n.attr("language")) }

// all finds the elements at a path below the node.
func (n *node) all(path ...string) []*node {
	if n == nil {
		return nil
	}
	if len(path) == 0 {
		return []*node{n}
	}
	var found []*node
	for _, x := range n.nodes {
		if x.name == path[0] {
			found = append(found, x.all(path[1:]...)...)
		}
	}
	return found
}

// first finds the first element at a path, or nil.
func (n *node) first(path ...string) *node {
	if all := n.all(path...); len(all) > 0 {
		return all[0]
	}
	return nil
}

// find looks for the first element of a name, the node itself included, at any depth.
func (n *node) find(name string) *node {
	if n == nil || n.name == name {
		return n
	}
	for _, x := range n.nodes {
		if found := x.find(name); found != nil {
			return found
		}
	}
	return nil
}

// elements are the node's children without the pieces of text.
func (n *node) elements() []*node {
	var out []*node
	for _, x := range n.nodes {
		if x.name != "" {
			out = append(out, x)
		}
	}
	return out
}
