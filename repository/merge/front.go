package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// frontMerge merges the front matter of one file: what one side changed is taken as it is written there, with comments;
// what both changed is merged by its meaning. It is run again when decisions are made.
type frontMerge struct {
	path               string
	base, ours, theirs []byte // from the first line to the blank line after the last
	mine               []string
	m                  *meter
}

// entry is a top-level field as it is written, with the comments above it.
type entry struct {
	key  string
	text []byte
}

var fieldLine = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s#:{}\[\]'"&*!|>%@,-][^:]*?)[ \t]*:([ \t\r\n]|$)`)

// The keys of what is not a field.
const (
	firstEntry = "\x00first" // the line that opens
	lastEntry  = "\x00last"  // the line that closes, and comments above it
)

func entries(front []byte) (list []entry) {
	all := lines(front)
	if len(all) == 0 {
		return nil
	}
	last := len(all) - 1
	for last > 0 && isBlank(all[last]) {
		last--
	}
	list = []entry{{key: firstEntry, text: all[0]}}
	var above []byte
	for _, line := range all[1:max(last, 1)] {
		switch m := fieldLine.FindSubmatch(line); {
		case m != nil:
			key := string(bytes.Trim(m[1], `"'`))
			list = append(list, entry{key, join(above, line)})
			above = nil
		case len(line) > 0 && line[0] == '#' || isBlank(line):
			above = join(above, line)
		default: // goes on with the field
			at := &list[len(list)-1]
			at.text, above = join(at.text, above, line), nil
		}
	}
	return append(list, entry{lastEntry, join(above, join(all[max(last, 1):]...))})
}

// readable tells whether a front matter can be merged by fields: it has no mistakes, and its fields stand where we see
// them. An unknown field inside a known one would be lost where that is written anew.
func readable(front []byte) bool {
	if !bytes.HasPrefix(bytes.TrimPrefix(front, []byte("\uFEFF")), []byte("---")) {
		return false
	}
	doc, problems := metadata.Parse("index.md", front)
	if _, err := doc.With(metadata.Edit{}); err != nil || problems.Refuse() || len(doc.Body) > 0 {
		return false
	}
	unknown := len(problems)
	for _, e := range entries(front) {
		switch {
		case e.key == firstEntry || e.key == lastEntry:
		case !knownField(e.key):
			unknown--
		case doc.Line(e.key) == 0:
			return false
		}
	}
	return unknown == 0
}

// merge answers the merged front matter. It is not ok where it cannot be merged by fields.
func (f *frontMerge) merge(decide choose) (front []byte, conflicts []*Conflict, err error, ok bool) {
	b, o, t := metadataOf(f.base), metadataOf(f.ours), metadataOf(f.theirs)
	fields := &fieldMerge{path: f.path, mine: f.mine, decide: decide}
	want := fields.metadata(b, o, t)
	if len(fields.conflicts) == 0 {
		if text, clean := cleanly(f.base, f.ours, f.theirs, f.m); clean && f.holds(text, want) && f.others(text) {
			return text, nil, nil, true
		}
	}
	list := f.entries(fields)
	if fields.err != nil {
		return nil, fields.conflicts, fields.err, true
	}
	put := func(text []byte) ([]byte, error) {
		doc, _ := metadata.Parse(f.path, text)
		out, err := doc.With(metadata.Replace(want))
		if err == nil && !f.holds(out, want) {
			err = fmt.Errorf("%s: the front matter does not hold what was decided: %w", f.path, kind.ErrInvalid)
		}
		return out, err
	}
	out, err := put(list)
	if err == nil || decide != nil {
		return out, fields.conflicts, err, true
	}
	out, err = put(f.ours) // written as ours, with what they say
	return out, fields.conflicts, nil, err == nil && f.others(out)
}

