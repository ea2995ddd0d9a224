package metadata

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// quickTree reads a record that is plain XML: one element, all closed as they were opened, no comments, sections or
// declarations, and no references but those of XML itself. That is how harvested records come, because whoever cut them
// out of their page wrote them so. It gives up on anything else, which readTree then reads as it may be meant; what both
// read is the same tree. Text stays where it is in src.
func quickTree(src []byte) (*node, bool) {
	if !plainXML(src) {
		return nil, false
	}
	q := quick{src: src, text: string(src)}
	return q.tree()
}

// plainXML reports whether src holds nothing to mend and no line ends but \n.
func plainXML(src []byte) bool {
	for i := 0; i < len(src); {
		c := src[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n == 1 || !isXMLChar(r) || r == '\uFEFF' && i == 0 {
				return false
			}
			i += n
			continue
		}
		if c < ' ' && c != '\n' && c != '\t' {
			return false
		}
		i++
	}
	return true
}

// quick is one reading.
type quick struct {
	src    []byte
	text   string // the same
	pos    int
	open   []opened
	scope  []scoped
	count  int
	slab   []node  // of nodes that are given out from its start
	places []*node // of lists of nodes, likewise
}

// opened is an element that is not closed yet.
type opened struct {
	*node
	name  string // as written
	scope int    // how many declarations stood before its own
}

// scoped is a declaration of a namespace.
type scoped struct{ prefix, uri string }

func (q *quick) node() *node {
	const most = 256 // at once, whatever a record pretends to hold
	if len(q.slab) == 0 {
		// Each node, element or text, stands before a tag.
		q.slab = make([]node, min(1+bytes.Count(q.src[q.pos:], []byte("<")), most))
	}
	n := &q.slab[0]
	q.slab = q.slab[1:]
	return n
}

// add puts a node into another. Most elements hold one piece of text: its list is a piece of a longer one.
func (q *quick) add(in, n *node) {
	const some = 32
	if in.nodes != nil {
		in.nodes = append(in.nodes, n)
		return
	}
	if len(q.places) == 0 {
		q.places = make([]*node, some)
	}
	in.nodes, q.places = q.places[:1:1], q.places[1:]
	in.nodes[0] = n
}

func (q *quick) tree() (*node, bool) {
	var root *node
	for q.pos < len(q.src) {
		if q.src[q.pos] != '<' {
			if !q.chars() {
				return nil, false
			}
			continue
		}
		if q.pos++; q.pos == len(q.src) {
			return nil, false
		}
		switch c := q.src[q.pos]; {
		case c == '/':
			if !q.end() {
				return nil, false
			}
		case isASCIILetter(c) && (root == nil || len(q.open) > 0):
			n, ok := q.start()
			if !ok {
				return nil, false
			}
			if root == nil {
				root = n
			}
		default:
			return nil, false
		}
	}
	return root, root != nil && len(q.open) == 0
}

// chars takes text up to the next tag.
func (q *quick) chars() bool {
	end := bytes.IndexByte(q.src[q.pos:], '<')
	if end < 0 {
		end = len(q.src) - q.pos
	}
	text := q.src[q.pos : q.pos+end : q.pos+end]
	q.pos += end
	text, ok := plainText(text)
	if !ok {
		return false
	}
	if len(bytes.TrimSpace(text)) == 0 {
		if len(q.open) == 0 {
			return true
		}
		in := q.open[len(q.open)-1].node
		return len(in.nodes) == 0 || in.nodes[len(in.nodes)-1].name != "" // text goes on only after what is not read here
	}
	if len(q.open) == 0 {
		return false
	}
	n := q.node()
	n.words = text
	q.add(q.open[len(q.open)-1].node, n)
	return true
}

// plainText resolves the references that XML declares.
func plainText(raw []byte) ([]byte, bool) {
	if bytes.Contains(raw, []byte("]]>")) {
		return nil, false
	}
	amp := bytes.IndexByte(raw, '&')
	if amp < 0 {
		return raw, true
	}
	out := make([]byte, 0, len(raw))
	for ; amp >= 0; amp = bytes.IndexByte(raw, '&') {
		out = append(out, raw[:amp]...)
		raw = raw[amp:]
		switch {
		case bytes.HasPrefix(raw, []byte("&amp;")):
			out, raw = append(out, '&'), raw[5:]
		case bytes.HasPrefix(raw, []byte("&lt;")):
			out, raw = append(out, '<'), raw[4:]
		case bytes.HasPrefix(raw, []byte("&gt;")):
			out, raw = append(out, '>'), raw[4:]
		case bytes.HasPrefix(raw, []byte("&quot;")):
			out, raw = append(out, '"'), raw[6:]
		case bytes.HasPrefix(raw, []byte("&apos;")):
			out, raw = append(out, '\''), raw[6:]
		default:
			return nil, false
		}
	}
	return append(out, raw...), true
}

