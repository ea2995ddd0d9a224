package standards

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Base is the short name without the edition: that under which the framework was imported.
func (f *Framework) Base() string {
	base, _, _ := strings.Cut(f.Name, "@")
	return base
}

// Editions makes the packages that were imported under one name, in the order of their imports, the editions of one
// framework, and lists them newest first. The newest is the one that was imported last, unless its own
// lastChangeDateTime says that it is older than the one that was the newest until then. It has the plain name; the
// others are called name@edition and are marked as superseded; Import says which of those given each is. What is given
// is not changed.
//
// An edition's label is its CASE version, else the day of its lastChangeDateTime, else its number; a label that is taken
// gets a number too.
func Editions(name string, imported []*Framework) []*Framework {
	newest := 0
	for i, f := range imported {
		if i > 0 && !olderThan(f, imported[newest]) {
			newest = i
		}
	}
	taken := map[string]bool{}
	all := make([]*Framework, len(imported))
	for i, f := range imported {
		label := unique(label(f, i+1), taken)
		if i == newest {
			all[i] = f.as(name, label, false)
		} else {
			all[i] = f.as(name+"@"+label, label, true)
		}
		all[i].Import = i
	}
	first := all[newest : newest+1 : newest+1]
	rest := slices.Concat(all[:newest], all[newest+1:])
	slices.Reverse(rest)
	return append(first, rest...)
}

// as is the framework under a name, as an edition.
func (f *Framework) as(name, label string, superseded bool) *Framework {
	g := *f
	g.Name, g.Edition, g.Superseded = name, label, superseded
	g.Statements = slices.Clone(f.Statements)
	for i := range g.Statements {
		g.Statements[i].Framework = name
	}
	return &g
}

func olderThan(f, g *Framework) bool {
	a, errA := time.Parse(time.RFC3339, f.Changed)
	b, errB := time.Parse(time.RFC3339, g.Changed)
	return errA == nil && errB == nil && a.Before(b)
}

const maxLabel = 40 // bytes

func label(f *Framework, number int) string {
	var b strings.Builder
	for _, r := range f.Version {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxLabel {
			break
		}
	}
	if l := strings.Trim(b.String(), "-."); l != "" {
		return l
	}
	if t, err := time.Parse(time.RFC3339, f.Changed); err == nil && t.Unix() != 0 {
		return t.UTC().Format(time.DateOnly)
	}
	return fmt.Sprint(number)
}

func unique(label string, taken map[string]bool) string {
	free := label
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", label, n)
	}
	taken[free] = true
	return free
}

// Changes is what makes one edition of a framework another.
type Changes struct {
	Added   []Statement `json:"added"`   // in the order of the newer edition
	Removed []Removal   `json:"removed"` // in the order of the older one
	Changed []Change    `json:"changed"` // in the order of the newer one
}

// Removal is a statement that the newer edition does not have.
type Removal struct {
	Statement
	Successors []string `json:"successors"` // keys, or URIs as given, to which replacedBy leads from it
}

// Change is a statement that both editions have, not quite the same.
type Change struct {
	Before Statement `json:"before"`
	After  Statement `json:"after"`
	Fields []string  `json:"fields"` // which: code, text, label, type, notes, grades, parent, identifier
}

// Compare tells what became of the statements of an edition in a newer one. Statements are the same where they have the
// same identifier; of those left, where they have the same code and nobody else in either edition has.
func Compare(older, newer *Framework) Changes {
	was := map[string]*Statement{} // by key in the newer edition
	before := map[string]*Statement{}
	for i := range older.Statements {
		before[older.Statements[i].Key] = &older.Statements[i]
	}
	now := map[string]string{} // key in the older edition → in the newer
	meet := func(a, b *Statement) { was[b.Key], now[a.Key] = a, b.Key }
	for i := range newer.Statements {
		if a := before[newer.Statements[i].Key]; a != nil {
			meet(a, &newer.Statements[i])
		}
	}
	codes := onlyByCode(older.Statements, func(s *Statement) bool { return now[s.Key] == "" })
	for code, b := range onlyByCode(newer.Statements, func(s *Statement) bool { return was[s.Key] == nil }) {
		if a := codes[code]; a != nil && b != nil {
			meet(a, b)
		}
	}
	c := Changes{Added: []Statement{}, Removed: []Removal{}, Changed: []Change{}}
	for i := range newer.Statements {
		b := &newer.Statements[i]
		a := was[b.Key]
		if a == nil {
			c.Added = append(c.Added, *b)
		} else if fields := differ(a, b, now); len(fields) > 0 {
			c.Changed = append(c.Changed, Change{*a, *b, fields})
		}
	}
	next := map[string][]string{}
	for _, a := range slices.Concat(newer.Associations, older.Associations) {
		if a.Type == ReplacedBy && !slices.Contains(next[a.Origin], a.Target) {
			next[a.Origin] = append(next[a.Origin], a.Target)
		}
	}
	for _, s := range older.Statements {
		if now[s.Key] == "" {
			successors := next[s.Key]
			if successors == nil {
				successors = []string{}
			}
			c.Removed = append(c.Removed, Removal{s, successors})
		}
	}
	return c
}

// onlyByCode finds the statements that are left by codes that only they have.
func onlyByCode(all []Statement, left func(*Statement) bool) map[string]*Statement {
	found := map[string]*Statement{}
	for i := range all {
		s := &all[i]
		if s.Code == "" {
			continue
		}
		if _, twice := found[s.Code]; twice || !left(s) {
			found[s.Code] = nil
		} else {
			found[s.Code] = s
		}
	}
	return found
}

func differ(a, b *Statement, now map[string]string) (fields []string) {
	parent := a.Parent
	if n := now[parent]; n != "" {
		parent = n
	}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"code", a.Code == b.Code}, {"text", a.Text == b.Text}, {"label", a.Label == b.Label}, {"type", a.Type == b.Type},
		{"notes", a.Notes == b.Notes}, {"grades", slices.Equal(a.Grades, b.Grades)}, {"parent", parent == b.Parent},
		{"identifier", a.Key == b.Key},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
