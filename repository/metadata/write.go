package metadata

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"go.yaml.in/yaml/v3"
)

// ErrFront says that an edit is more than a front matter can hold, or has a value that YAML cannot write. It is kind.ErrInvalid.
var ErrFront = fmt.Errorf("%w: a value that a front matter cannot hold, or more than the room that it has", kind.ErrInvalid)

// With returns the document's file with the edit made. Fields that the edit does not change keep their bytes, order and
// comments, unknown fields stay, and the body is the same unless it is edited. Reading the result gives the edited
// values and all others as they were; an edit that cannot be written so gives ErrFront.
func (d Document) With(e Edit) ([]byte, error) {
	s := d.source
	if s.broken || s.found && !s.readable {
		return nil, fmt.Errorf("edit %s: the front matter cannot be read: %w", d.name(), kind.ErrInvalid)
	}
	want, changes := e.apply(d.Metadata)
	body := d.Body
	if e.Body != nil {
		body = []byte(*e.Body)
	}
	if len(changes) == 0 && s.found && !s.flow {
		// The front matter stays byte for byte, and says what it said; of the rest the body is to be where it should.
		out := s.assemble(s.bytes[s.front.start:s.front.end], body, e.Body != nil)
		if got := apart(d.File, out, new(report)); got.source.found && got.source.front == s.front && bytes.Equal(got.Body, body) {
			return out, nil
		}
	}
	for _, write := range []func([]change) ([]byte, error){
		func(c []change) ([]byte, error) { return s.replace(c, plainStyle) },
		func(c []change) ([]byte, error) { return s.replace(c, quotedStyle) },
		s.rewrite,
	} {
		front, err := write(changes)
		if err != nil {
			continue
		}
		out := s.assemble(front, body, e.Body != nil)
		if got, _ := Parse(d.File, out); reflect.DeepEqual(got.Metadata, want) && bytes.Equal(got.Body, body) {
			return out, nil
		}
	}
	return nil, fmt.Errorf("edit %s: %w, %s", d.name(), ErrFront, bytesText(maxFrontMatter))
}

func (d Document) name() string {
	if d.File == "" {
		return "index.md"
	}
	return d.File
}

// assemble puts a file together from the YAML of its front matter and its body.
func (s source) assemble(front, body []byte, bodyEdited bool) []byte {
	nl := s.lineBreak
	if nl == "" {
		nl = "\n"
	}
	var out bytes.Buffer
	out.Write(s.bytes[:s.front.start])
	if !s.found {
		out.WriteString("---" + nl)
	}
	out.Write(front)
	if !s.found {
		out.WriteString("---" + nl)
	}
	switch {
	case s.found && !bodyEdited:
		out.Write(s.bytes[s.front.end:])
		return out.Bytes()
	case s.found:
		_, next := lineAt(s.bytes, s.front.end)
		out.Write(s.bytes[s.front.end:next])
		if !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
			out.WriteString(nl)
		}
	}
	if len(body) > 0 {
		out.WriteString(nl)
		out.Write(body)
	}
	return out.Bytes()
}

// replace makes the changes line by line, so that all other lines stay as they are.
func (s source) replace(changes []change, style styler) ([]byte, error) {
	text := s.bytes[s.front.start:s.front.end]
	if s.flow {
		return nil, fmt.Errorf("the front matter is one flow mapping: %w", kind.ErrInvalid)
	}
	type splice struct {
		at   span
		text []byte
	}
	var splices []splice
	for _, c := range changes {
		i := slices.IndexFunc(s.fields, func(f entry) bool { return f.name == c.name })
		var field []byte
		if !c.gone {
			comment := ""
			if i >= 0 {
				comment = s.fields[i].comment
			}
			var err error
			if field, err = encodeField(c, comment, s.lineBreak, style); err != nil {
				return nil, err
			}
		}
		at := span{}
		if i >= 0 {
			at = s.extent(text, i)
		} else {
			at.start = s.placeFor(text, c.name)
			at.end = at.start
		}
		splices = append(splices, splice{at, field})
	}
	slices.SortStableFunc(splices, func(a, b splice) int { return a.at.start - b.at.start })
	var out bytes.Buffer
	last := 0
	for _, p := range splices {
		out.Write(text[last:p.at.start])
		out.Write(p.text)
		last = p.at.end
	}
	out.Write(text[last:])
	return out.Bytes(), nil
}

// extent is the range of lines of the i-th field, without the blank lines and comments that follow it.
func (s source) extent(text []byte, i int) span {
	at := span{start: lineOffset(text, s.fields[i].line), end: len(text)}
	if i+1 < len(s.fields) {
		at.end = lineOffset(text, s.fields[i+1].line)
	}
	for at.end > at.start {
		line := bytes.LastIndexByte(text[at.start:at.end-1], '\n') + 1 + at.start
		if line == at.start {
			break
		}
		if t := bytes.TrimSpace(text[line:at.end]); len(t) != 0 && text[line] != '#' {
			break
		}
		at.end = line
	}
	return at
}

// placeFor is where a new field goes: below the last of the fields that are written before it.
func (s source) placeFor(text []byte, name string) int {
	names := fieldNames()
	rank := slices.Index(names, name)
	for i, f := range slices.Backward(s.fields) {
		if r := slices.Index(names, f.name); r >= 0 && r < rank {
			return s.extent(text, i).end
		}
	}
	return 0
}

// lineOffset is where the line with a number, from 1, starts.
func lineOffset(text []byte, line int) int {
	at := 0
	for ; line > 1 && at < len(text); line-- {
		_, at = lineAt(text, at)
	}
	return at
}

// rewrite makes the changes in the YAML's tree and writes it anew; comments stay, the layout may change.
func (s source) rewrite(changes []change) ([]byte, error) {
	var root yaml.Node
	if err := unmarshal(s.bytes[s.front.start:s.front.end], &root); err != nil {
		return nil, err
	}
	top := &yaml.Node{Kind: yaml.MappingNode}
	if len(root.Content) > 0 && root.Content[0].Kind == yaml.MappingNode {
		top = root.Content[0]
		top.Style &^= yaml.FlowStyle
	}
	for _, c := range changes {
		i := 0
		for i+1 < len(top.Content) && top.Content[i].Value != c.name {
			i += 2
		}
		switch {
		case i+1 < len(top.Content) && c.gone:
			top.Content = slices.Delete(top.Content, i, i+2)
		case i+1 < len(top.Content):
			top.Content[i+1] = encodeValue(c.value, quotedStyle)
		case !c.gone:
			top.Content = append(top.Content, textNode(c.name, plainStyle), encodeValue(c.value, quotedStyle))
		}
	}
	if len(top.Content) == 0 {
		return nil, nil
	}
	return marshal(top, s.lineBreak)
}

func marshal(n *yaml.Node, lineBreak string) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, err
	}
	if lineBreak == "\r\n" {
		return bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte("\r\n")), nil
	}
	return out.Bytes(), nil
}

// encodeField renders one field with the comment that stood beside it.
func encodeField(c change, comment, lineBreak string, style styler) ([]byte, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(c.name, plainStyle), encodeValue(c.value, style)}}
	text, err := marshal(n, lineBreak)
	if err != nil || comment == "" {
		return text, err
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	first, cr := strings.CutSuffix(first, "\r")
	if cr {
		rest = "\n" + rest
		return []byte(first + "  " + comment + "\r" + rest), nil
	}
	return []byte(first + "  " + comment + "\n" + rest), nil
}
