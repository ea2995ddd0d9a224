package standards

import (
	"maps"
	"slices"
	"strings"
)

// Library is an immutable snapshot of frameworks. Nil and the zero value are empty libraries that still know codes by
// their grammar. It is safe for use by many goroutines.
type Library struct {
	frameworks []*Framework
	statements map[string]*Statement
	children   map[string][]string   // by key
	roots      map[string][]string   // by short name of the framework
	uris       map[string]string     // address → key
	aliases    map[string][]string   // alias of the code as given → keys
	codes      map[reading][]string  // by the grammar of the framework's family → keys
	canonical  map[string]reading    // key → the same
	families   map[string]bool       // families with an imported framework
	familyOf   map[string]string     // short name of the framework → family
	byName     map[string]*Framework //
	relations  map[string][]Relation // by home key; see relation.go
	guests     map[string]reading    // key of a statement that its package took over from another family → what it is there
	guestKeys  map[reading][]string  // the same the other way round
}

// NewLibrary returns a library of the frameworks, which must not be changed afterwards. Where two hold a statement of
// the same key, the first keeps it, but older editions come after all others; of two frameworks with the same name, the
// first counts. A code means the statement of the newest edition that has it.
func NewLibrary(frameworks ...*Framework) *Library {
	l := &Library{
		statements: map[string]*Statement{}, children: map[string][]string{}, roots: map[string][]string{},
		uris: map[string]string{}, aliases: map[string][]string{}, codes: map[reading][]string{},
		canonical: map[string]reading{}, families: map[string]bool{}, familyOf: map[string]string{},
		byName: map[string]*Framework{}, relations: map[string][]Relation{},
		guests: map[string]reading{}, guestKeys: map[reading][]string{},
	}
	frameworks = slices.DeleteFunc(slices.Clone(frameworks), func(f *Framework) bool { return f == nil })
	slices.SortStableFunc(frameworks, func(a, b *Framework) int {
		switch {
		case a.Superseded == b.Superseded:
			return 0
		case b.Superseded:
			return -1
		}
		return 1
	})
	for _, f := range frameworks {
		if l.byName[f.Name] != nil {
			continue
		}
		l.byName[f.Name] = f
		if f.Edition != "" && !f.Superseded {
			l.byName[f.Name+"@"+f.Edition] = f
		}
		l.frameworks = append(l.frameworks, f)
		family := familyOf(f)
		l.familyOf[f.Name] = family
		if family != "" {
			l.families[family] = true
		}
		for i := range f.Statements {
			l.add(&f.Statements[i], f.Name, family)
		}
	}
	l.relate(l.frameworks)
	slices.SortStableFunc(l.frameworks, func(a, b *Framework) int { return strings.Compare(a.Base(), b.Base()) })
	return l
}

func (l *Library) add(s *Statement, framework, family string) {
	if s.Key == "" {
		return
	}
	known := l.statements[s.Key]
	if known != nil && !editions(known.Framework, framework) {
		if known.Parent == "" && s.Parent == "" { // a copy of the whole has a top of its own
			l.roots[framework] = append(l.roots[framework], s.Key)
		}
		return
	}
	// An older edition keeps its own tree as far as its statements are not the newer one's as well.
	if p := l.statements[s.Parent]; s.Parent == "" {
		l.roots[framework] = append(l.roots[framework], s.Key)
	} else if p == nil || !editions(p.Framework, framework) {
		l.children[s.Parent] = append(l.children[s.Parent], s.Key)
	}
	if known != nil {
		return
	}
	l.statements[s.Key] = s
	if a := address(s.URI); a != "" && l.uris[a] == "" {
		l.uris[a] = s.Key
	}
	if a := alias(s.Code); a != "" && !l.newer(l.aliases[a], framework) {
		l.aliases[a] = append(l.aliases[a], s.Key)
	}
	if family == "" {
		return
	}
	sure, _ := read(clean(s.Code), Hint{Framework: family})
	for _, r := range sure {
		if r.family == family {
			r = complete(r)
			if !l.newer(l.codes[r], framework) {
				l.codes[r] = append(l.codes[r], s.Key)
			}
			l.canonical[s.Key] = r
			return
		}
	}
	l.addGuest(s)
}

