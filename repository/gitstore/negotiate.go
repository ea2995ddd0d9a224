package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	maxWants  = 10_000
	maxNot    = 100
	unshallow = 0x7fffffff // the depth that means all
)

// request is what a client asks of upload-pack.
type request struct {
	wants    []oid
	shallow  map[oid]bool // commits whose parents the client does not have
	depth    int          // 0 for all
	relative bool         // the depth is from where the client's history ends
	since    int64        // seconds; 0 for all
	not      []string     // refs whose history is left out
	filter   filter
	detailed bool // multi_ack_detailed
	noDone   bool
	sideband bool
	thin     bool
	ofs      bool
	quiet    bool
	tags     bool  // annotated tags of what is sent are wanted too
	common   []oid // commits that both have, as far as told
}

// readWants reads the part of a request up to the first flush.
func readWants(in *pktReader) (*request, error) {
	req := &request{shallow: make(map[oid]bool)}
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) || err == nil && line == nil {
			return req, nil
		}
		if err != nil {
			return nil, err
		}
		word, rest, _ := strings.Cut(string(line), " ")
		if word == "want" {
			var caps string
			if rest, caps, _ = strings.Cut(rest, " "); len(req.wants) == 0 {
				req.capabilities(caps)
			}
		}
		known, err := req.argument(word, rest)
		if err == nil && !known {
			err = refusal(fmt.Sprintf("%.20q is not supported", word))
		}
		if err != nil {
			return nil, err
		}
	}
}

// argument reads a line of a request that both versions of the protocol have, split after its first word. It answers false
// for any other.
func (req *request) argument(word, rest string) (known bool, err error) {
	switch word {
	case "want":
		id, err := parseHash(rest)
		if err != nil || len(req.wants) >= maxWants {
			return true, refusal("a want is damaged, or there are too many")
		}
		req.wants = append(req.wants, id)
	case "shallow":
		id, err := parseHash(rest)
		if err != nil {
			return true, refusal("a shallow line is damaged")
		}
		req.shallow[id] = true
	case "deepen":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return true, refusal("the depth must be a positive number")
		}
		req.depth = n
	case "deepen-since":
		n, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || n < 1 {
			return true, refusal("the date must be a positive number")
		}
		req.since = n
	case "deepen-not":
		if len(req.not) >= maxNot {
			return true, refusal("there are too many deepen-not lines")
		}
		req.not = append(req.not, rest)
	case "filter":
		req.filter, err = parseFilter(rest)
		return true, err
	default:
		return false, nil
	}
	return true, nil
}

func (req *request) capabilities(list string) {
	for c := range strings.FieldsSeq(list) {
		switch c {
		case "multi_ack_detailed":
			req.detailed = true
		case "no-done":
			req.noDone = true
		case "side-band-64k":
			req.sideband = true
		default:
			req.option(c)
		}
	}
}

// option takes a capability of version 0 that is an argument in version 2. It answers false for any other.
func (req *request) option(name string) bool {
	switch name {
	case "thin-pack":
		req.thin = true
	case "ofs-delta":
		req.ofs = true
	case "no-progress":
		req.quiet = true
	case "deepen-relative":
		req.relative = true
	case "include-tag":
		req.tags = true
	default:
		return false
	}
	return true
}

// checkWants refuses what the refs do not lead to, whether the packs have it or not. Files and folders are what a partial
// clone comes back for.
func (r *Repository) checkWants(ctx context.Context, req *request) error {
	tips := make(map[oid]bool)
	for _, id := range r.manifest.tips() {
		tips[id] = true
	}
	want := make(map[oid]plumbing.ObjectType)
	for _, id := range req.wants {
		if tips[id] {
			continue
		}
		is, err := r.packs.kindOf(ctx, id)
		if errors.Is(err, errMissing) {
			return refusal("not our ref " + id.String())
		}
		if err != nil {
			return err
		}
		want[id] = is
	}
	if r.manifest.Closed || len(want) == 0 {
		return nil
	}
	err := r.packs.leadTo(ctx, r.manifest.tips(), want)
	if errors.Is(err, errMissing) {
		for id := range want {
			return refusal("not our ref " + id.String())
		}
	}
	return err
}

// all tells whether every want is what a ref of the manifest names.
func (req *request) all(m Manifest) bool {
	tips := m.tips()
	return !slices.ContainsFunc(req.wants, func(id oid) bool { return !slices.Contains(tips, id) })
}

// deepens tells whether the client asks for a part of the history.
func (req *request) deepens() bool { return req.depth > 0 || req.since > 0 || len(req.not) > 0 }

// negotiate answers the haves of a request. It tells whether the pack follows; if not, the client asks again.
func (r *Repository) negotiate(ctx context.Context, in *pktReader, out *pktWriter, req *request) (bool, error) {
	var last oid
	ready, checked := false, 0
	seen := make(map[oid]bool)
	giveUp := func() (bool, error) { // enough is known: every want leads to something common
		if !ready && len(req.common) > checked {
			checked = len(req.common)
			var err error
			if ready, err = r.packs.allLeadTo(ctx, req.wants, seen); err != nil {
				return false, err
			}
		}
		return ready, nil
	}
	for out.err == nil {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case line == nil:
			enough, err := giveUp()
			if err != nil {
				return false, err
			}
			if enough && req.detailed {
				out.line("ACK %s ready\n", last)
			}
			if len(req.common) == 0 || req.detailed {
				out.line("NAK\n")
			}
			if enough && req.detailed && req.noDone {
				out.line("ACK %s\n", last)
				return true, out.err
			}
		case bytes.Equal(line, []byte("done")):
			if len(req.common) == 0 {
				out.line("NAK\n")
			} else if req.detailed {
				out.line("ACK %s\n", last)
			}
			return true, out.err
		case bytes.HasPrefix(line, []byte("have ")):
			id, err := parseHash(string(line[len("have "):]))
			if err != nil {
				return false, refusal("a have is damaged")
			}
			if known, err := r.isCommit(ctx, id); err != nil {
				return false, err
			} else if !known || seen[id] {
				continue
			}
			seen[id], last = true, id
			req.common = append(req.common, id)
			if req.detailed {
				out.line("ACK %s common\n", id)
			} else if len(req.common) == 1 {
				out.line("ACK %s\n", id)
			}
		default:
			return false, refusal("a line is neither have nor done")
		}
	}
	return false, out.err
}

func (r *Repository) isCommit(ctx context.Context, id oid) (bool, error) {
	o, err := r.packs.read(ctx, id)
	if errors.Is(err, errMissing) {
		return false, nil
	}
	return err == nil && o.kind == plumbing.CommitObject, err
}

// allLeadTo tells whether each of the wants is or descends from one of the commits.
func (ps *packs) allLeadTo(ctx context.Context, wants []oid, commits map[oid]bool) (bool, error) {
	for _, want := range wants {
		found := false
		err := ps.walkCommits(ctx, []oid{want}, func(id oid, _ commitLinks) (bool, error) {
			found = found || commits[id]
			return !found, nil
		})
		if err != nil || !found {
			return false, err
		}
	}
	return true, nil
}
