package gitstore

import (
	"bytes"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// checkCommit refuses a commit that git would not have written: its header must be tree, parents, author and committer, in
// this order and once, without a zero byte anywhere.
func checkCommit(data []byte) error {
	if bytes.IndexByte(data, 0) >= 0 {
		return fmt.Errorf("%w: a zero byte in a commit", errCorrupt)
	}
	rest, ok := hashLine(data, "tree ")
	if !ok {
		return fmt.Errorf("%w: a commit without a tree", errCorrupt)
	}
	for {
		next, ok := hashLine(rest, "parent ")
		if !ok {
			break
		}
		rest = next
	}
	for _, word := range []string{"author", "committer"} {
		var err error
		if rest, err = cutIdentity(rest, word); err != nil {
			return err
		}
	}
	return checkMoreHeaders(rest, "tree ", "parent ", "author ", "committer ")
}

// checkTag refuses a tag that git would not have written, and answers what it is of.
func checkTag(data []byte) (of oid, is plumbing.ObjectType, err error) {
	if bytes.IndexByte(data, 0) >= 0 {
		return of, 0, fmt.Errorf("%w: a zero byte in a tag", errCorrupt)
	}
	rest, ok := hashLine(data, "object ")
	if !ok {
		return of, 0, fmt.Errorf("%w: a tag without an object", errCorrupt)
	}
	if of, err = parseTag(data); err != nil {
		return of, 0, err
	}
	word, rest, ok := cutLine(rest, "type ")
	if ok {
		is, err = plumbing.ParseObjectType(string(word))
	}
	if !ok || err != nil || is.IsDelta() {
		return of, 0, fmt.Errorf("%w: a tag without a type", errCorrupt)
	}
	name, rest, ok := cutLine(rest, "tag ")
	if !ok || checkRef("refs/tags/"+string(name)) != nil {
		return of, 0, fmt.Errorf("%w: a tag's name %q", errCorrupt, name)
	}
	if bytes.HasPrefix(rest, []byte("tagger ")) {
		if rest, err = cutIdentity(rest, "tagger"); err != nil {
			return of, 0, err
		}
	}
	return of, is, checkMoreHeaders(rest, "object ", "type ", "tag ", "tagger ")
}

// cutLine reads a line that begins with the word.
func cutLine(data []byte, word string) (value, rest []byte, ok bool) {
	line, rest, ended := bytes.Cut(data, []byte{'\n'})
	value, ok = bytes.CutPrefix(line, []byte(word))
	return value, rest, ok && ended
}

// hashLine reads a line with a hash.
func hashLine(data []byte, word string) (rest []byte, ok bool) {
	value, rest, ok := cutLine(data, word)
	if !ok {
		return nil, false
	}
	_, err := parseHash(string(value))
	return rest, err == nil
}

// checkMoreHeaders refuses headers that must not come again, and lines that are no headers, up to the message.
func checkMoreHeaders(data []byte, not ...string) error {
	for len(data) > 0 && data[0] != '\n' {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		word := bytes.IndexByte(line, ' ')
		if !ended || word < 0 { // a line that goes on begins with a space
			return fmt.Errorf("%w: a header's line %.40q", errCorrupt, line)
		}
		for _, w := range not {
			if bytes.HasPrefix(line, []byte(w)) {
				return fmt.Errorf("%w: a header's line %.40q where it must not be", errCorrupt, line)
			}
		}
		data = rest
	}
	return nil
}

// cutIdentity reads who did something and when: a name, an address in angle brackets, seconds, a time zone.
func cutIdentity(data []byte, word string) (rest []byte, err error) {
	bad := fmt.Errorf("%w: %s's line %.80q", errCorrupt, word, data)
	line, rest, ok := cutLine(data, word+" ")
	if !ok {
		return nil, bad
	}
	name, after, ok := bytes.Cut(line, []byte(" <"))
	mail, when, ok2 := bytes.Cut(after, []byte("> "))
	seconds, zone, ok3 := bytes.Cut(when, []byte{' '})
	if !ok || !ok2 || !ok3 || len(name) == 0 || bytes.ContainsAny(name, "<>") || bytes.ContainsAny(mail, "<>") {
		return nil, bad
	}
	if len(seconds) == 0 || len(seconds) > 12 || !digits(seconds) || seconds[0] == '0' && len(seconds) > 1 {
		return nil, bad
	}
	if len(zone) != 5 || zone[0] != '+' && zone[0] != '-' || !digits(zone[1:]) {
		return nil, bad
	}
	return rest, nil
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// checkedNames are names that may be used, with what they are where upper and lower case are the same: most come again in
// every revision.
type checkedNames map[string]string

func (names checkedNames) fold(name []byte) (string, error) {
	if fold, known := names[string(name)]; known {
		return fold, nil
	}
	if err := checkName(string(name)); err != nil {
		return "", err
	}
	if len(names) > 100_000 {
		clear(names)
	}
	fold := folded(string(name))
	names[string(name)] = fold
	return fold, nil
}

// checkTree refuses a tree that git would not have written, or that is not safe to check out: modes other than those of
// files and folders, names out of order or twice, also where upper and lower case are the same, and those that CheckPath
// refuses.
func (names checkedNames) checkTree(data []byte) error {
	var last []byte
	folds := make(map[string]struct{}, len(data)/35)
	for len(data) > 0 {
		mode, rest, ok := bytes.Cut(data, []byte{' '})
		end := bytes.IndexByte(rest, 0)
		if !ok || len(mode) > 6 || end < 0 || len(rest) < end+1+len(oid{}) {
			return fmt.Errorf("%w: a tree's entry", errCorrupt)
		}
		name := rest[:end]
		fold, err := names.fold(name)
		if err != nil {
			return err
		}
		switch string(mode) {
		case "40000", "100644", "100755":
		case "120000":
			return fmt.Errorf("%w: %q is a symbolic link", kind.ErrInvalid, name)
		case "160000":
			return fmt.Errorf("%w: %q is a submodule", kind.ErrInvalid, name)
		default:
			return fmt.Errorf("%w: %q has mode %q", kind.ErrInvalid, name, mode)
		}
		key := name // as git orders them
		if mode[0] == '4' {
			key = append(name[:end:end], '/')
		}
		if bytes.Compare(key, last) <= 0 {
			return fmt.Errorf("%w: %q is not in order", errCorrupt, name)
		}
		if _, twice := folds[fold]; twice {
			return fmt.Errorf("%w: %q is there twice where upper and lower case are the same", kind.ErrInvalid, name)
		}
		if oid(rest[end+1:]).IsZero() {
			return fmt.Errorf("%w: %q is the object 0000000", errCorrupt, name)
		}
		folds[fold] = struct{}{}
		last, data = key, rest[end+1+len(oid{}):]
	}
	return nil
}
