package gitstore

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

const uploadPack = "git-upload-pack"

// capabilities are what upload-pack can do. What is not among them (thin requests apart, filters, deepening by date, protocol
// version 2) clients do without.
const capabilities = "multi_ack_detailed no-done side-band-64k thin-pack ofs-delta shallow no-progress " +
	"allow-tip-sha1-in-want allow-reachable-sha1-in-want object-format=sha1 agent=commonplace"

// AdvertiseRefs writes the answer to GET info/refs?service=git-upload-pack, of the content type
// application/x-git-upload-pack-advertisement, in protocol version 0 whatever the client prefers. It answers
// kind.ErrNotFound, and kind.ErrDenied for any other service, before it writes anything.
func (s *Store) AdvertiseRefs(ctx context.Context, at Location, service string, w io.Writer) (err error) {
	defer annotate(&err, "advertise refs of %s", at)
	if service != uploadPack {
		return fmt.Errorf("%w: service %q, this address can be cloned and fetched", kind.ErrDenied, service)
	}
	r, err := s.Open(ctx, at)
	if err != nil {
		return err
	}
	m := r.manifest
	out := &pktWriter{w: w}
	out.line("# service=%s\n", service)
	out.flush()
	said := "\x00" + capabilities
	ref := func(h Hash, name string) {
		out.line("%s %s%s\n", h, name, said)
		said = ""
	}
	if head := r.Head(); head != "" {
		said += " symref=HEAD:" + m.Head
		ref(head, "HEAD")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Refs)) {
		ref(m.Refs[name], name)
	}
	if len(m.Refs) == 0 {
		ref(strings.Repeat("0", 40), "capabilities^{}")
	}
	out.flush()
	return out.err
}
