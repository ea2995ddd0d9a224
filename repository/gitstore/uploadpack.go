package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

// UploadPack answers POST git-upload-pack: what a clone or fetch asks, of the content type
// application/x-git-upload-pack-result. The caller has gunzipped the body. It knows protocol version 0: several rounds of
// haves, depths, side-band-64k with progress. It answers kind.ErrNotFound before it writes anything. What is wrong with the
// request the client is told, and is no error here.
func (s *Store) UploadPack(ctx context.Context, at Location, body io.Reader, w io.Writer) (err error) {
	defer annotate(&err, "upload pack of %s", at)
	r, err := s.Open(ctx, at)
	if err != nil {
		return err
	}
	out := &pktWriter{w: w}
	send, req, g, err := r.converse(ctx, newPktReader(body), out)
	var refused refusal
	switch {
	case errors.As(err, &refused):
		out.line("ERR %s\n", refused.Error())
		return out.err
	case err != nil:
		out.line("ERR upload-pack: the server failed\n")
		return err
	case !send:
		return nil
	}
	if !req.sideband {
		return r.sendPack(ctx, w, req, g, func(string, ...any) {})
	}
	say := func(format string, args ...any) {
		if !req.quiet {
			out.line("%c"+format, append([]any{rune(bandProgress)}, args...)...)
		}
	}
	band := &bandWriter{w: w}
	if err = r.sendPack(ctx, band, req, g, say); err == nil {
		err = band.send()
	}
	if err != nil {
		_ = pktline.NewEncoder(w).Encode(append([]byte{bandError}, "the server failed\n"...))
		return err
	}
	out.flush()
	return out.err
}

// converse reads the request and answers it up to the pack.
func (r *Repository) converse(ctx context.Context, in *pktReader, out *pktWriter) (send bool, req *request, g grafts, err error) {
	if req, err = readWants(in); err != nil || len(req.wants) == 0 {
		return false, req, g, err
	}
	if err = r.checkWants(ctx, req); err != nil {
		return false, req, g, err
	}
	if g, err = r.deepen(ctx, req, out); err != nil {
		return false, req, g, err
	}
	send, err = r.negotiate(ctx, in, out, req)
	return send, req, g, err
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
		if sent, err := sendAll(ctx, w, all); sent || err != nil {
			return err
		}
	}
	list, seen, err := r.packs.missing(ctx, req.wants, req.common, g)
	if err != nil {
		return fmt.Errorf("list objects: %w", err)
	}
	if !r.wantsAll(req) {
		say("Sending %d objects, done.\n", len(list))
	}
	if !req.thin {
		seen = nil
	}
	return r.packs.send(ctx, w, list, seen, req.ofs)
}

// wantsAll tells whether all that the packs hold is wanted: a first clone of packs that hold nothing else.
func (r *Repository) wantsAll(req *request) bool {
	if !r.manifest.Closed || req.depth > 0 || len(req.shallow) > 0 || len(req.common) > 0 || !req.ofs || len(r.packs.refs) == 0 {
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
