package merge

import (
	"path"
	"slices"
	"strings"
)

// paths are the names of a tree. Names that differ in case alone, or of which one is a folder of the other, cannot stand
// beside each other on every computer.
type paths struct {
	files   map[string]string          // lower case → name
	folders map[string]string          // lower case → name
	inside  map[string]map[string]bool // lower-case folder → names below it
}

func newPaths() *paths {
	return &paths{files: map[string]string{}, folders: map[string]string{}, inside: map[string]map[string]bool{}}
}

func (p *paths) add(name string) {
	p.files[strings.ToLower(name)] = name
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		low := strings.ToLower(dir)
		p.folders[low] = dir
		if p.inside[low] == nil {
			p.inside[low] = map[string]bool{}
		}
		p.inside[low][name] = true
	}
}

// clash answers a name that stands in the way of another, or "".
func (p *paths) clash(name string) string {
	if all := p.all(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// all answers every name that stands in the way of another.
func (p *paths) all(name string) (list []string) {
	low := strings.ToLower(name)
	if at, ok := p.files[low]; ok {
		list = append(list, at)
	}
	for at := range p.inside[low] {
		list = append(list, at)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		low := strings.ToLower(dir)
		if at, ok := p.files[low]; ok {
			list = append(list, at)
		}
		if at, ok := p.folders[low]; ok && at != dir {
			for at := range p.inside[low] {
				list = append(list, at)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
