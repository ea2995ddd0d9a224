package merge

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
)

// Trees merges what became of base on two sides. The order of the sides matters in one way: at a conflict the result
// holds ours. Where one side changed nothing, the result is the other.
func Trees(base, ours, theirs Tree, o Options) Result {
	switch {
	case sameTree(ours, theirs), sameTree(base, theirs):
		return Result{Files: ours, ours: ours}
	case sameTree(base, ours):
		return Result{Files: theirs, ours: ours, Changes: changes(ours, theirs, newMeter(o.Work))}
	}
	t := &treeMerge{base: base, ours: ours, theirs: theirs, o: o, m: newMeter(o.Work)}
	t.pair()
	t.place()
	return t.result()
}

func sameTree(a, b Tree) bool { return maps.EqualFunc(a, b, sameFile) }

func sameFile(a, b File) bool { return a.Executable == b.Executable && bytes.Equal(a.Data, b.Data) }

// treeMerge merges trees in three steps: what belongs together, what becomes of each file, and where it goes.
type treeMerge struct {
	base, ours, theirs Tree
	o                  Options
	m                  *meter
	threads            []thread
}

// thread is one file through all three trees: its path in each, "" where it is not. to is where it goes.
type thread struct{ base, ours, theirs, to string }

func (t *treeMerge) pair() {
	mine, other := renames(t.base, t.ours, t.m), renames(t.base, t.theirs, t.m)
	ourFolders, theirFolders := movedFolders(mine, t.ours), movedFolders(other, t.theirs)
	path := func(name string, side Tree, moved map[string]string) string {
		if _, ok := side[name]; ok {
			return name
		}
		return moved[name]
	}
	knownOurs, knownTheirs := map[string]bool{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(t.base)) {
		th := thread{base: name, ours: path(name, t.ours, mine), theirs: path(name, t.theirs, other)}
		knownOurs[th.ours], knownTheirs[th.theirs] = true, true
		th.to, _ = pick(name, th.ours, th.theirs)
		t.threads = append(t.threads, th)
	}
	for _, name := range slices.Sorted(maps.Keys(t.ours)) {
		if knownOurs[name] {
			continue
		}
		th := thread{ours: name, to: along(name, theirFolders)}
		if _, both := t.theirs[name]; both && !knownTheirs[name] {
			th.theirs, th.to, knownTheirs[name] = name, name, true
		}
		t.threads = append(t.threads, th)
	}
	for _, name := range slices.Sorted(maps.Keys(t.theirs)) {
		if !knownTheirs[name] {
			t.threads = append(t.threads, thread{theirs: name, to: along(name, ourFolders)})
		}
	}
}

// place decides where files go. Ours stay where they are if anything is in the way.
func (t *treeMerge) place() {
	taken := newPaths()
	for i := range t.threads {
		if th := &t.threads[i]; th.ours != "" {
			taken.add(th.ours)
			if th.base != "" && th.theirs == "" {
				th.to = th.ours
			}
		}
	}
	for i := range t.threads {
		th := &t.threads[i]
		if th.ours == "" || th.to == th.ours {
			continue
		}
		others := slices.DeleteFunc(taken.all(th.to), func(name string) bool { return name == th.ours })
		if len(others) > 0 {
			th.to = th.ours
		}
		taken.add(th.to)
	}
}

func (t *treeMerge) result() Result {
	r := Result{Files: Tree{}, ours: t.ours, plans: map[string]*plan{}}
	taken := newPaths()
	for _, th := range t.threads {
		if th.ours == "" {
			continue
		}
		f, p := t.merge(th)
		if f != nil {
			r.Files[th.to] = *f
			taken.add(th.to)
		}
		if p != nil {
			r.all = append(r.all, p)
		}
	}
	for _, th := range t.threads {
		if th.ours != "" || th.theirs == "" {
			continue
		}
		their := t.theirs[th.theirs]
		if th.base != "" {
			if th.base != th.theirs || !sameFile(t.base[th.base], their) {
				r.all = append(r.all, wholeFile(FileDeleted, th, t.fileOf(t.base, th.base), nil, &their))
			}
			continue
		}
		if at := taken.clash(th.to); at != "" {
			p := wholeFile(PathTaken, th, nil, t.fileOf(r.Files, th.to), &their)
			p.path, p.whole.Path, p.whole.OurPath = th.to, th.to, at
			p.aside = taken.all(th.to)
			r.all = append(r.all, p)
			continue
		}
		r.Files[th.to] = their
		taken.add(th.to)
	}
	r.name()
	r.Changes = changes(t.ours, r.Files, t.m)
	return r
}

