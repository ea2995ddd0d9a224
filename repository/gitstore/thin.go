package gitstore

import (
	"bytes"
	"context"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

const (
	thinCommits = 100       // as many new commits are looked at for what their files were before
	thinObject  = 512 << 10 // bytes of an object that is made a delta for a client
	thinBytes   = 16 << 20  // bytes of all of them
)

// near finds for new files and folders what was in their place when the client last looked, to send what changed only.
func (ps *packs) near(ctx context.Context, list []oid, has map[oid]bool) (map[oid]oid, error) {
	n := &nearby{ctx: ctx, packs: ps, has: has, sent: make(map[oid]bool, len(list)), base: make(map[oid]oid)}
	var commits []oid
	for _, id := range list {
		n.sent[id] = true
		if len(commits) <= thinCommits {
			if is, err := ps.kindOf(ctx, id); err != nil {
				return nil, err
			} else if is == plumbing.CommitObject {
				commits = append(commits, id)
			}
		}
	}
	if len(commits) > thinCommits {
		return nil, nil
	}
	for i := len(commits) - 1; i >= 0; i-- { // older ones first, mostly
		c, err := ps.commit(ctx, commits[i])
		if err != nil {
			return nil, err
		}
		if len(c.parents) == 0 || !n.sent[c.parents[0]] && !has[c.parents[0]] {
			continue
		}
		parent, err := ps.commit(ctx, c.parents[0])
		if err != nil {
			return nil, err
		}
		if err := n.trees(c.tree, parent.tree); err != nil {
			return nil, err
		}
	}
	return n.base, nil
}

type nearby struct {
	ctx   context.Context
	packs *packs
	has   map[oid]bool
	sent  map[oid]bool
	base  map[oid]oid
}

// pair says that an object is in the place of an older one.
func (n *nearby) pair(id, old oid) {
	if _, known := n.base[id]; known || !n.sent[id] {
		return
	}
	if n.sent[old] { // the client gets that one itself: what is under it
		old = n.base[old]
	}
	if n.has[old] && !n.sent[old] {
		n.base[id] = old
	}
}

func (n *nearby) trees(id, old oid) error {
	if id == old || !n.sent[id] {
		return nil
	}
	n.pair(id, old)
	now, err := n.packs.readKind(n.ctx, id, plumbing.TreeObject)
	if err != nil {
		return err
	}
	before, err := n.packs.readKind(n.ctx, old, plumbing.TreeObject)
	if err != nil {
		return err
	}
	was := make(map[string]treeEntry)
	for e, err := range entries(before) {
		if err != nil {
			return err
		}
		was[e.name] = e
	}
	for e, err := range entries(now) {
		if err != nil {
			return err
		}
		o, there := was[e.name]
		if !there || o.id == e.id || (o.mode == filemode.Dir) != (e.mode == filemode.Dir) {
			continue
		}
		if e.mode != filemode.Dir {
			n.pair(e.id, o.id)
		} else if err := n.trees(e.id, o.id); err != nil {
			return err
		}
	}
	return nil
}

// nearDelta is an object as a delta of what the client has in its place, deflated and with its head, or nil where that does
// not save anything. Size is that of the object, and stored how much it takes whole.
func (s *sending) nearDelta(item sendItem, size, stored int64) ([]byte, error) {
	id, known := s.near[item.id]
	if !known || size > thinObject || s.spent > thinBytes {
		return nil, nil
	}
	if n, err := s.packs.size(s.ctx, id); err != nil || n > thinObject {
		return nil, err
	}
	target, err := s.packs.readAt(s.ctx, item.pack, item.offset)
	if err != nil {
		return nil, err
	}
	base, err := s.packs.read(s.ctx, id)
	if err != nil || base.kind != target.kind {
		return nil, err
	}
	s.spent += size + int64(len(base.data))
	delta := newDeltaIndex(base.data).delta(target.data, int(min(size, 4*stored)))
	if delta == nil {
		return nil, nil
	}
	var b bytes.Buffer
	b.Write(appendEntryHead(nil, plumbing.REFDeltaObject, int64(len(delta))))
	b.Write(id[:])
	if err := s.packs.store.codecs.deflate(&b, delta); err != nil {
		return nil, err
	}
	if int64(b.Len()) >= stored {
		return nil, nil
	}
	return b.Bytes(), nil
}
