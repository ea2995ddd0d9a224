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
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

// UploadPack answers POST git-upload-pack: what a clone or fetch asks, of the content type
// application/x-git-upload-pack-result. The caller has gunzipped the body; protocol is the request's header Git-Protocol. It
// knows version 2 (gitprotocol-v2(5): ls-refs and fetch) and version 0, for any other: several rounds of haves, depths, filters
// of files, side-band-64k with progress. It answers kind.ErrNotFound before it writes anything. What is wrong with the request
// the client is told, and is no error here.
func (s *Store) UploadPack(ctx context.Context, at Location, protocol string, body io.Reader, w io.Writer) (err error) {
	defer annotate(&err, "upload pack of %s", at)
	out := &pktWriter{w: w}
	in := newPktReader(body)
	if speaksVersion2(protocol) {
		return s.uploadPack2(ctx, at, in, out)
	}
	req, err := readWants(in)
	if err != nil {
		return tell(out, err)
	}
	r, err := s.recent(ctx, at, req.all)
	if err != nil {
		return err
	}
	send, g, err := r.converse(ctx, in, out, req)
	if err != nil {
		return tell(out, err)
	}
	if !send {
		return nil
	}
	if !req.sideband {
		return r.sendPack(ctx, w, req, g, func(string, ...any) {})
	}
	return r.sendBand(ctx, out, req, g)
}

// sendBand sends the pack by side-band-64k, and a flush.
func (r *Repository) sendBand(ctx context.Context, out *pktWriter, req *request, g grafts) error {
	say := func(format string, args ...any) {
		if !req.quiet {
			out.line("%c"+format, append([]any{rune(bandProgress)}, args...)...)
		}
	}
	band := &bandWriter{w: out.w}
	err := r.sendPack(ctx, band, req, g, say)
	if err == nil {
		err = band.send()
	}
	if err != nil {
		_ = pktline.NewEncoder(out.w).Encode(append([]byte{bandError}, "the server failed\n"...))
		return err
	}
	out.flush()
	return out.err
}

// tell tells the client of an error, and answers it unless it is the client's own.
func tell(out *pktWriter, err error) error {
	var refused refusal
	if errors.As(err, &refused) {
		out.line("ERR %s\n", refused.Error())
		return out.err
	}
	out.line("ERR upload-pack: the server failed\n")
	return err
}

// converse answers the request up to the pack.
func (r *Repository) converse(ctx context.Context, in *pktReader, out *pktWriter, req *request) (send bool, g grafts, err error) {
	if len(req.wants) == 0 {
		return false, g, nil
	}
	if err = r.checkWants(ctx, req); err != nil {
		return false, g, err
	}
	if g, err = r.deepen(ctx, req); err != nil {
		return false, g, err
	}
	if req.deepens() {
		for _, line := range g.told {
			out.line("%s", line)
		}
		out.flush()
	}
	send, err = r.negotiate(ctx, in, out, req)
	return send, g, err
}

// withTags adds the annotated tags of commits in a list.
func (r *Repository) withTags(ctx context.Context, list []oid) ([]oid, error) {
	sent := make(map[oid]bool, len(list))
	for _, id := range list {
		sent[id] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.manifest.Refs)) {
		id := plumbing.NewHash(r.manifest.Refs[name])
		if !strings.HasPrefix(name, "refs/tags/") || sent[id] {
			continue
		}
		target, err := r.packs.peel(ctx, id)
		if err != nil {
			return nil, err
		}
		for sent[target] && !sent[id] {
			o, err := r.packs.read(ctx, id)
			if err != nil {
				return nil, err
			}
			list = append(list, id)
			sent[id] = true
			if id, err = parseTag(o.data); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// sendPack sends what the client lacks.
func (r *Repository) sendPack(ctx context.Context, w io.Writer, req *request, g grafts, say func(string, ...any)) error {
	if r.wantsAll(req) {
		all, err := r.packs.openAll(ctx)
		if err != nil {
			return err
		}
		objects := 0
		for _, p := range all {
			objects += p.index.count
		}
		say("Sending %d objects, done.\n", objects)
		if sent, err := r.packs.sendAll(ctx, w, all); sent || err != nil {
			return err
		}
	}
	list, seen, err := r.packs.missing(ctx, req.wants, req.common, g)
	if err != nil {
		return fmt.Errorf("list objects: %w", err)
	}
	if list, err = req.filter.keep(ctx, r.packs, list, req.wants); err != nil {
		return err
	}
	if req.tags {
		if list, err = r.withTags(ctx, list); err != nil {
			return err
		}
	}
	if !r.wantsAll(req) {
		say("Sending %d objects, done.\n", len(list))
	}
	if !req.thin {
		return r.packs.send(ctx, w, list, nil, nil, req.ofs)
	}
	var near map[oid]oid
	if len(req.common) > 0 {
		if near, err = r.packs.near(ctx, list, seen); err != nil {
			return err
		}
	}
	return r.packs.send(ctx, w, list, seen, near, req.ofs)
}

// wantsAll tells whether all that the packs hold is wanted: a first clone of packs that hold nothing else.
func (r *Repository) wantsAll(req *request) bool {
	if !r.manifest.Closed || req.deepens() || req.filter.on || len(req.shallow) > 0 || len(req.common) > 0 || !req.ofs || len(r.packs.refs) == 0 {
		return false
	}
	wanted := make(map[oid]bool, len(req.wants))
	for _, id := range req.wants {
		wanted[id] = true
	}
	for _, tip := range r.manifest.tips() {
		if !wanted[tip] {
			return false
		}
	}
	return true
}