// merge merges a file that we have. It answers no file where it goes, and a plan where something is to be decided.
func (t *treeMerge) merge(th thread) (*File, *plan) {
	our := t.ours[th.ours]
	if th.theirs == "" {
		if th.base == "" {
			return &our, nil
		}
		if th.base == th.ours && sameFile(t.base[th.base], our) {
			return nil, nil
		}
		return &our, wholeFile(FileDeleted, th, t.fileOf(t.base, th.base), &our, nil)
	}
	their := t.theirs[th.theirs]
	if th.base == "" {
		if bytes.Equal(our.Data, their.Data) {
			our.Executable = our.Executable || their.Executable
			return &our, nil
		}
		return &our, wholeFile(FileAdded, th, nil, &our, &their)
	}
	base := t.base[th.base]
	f := our
	f.Executable, _ = pick(base.Executable, our.Executable, their.Executable)
	var p *plan
	switch {
	case bytes.Equal(our.Data, their.Data), bytes.Equal(base.Data, their.Data):
	case bytes.Equal(base.Data, our.Data):
		f.Data = their.Data
	default:
		p = mergeFile(th.to, base.Data, our.Data, their.Data, t.o, t.m)
		p.exec, p.ours, p.theirs = f.Executable, &our, &their
		if p.whole == nil {
			data, err := p.data(nil)
			if err != nil { // cannot be: keeping ours can always be carried out
				p = wholeFile(FileChanged, th, &base, &our, &their)
				data = our.Data
			}
			f.Data = data
		}
	}
	if wanted, ok := pick(th.base, th.ours, th.theirs); !ok || wanted != th.to {
		if p == nil {
			p = &plan{path: th.to, exec: f.Executable, ours: &f}
		}
		p.move = &Conflict{Kind: FileRenamed, Path: th.to, OurPath: th.ours, TheirPath: th.theirs, Binary: true}
		p.basePath, p.conflicts = th.base, append([]*Conflict{p.move}, p.conflicts...)
	}
	if p != nil && len(p.conflicts) == 0 {
		p = nil
	}
	return &f, p
}

func (t *treeMerge) fileOf(tree Tree, name string) *File {
	if f, ok := tree[name]; ok {
		return &f
	}
	return nil
}

// wholeFile is the plan for a file that cannot be merged by its content.
func wholeFile(kind ConflictKind, th thread, base, our, their *File) *plan {
	c := &Conflict{Kind: kind, Path: cmp.Or(th.to, th.ours, th.theirs)}
	if th.ours != th.theirs {
		c.OurPath, c.TheirPath = th.ours, th.theirs
	}
	for _, v := range []struct {
		f  *File
		to *[]byte
	}{{base, &c.Base}, {our, &c.Ours}, {their, &c.Theirs}} {
		if v.f != nil {
			*v.to = append([]byte{}, v.f.Data...)
			c.Binary = c.Binary || !isText(v.f.Data)
		}
	}
	if kind == FileDeleted && our == nil {
		c.Path = th.theirs
	}
	return &plan{path: c.Path, whole: c, conflicts: []*Conflict{c}, ours: our, theirs: their}
}

// name gives all conflicts their place and their IDs, in the order of paths.
func (r *Result) name() {
	slices.SortStableFunc(r.all, func(a, b *plan) int { return cmp.Compare(a.path, b.path) })
	for _, p := range r.all {
		same := map[string]int{}
		for _, c := range p.conflicts {
			c.Path = p.path
			c.name(0)
			first := c.ID
			if n := same[first]; n > 0 {
				c.name(n)
			}
			same[first]++
			r.plans[c.ID] = p
			shown := *c
			shown.Base = settle(c.Base)
			r.Conflicts = append(r.Conflicts, shown)
		}
	}
}
