package metadata

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Preview shows how one foreign record would be mapped, for people who decide whether to harvest a peer.
type Preview struct {
	Harvested Harvested `json:"harvested"`
	Rows      []Mapped  `json:"rows"`     // in the order of the record; those of JSON-LD by name
	Problems  Problems  `json:"problems"` // of the record as a whole
	Cut       bool      `json:"cut,omitempty"`
}

// Mapped is one field of a foreign record and what became of it.
type Mapped struct {
	Source string   `json:"source"`          // path in the record, such as general/title
	Value  string   `json:"value"`           // its text, at most 300 characters
	Fields []Field  `json:"fields"`          // what it became; none: it was not mapped
	Notes  []string `json:"notes,omitempty"` // why something of it was not mapped
}

// Field is one value of ours: the name of the field, as in the front matter where it has one, and its text.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

const (
	maxRows     = 500
	maxRowValue = 300
)

// Unmapped are the rows of which nothing was taken.
func (p Preview) Unmapped() []Mapped {
	var out []Mapped
	for _, r := range p.Rows {
		if len(r.Fields) == 0 {
			out = append(out, r)
		}
	}
	return out
}

// PreviewRecord maps a record as ReadRecord does, and says for each of its fields what became of it. It takes at most 500
// fields apart, and says so in Cut. A record that cannot be read has problems and no rows.
func PreviewRecord(prefix string, src []byte) Preview {
	var p Preview
	p.Harvested, p.Problems = ReadRecord(prefix, src)
	if p.Problems.Refuse() {
		return p
	}
	for _, u := range units(prefix, src, p.Harvested.Metadata.Language) {
		if len(p.Rows) == maxRows {
			p.Cut = true
			break
		}
		p.Rows = append(p.Rows, u)
	}
	whole, joined := map[Field]bool{}, map[string]string{}
	for _, f := range fieldsOf(p.Harvested) {
		whole[f] = true
		if mayJoin(f.Name) {
			joined[f.Name] = f.Value
		}
	}
	for i, r := range p.Rows {
		p.Rows[i].Fields = slices.DeleteFunc(r.Fields, func(f Field) bool { return !whole[f] && !strings.Contains(joined[f.Name], f.Value) })
	}
	return p
}

// mayJoin reports the fields in which several values of a record stand together.
func mayJoin(field string) bool {
	return field == "title" || field == "description" || field == "license"
}

// units reads each field of a record by itself, in the language that the record is in.
func units(prefix string, src []byte, lang string) []Mapped {
	if text := bytes.TrimSpace(bytes.TrimPrefix(src, []byte("\uFEFF"))); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return jsonUnits(text)
	}
	root, err := readTree(src)
	if err != nil {
		return nil
	}
	if text := root.raw(); len(root.elements()) == 0 && strings.HasPrefix(text, "{") {
		return jsonUnits([]byte(text))
	}
	var out []Mapped
	format := formatOf(prefix, root)
	add := func(path string, n, alone *node) {
		if n.raw() == "" || len(out) > maxRows {
			return
		}
		g := newGatherer()
		isLanguage := strings.HasSuffix(path, "language")
		if !isLanguage {
			g.Metadata.Language = lang // which decides between titles
		}
		h, problems := readElement(format, alone, g)
		if !isLanguage {
			h.Metadata.Language = ""
		}
		out = append(out, mapped(path, oneLine(unescaped(n.raw())), h, problems))
	}
	if format == formatDC {
		for _, v := range dcValues(root) {
			add(v.name, v.node, &node{name: "dc", nodes: []*node{v.node}})
		}
		return out
	}
	work := root
	for _, name := range []string{"lom", "mods", "resource"} {
		if found := root.find(name); found != nil {
			work = found
			break
		}
	}
	for _, n := range work.elements() {
		if !slices.Contains(containers, n.name) || len(n.elements()) == 0 {
			add(n.name, n, pruned(work, n))
			continue
		}
		for _, inner := range n.elements() {
			add(n.name+"/"+inner.name, inner, pruned(work, pruned(n, inner)))
		}
	}
	return out
}