// holds tells whether a front matter says what it should, and has no new mistakes.
func (f *frontMerge) holds(front []byte, want metadata.Metadata) bool {
	doc, problems := metadata.Parse(f.path, front)
	if len(doc.Body) > 0 || !reflect.DeepEqual(doc.Metadata, want) {
		return false
	}
	known := map[string]bool{}
	for _, side := range [][]byte{f.ours, f.theirs} {
		if len(side) > 0 {
			_, list := metadata.Parse(f.path, side)
			for _, p := range list {
				known[p.Code+p.Message] = true
			}
		}
	}
	return !slices.ContainsFunc(problems, func(p metadata.Problem) bool { return !known[p.Code+p.Message] })
}

// others tells whether every field that we do not know is in the text as one of the sides has it.
func (f *frontMerge) others(text []byte) bool {
	got := byKey(entries(text))
	b, o, t := byKey(entries(f.base)), byKey(entries(f.ours)), byKey(entries(f.theirs))
	for key := range merged(o, t) {
		if v, ok := pick(b[key], o[key], t[key]); !knownField(key) && (!ok || got[key] != v) {
			return false
		}
	}
	return true
}

func knownField(key string) bool {
	if key == firstEntry || key == lastEntry {
		return true
	}
	t := reflect.TypeFor[metadata.Metadata]()
	for i := range t.NumField() {
		if yamlName(t.Field(i)) == key {
			return true
		}
	}
	return false
}

func byKey(list []entry) map[string]string {
	m := make(map[string]string, len(list))
	for _, e := range list {
		m[e.key] = string(e.text)
	}
	return m
}

func merged(a, b map[string]string) map[string]bool {
	all := make(map[string]bool, len(a)+len(b))
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

// entries merges the fields as they are written. Known fields that both sides changed stay as ours are written: their
// meaning is put in later. For others that is a conflict.
func (f *frontMerge) entries(fields *fieldMerge) []byte {
	keys := func(list []entry) (out []string) {
		for _, e := range list {
			out = append(out, e.key)
		}
		return out
	}
	bl, ol, tl := entries(f.base), entries(f.ours), entries(f.theirs)
	b, o, t := byKey(bl), byKey(ol), byKey(tl)
	disputed := map[string]bool{}
	for _, c := range fields.conflicts {
		name, _, _ := strings.Cut(c.Field, ".")
		name, _, _ = strings.Cut(name, "[")
		disputed[name] = true
	}
	text := map[string]string{}
	for key := range merged(o, t) {
		v, ok := pick(b[key], o[key], t[key])
		switch {
		case slices.Contains(f.mine, key):
			v = o[key]
		case ok:
		case knownField(key):
			if v == "" || !disputed[key] && (len(t[key]) > len(v) || len(t[key]) == len(v) && t[key] > v) {
				v = t[key] // perhaps with more comments
			}
		default:
			v = ""
		}
		text[key] = v
	}
	var contested []string
	for key := range merged(o, t) {
		if _, ok := pick(b[key], o[key], t[key]); !ok && !knownField(key) && !slices.Contains(f.mine, key) {
			contested = append(contested, key)
		}
	}
	slices.Sort(contested) // conflicts come in one order
	for _, key := range contested {
		text[key] = fields.text(key, b[key], o[key], t[key])
		if n := len(fields.conflicts); fields.decide != nil && fields.decide(fields.conflicts[n-1]).Take == unsettled {
			text[key] = "# ⟦unsettled " + fields.conflicts[n-1].ID + "⟧\n" + cmp.Or(b[key], o[key], t[key])
		}
		if v := text[key]; v != "" && v[len(v)-1] != '\n' {
			text[key] = v + "\n"
		}
	}
	order, _ := mergeOrder(keys(bl), keys(ol), keys(tl), func(string) bool { return true })
	var out bytes.Buffer
	for _, key := range order {
		if key != lastEntry {
			out.WriteString(text[key])
		}
	}
	out.WriteString(text[lastEntry])
	return out.Bytes()
}
