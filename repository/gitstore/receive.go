package gitstore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Push says what one push may do, and who is asked. Its zero value takes branches and tags that only grow.
type Push struct {
	// AllowForce tells whether a branch may be moved to a commit that does not descend from the one that it is at, or a
	// tag be moved at all. nil allows it nowhere.
	AllowForce func(ref string) bool
	// AllowDelete tells whether a ref may be deleted, which is never asked of the branch that HEAD stands for. nil allows
	// it everywhere.
	AllowDelete func(ref string) bool
	// Accept is asked after everything else has been checked, and before anything is stored. It answers the new record, nil
	// for the old one, or an error: a *Refusal, or one of package kind, is told to the pusher, and any other counts as a
	// failure of the server. It is asked again where another writer was first. nil accepts.
	Accept func(context.Context, Proposal) (json.RawMessage, error)
	// Suggest is Accept for a push to refs/for/main, which is stored as refs/suggestions/<number>/head. nil refuses those.
	Suggest func(ctx context.Context, p Proposal, number int) (json.RawMessage, error)
	// Accepted is told that the push has happened, before the pusher is. nil tells nobody.
	Accepted func(context.Context, Proposal)
}

// Proposal is a push that could be accepted. It is valid until the hook that was given it returns.
type Proposal struct {
	Location Location
	Updates  []RefUpdate
	Options  []string    // the pusher's push options
	Before   *Repository // as it is; nil where the push creates it
	After    *Repository // as it would be, with the record of before or of the hook asked last
	// Say sends a line to the pusher's terminal.
	Say func(format string, args ...any)
}

// RefUpdate is one ref that a push changes.
type RefUpdate struct {
	Ref    string
	Old    Hash // "" where the push creates the ref
	New    Hash // "" where it deletes it
	Forced bool // New does not descend from Old
}

// Refusal says why a push is not accepted.
type Refusal struct {
	Reason string   // in a few words, for the line of the ref
	Lines  []string // for the pusher's terminal, such as index.md:3: the title is missing
}

func (r *Refusal) Error() string { return r.Reason }

// ReceivePack answers POST git-receive-pack: a push, with an answer of the content type
// application/x-git-receive-pack-result. The caller has gunzipped the body, which is read to its end before anything is
// written, and knows that the pusher may write there. A repository that does not exist is created.
//
// A pack is received into a temporary file and indexed meanwhile. Then everything that a pushed ref leads to must be there,
// be such as git itself would write (transfer.fsckObjects) and be safe to check out, as CheckPath and Limits say. One put of
// a pack and the replacement of the manifest follow: that is the moment in which the push happens. A push that is refused
// leaves nothing behind. What is wrong with a push the pusher is told, and is no error here.
func (s *Store) ReceivePack(ctx context.Context, at Location, body io.Reader, w io.Writer, o Push) (err error) {
	defer annotate(&err, "receive pack of %s", at)
	if err := at.check(); err != nil {
		return err
	}
	ctx, cancel := s.bounded(ctx, time.Now())
	defer cancel()
	in := bufio.NewReaderSize(body, 32<<10)
	req, err := readPush(in)
	var bad refusal
	switch {
	case errors.As(err, &bad):
		s.drain(in)
		out := &pktWriter{w: w}
		out.line("ERR receive-pack: %s\n", string(bad))
		return out.err
	case err != nil:
		return err
	case len(req.commands) == 0:
		return nil // a client finds out whether it is let in
	}
	p := &receiving{store: s, ctx: ctx, at: at, o: o, req: req, report: newPushReport(w, req)}
	defer p.close()
	failed := p.run(in)
	if failed != nil {
		p.report.unpack = "the server failed"
		req.refuseAll("the server failed")
	}
	s.drain(in)
	return errors.Join(failed, p.report.send(req.commands))
}

// receiving is one push.
type receiving struct {
	store  *Store
	ctx    context.Context
	at     Location
	o      Push
	req    *pushRequest
	report *pushReport

	file   *os.File  // what was received
	got    *unpacked // nil where no pack came
	index  packIndex
	stored storedPush
}

// run does the push, or leaves a reason in each command that is refused. An error is the server's own.
func (p *receiving) run(in io.Reader) error {
	view, err := p.store.recent(p.ctx, p.at, p.req.agrees)
	if errors.Is(err, kind.ErrNotFound) {
		view = nil
	} else if err != nil {
		return err
	}
	p.judge(view)
	if p.req.needsPack() {
		if p.req.done() {
			return nil // all refused: nobody needs what comes
		}
		err := p.receive(view, in)
		switch {
		case told(err):
			p.report.unpack = plainReason(err)
			p.req.refuseAll("unpacker error")
			return nil
		case err != nil:
			return err
		}
	}
	return p.commit(view)
}

// receive takes the pack.
func (p *receiving) receive(view *Repository, in io.Reader) (err error) {
	if p.file, err = os.CreateTemp(p.store.scratch(), "get-"); err != nil {
		return err
	}
	base := func(context.Context, oid) (rawObject, error) { return rawObject{}, errMissing }
	if view != nil {
		base = func(ctx context.Context, id oid) (rawObject, error) {
			size, err := view.packs.size(ctx, id)
			if err == nil && size > p.store.o.Limits.FileBytes {
				err = fmt.Errorf("%w: object of %d bytes", errTooLarge, size)
			}
			if err != nil {
				return rawObject{}, err
			}
			return view.packs.read(ctx, id)
		}
	}
	if p.got, err = p.store.unpack(p.ctx, in, p.file, p.file, base); err != nil {
		return err
	}
	p.index, err = parseIndex(p.got.index(), p.got.size)
	p.report.progress("Received %d objects, %d bytes.", len(p.got.all), p.got.size)
	return err
}

func (p *receiving) close() {
	if p.file != nil {
		p.file.Close()
		os.Remove(p.file.Name())
	}
}

// told tells whether an error is the pusher's to know.
func told(err error) bool {
	var refused *Refusal
	for _, known := range []error{errCorrupt, errMissing, errTooLarge, kind.ErrInvalid, kind.ErrDenied, kind.ErrConflict} {
		if errors.Is(err, known) {
			return true
		}
	}
	return errors.As(err, &refused)
}

// drain reads the rest of a request, for a client that is still sending does not listen.
func (s *Store) drain(in io.Reader) {
	_, _ = io.Copy(io.Discard, io.LimitReader(in, s.o.Limits.PackBytes))
}

// viewLife is how long a view that a client was shown is good for its next request, which would ask for the same again.
const viewLife = 5 * time.Second

// recent is Open, without asking the bucket where the manifest was seen a moment ago and is good enough.
func (s *Store) recent(ctx context.Context, at Location, enough func(Manifest) bool) (*Repository, error) {
	if r, ok := s.views.get(at); ok {
		if time.Since(*r.asOf.Load()) < viewLife && enough(r.manifest) {
			return r, nil
		}
	}
	return s.Open(ctx, at)
}
