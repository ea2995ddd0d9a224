package gitstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// TagPrefix is where tags are among the refs.
const TagPrefix = "refs/tags/"

// Tag is an annotated tag: a name for a revision, with who gave it, when and why.
type Tag struct {
	Name    string // without refs/tags/
	Inner   string // the name in the tag itself: another one where somebody has put it under a name that is not its own
	Hash    Hash   // of the tag itself
	Target  Hash   // the revision
	By      string // "" is written as "unknown"
	Email   string
	When    time.Time // to the second, kept in UTC
	Message string
}

// maxTagMessage bounds what is read of a tag's message, in bytes.
const maxTagMessage = 64 << 10

// Tag writes an annotated tag of a revision, and the record unless that is nil. It answers kind.ErrConflict unless the
// manifest still has the tag, or where the name is taken, kind.ErrNotFound where there is no repository or no such revision,
// and kind.ErrInvalid for a name that git does not take.
func (s *Store) Tag(ctx context.Context, at Location, manifest string, t Tag, record json.RawMessage) (r *Repository, made Tag, err error) {
	defer annotate(&err, "tag %s", at)
	view, err := s.Open(ctx, at)
	if err != nil {
		return nil, t, err
	}
	ref := TagPrefix + t.Name
	if err := checkRef(ref); err != nil {
		return nil, t, err
	}
	if view.tag != manifest || view.manifest.Refs[ref] != "" {
		return nil, t, fmt.Errorf("%w: the tag %s exists, or the record changed", kind.ErrConflict, t.Name)
	}
	target, _, err := view.revision(ctx, t.Target)
	if err != nil {
		return nil, t, err
	}
	who := object.Signature{Name: signed(t.By), Email: signed(t.Email), When: t.When.UTC()}
	if who.Name == "" {
		who.Name = "unknown"
	}
	data, err := encode(&object.Tag{Name: t.Name, Tagger: who, Message: message(t.Message), TargetType: plumbing.CommitObject, Target: target}, plumbing.TagObject)
	if err != nil {
		return nil, t, fmt.Errorf("%w: tag: %w", kind.ErrInvalid, err)
	}
	o := hashObject(plumbing.TagObject, data)
	pack, err := s.putPack(ctx, at.Family, newID(s.o.Now()), []newObject{o}, nil)
	if err != nil {
		return nil, t, err
	}
	t.Hash, t.Inner = o.id.String(), t.Name
	txn := newID(s.o.Now())
	r, err = s.replace(ctx, at, view, true, txn, func(m Manifest, _ bool) (Manifest, error) {
		if m.Txn != view.manifest.Txn {
			return m, fmt.Errorf("%w: the record changed", kind.ErrConflict)
		}
		next := m.next(txn)
		if record != nil {
			next.Record = record
		}
		next.Refs[ref] = t.Hash
		next.Packs = append(next.Packs, pack)
		return next, nil
	})
	return r, t, err
}

// Tags are the annotated tags of revisions, by name. Others, and tags of tags, are left out.
func (r *Repository) Tags(ctx context.Context) (list []Tag, err error) {
	defer annotate(&err, "read tags of %s", r.location)
	for ref, hash := range r.manifest.Refs {
		name, ok := strings.CutPrefix(ref, TagPrefix)
		if !ok {
			continue
		}
		o, err := r.packs.read(ctx, plumbing.NewHash(hash))
		if err != nil {
			return nil, err
		}
		if o.kind != plumbing.TagObject {
			continue
		}
		raw := new(plumbing.MemoryObject)
		raw.SetType(plumbing.TagObject)
		if _, err := raw.Write(o.data); err != nil {
			return nil, err
		}
		var t object.Tag
		if err := t.Decode(raw); err != nil || t.TargetType != plumbing.CommitObject {
			continue // what git made and nobody here reads
		}
		text := strings.ToValidUTF8(t.Message, "\ufffd")
		list = append(list, Tag{
			Name: name, Inner: t.Name, Hash: hash, Target: t.Target.String(), By: t.Tagger.Name, Email: t.Tagger.Email,
			When: t.Tagger.When.UTC().Truncate(time.Second), Message: text[:min(len(text), maxTagMessage)],
		})
	}
	slices.SortFunc(list, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}