// end takes an end tag behind its "<".
func (q *quick) end() bool {
	if len(q.open) == 0 {
		return false
	}
	last := q.open[len(q.open)-1]
	rest := q.text[q.pos+1:]
	if !strings.HasPrefix(rest, last.name) || len(rest) == len(last.name) || rest[len(last.name)] != '>' {
		return false
	}
	q.pos += len(last.name) + 2
	q.open = q.open[:len(q.open)-1]
	q.scope = q.scope[:last.scope]
	return true
}

// start takes a start tag behind its "<".
func (q *quick) start() (*node, bool) {
	const most = 8 // attributes
	if q.count++; q.count > maxXMLNodes || len(q.open) >= maxXMLDepth {
		return nil, false
	}
	e := opened{node: q.node(), name: q.name(), scope: len(q.scope)}
	var attrs [most]struct{ name, value string }
	count := 0
	closed := false
	for {
		blank := q.skip()
		if q.pos == len(q.src) {
			return nil, false
		}
		if c := q.src[q.pos]; c == '>' || c == '/' {
			closed = c == '/'
			break
		}
		name := q.name()
		if !blank || name == "" || !strings.HasPrefix(q.text[q.pos:], `="`) || count == most {
			return nil, false
		}
		q.pos += 2
		end := strings.IndexByte(q.text[q.pos:], '"')
		if end < 0 {
			return nil, false
		}
		value := q.text[q.pos : q.pos+end]
		q.pos += end + 1
		if strings.ContainsAny(value, "<&\n\t") {
			return nil, false
		}
		if prefix, local, prefixed := strings.Cut(name, ":"); name == "xmlns" {
			q.scope = append(q.scope, scoped{"", value})
		} else if prefix == "xmlns" && prefixed {
			q.scope = append(q.scope, scoped{local, value})
		} else {
			attrs[count].name, attrs[count].value = name, value
			count++
		}
	}
	if q.pos++; closed {
		if q.pos == len(q.src) || q.src[q.pos] != '>' {
			return nil, false
		}
		q.pos++
	}
	prefix, local, prefixed := strings.Cut(e.name, ":")
	if !prefixed {
		prefix, local = "", e.name
	}
	if local == "" || prefix == "xml" || prefix == "xmlns" || local == "xmlns" || strings.Contains(local, ":") || prefixed && prefix == "" {
		return nil, false
	}
	e.node.name, e.space = strings.ToLower(local), q.lookup(prefix)
	for _, a := range attrs[:count] {
		_, local, prefixed := strings.Cut(a.name, ":")
		if !prefixed {
			local = a.name
		}
		if local == "" || local == "xmlns" || strings.Contains(local, ":") || a.name[0] == ':' {
			return nil, false
		}
		if e.attrs == nil {
			e.attrs = make(map[string]string, count)
		}
		e.attrs[strings.ToLower(local)] = clean(a.value, maxValueText)
	}
	if len(q.open) > 0 {
		q.add(q.open[len(q.open)-1].node, e.node)
	}
	if closed {
		q.scope = q.scope[:e.scope]
	} else {
		q.open = append(q.open, e)
	}
	return e.node, true
}

// lookup is the namespace of a prefix; the prefix where it is not declared.
func (q *quick) lookup(prefix string) string {
	for i := len(q.scope) - 1; i >= 0; i-- {
		if q.scope[i].prefix == prefix {
			return q.scope[i].uri
		}
	}
	return prefix
}

// name takes a name of ASCII letters; "" if there is none.
func (q *quick) name() string {
	from := q.pos
	if from == len(q.src) || !isASCIILetter(q.src[from]) {
		return ""
	}
	for q.pos < len(q.src) {
		switch c := q.src[q.pos]; {
		case isASCIILetter(c), c >= '0' && c <= '9', c == ':', c == '_', c == '-', c == '.':
			q.pos++
		default:
			return q.text[from:q.pos]
		}
	}
	return ""
}

// skip passes blanks, and reports whether there were any.
func (q *quick) skip() bool {
	from := q.pos
	for q.pos < len(q.src) && (q.src[q.pos] == ' ' || q.src[q.pos] == '\n' || q.src[q.pos] == '\t') {
		q.pos++
	}
	return q.pos > from
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
