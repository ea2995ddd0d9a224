package metadata

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// styler says how a text is written.
type styler func(text string) yaml.Style

// plainStyle leaves the choice to the YAML library, which quotes what needs it and writes texts of several lines as
// blocks.
func plainStyle(text string) yaml.Style { return 0 }

// quotedStyle quotes everything: the form that can hold every text.
func quotedStyle(text string) yaml.Style { return yaml.DoubleQuotedStyle }

// shortLine is how long a list may be to stand on one line.
const shortLine = 96

func textNode(text string, style styler) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: style(text)}
}

// encodeValue renders the value of one field of Metadata.
func encodeValue(value any, style styler) *yaml.Node {
	switch v := value.(type) {
	case string:
		return textNode(v, style)
	case Type:
		return textNode(string(v), style)
	case []string:
		return textsNode(v, style)
	case []Agent:
		return agentsNode(v, style)
	case Alignments:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range []struct {
			name  string
			codes []string
		}{{"teaches", v.Teaches}, {"assesses", v.Assesses}, {"requires", v.Requires}} {
			if len(f.codes) > 0 {
				n.Content = append(n.Content, textNode(f.name, plainStyle), textsNode(f.codes, style))
			}
		}
		return n
	case *Funding:
		return groupNode(style, "funder", v.Funder, "grant", v.Grant, "program", v.Program, "kind", v.Kind,
			"announced", v.Announced, "awarded", v.Awarded, "signed", v.Signed)
	case *Pin:
		return groupNode(style, "id", v.ID, "revision", v.Revision)
	case []Part:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, p := range v {
			if p.Path != "" {
				n.Content = append(n.Content, textNode(p.Path, style))
			} else {
				n.Content = append(n.Content, groupNode(style, "resource", p.Pin.ID, "revision", p.Pin.Revision))
			}
		}
		return n
	case map[string]Asset:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, path := range slices.Sorted(maps.Keys(v)) {
			a := v[path]
			g := groupNode(style, "title", a.Title, "license", a.License, "source", a.Source, "alt", a.Alt)
			g.Style = 0
			if len(a.Creators) > 0 {
				g.Content = append(g.Content, textNode("creators", plainStyle), agentsNode(a.Creators, style))
			}
			if len(g.Content) == 0 {
				g.Style = yaml.FlowStyle
			}
			n.Content = append(n.Content, textNode(path, plainStyle), g)
		}
		return n
	case []Source:
		return sourcesNode(v, style)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

func textsNode(list []string, style styler) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	length := 0
	for _, s := range list {
		item := textNode(s, style)
		if isSmallNumber(s) {
			item.Tag, item.Style = "!!int", 0 // grades are written as numbers
		}
		n.Content = append(n.Content, item)
		length += len(s) + 2
	}
	if length <= shortLine {
		n.Style = yaml.FlowStyle
	}
	return n
}

func isSmallNumber(s string) bool {
	return len(s) == 1 && s[0] >= '0' && s[0] <= '9' || s == "10" || s == "11" || s == "12"
}

// groupNode renders pairs of name and text; empty texts are left out.
func groupNode(style styler, pairs ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	length := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		n.Content = append(n.Content, textNode(pairs[i], plainStyle), textNode(pairs[i+1], style))
		length += len(pairs[i]) + len(pairs[i+1]) + 4
	}
	if length <= shortLine && !strings.Contains(strings.Join(pairs, ""), "\n") {
		n.Style = yaml.FlowStyle
	}
	return n
}

func agentsNode(list []Agent, style styler) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, a := range list {
		g := groupNode(style, "name", a.Name, "url", a.URL)
		g.Style = 0
		n.Content = append(n.Content, g)
	}
	return n
}

func sourcesNode(list []Source, style styler) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range list {
		g := groupNode(style, "id", s.ID, "title", s.Title, "url", s.URL, "path", s.Path, "revision", s.Revision,
			"license", s.License, "changes", s.Changes)
		g.Style = 0
		if len(s.Creators) > 0 {
			g.Content = append(g.Content, textNode("creators", plainStyle), agentsNode(s.Creators, style))
		}
		if len(s.Sources) > 0 {
			g.Content = append(g.Content, textNode("sources", plainStyle), sourcesNode(s.Sources, style))
		}
		n.Content = append(n.Content, g)
	}
	return n
}