// addGuest remembers a statement of another family that a package carries beside its own tree because its associations
// lead there, as crosswalks do.
func (l *Library) addGuest(s *Statement) {
	if r, ok := listedReading(s.Code); ok && s.Parent == "" {
		l.guests[s.Key] = r
		l.guestKeys[r] = append(l.guestKeys[r], s.Key)
	}
}

// editions reports whether two names are those of different editions of one framework.
func editions(a, b string) bool {
	baseA, _, _ := strings.Cut(a, "@")
	baseB, _, _ := strings.Cut(b, "@")
	return baseA == baseB && a != b
}

// newer reports whether one of the statements is of another edition of the framework: those are added newest first.
func (l *Library) newer(keys []string, framework string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return editions(l.statements[key].Framework, framework) })
}

// complete puts in the cluster that the form of 2010 leaves out, where it is known.
func complete(r reading) reading {
	if l := known().families[r.family]; l != nil && !l.has[r.code] && l.short[r.code] != "" {
		r.code = l.short[r.code]
	}
	return r
}

// familyOf tells which grammar the codes of a framework follow: by its short name, else by its title.
func familyOf(f *Framework) string {
	switch f.Base() {
	case ccssMath, ccssELA, ngss, flBEST:
		return f.Name
	}
	for _, family := range texasSubjects {
		if f.Base() == family {
			return family
		}
	}
	title := strings.ToLower(f.Title)
	math := strings.Contains(title, "math")
	switch {
	case strings.Contains(title, "common core") && math:
		return ccssMath
	case strings.Contains(title, "common core") && (strings.Contains(title, "english") || strings.Contains(title, "ela")):
		return ccssELA
	case strings.Contains(title, "next generation science"):
		return ngss
	case math && (strings.Contains(title, "chapter 111") || strings.Contains(f.Creator, "Texas Education Agency") || strings.Contains(title, "texas essential knowledge")):
		return teksMath
	}
	return ""
}

func (l *Library) orEmpty() *Library {
	if l == nil {
		return &Library{}
	}
	return l
}

// Frameworks lists the imported frameworks in the order of their names, of each the newest edition.
func (l *Library) Frameworks() []*Framework {
	return slices.DeleteFunc(slices.Clone(l.orEmpty().frameworks), func(f *Framework) bool { return f.Superseded })
}

// Shared says how many statements of a framework have the identifiers of another's.
type Shared struct {
	Framework  string `json:"framework"`  // short name of the one that the statements count as
	Statements int    `json:"statements"` //
}

// Shared lists the frameworks that hold statements of the framework of the name, in the order of their names: codes, identifiers
// and alignments lead to the statements there.
func (l *Library) Shared(name string) (list []Shared) {
	l = l.orEmpty()
	f := l.byName[name]
	if f == nil {
		return nil
	}
	counts := map[string]int{}
	for _, s := range f.Statements {
		if known := l.statements[s.Key]; known != nil && known.Framework != f.Name && !editions(known.Framework, f.Name) {
			counts[known.Framework]++
		}
	}
	for _, other := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, Shared{other, counts[other]})
	}
	return list
}

// Editions lists the editions of a framework, the newest first.
func (l *Library) Editions(name string) []*Framework {
	base, _, _ := strings.Cut(name, "@")
	var all []*Framework
	for _, superseded := range []bool{false, true} {
		for _, f := range l.orEmpty().frameworks {
			if f.Base() == base && f.Superseded == superseded {
				all = append(all, f)
			}
		}
	}
	return all
}

// Framework returns the newest edition of the short name, or that of name@edition.
func (l *Library) Framework(name string) (*Framework, bool) {
	f, ok := l.orEmpty().byName[name]
	return f, ok
}

// Statement returns the imported statement with the key, GUID (with or without hyphens, in any case) or URI.
func (l *Library) Statement(key string) (Statement, bool) {
	l = l.orEmpty()
	s := l.statements[key]
	if s == nil {
		s = l.statements[guid(key)]
	}
	if s == nil {
		s = l.statements[l.uris[address(key)]]
	}
	if s == nil {
		return Statement{}, false
	}
	return *s, true
}
