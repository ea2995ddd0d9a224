package metadata

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder reads the values of a front matter. It reports a value of the wrong type with its line, goes on with the
// next, and notes the line of every value by its path.
type decoder struct {
	above   int // lines of the file above the YAML
	lines   map[string]int
	sources int // entries of provenance read so far
	*report
}

// reader takes the value of one field.
type reader func(value *yaml.Node, path string)

func (d *decoder) metadata(n *yaml.Node) Metadata {
	var m Metadata
	d.fields(n, "", map[string]reader{
		"title":          d.text(&m.Title),
		"description":    d.text(&m.Description),
		"type":           d.text((*string)(&m.Type)),
		"language":       d.text(&m.Language),
		"license":        d.text(&m.License),
		"creators":       d.agents(&m.Creators),
		"subjects":       d.texts(&m.Subjects),
		"grades":         d.texts(&m.Grades),
		"alignments":     d.alignments(&m.Alignments),
		"time":           d.text(&m.Time),
		"audience":       d.texts(&m.Audience),
		"keywords":       d.texts(&m.Keywords),
		"funding":        d.funding(&m.Funding),
		"parts":          d.parts(&m.Parts),
		"assets":         d.assets(&m.Assets),
		"sources":        d.provenance(&m.Sources),
		"translation_of": d.pin(&m.TranslationOf),
	})
	return m
}

// fields reads a mapping whose keys are known.
func (d *decoder) fields(n *yaml.Node, path string, known map[string]reader) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line := key.Line + d.above
		if key.Kind != yaml.ScalarNode {
			d.fail(line, "field-name", "the name of a field must be a word", "write it as name: value")
			continue
		}
		if first, ok := seen[key.Value]; ok {
			d.fail(line, "field-twice", fmt.Sprintf("%s is given twice, first on line %d", quote(key.Value), first), "keep one of the two")
			continue
		}
		seen[key.Value] = line
		below := join(path, key.Value)
		read, ok := known[key.Value]
		if !ok {
			d.warn(line, "field-unknown", "there is no field "+quote(below),
				remedyForName(key.Value, slices.Sorted(maps.Keys(known))))
			continue
		}
		d.lines[below] = line
		if !isNull(value) {
			read(value, below)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// wrong reports a value of the wrong type.
func (d *decoder) wrong(n *yaml.Node, path, want, example string) {
	is := map[yaml.Kind]string{yaml.ScalarNode: "a single value", yaml.SequenceNode: "a list", yaml.MappingNode: "a group of fields"}[n.Kind]
	d.fail(n.Line+d.above, "field-type", fmt.Sprintf("%s must be %s, not %s", path, want, is), "write "+example)
}

func (d *decoder) scalar(n *yaml.Node, path, example string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, path, "text", example)
		return "", false
	}
	if tag := n.ShortTag(); tag == "!!binary" || !strings.HasPrefix(tag, "!!") {
		d.fail(n.Line+d.above, "field-type", fmt.Sprintf("%s must be text, not of the type %s", path, quote(tag)), "write "+example)
		return "", false
	}
	if isNull(n) {
		return "", true
	}
	for _, c := range n.Value {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7F || c == 0xFFFE || c == 0xFFFF {
			d.fail(n.Line+d.above, "field-characters", path+" holds a control character", "delete it")
			return "", false
		}
	}
	return strings.TrimSpace(n.Value), true
}

func (d *decoder) text(to *string) reader {
	return func(n *yaml.Node, path string) {
		if s, ok := d.scalar(n, path, lastName(path)+`: "…"`); ok {
			*to = s
		}
	}
}

func (d *decoder) texts(to *[]string) reader {
	return func(n *yaml.Node, path string) {
		example := lastName(path) + ": [" + exampleOf(path, n) + "]"
		d.items(n, path, example, func(value *yaml.Node, below string) {
			if s, ok := d.scalar(value, below, example); ok && s != "" {
				*to = append(*to, s)
			}
		})
	}
}

// exampleOf shows a value that somebody wrote without brackets as they should have written it.
func exampleOf(path string, n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && len(n.Value) <= 60 && !strings.ContainsAny(n.Value, "\n[]{}") {
		return n.Value
	}
	if lastName(path) == "grades" {
		return "4, 5"
	}
	return "…, …"
}

func lastName(path string) string {
	path = path[strings.LastIndexByte(path, '.')+1:]
	name, _, _ := strings.Cut(path, "[")
	return name
}

// items reads a list.
func (d *decoder) items(n *yaml.Node, path, example string, read reader) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, "a list", example)
		return
	}
	for i, value := range n.Content {
		below := item(path, i)
		d.lines[below] = value.Line + d.above
		if !isNull(value) {
			read(value, below)
		}
	}
}

