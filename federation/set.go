package federation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// setRoots are the sets at the top, with the names that people read. Every set of this server is below one of them.
var setRoots = []Set{
	{"grade", "By grade"},
	{"license", "By license"},
	{"owner", "By owner"},
	{"subject", "By subject"},
	{"type", "By type of resource"},
}

// SetsOf returns the sets that a resource is in, as its records' headers name them: below owner, subject, grade, license
// and type, in byte order. What is not known makes no set.
func SetsOf(owner string, m metadata.Metadata, license licensing.ID) []string {
	var specs []string
	add := func(root, value string) {
		if value != "" {
			specs = append(specs, SetSpec(root, value))
		}
	}
	add("owner", owner)
	add("license", string(license))
	add("type", string(m.Type))
	for _, s := range m.Subjects {
		add("subject", s)
	}
	for _, g := range m.Grades {
		add("grade", g)
	}
	slices.Sort(specs)
	return slices.Compact(specs)
}

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
	for _, root := range setRoots {
		if s.Spec == root.Spec {
			return root.Name
		}
	}
	value := strings.Join(path[1:], " / ")
	switch path[0] {
	case "grade":
		return "Grade " + value
	case "license":
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
