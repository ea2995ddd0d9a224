package merge

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Resolve carries out decisions, by the ID of the conflict. The result holds ours where nothing was decided, and can be
// resolved further. It answers kind.ErrConflict for a decision about something that is no conflict of this merge, as when
// one side has changed since, and kind.ErrInvalid for one that cannot be carried out.
func (r Result) Resolve(choices map[string]Choice) (Result, error) {
	made := maps.Clone(r.made)
	if made == nil {
		made = map[string]Choice{}
	}
	for id, c := range choices {
		if r.plans[id] == nil {
			return r, fmt.Errorf("%w: there is no conflict %q in this merge", kind.ErrConflict, id)
		}
		switch c.Take {
		case Mine, Theirs, Both, Edited, unsettled:
			made[id] = c
		default:
			return r, fmt.Errorf("%w: %q is no way to resolve a conflict", kind.ErrInvalid, c.Take)
		}
	}
	start := r.start
	if start == nil {
		start = r.Files
	}
	out := Result{Files: maps.Clone(start), ours: r.ours, plans: r.plans, all: r.all, made: made, start: start}
	decide := func(c *Conflict) Choice { return made[c.ID] }
	for _, p := range r.all {
		if err := p.carryOut(out.Files, decide); err != nil {
			return r, err
		}
		for _, c := range p.conflicts {
			if _, done := made[c.ID]; !done {
				shown := *c
				shown.Base = settle(c.Base)
				out.Conflicts = append(out.Conflicts, shown)
			}
		}
	}
	if err := fits(out.Files); err != nil {
		return r, err
	}
	out.Changes = changes(out.ours, out.Files, newMeter(0))
	return out, nil
}

// fits answers kind.ErrInvalid for names that cannot stand beside each other.
func fits(files Tree) error {
	taken := newPaths()
	for name := range files {
		if at := taken.clash(name); at != "" {
			return fmt.Errorf("%w: %s and %s cannot stand beside each other", kind.ErrInvalid, min(at, name), max(at, name))
		}
		taken.add(name)
	}
	return nil
}

// carryOut changes the merged files as was decided about one of them.
func (p *plan) carryOut(files Tree, decide choose) error {
	switch {
	case p.whole != nil:
		p.wholeFile(files, decide(p.whole))
	case len(p.pieces) > 0 || p.front != nil:
		data, err := p.data(decide)
		if err != nil {
			return err
		}
		files[p.path] = File{data, p.exec}
	}
	if p.move == nil {
		return nil
	}
	to := p.path
	switch c := decide(p.move); c.Take {
	case Theirs:
		to = p.move.TheirPath
	case Edited:
		to = strings.TrimSpace(string(c.Text))
		if !fs.ValidPath(to) || to == "." {
			return fmt.Errorf("%w: %q is no path", kind.ErrInvalid, to)
		}
	case unsettled:
		to = p.basePath
	}
	if f, ok := files[p.path]; ok && to != p.path {
		if _, there := files[to]; there {
			return fmt.Errorf("%w: there is a file %s already", kind.ErrInvalid, to)
		}
		delete(files, p.path)
		files[to] = f
	}
	return nil
}

func (p *plan) wholeFile(files Tree, c Choice) {
	switch c.Take {
	case Theirs:
		for _, name := range p.aside {
			delete(files, name)
		}
		if p.theirs == nil {
			delete(files, p.path)
		} else {
			files[p.path] = *p.theirs
		}
	case Both:
		if p.theirs != nil && p.ours == nil && len(p.aside) == 0 {
			files[p.path] = *p.theirs
		} else if p.theirs != nil {
			files[free(files, p.path)] = *p.theirs
		}
	case Edited:
		f := File{Data: c.Text}
		if p.ours != nil {
			f.Executable = p.ours.Executable
		}
		if len(c.Text) == 0 {
			delete(files, p.path)
		} else {
			files[p.path] = f
		}
	case unsettled:
		for _, name := range p.aside {
			delete(files, name)
		}
		files[p.path] = File{Data: unsettledFile(p.whole)}
	}
}

// unsettledFile is a whole file in a virtual base.
func unsettledFile(c *Conflict) []byte {
	return join([]byte("⟦unsettled "+c.ID+" none⟧\n"), bytes.TrimPrefix(c.Base, []byte("\uFEFF")))
}

// free is a name like another that is not taken: strips-2.png.
func free(files Tree, name string) string {
	taken := newPaths()
	for name := range files {
		taken.add(name)
	}
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if path.Base(name) == "index.md" { // another index.md would be another resource
		stem = path.Join(path.Dir(name), "index")
	}
	for n := 2; ; n++ {
		if at := stem + "-" + strconv.Itoa(n) + ext; taken.clash(at) == "" {
			return at
		}
	}
}
