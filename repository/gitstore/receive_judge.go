package gitstore

import (
	"fmt"
	"maps"
	"path"
	"strconv"
	"strings"
)

const (
	suggestRef    = "refs/for/main"
	suggestionsIn = "refs/suggestions/"

	tagStays = "this tag is there already, and stays as it is: fetch it, and take another name"
)

// judge refuses the commands that the refs as they are do not allow, and names the suggestions. A nil view has no refs.
func (p *receiving) judge(view *Repository) {
	m := Manifest{Head: defaultHead}
	if view != nil {
		m = view.manifest
	}
	named := make(map[string]bool)
	number := nextSuggestion(m)
	for _, c := range p.req.commands {
		switch {
		case named[c.ref]:
			c.refuse("named twice")
		case c.suggests():
			p.judgeSuggestion(c, m, number)
			number++
		case checkRef(c.ref) != nil || strings.HasSuffix(c.ref, "/HEAD"):
			c.refuse("not a name for a ref")
		case !strings.HasPrefix(c.ref, "refs/heads/") && !strings.HasPrefix(c.ref, "refs/tags/"):
			c.refuse("only branches, tags and %s can be pushed", suggestRef)
		case c.old == "" && m.Refs[c.ref] != "" && strings.HasPrefix(c.ref, TagPrefix):
			c.refuse(tagStays)
		case c.old != m.Refs[c.ref]:
			c.refuse("fetch first: it is at %s", shortOr(m.Refs[c.ref], "nothing"))
		case c.new == "" && c.old == "":
			c.refuse("there is no such ref")
		case c.new == "" && c.ref == m.Head:
			c.refuse("this branch cannot be deleted")
		case c.new == "" && p.o.AllowDelete != nil && !p.o.AllowDelete(c.ref):
			c.refuse("it may not be deleted")
		}
		named[c.ref] = true
	}
	p.judgeFolders(m)
	p.req.settle()
}

func (p *receiving) judgeSuggestion(c *command, m Manifest, number int) {
	switch {
	case p.o.Suggest == nil:
		c.refuse("suggestions are not taken here")
	case m.Refs[m.Head] == "":
		c.refuse("there is nothing yet to make a suggestion for")
	case c.new == "":
		c.refuse("a suggestion cannot be deleted so")
	}
	c.number, c.old = number, ""
	c.as = suggestionsIn + strconv.Itoa(number) + "/head"
}

// nextSuggestion is the number after the highest in use.
func nextSuggestion(m Manifest) int {
	next := 1
	for ref := range m.Refs {
		if rest, ok := strings.CutPrefix(ref, suggestionsIn); ok {
			word, _, _ := strings.Cut(rest, "/")
			if n, err := strconv.Atoi(word); err == nil && n >= next {
				next = n + 1
			}
		}
	}
	return next
}

// judgeFolders refuses a branch a/b where a branch a will be too: git keeps refs as files.
func (p *receiving) judgeFolders(m Manifest) {
	names := maps.Clone(m.Refs)
	if names == nil {
		names = make(map[string]Hash)
	}
	for _, c := range p.req.open() {
		if c.new == "" {
			delete(names, c.as)
		} else {
			names[c.as] = c.new
		}
	}
	folders := make(map[string]bool)
	for name := range names {
		for folder := path.Dir(name); folder != "refs" && folder != "."; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	for _, c := range p.req.open() {
		clash := c.new != "" && folders[c.as]
		for folder := path.Dir(c.as); folder != "refs" && folder != "." && !clash; folder = path.Dir(folder) {
			_, clash = names[folder]
		}
		if clash && c.old == "" {
			c.refuse("it is a folder of other refs, or lies within one")
		}
	}
}

func shortOr(h Hash, none string) string {
	if h == "" {
		return none
	}
	return fmt.Sprintf("%.7s", h)
}
