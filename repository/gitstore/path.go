package gitstore

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	maxName  = 255 // bytes of one name
	maxPath  = 1024
	maxLevel = 32 // folders within each other
)

// CheckPath answers an error of kind ErrInvalid unless path may be a file's in a saved tree: slash-separated names in
// UTF-8, none of them "", ".", "..", or what some file system takes for ".git".
func CheckPath(path string) error {
	if path == "" || len(path) > maxPath {
		return fmt.Errorf("%w: path of %d bytes, want 1 to %d", kind.ErrInvalid, len(path), maxPath)
	}
	if strings.Count(path, "/") >= maxLevel {
		return fmt.Errorf("%w: path %q has more than %d folders", kind.ErrInvalid, path, maxLevel)
	}
	for name := range strings.SplitSeq(path, "/") {
		if err := checkName(name); err != nil {
			return fmt.Errorf("path %q: %w", path, err)
		}
	}
	return nil
}

// checkName refuses the names that lead out of a clone, or into its .git folder, on any system.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%w: name %q", kind.ErrInvalid, name)
	case len(name) > maxName:
		return fmt.Errorf("%w: name of more than %d bytes", kind.ErrInvalid, maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: name %q is not UTF-8", kind.ErrInvalid, name)
	case strings.ContainsAny(name, "/\\"):
		return fmt.Errorf("%w: name %q has a slash or backslash", kind.ErrInvalid, name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w: name %q has a control character", kind.ErrInvalid, name)
	case reserved(name):
		return fmt.Errorf("%w: name %q belongs to git", kind.ErrInvalid, name)
	}
	return nil
}

// reserved tells whether some file system opens .git or .gitmodules by the name: any case, trailing dots and spaces and
// streams (Windows), short names (NTFS), characters that are ignored (HFS+).
func reserved(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // zero-width and direction marks, the byte order mark
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
	plain, _, _ = strings.Cut(plain, ":")
	plain = strings.TrimRight(plain, ". ")
	switch plain {
	case ".git", "git~1", ".gitmodules", "gitmod~1", "gi7eba~1":
		return true
	}
	return false
}

// folded is equal for names that some file system takes for one.
func folded(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return strings.ToLower(name)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(name)))
}
