package gitstore

import (
	"bytes"
	"context"
	"fmt"
	"regexp"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// verifier checks that a foreign history is whole and safe to check out: every object that a commit leads to is there and
// of the right kind, and every commit and tree is such as git itself would write and as CheckPath allows.
type verifier struct {
	ctx      context.Context
	packs    *packs
	kinds    map[oid]plumbing.ObjectType
	identity *regexp.Regexp
	seen     map[oid]bool
	trees    map[oid]extent
}

// extent is how far a tree reaches.
type extent struct {
	levels int // folders within each other, itself included
	path   int // bytes of its longest path
	files  int
}

// verify checks what want leads to, and answers how many objects that are.
func verify(ctx context.Context, ps *packs, kinds map[oid]plumbing.ObjectType, want oid) (int, error) {
	v := &verifier{
		ctx: ctx, packs: ps, kinds: kinds, seen: make(map[oid]bool), trees: make(map[oid]extent),
		identity: regexp.MustCompile(`^[^<>\n\x00]+ <[^<>\n\x00]*> [0-9]{1,12} [+-][0-9]{4}$`),
	}
	todo := []oid{want}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if v.seen[id] {
			continue
		}
		if err := v.is(id, plumbing.CommitObject); err != nil {
			return 0, err
		}
		c, err := v.commit(id)
		if err != nil {
			return 0, fmt.Errorf("commit %s: %w", id, err)
		}
		if _, err := v.tree(c.tree, 1); err != nil {
			return 0, fmt.Errorf("commit %s: %w", id, err)
		}
		todo = append(todo, c.parents...)
	}
	return len(v.seen), nil
}

// is checks that an object is there, and counts it.
func (v *verifier) is(id oid, want plumbing.ObjectType) error {
	switch got, found := v.kinds[id]; {
	case !found:
		return fmt.Errorf("%w: %s %s", errMissing, want, id)
	case got != want:
		return fmt.Errorf("%w: %s is a %s where a %s must be", errCorrupt, id, got, want)
	}
	v.seen[id] = true
	return nil
}

func (v *verifier) commit(id oid) (c commitLinks, err error) {
	data, err := v.packs.readKind(v.ctx, id, plumbing.CommitObject)
	if err != nil {
		return c, err
	}
	if c, err = parseCommit(data); err != nil {
		return c, err
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return c, fmt.Errorf("%w: a zero byte", errCorrupt)
	}
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		if len(line) == 0 {
			break
		}
		word, who, _ := bytes.Cut(line, []byte{' '})
		if (string(word) == "author" || string(word) == "committer") && !v.identity.Match(who) {
			return c, fmt.Errorf("%w: %s %q", errCorrupt, word, who)
		}
	}
	return c, nil
}

func (v *verifier) tree(id oid, level int) (extent, error) {
	if x, done := v.trees[id]; done {
		if level+x.levels-1 > maxLevel {
			return x, fmt.Errorf("%w: more than %d folders within each other", kind.ErrInvalid, maxLevel)
		}
		return x, nil
	}
	if level > maxLevel {
		return extent{}, fmt.Errorf("%w: more than %d folders within each other", kind.ErrInvalid, maxLevel)
	}
	if err := v.is(id, plumbing.TreeObject); err != nil {
		return extent{}, err
	}
	data, err := v.packs.readKind(v.ctx, id, plumbing.TreeObject)
	if err != nil {
		return extent{}, err
	}
	if err := checkTree(data); err != nil {
		return extent{}, fmt.Errorf("tree %s: %w", id, err)
	}
	x := extent{levels: 1}
	for e, err := range entries(data) {
		if err != nil {
			return x, err
		}
		length := len(e.name)
		if e.mode == filemode.Dir {
			sub, err := v.tree(e.id, level+1)
			if err != nil {
				return x, err
			}
			x.levels = max(x.levels, 1+sub.levels)
			length += 1 + sub.path
		} else if err := v.is(e.id, plumbing.BlobObject); err != nil {
			return x, fmt.Errorf("%s: %w", e.name, err)
		}
		x.path = max(x.path, length)
	}
	if x.path > maxPath {
		return x, fmt.Errorf("%w: a path of more than %d bytes", kind.ErrInvalid, maxPath)
	}
	v.trees[id] = x
	return x, nil
}

// checkTree refuses a tree that git would not have written, or that is not safe to check out.
func checkTree(data []byte) error {
	last := ""
	names := make(map[string]bool)
	for len(data) > 0 {
		e, mode, rest, err := cutEntry(data)
		if err != nil {
			return err
		}
		if err := checkName(e.name); err != nil {
			return err
		}
		key := e.name // as git orders them
		switch string(mode) {
		case "40000":
			key += "/"
		case "100644", "100755":
		case "120000":
			return fmt.Errorf("%w: %q is a symbolic link", kind.ErrInvalid, e.name)
		case "160000":
			return fmt.Errorf("%w: %q is a submodule", kind.ErrInvalid, e.name)
		default:
			return fmt.Errorf("%w: %q has mode %q", kind.ErrInvalid, e.name, mode)
		}
		if key <= last {
			return fmt.Errorf("%w: %q is not in order", errCorrupt, e.name)
		}
		fold := folded(e.name)
		if names[fold] {
			return fmt.Errorf("%w: %q is there twice where upper and lower case are the same", kind.ErrInvalid, e.name)
		}
		names[fold] = true
		last, data = key, rest
	}
	return nil
}
