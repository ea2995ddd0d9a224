package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

const uploadPack = "git-upload-pack"

// capabilities are what upload-pack can do in protocol version 0. What is not among them clients do without.
const capabilities = "multi_ack_detailed no-done side-band-64k thin-pack ofs-delta shallow deepen-since deepen-not " +
	"deepen-relative filter no-progress include-tag allow-tip-sha1-in-want allow-reachable-sha1-in-want " +
	"object-format=sha1 agent=commonplace"

// AdvertiseRefs writes the answer to GET info/refs?service=git-upload-pack or git-receive-pack, of the content type
// application/x-<service>-advertisement; protocol is the request's header Git-Protocol. Whoever prefers version 2 for upload-pack
// is told what it can do there, and asks for the refs next; pushes are in version 0 whatever the client prefers. A repository
// that does not exist yet may be pushed to; for anything else it answers kind.ErrNotFound, and kind.ErrDenied for any other
// service, before it writes anything.
func (s *Store) AdvertiseRefs(ctx context.Context, at Location, service, protocol string, w io.Writer) (err error) {
	defer annotate(&err, "advertise refs of %s", at)
	if service == uploadPack && speaksVersion2(protocol) {
		return s.advertise2(ctx, at, w)
	}
	if service != uploadPack && service != receivePack {
		return fmt.Errorf("%w: service %q, want %s or %s", kind.ErrDenied, service, uploadPack, receivePack)
	}
	r, err := s.Open(ctx, at)
	if errors.Is(err, kind.ErrNotFound) && service == receivePack {
		r, err = &Repository{}, nil
	}
	if err != nil {
		return err
	}
	lines, err := r.advertised(ctx, service)
	if err != nil {
		return err
	}
	said := capabilities
	if service == receivePack {
		said = pushCapabilities
	} else if r.Head() != "" {
		said += " symref=HEAD:" + r.manifest.Head
	}
	out := &pktWriter{w: w}
	out.line("# service=%s\n", service)
	out.flush()
	for i, line := range lines {
		if i == 0 {
			line += "\x00" + said
		}
		out.line("%s\n", line)
	}
	out.flush()
	return out.err
}

// shownRef is a ref as a client is told of it.
type shownRef struct {
	name   string
	id     Hash
	peeled Hash // what an annotated tag is of in the end; "" for any other ref
}

// shown are HEAD, where there is one, and all refs.
func (r *Repository) shown(ctx context.Context) (all []shownRef, err error) {
	if head := r.Head(); head != "" {
		all = append(all, shownRef{name: "HEAD", id: head})
	}
	for _, name := range slices.Sorted(maps.Keys(r.manifest.Refs)) {
		ref := shownRef{name: name, id: r.manifest.Refs[name]}
		if strings.HasPrefix(name, "refs/tags/") {
			peeled, err := r.packs.peel(ctx, plumbing.NewHash(ref.id))
			if err != nil {
				return nil, err
			}
			if ref.peeled = peeled.String(); ref.peeled == ref.id {
				ref.peeled = ""
			}
		}
		all = append(all, ref)
	}
	return all, nil
}

// advertised are the refs as a service tells them in version 0.
func (r *Repository) advertised(ctx context.Context, service string) (lines []string, err error) {
	if service == receivePack {
		lines = r.pushable()
	} else {
		all, err := r.shown(ctx)
		if err != nil {
			return nil, err
		}
		for _, ref := range all {
			lines = append(lines, ref.id+" "+ref.name)
			if ref.peeled != "" {
				lines = append(lines, ref.peeled+" "+ref.name+"^{}")
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{zeroHash + " capabilities^{}"}
	}
	return lines, nil
}

// pushable are the refs as a pusher is told. It is not shown suggestions as refs, for it would take them for its own to delete,
// but told that their objects are here.
func (r *Repository) pushable() (lines []string) {
	var have []string
	for _, name := range slices.Sorted(maps.Keys(r.manifest.Refs)) {
		if h := r.manifest.Refs[name]; strings.HasPrefix(name, suggestionsIn) {
			have = append(have, h+" .have")
		} else {
			lines = append(lines, h+" "+name)
		}
	}
	return append(lines, have...)
}
