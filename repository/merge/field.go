package merge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// fieldMerge merges the metadata of a resource. It may be run again with decisions about the conflicts that it found.
type fieldMerge struct {
	path      string
	mine      []string // fields that stay ours
	decide    choose   // nil keeps ours
	conflicts []*Conflict
	err       error // of a decision that cannot be carried out
}

// metadata merges every field by itself.
func (f *fieldMerge) metadata(base, ours, theirs metadata.Metadata) metadata.Metadata {
	out := ours
	b, o, t, to := reflect.ValueOf(base), reflect.ValueOf(ours), reflect.ValueOf(theirs), reflect.ValueOf(&out).Elem()
	for i := range to.NumField() {
		name := yamlName(to.Type().Field(i))
		if slices.Contains(f.mine, name) {
			continue
		}
		if merged := f.field(name, b.Field(i).Interface(), o.Field(i).Interface(), t.Field(i).Interface()); merged != nil {
			to.Field(i).Set(reflect.ValueOf(merged))
		}
	}
	return out
}

func yamlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// field merges values of one type.
func (f *fieldMerge) field(name string, base, ours, theirs any) any {
	switch o := ours.(type) {
	case string:
		return f.text(name, base.(string), o, theirs.(string))
	case metadata.Type:
		return metadata.Type(f.text(name, string(base.(metadata.Type)), string(o), string(theirs.(metadata.Type))))
	case []string:
		return mergeSet(base.([]string), o, theirs.([]string))
	case metadata.Alignments:
		b, t := base.(metadata.Alignments), theirs.(metadata.Alignments)
		return metadata.Alignments{Teaches: mergeSet(b.Teaches, o.Teaches, t.Teaches),
			Assesses: mergeSet(b.Assesses, o.Assesses, t.Assesses), Requires: mergeSet(b.Requires, o.Requires, t.Requires)}
	case []metadata.Agent:
		return f.agents(name, base.([]metadata.Agent), o, theirs.([]metadata.Agent), false)
	case *metadata.Funding:
		merged := texts(f, name, valueOf(base.(*metadata.Funding)), valueOf(o), valueOf(theirs.(*metadata.Funding)))
		return pointerTo(merged)
	case *metadata.Pin:
		text := f.text(name, pinText(valueOf(base.(*metadata.Pin))), pinText(valueOf(o)), pinText(valueOf(theirs.(*metadata.Pin))))
		return pointerTo(f.pin(name, text))
	case []metadata.Part:
		return f.parts(name, base.([]metadata.Part), o, theirs.([]metadata.Part))
	case map[string]metadata.Asset:
		return f.assets(name, base.(map[string]metadata.Asset), o, theirs.(map[string]metadata.Asset))
	case []metadata.Source:
		return f.sources(name, base.([]metadata.Source), o, theirs.([]metadata.Source), nested(o), nested(theirs.([]metadata.Source)))
	}
	return f.other(name, base, ours, theirs)
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func pointerTo[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// text merges a value that is a text.
func (f *fieldMerge) text(name, base, ours, theirs string) string {
	if v, ok := pick(base, ours, theirs); ok {
		return v
	}
	c, choice := f.conflict(name, base, ours, theirs)
	switch choice.Take {
	case Theirs:
		return theirs
	case Both:
		return ours + "\n" + theirs
	case Edited:
		return strings.TrimSpace(string(choice.Text))
	case unsettled:
		return strings.TrimSpace(string(unsettle(c)))
	}
	return ours
}

func (f *fieldMerge) conflict(name, base, ours, theirs string) (*Conflict, Choice) {
	c := &Conflict{Path: f.path, Kind: FieldChanged, Field: name, Type: Front,
		Base: value(base), Ours: value(ours), Theirs: value(theirs)}
	c.name(0)
	f.conflicts = append(f.conflicts, c)
	if f.decide == nil {
		return c, Choice{}
	}
	return c, f.decide(c)
}

func value(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

// texts merges the text fields of a struct.
func texts[T any](f *fieldMerge, name string, base, ours, theirs T) T {
	b, o, t := reflect.ValueOf(base), reflect.ValueOf(ours), reflect.ValueOf(theirs)
	out := ours
	to := reflect.ValueOf(&out).Elem()
	for i := range to.NumField() {
		if field := to.Field(i); field.Kind() == reflect.String {
			field.SetString(f.text(name+"."+yamlName(to.Type().Field(i)), b.Field(i).String(), o.Field(i).String(), t.Field(i).String()))
		}
	}
	return out
}

// agents merges people by their names. All says that nobody may be dropped who is on either side.
func (f *fieldMerge) agents(name string, base, ours, theirs []metadata.Agent, all bool) []metadata.Agent {
	if !all {
		switch {
		case slices.Equal(ours, theirs), slices.Equal(base, theirs):
			return ours
		case slices.Equal(base, ours):
			return theirs
		}
	}
	names := func(list []metadata.Agent) (out []string, by map[string]metadata.Agent) {
		by = map[string]metadata.Agent{}
		for _, a := range list {
			if _, again := by[a.Name]; !again {
				out, by[a.Name] = append(out, a.Name), a
			}
		}
		return out, by
	}
	bn, b := names(base)
	on, o := names(ours)
	tn, t := names(theirs)
	order, _ := mergeOrder(bn, on, tn, func(n string) bool { return all || keep(has(b, n), has(o, n), has(t, n)) })
	var out []metadata.Agent
	for _, n := range order {
		switch {
		case !has(t, n):
			out = append(out, o[n])
		case !has(o, n):
			out = append(out, t[n])
		default:
			out = append(out, texts(f, name+"["+n+"]", b[n], o[n], t[n]))
		}
	}
	return out
}

// keep tells whether something stays: what was there unless a side took it out, what is new wherever it is.
func keep(base, ours, theirs bool) bool {
	if base {
		return ours && theirs
	}
	return ours || theirs
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

func pinText(p metadata.Pin) string { return strings.TrimSpace(p.ID + " " + p.Revision) }

func (f *fieldMerge) pin(name, text string) metadata.Pin {
	if strings.Contains(text, "⟦unsettled ") {
		return metadata.Pin{ID: text}
	}
	words := strings.Fields(text)
	switch len(words) {
	case 0:
		return metadata.Pin{}
	case 1:
		return metadata.Pin{ID: words[0]}
	case 2:
		return metadata.Pin{ID: words[0], Revision: words[1]}
	}
	f.fail(name, "write the id, a space and the revision")
	return metadata.Pin{}
}

func (f *fieldMerge) fail(name, remedy string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %s: %s: %w", f.path, name, remedy, kind.ErrInvalid)
	}
}

// parts merges the order of a unit. A pinned part is the same one in another revision.
func (f *fieldMerge) parts(name string, base, ours, theirs []metadata.Part) []metadata.Part {
	keys := func(list []metadata.Part) (out []string, by map[string]metadata.Part) {
		by = map[string]metadata.Part{}
		for _, p := range list {
			key := cmp.Or(p.Path, p.Pin.ID)
			out, by[key] = append(out, key), p
		}
		return out, by
	}
	bn, b := keys(base)
	on, o := keys(ours)
	tn, t := keys(theirs)
	order, ok := mergeOrder(bn, on, tn, func(n string) bool { return keep(has(b, n), has(o, n), has(t, n)) })
	if ok && isUnsettled([]byte(strings.Join(bn, "\n"))) {
		order, ok = on, slices.Equal(on, tn)
	}
	if !ok {
		c, choice := f.conflict(name, strings.Join(bn, "\n"), strings.Join(on, "\n"), strings.Join(tn, "\n"))
		switch choice.Take {
		case Theirs:
			order = tn
		case Edited, unsettled:
			order = nil
			text := string(choice.Text)
			if choice.Take == unsettled {
				text = string(unsettle(c))
			}
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); line != "" {
					order = append(order, line)
				}
			}
		case Both:
			inOurs := set(on)
			order = append(slices.Clone(on), slices.DeleteFunc(slices.Clone(tn), func(n string) bool { return inOurs[n] })...)
		default:
			order = on
		}
	}
	var out []metadata.Part
	for _, n := range order {
		p, known := o[n]
		if q, both := t[n]; both {
			if known && p.Path == "" {
				p.Pin.Revision = f.text(name+"["+n+"].revision", b[n].Pin.Revision, p.Pin.Revision, q.Pin.Revision)
			} else if !known {
				p, known = q, true
			}
		}
		if !known {
			p = metadata.Part{Path: n}
		}
		out = append(out, p)
	}
	return out
}

// assets merges what is known of files. What one side changed and the other took out stays.
func (f *fieldMerge) assets(name string, base, ours, theirs map[string]metadata.Asset) map[string]metadata.Asset {
	out := map[string]metadata.Asset{}
	paths := map[string]bool{}
	for path := range ours {
		paths[path] = true
	}
	for path := range theirs {
		paths[path] = true
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		b, o, t := base[path], ours[path], theirs[path]
		at := name + "." + path
		switch {
		case has(ours, path) && has(theirs, path):
			merged := texts(f, at, b, o, t)
			merged.Creators = f.agents(at+".creators", b.Creators, o.Creators, t.Creators, true)
			out[path] = merged
		case has(ours, path) && !(has(base, path) && reflect.DeepEqual(b, o)):
			out[path] = o
		case has(theirs, path) && !(has(base, path) && reflect.DeepEqual(b, t)):
			out[path] = t
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// sources merges what a resource was made from. None is ever dropped: what one side took out stays, unless that side
// names it further down, as the source of a source.
func (f *fieldMerge) sources(name string, base, ours, theirs []metadata.Source, inOurs, inTheirs map[string]bool) []metadata.Source {
	keys := func(list []metadata.Source) (out []string, by map[string]metadata.Source) {
		by = map[string]metadata.Source{}
		for _, s := range list {
			if key := sourceKey(s); !has(by, key) {
				out, by[key] = append(out, key), s
			}
		}
		return out, by
	}
	bn, b := keys(base)
	on, o := keys(ours)
	tn, t := keys(theirs)
	order, _ := mergeOrder(bn, on, tn, func(n string) bool {
		moved := has(b, n) && (!has(o, n) && inOurs[n] || !has(t, n) && inTheirs[n])
		return !moved
	})
	var out []metadata.Source
	for _, n := range order {
		old, mine, other := b[n], o[n], t[n]
		switch {
		case !has(t, n):
			out = append(out, mine)
			continue
		case !has(o, n):
			out = append(out, other)
			continue
		}
		at := name + "[" + strings.ReplaceAll(n, "\n", "/") + "]"
		merged := texts(f, at, old, mine, other)
		merged.Creators = f.agents(at+".creators", old.Creators, mine.Creators, other.Creators, true)
		merged.Sources = f.sources(at+".sources", old.Sources, mine.Sources, other.Sources, inOurs, inTheirs)
		out = append(out, merged)
	}
	return out
}

func sourceKey(s metadata.Source) string {
	key := cmp.Or(s.ID, s.URL, s.Title)
	if s.Path != "" {
		key += "\n" + s.Path
	}
	return key
}

// nested are the sources of sources.
func nested(list []metadata.Source) map[string]bool {
	in := map[string]bool{}
	var add func(list []metadata.Source, level int)
	add = func(list []metadata.Source, level int) {
		for _, s := range list {
			if level > 0 {
				in[sourceKey(s)] = true
			}
			add(s.Sources, level+1)
		}
	}
	add(list, 0)
	return in
}

// other merges a value of another type as a whole.
func (f *fieldMerge) other(name string, base, ours, theirs any) any {
	switch {
	case reflect.DeepEqual(ours, theirs), reflect.DeepEqual(base, theirs):
		return ours
	case reflect.DeepEqual(base, ours):
		return theirs
	}
	show := func(v any) string {
		text, _ := json.Marshal(v)
		return string(text)
	}
	_, choice := f.conflict(name, show(base), show(ours), show(theirs))
	switch choice.Take {
	case Theirs:
		return theirs
	case Edited, Both:
		f.fail(name, "take one of the two")
	case unsettled:
		return reflect.Zero(reflect.TypeOf(ours)).Interface()
	}
	return ours
}

// changedFields names the fields in which two versions differ.
func changedFields(a, b metadata.Metadata) (names []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			names = append(names, yamlName(x.Type().Field(i)))
		}
	}
	return names
}
