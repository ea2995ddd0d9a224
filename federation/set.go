package federation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// setRoots are the sets at the top, with the names that people read. Every set of this server is below one of them.
var setRoots = []Set{
	{"framework", "By framework of standards"},
	{"grade", "By grade"},
	{"license", "By license"},
	{"list", "Approved lists"},
	{"owner", "By owner"},
	{"peer", "By the repository that it was harvested from"},
	{"subject", "By subject"},
	{"type", "By type of resource"},
}

// subjectAbove puts subjects below wider ones.
var subjectAbove = map[string]string{
	"biology": "science", "chemistry": "science", "physics": "science", "astronomy": "science", "earth science": "science",
	"history": "social studies", "civics": "social studies", "geography": "social studies", "economics": "social studies",
	"spanish": "world languages", "french": "world languages", "german": "world languages", "latin": "world languages",
	"chinese": "world languages",
}

// versionOf splits a license's id before its version: CC-BY and 4.0.
var versionOf = regexp.MustCompile(`^(.*?[^\-])-([0-9].*)$`)

// SetsOf returns the sets that a resource is in, as its records' headers name them, in byte order: below owner, subject,
// grade, license, type and framework, and below peer if it was harvested. What is not known makes no set.
func SetsOf(r repository.Resource, v metadata.View) []string {
	var specs []string
	add := func(steps ...string) {
		if !slices.Contains(steps, "") {
			specs = append(specs, SetSpec(steps...))
		}
	}
	if r.Own() {
		add("owner", r.Address.Owner)
	} else {
		add("peer", r.Origin.Peer)
	}
	if m := versionOf.FindStringSubmatch(string(r.License)); m != nil {
		add("license", m[1], m[2])
	} else {
		add("license", string(r.License))
	}
	add("type", string(v.Metadata.Type))
	for _, s := range v.Metadata.Subjects {
		if above := subjectAbove[s]; above != "" {
			add("subject", above, s)
		} else {
			add("subject", s)
		}
	}
	for _, g := range v.Metadata.Grades {
		add("grade", g)
	}
	for _, s := range v.Statements {
		add("framework", s.Framework)
	}
	return minimal(specs)
}

// minimal sorts the specs and leaves out a set that another one is below: headers name the smallest sets.
func minimal(specs []string) []string {
	slices.Sort(specs)
	specs = slices.Compact(specs)
	return slices.DeleteFunc(slices.Clone(specs), func(s string) bool {
		return slices.ContainsFunc(specs, func(t string) bool { return strings.HasPrefix(t, s+":") })
	})
}

// ListSpec is the set of what stands on a board's approved list.
func ListSpec(slug string) string { return SetSpec("list", slug) }

// IsListSpec reports whether a set is that of an approved list.
func IsListSpec(spec string) bool { return strings.HasPrefix(spec, "list:") }

// SetSpec joins the steps of a set's path. Characters that a setSpec cannot have are written as "~" and two hexadecimal
// digits for each byte, a blank as "_", so that different names never share a set.
func SetSpec(steps ...string) string {
	var b strings.Builder
	for i, step := range steps {
		if i > 0 {
			b.WriteByte(':')
		}
		for _, c := range []byte(step) {
			switch {
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-.!*'()", c) >= 0:
				b.WriteByte(c)
			case c == ' ':
				b.WriteByte('_')
			default:
				fmt.Fprintf(&b, "~%02X", c)
			}
		}
	}
	return b.String()
}

// SetPath is the opposite of SetSpec.
func SetPath(spec string) []string {
	steps := strings.Split(spec, ":")
	for i, step := range steps {
		var b strings.Builder
		for j := 0; j < len(step); j++ {
			var c byte
			switch {
			case step[j] == '_':
				b.WriteByte(' ')
			case step[j] == '~' && j+2 < len(step) && scanHex(step[j+1:j+3], &c):
				b.WriteByte(c)
				j += 2
			default:
				b.WriteByte(step[j])
			}
		}
		steps[i] = b.String()
	}
	return steps
}

func scanHex(s string, c *byte) bool {
	n, err := fmt.Sscanf(s, "%02X", c)
	return err == nil && n == 1
}

// setName names a set that has no name of its own.
func setName(s Set) string {
	if s.Name != "" {
		return s.Name
	}
	path := SetPath(s.Spec)
	if i := slices.IndexFunc(setRoots, func(root Set) bool { return s.Spec == root.Spec }); i >= 0 {
		return setRoots[i].Name
	}
	value := strings.Join(path[1:], " / ")
	switch path[0] {
	case "grade":
		return "Grade " + value
	case "framework":
		return "Standards: " + value
	case "list":
		return "Approved list " + value
	case "peer":
		return "From " + value
	case "license":
		value = strings.Join(path[1:], "-")
		if l, ok := licensing.Lookup(licensing.ID(value)); ok && l.Short != "" {
			return "License " + l.Short
		}
		return "License " + value
	case "owner":
		return "Owner " + value
	case "subject":
		return "Subject " + value
	case "type":
		return "Type " + value
	}
	return strings.Join(path, " / ")
}

// ancestors returns the sets above a set, from the top.
func ancestors(spec string) []string {
	var above []string
	for i := range len(spec) {
		if spec[i] == ':' {
			above = append(above, spec[:i])
		}
	}
	return above
}
