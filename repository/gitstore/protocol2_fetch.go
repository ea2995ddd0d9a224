package gitstore

import (
	"context"
)

// fetch2 answers the command fetch: acknowledgments of what both have, and the pack where enough is known for it.
func (s *Store) fetch2(ctx context.Context, at Location, in *pktReader, more bool, out *pktWriter) error {
	req, err := readFetch2(in, more)
	if err != nil {
		return tell(out, err)
	}
	if len(req.wants) == 0 && !req.wait {
		out.flush()
		return out.err
	}
	r, err := s.recent(ctx, at, req.all)
	if err != nil {
		return err
	}
	g, send, err := r.answer2(ctx, req, out)
	if err != nil {
		return tell(out, err)
	}
	if !send {
		out.flush()
		return out.err
	}
	out.line("packfile\n")
	if out.err != nil {
		return out.err
	}
	return r.sendBand(ctx, out, &req.request, g)
}

// request2 is what a client asks of the command fetch.
type request2 struct {
	request
	haves []oid
	done  bool // the haves are all: the pack is wanted now
	wait  bool // the pack is wanted only after done
}

func readFetch2(in *pktReader, more bool) (*request2, error) {
	req := &request2{request: request{shallow: make(map[oid]bool), sideband: true}}
	filtered := false
	err := arguments2(in, more, func(word, rest string) (bool, error) {
		switch word {
		case "have":
			id, err := parseHash(rest)
			if err != nil {
				return true, refusal("a have is damaged")
			}
			req.haves = append(req.haves, id)
			return true, nil
		case "filter":
			if filtered {
				return true, refusal("there are two filters")
			}
			filtered = true
		}
		if known, err := req.argument(word, rest); known || err != nil {
			return known, err
		}
		switch {
		case rest != "":
			return false, nil
		case word == "done":
			req.done = true
		case word == "wait-for-done":
			req.wait = true
		default:
			return req.option(word), nil
		}
		return true, nil
	})
	if err == nil && req.depth > 0 && (req.since > 0 || len(req.not) > 0) {
		err = refusal("deepen cannot be used with deepen-since or deepen-not")
	}
	return req, err
}

// answer2 checks what is wanted, and writes all sections but the pack. It tells whether that follows.
func (r *Repository) answer2(ctx context.Context, req *request2, out *pktWriter) (g grafts, send bool, err error) {
	if err := r.checkWants(ctx, &req.request); err != nil {
		return g, false, err
	}
	seen := make(map[oid]bool)
	for _, id := range req.haves {
		if seen[id] {
			continue
		}
		known, err := r.isCommit(ctx, id)
		if err != nil {
			return g, false, err
		}
		if known {
			seen[id] = true
			req.common = append(req.common, id)
		}
	}
	if len(req.haves) > 0 && !req.done {
		ready := false
		if !req.wait && len(req.common) > 0 {
			if ready, err = r.packs.allLeadTo(ctx, req.wants, seen); err != nil {
				return g, false, err
			}
		}
		out.line("acknowledgments\n")
		if len(req.common) == 0 {
			out.line("NAK\n")
		}
		for _, id := range req.common {
			out.line("ACK %s\n", id)
		}
		if !ready {
			return g, false, out.err
		}
		out.line("ready\n")
		out.delim()
	}
	if len(req.wants) == 0 {
		return g, false, out.err
	}
	if g, err = r.deepen(ctx, &req.request); err != nil {
		return g, false, err
	}
	if req.deepens() {
		out.line("shallow-info\n")
		for _, line := range g.told {
			out.line("%s\n", line)
		}
		out.delim()
	}
	return g, true, out.err
}
