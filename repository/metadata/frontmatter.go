package metadata

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFrontMatter reads the YAML of a document, notes where its fields are, and reports all that cannot be taken.
func readFrontMatter(s *source, r *report) Metadata {
	text := s.bytes[s.front.start:s.front.end]
	above := 1 // lines above the YAML
	if len(text) > maxFrontMatter {
		r.fail(1, "front-matter-too-large", fmt.Sprintf("the front matter has %s, more than %s",
			bytesText(int64(len(text))), bytesText(maxFrontMatter)), "move long texts into the body")
		return Metadata{}
	}
	var root yaml.Node
	if err := unmarshal(text, &root); err != nil {
		reportYAML(text, err, above, r)
		return Metadata{}
	}
	if root.Kind == 0 || len(root.Content) == 0 || isNull(root.Content[0]) {
		s.readable = true
		return Metadata{}
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		r.fail(top.Line+above, "front-matter-fields", "the front matter is not a list of fields",
			"write one field a line, such as title: Sharing pizzas fairly")
		return Metadata{}
	}
	if n, depth := firstReference(top, 0); n != nil {
		r.fail(n.Line+above, "front-matter-alias", "the front matter uses anchors (&) or aliases (*), which are not read here",
			"write the value out, or put quotes around it")
		return Metadata{}
	} else if depth > maxNesting {
		r.fail(1, "front-matter-depth", fmt.Sprintf("values are nested more than %d deep", maxNesting), "write them flatter")
		return Metadata{}
	}
	s.readable, s.flow = true, top.Style&yaml.FlowStyle != 0
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		comment := value.LineComment
		if comment == "" {
			comment = key.LineComment
		}
		s.fields = append(s.fields, entry{name: key.Value, comment: comment, line: key.Line})
	}
	d := decoder{above: above, lines: s.lines, report: r}
	return d.metadata(top)
}

// unmarshal parses YAML. The library reports by panicking inside; what escapes it is an error here.
func unmarshal(text []byte, root *yaml.Node) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("yaml: %v", v)
		}
	}()
	return yaml.Unmarshal(text, root)
}

// firstReference returns the first anchor or alias below a node, and how deep the values are nested.
func firstReference(n *yaml.Node, level int) (found *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return n, level
	}
	depth = level
	if level > maxNesting {
		return nil, level
	}
	for _, c := range n.Content {
		f, d := firstReference(c, level+1)
		if f != nil {
			return f, d
		}
		depth = max(depth, d)
	}
	return nil, depth
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// reportYAML reports why a front matter is not YAML. Fields stand for themselves, so each that cannot be read is found
// with its own line; the library's line for the whole is often that of another.
func reportYAML(text []byte, whole error, above int, r *report) {
	before := len(r.problems)
	report := func(err error, first, lines int) {
		line, message, remedy := explainYAML(err)
		r.fail(above+first+min(max(line-1, 0), lines-1), "front-matter-yaml", "the front matter is not YAML: "+message, remedy)
	}
	first, number, start := 1, 0, 0
	chunk := func(end, next int) {
		var n yaml.Node
		lines := next - first
		if err := unmarshal(text[start:end], &n); err != nil {
			report(err, first, lines)
		} else if len(n.Content) > 0 && n.Content[0].Kind != yaml.MappingNode && !isNull(n.Content[0]) {
			report(errNoField, first, lines)
		}
		first, start = next, end
	}
	for at := 0; at < len(text) && len(r.problems) < before+20; {
		line, after := lineAt(text, at)
		number++
		if at > start && len(line) > 0 && !strings.ContainsRune(" \t#-]}", rune(line[0])) {
			chunk(at, number)
		}
		at = after
	}
	chunk(len(text), number+1)
	if len(r.problems) == before { // the fields can be read one by one, but not together
		report(whole, 1, number)
	}
}

var errNoField = errors.New("yaml: could not find expected ':'")

// explainYAML says in plain words what the YAML library found, where, and what to do about the usual causes.
func explainYAML(err error) (line int, message, remedy string) {
	text, _, _ := strings.Cut(err.Error(), "\n")
	message = text
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	for _, c := range []struct{ found, message, remedy string }{
		{"mapping values are not allowed", "a value holds a colon that YAML takes for another field",
			`put quotes around the value, such as title: "Fractions: a start"`},
		{"found character that cannot start any token", "a character that YAML does not allow here, often a tab",
			"indent with spaces, and put quotes around values that start with @, ` or %"},
		{"found a tab character", "a tab in the indentation", "indent with spaces"},
		{"did not find expected ',' or ']'", "a list in brackets is not closed", "close it with ]"},
		{"did not find expected ',' or '}'", "a group in braces is not closed", "close it with }"},
		{"found unexpected end of stream", "a quoted text is not closed", "close it with the quote that it starts with"},
		{"could not find expected ':'", "a line is not a field", "write it as name: value, or indent it below its field"},
		{"did not find expected key", "a line does not fit the indentation around it", "indent it as its neighbors are"},
		{"did not find expected '-' indicator", "a list item does not fit the indentation around it", "start each item with - in the same column"},
		{"unknown anchor", "a value that starts with * is taken for an alias", "put quotes around the value"},
		{"did not find expected alphabetic", "a value that starts with * or & is taken for an alias", "put quotes around the value"},
		{"control characters are not allowed", "a control character", "delete it"},
	} {
		if strings.Contains(message, c.found) {
			return line, c.message, c.remedy
		}
	}
	return line, message, "write one field a line, such as title: Sharing pizzas fairly"
}
