package gitstore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// oid is a Hash as bytes.
type oid = plumbing.Hash

// rawObject is an object's kind and content. The content is shared: it is never written to.
type rawObject struct {
	kind plumbing.ObjectType
	data []byte
}

var (
	errMissing = errors.New("object missing")
	errCorrupt = errors.New("damaged git data")
)

func parseHash(h Hash) (id oid, err error) {
	if len(h) != 2*len(id) {
		return id, fmt.Errorf("%w: %q is not a revision of 40 hexadecimal digits", kind.ErrInvalid, h)
	}
	if _, err := hex.Decode(id[:], []byte(h)); err != nil || id.String() != h {
		return oid{}, fmt.Errorf("%w: %q is not a revision of 40 hexadecimal digits", kind.ErrInvalid, h)
	}
	return id, nil
}

// treeEntry is one name in a tree.
type treeEntry struct {
	mode filemode.FileMode
	name string
	id   oid
}

// entries yields the names of a tree object in its order.
func entries(tree []byte) iter.Seq2[treeEntry, error] {
	return func(yield func(treeEntry, error) bool) {
		for len(tree) > 0 {
			e, _, rest, err := cutEntry(tree)
			if !yield(e, err) || err != nil {
				return
			}
			tree = rest
		}
	}
}

// cutEntry reads the first entry of a tree. The mode is as written.
func cutEntry(tree []byte) (e treeEntry, mode, rest []byte, err error) {
	mode, rest, ok := bytes.Cut(tree, []byte{' '})
	name, rest, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 || len(rest) < len(e.id) || len(mode) > 6 {
		return e, nil, nil, fmt.Errorf("%w: tree entry", errCorrupt)
	}
	m, err := strconv.ParseUint(string(mode), 8, 32)
	if err != nil {
		return e, nil, nil, fmt.Errorf("%w: tree entry's mode %q", errCorrupt, mode)
	}
	return treeEntry{filemode.FileMode(m), string(name), oid(rest)}, mode, rest[len(e.id):], nil
}

// commitLinks is what a walk needs of a commit.
type commitLinks struct {
	tree    oid
	parents []oid
	when    int64 // of the committer, in seconds
	accepts bool  // it is the acceptance of a suggestion
}

// AcceptPrefix begins the message of a merge that accepts a suggestion, its second parent. Only what the merge made of it was
// published, not what its author had in it before, or what was left out. The message tells so in remixes and clones as well,
// which do not have the suggestion's ref.
const AcceptPrefix = "Accept suggestion "

// published are the parents of a commit that are revisions of what it is one of.
func (c commitLinks) published() []oid {
	if c.accepts && len(c.parents) > 1 {
		return c.parents[:1]
	}
	return c.parents
}

func parseCommit(data []byte) (c commitLinks, err error) {
	line := func(prefix string) ([]byte, bool) {
		rest, ok := bytes.CutPrefix(data, []byte(prefix))
		if !ok {
			return nil, false
		}
		value, rest, ok := bytes.Cut(rest, []byte{'\n'})
		if ok {
			data = rest
		}
		return value, ok
	}
	id := func(value []byte) (id oid) {
		if len(value) != 2*len(id) {
			err = errCorrupt
		} else if _, e := hex.Decode(id[:], value); e != nil {
			err = errCorrupt
		}
		return id
	}
	tree, ok := line("tree ")
	if !ok {
		return c, fmt.Errorf("%w: commit without a tree", errCorrupt)
	}
	c.tree = id(tree)
	for {
		parent, ok := line("parent ")
		if !ok {
			break
		}
		c.parents = append(c.parents, id(parent))
	}
	if _, ok := line("author "); !ok {
		return c, fmt.Errorf("%w: commit without an author", errCorrupt)
	}
	committer, ok := line("committer ")
	if !ok || err != nil {
		return c, fmt.Errorf("%w: commit's header", errCorrupt)
	}
	fields := bytes.Fields(committer[bytes.LastIndexByte(committer, '>')+1:])
	if len(fields) > 0 {
		c.when, _ = strconv.ParseInt(string(fields[0]), 10, 64)
	}
	if len(c.parents) > 1 {
		message, bare := bytes.CutPrefix(data, []byte{'\n'})
		if !bare { // more headers come first
			_, message, _ = bytes.Cut(data, []byte("\n\n"))
		}
		c.accepts = bytes.HasPrefix(message, []byte(AcceptPrefix))
	}
	return c, nil
}

// parseTag answers what an annotated tag is of.
func parseTag(data []byte) (target oid, err error) {
	rest, ok := bytes.CutPrefix(data, []byte("object "))
	if !ok || len(rest) < 2*len(target) {
		return target, fmt.Errorf("%w: tag without an object", errCorrupt)
	}
	if _, err := hex.Decode(target[:], rest[:2*len(target)]); err != nil {
		return target, fmt.Errorf("%w: tag without an object", errCorrupt)
	}
	return target, nil
}

// decodeCommit reads all of a commit.
func decodeCommit(id oid, data []byte) (Commit, error) {
	o := new(plumbing.MemoryObject)
	o.SetType(plumbing.CommitObject)
	if _, err := o.Write(data); err != nil {
		return Commit{}, err
	}
	var c object.Commit
	if err := c.Decode(o); err != nil {
		return Commit{}, fmt.Errorf("%w: commit %s: %w", errCorrupt, id, err)
	}
	parents := make([]Hash, len(c.ParentHashes))
	for i, p := range c.ParentHashes {
		parents[i] = p.String()
	}
	return Commit{
		Hash: id.String(), Parents: parents, Tree: c.TreeHash.String(), Author: c.Author.Name, AuthorEmail: c.Author.Email,
		When: c.Author.When.UTC().Truncate(time.Second), Message: c.Message,
	}, nil
}

// annotate wraps an error once with what was attempted.
func annotate(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}
