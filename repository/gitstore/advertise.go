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

// capabilities are what upload-pack can do. What is not among them (protocol version 2 above all) clients do without.
const capabilities = "multi_ack_detailed no-done side-band-64k thin-pack ofs-delta shallow deepen-since deepen-not " +
	"deepen-relative filter no-progress include-tag allow-tip-sha1-in-want allow-reachable-sha1-in-want " +
	"object-format=sha1 agent=commonplace"

// AdvertiseRefs writes the answer to GET info/refs?service=git-upload-pack or git-receive-pack, of the content type
// application/x-<service>-advertisement, in protocol version 0 whatever the client prefers. A repository that does not exist
// yet may be pushed to; for anything else it answers kind.ErrNotFound, and kind.ErrDenied for any other service, before it
// writes anything.
func (s *Store) AdvertiseRefs(ctx context.Context, at Location, service string, w io.Writer) (err error) {
	defer annotate(&err, "advertise refs of %s", at)
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

// advertised are the refs as a service tells them. A pusher is not shown suggestions as refs, for it would take them for its
// own to delete, but told that their objects are here.
func (r *Repository) advertised(ctx context.Context, service string) (lines []string, err error) {
	m := r.manifest
	if head := r.Head(); head != "" && service == uploadPack {
		lines = append(lines, head+" HEAD")
	}
	var have []string
	for _, name := range slices.Sorted(maps.Keys(m.Refs)) {
		if service == receivePack && strings.HasPrefix(name, suggestionsIn) {
			have = append(have, m.Refs[name]+" .have")
			continue
		}
		lines = append(lines, m.Refs[name]+" "+name)
		if service == receivePack || !strings.HasPrefix(name, "refs/tags/") {
			continue
		}
		id := plumbing.NewHash(m.Refs[name])
		peeled, err := r.packs.peel(ctx, id)
		if err != nil {
			return nil, err
		}
		if peeled != id {
			lines = append(lines, peeled.String()+" "+name+"^{}")
		}
	}
	if lines = append(lines, have...); len(lines) == 0 {
		lines = []string{zeroHash + " capabilities^{}"}
	}
	return lines, nil
}