// containers are the elements whose children are fields of their own.
var containers = []string{"general", "lifecycle", "metametadata", "technical", "educational", "rights", "titles", "creators", "contributors",
	"subjects", "dates", "descriptions", "rightslist", "alternateidentifiers", "relatedidentifiers", "fundingreferences", "sizes", "formats",
	"origininfo", "physicaldescription", "recordinfo"}

// pruned is the outer element with nothing but the inner one in it.
func pruned(outer, inner *node) *node {
	return &node{name: outer.name, space: outer.space, attrs: outer.attrs, nodes: []*node{inner}}
}

func jsonUnits(text []byte) []Mapped {
	v, err := readJSON(text)
	if err != nil {
		return nil
	}
	o := work(v)
	var out []Mapped
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if name == "context" || name == "type" || len(out) > maxRows {
			continue
		}
		g := newGatherer()
		g.jsonld(ld{name: o[name]})
		h, problems := g.done()
		out = append(out, mapped(name, jsonText(o[name]), h, problems))
	}
	return out
}

// jsonText is a value as people read it: a text as it is, all else as JSON.
func jsonText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	src, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(src)
}

// mapped is a row of one field that was read by itself. That such a record lacks all else says nothing.
func mapped(source, value string, h Harvested, problems Problems) Mapped {
	m := Mapped{Source: source, Value: clean(value, maxRowValue), Fields: fieldsOf(h)}
	for _, p := range problems {
		if !slices.Contains([]string{"title-missing", "license-missing", "creators-missing", "record-no-work", "record-unknown"}, p.Code) {
			m.Notes = append(m.Notes, p.Message+": "+p.Remedy)
		}
	}
	return m
}

// fieldsOf lists all values of a record.
func fieldsOf(h Harvested) []Field {
	m := h.Metadata
	var out []Field
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, Field{name, v})
			}
		}
	}
	add("title", m.Title)
	add("description", m.Description)
	add("type", string(m.Type))
	add("language", m.Language)
	add("license", m.License)
	for _, a := range m.Creators {
		add("creators", agentText(a))
	}
	add("subjects", m.Subjects...)
	add("grades", m.Grades...)
	add("alignments.teaches", m.Alignments.Teaches...)
	add("alignments.assesses", m.Alignments.Assesses...)
	add("alignments.requires", m.Alignments.Requires...)
	add("time", m.Time)
	add("audience", m.Audience...)
	add("keywords", m.Keywords...)
	if f := m.Funding; f != nil {
		add("funding", strings.TrimSpace(f.Funder+" "+f.Grant))
	}
	for _, r := range h.Parts {
		add("parts", refText(r))
	}
	for _, s := range m.Sources {
		add("sources", firstOf(s.ID, s.Title))
	}
	for _, path := range slices.Sorted(maps.Keys(m.Assets)) {
		add("assets", path)
	}
	if m.TranslationOf != nil {
		add("translation_of", m.TranslationOf.ID)
	}
	add("id", h.ID)
	add("identifier", h.Identifier)
	add("url", h.URL)
	add("git", h.Git)
	add("path", h.Path)
	add("revision", h.Revision)
	if h.Unit != nil {
		add("unit", refText(*h.Unit))
	}
	add("publisher", agentText(h.Publisher))
	add("published", dateText(h.Published))
	add("modified", dateText(h.Modified))
	for _, p := range h.Access.properties() {
		add(p.name, p.values...)
	}
	return out
}

func agentText(a Agent) string {
	if a.Name == "" || a.URL == "" {
		return a.Name
	}
	return a.Name + " <" + a.URL + ">"
}

func refText(r Ref) string { return firstOf(r.Identifier, r.ID, r.URL, r.Path, r.Title) }