// group reads a mapping whose keys are known.
func (d *decoder) group(n *yaml.Node, path, example string, known map[string]reader) bool {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "a group of fields", example)
		return false
	}
	d.fields(n, path, known)
	return true
}

func (d *decoder) agents(to *[]Agent) reader {
	return func(n *yaml.Node, path string) {
		example := func(n *yaml.Node) string {
			if n.Kind == yaml.ScalarNode && len(n.Value) <= 60 {
				return "{name: " + n.Value + "}"
			}
			return "{name: Rosa Delgado}"
		}
		d.items(n, path, lastName(path)+": ["+example(n)+"]", func(value *yaml.Node, below string) {
			var a Agent
			if d.group(value, below, example(value), map[string]reader{"name": d.text(&a.Name), "url": d.text(&a.URL)}) {
				*to = append(*to, a)
			}
		})
	}
}

func (d *decoder) alignments(to *Alignments) reader {
	return func(n *yaml.Node, path string) {
		d.group(n, path, "alignments: {teaches: [CCSS.MATH.CONTENT.5.NF.B.3]}", map[string]reader{
			"teaches": d.texts(&to.Teaches), "assesses": d.texts(&to.Assesses), "requires": d.texts(&to.Requires)})
	}
}

func (d *decoder) funding(to **Funding) reader {
	return func(n *yaml.Node, path string) {
		var f Funding
		ok := d.group(n, path, "funding: {funder: …, grant: …}", map[string]reader{
			"funder": d.text(&f.Funder), "grant": d.text(&f.Grant), "program": d.text(&f.Program), "kind": d.text(&f.Kind),
			"announced": d.text(&f.Announced), "awarded": d.text(&f.Awarded), "signed": d.text(&f.Signed)})
		if ok && f != (Funding{}) {
			*to = &f
		}
	}
}

func (d *decoder) pin(to **Pin) reader {
	return func(n *yaml.Node, path string) {
		var p Pin
		if d.group(n, path, lastName(path)+`: {id: "oai:…", revision: …}`, map[string]reader{"id": d.text(&p.ID), "revision": d.text(&p.Revision)}) && p != (Pin{}) {
			*to = &p
		}
	}
}

func (d *decoder) parts(to *[]Part) reader {
	return func(n *yaml.Node, path string) {
		d.items(n, path, "parts: [01-first, 02-second]", func(value *yaml.Node, below string) {
			if value.Kind == yaml.ScalarNode {
				if s, ok := d.scalar(value, below, "the name of the part's folder"); ok && s != "" {
					*to = append(*to, Part{Path: s})
				}
				return
			}
			var p Pin
			ok := d.group(value, below, `the name of a folder, or {resource: "oai:…", revision: …}`, map[string]reader{
				"resource": d.text(&p.ID), "id": d.text(&p.ID), "revision": d.text(&p.Revision)})
			if ok {
				*to = append(*to, Part{Pin: p})
			}
		})
	}
}

func (d *decoder) assets(to *map[string]Asset) reader {
	return func(n *yaml.Node, path string) {
		const example = "assets: {media/strips.png: {license: CC-BY-4.0}}"
		if n.Kind != yaml.MappingNode {
			d.wrong(n, path, "a group of fields", example)
			return
		}
		known := map[string]reader{}
		*to = map[string]Asset{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			known[name] = func(value *yaml.Node, below string) {
				var a Asset
				if d.group(value, below, example, map[string]reader{"title": d.text(&a.Title), "license": d.text(&a.License),
					"creators": d.agents(&a.Creators), "source": d.text(&a.Source), "alt": d.text(&a.Alt)}) {
					(*to)[name] = a
				}
			}
		}
		d.fields(n, path, known)
		if len(*to) == 0 {
			*to = nil
		}
	}
}

func (d *decoder) provenance(to *[]Source) reader {
	return func(n *yaml.Node, path string) {
		const example = `sources: [{id: "oai:…", license: CC-BY-4.0, creators: […]}]`
		d.items(n, path, example, func(value *yaml.Node, below string) {
			if d.sources++; d.sources > maxSources {
				if d.sources == maxSources+1 {
					d.fail(value.Line+d.above, "sources-too-many", fmt.Sprintf("more than %d sources", maxSources), "name the nearest ones")
				}
				return
			}
			var s Source
			ok := d.group(value, below, example, map[string]reader{
				"id": d.text(&s.ID), "title": d.text(&s.Title), "url": d.text(&s.URL), "path": d.text(&s.Path),
				"revision": d.text(&s.Revision), "license": d.text(&s.License), "creators": d.agents(&s.Creators),
				"changes": d.text(&s.Changes), "sources": d.provenance(&s.Sources)})
			if ok {
				*to = append(*to, s)
			}
		})
	}
}
