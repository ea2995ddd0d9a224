package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// round is one run over a peer. A round of the peer's lists may take several runs, if some of them are interrupted.
type round struct {
	*Harvester
	peer     Peer
	run      Run
	state    State
	full     bool
	progress func(Run)
	guard    loopGuard
}

// harvest lists what there is to list, and stores it page by page.
func (r *round) harvest(ctx context.Context) error {
	if r.peer.Source == Sitemap {
		return r.sitemap(ctx)
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	sets := r.state.Sets
	if len(sets) == 0 {
		sets = []string{""}
	}
	for {
		for r.state.Resume.Set < len(sets) {
			err := r.list(ctx, sets[r.state.Resume.Set])
			if errors.Is(err, errNoHeaders) {
				r.warn("the peer does not list its identifiers (%v); everything is fetched to compare it", err)
				r.fetchAll()
				continue
			}
			if err != nil {
				return err
			}
		}
		if !r.compare() {
			return nil
		}
	}
}

// compare begins the next part of the run, if there is one: after what changed, the comparison with all that the peer has,
// where that is due; after a comparison that found something, everything.
func (r *round) compare() bool {
	s := &r.state
	switch done := s.Resume; {
	case done.Full:
		return false
	case done.Headers && done.Missing == 0:
		return false
	case done.Headers:
		r.warn("%d records that the peer lists are not held as it says, though it did not tell of changes; everything is fetched again", done.Missing)
		r.fetchAll()
		return true
	}
	r.peer.State = *s
	every, ever := r.peer.reconciles()
	if !ever || r.o.Now().Sub(s.Reconciled) < every {
		return false
	}
	s.Watermark = s.Resume.Response // what changed is stored
	if !s.Filter.Empty() {
		r.fetchAll() // identifiers do not tell which of the records pass
		return true
	}
	s.Round++
	s.Resume = &Resume{Headers: true}
	return true
}

// fetchAll begins a full round.
func (r *round) fetchAll() {
	r.state.Round++
	r.state.Resume = &Resume{Full: true}
	r.run.Full = true
}

// prepare asks the peer what it speaks and decides where the round begins.
func (r *round) prepare(ctx context.Context) error {
	id, err := r.identify(ctx, r.peer.URL, !r.state.Watermark.IsZero() || r.state.Resume != nil)
	if err != nil {
		return err
	}
	if err := r.settle(ctx, id); err != nil {
		return err
	}
	prefix := r.peer.Prefix
	if prefix == "" {
		if prefix, err = r.choose(ctx, r.peer.URL); err != nil {
			return err
		}
	}
	s := &r.state
	same := s.URL == r.peer.URL && s.Prefix == prefix && slices.Equal(s.Sets, r.peer.Sets) && s.Filter.equal(r.peer.Filter)
	s.URL, s.Prefix, s.Sets, s.Filter = r.peer.URL, prefix, slices.Clone(r.peer.Sets), r.peer.Filter
	s.Granularity, s.Deletions, s.Friends = string(id.Granularity), string(id.Deletions), friendsOf(id)
	if same && s.Resume != nil && (s.Resume.Full || !r.full) {
		r.run.Resumed, r.run.Full = true, s.Resume.Full
		s.Resume.Restarts = 0
		return nil
	}
	full := r.full || !same || s.Watermark.IsZero()
	r.run.Full = full
	s.Round++
	s.Resume = &Resume{Full: full}
	if !full {
		from := s.Watermark.Add(-id.Granularity.Step() - r.o.Overlap)
		if from.Before(id.Earliest) {
			from = id.Earliest
		}
		s.Resume.From = id.Granularity.Format(from)
	}
	return nil
}

// settle gives the peer its namespace, the first time. Later it keeps it, whatever it says of itself then.
func (r *round) settle(ctx context.Context, id oaipmh.Identify) error {
	namespace, claimed := home(r.peer.URL, id)
	const held = "its records are held, but stand for nothing that names their identifiers"
	switch {
	case r.peer.Namespace != "":
		if claimed && namespace != r.peer.Namespace {
			r.warn("the peer now says that its namespace is %s; it stays %s until the peer is removed and added again",
				namespace, r.peer.Namespace)
		}
		return nil
	case namespace == "":
		return nil
	case strings.EqualFold(namespace, r.o.Namespace):
		r.warn("the peer says that its namespace is %s, which is this server's own; %s", namespace, held)
		return nil
	}
	err := r.o.Inbox.Claim(ctx, r.peer.Name, namespace)
	if errors.Is(err, kind.ErrConflict) {
		r.warn("the peer's namespace %s is another peer's; %s", namespace, held)
		return nil
	}
	return err
}

// list reads one list from where the state stands to its end.
func (r *round) list(ctx context.Context, set string) error {
	r.guard = loopGuard{pages: r.o.Pages, records: r.o.Records}
	for {
		resume := r.state.Resume
		page, err := r.page(ctx, r.address(set))
		if err == nil {
			err = r.guard.check(page)
		}
		switch {
		case errors.Is(err, errRestart):
			if resume.Restarts++; resume.Restarts > r.o.Restarts {
				resume.Token, resume.Restarts = "", 0
				return fmt.Errorf("%s: the list had to begin anew %d times: %w", r.peer.URL, r.o.Restarts, err)
			}
			r.o.Logger.WarnContext(ctx, "harvest list restarted", "peer", r.peer.Name, "err", err)
			r.warn("the list was begun anew: %v", err)
			resume.Token, resume.Received, resume.Listed = "", 0, 0
			r.guard = loopGuard{pages: r.o.Pages, records: r.o.Records}
			continue
		case err != nil:
			var loop *LoopError
			if errors.As(err, &loop) {
				resume.Token = "" // this token leads nowhere
			}
			return err
		}
		if err := r.commit(ctx, page); err != nil {
			return err
		}
		if r.state.Resume.Token == "" {
			return nil
		}
	}
}

// verb is how the list is asked for.
func (r *round) verb() oaipmh.Verb {
	if r.state.Resume.Headers {
		return oaipmh.ListIdentifiers
	}
	return oaipmh.ListRecords
}

// address is where the next page of the list is.
func (r *round) address(set string) string {
	args := url.Values{"verb": {string(r.verb())}}
	if s := r.state.Resume; s.Token != "" {
		args.Set("resumptionToken", s.Token)
	} else {
		args.Set("metadataPrefix", r.state.Prefix)
		if s.From != "" {
			args.Set("from", s.From)
		}
		if set != "" {
			args.Set("set", set)
		}
	}
	return address(r.peer.URL, args)
}

// commit stores a page together with where the list goes on.
func (r *round) commit(ctx context.Context, page page) error {
	state := r.state
	resume := *r.state.Resume
	state.Resume = &resume
	now := r.o.Now().UTC()
	if resume.Response.IsZero() {
		resume.Response = r.responseDate(page, now)
	}
	batch := Page{Run: r.run.ID, Peer: r.peer.Name, At: now, Quarantine: page.bad, Records: page.good, Headers: page.headers}
	if !future(page.date, now) {
		batch.Answered = page.date
	}
	for i := range batch.Quarantine {
		batch.Quarantine[i].Peer, batch.Quarantine[i].Run, batch.Quarantine[i].At = r.peer.Name, r.run.ID, now
	}
	resume.Listed += page.count()
	for _, rec := range page.good {
		if !rec.Deleted {
			resume.Received++
		}
	}
	resume.Received += len(page.bad) + page.echoes
	if len(page.headers) > 0 {
		missing, err := r.o.Inbox.Missing(ctx, r.peer.Name, page.headers)
		if err != nil {
			return err
		}
		resume.Missing += len(missing)
		for _, h := range page.headers {
			if !h.Deleted {
				resume.Received++
			}
		}
	}
	if page.token != nil && page.token.Size > 0 && page.token.Size != resume.Size {
		resume.Size = page.token.Size
		batch.Size = page.token.Size
	}
	if resume.Token = page.next(); resume.Token == "" {
		resume.Set++
	}
	batch.State = state
	tally, err := r.o.Inbox.Commit(ctx, batch)
	if err != nil {
		return fmt.Errorf("store a page of %s: %w", r.peer.URL, err)
	}
	r.state = state
	r.run.Pages++
	r.run.Add(tally)
	if batch.Size > 0 {
		r.run.Size = batch.Size
	}
	for _, note := range page.notes {
		r.warn("%s", note)
	}
	if r.progress != nil {
		r.progress(r.run)
	}
	return nil
}

// future reports a date of a peer that cannot be, even if clocks differ.
func future(date, now time.Time) bool {
	const most = 24 * time.Hour
	return date.Sub(now) > most
}

// responseDate is the peer's time when the round began, which is the next watermark. A date that cannot be is replaced by
// our own, so that a clock that is wrong once does not hide changes for ever.
func (r *round) responseDate(page page, now time.Time) time.Time {
	switch {
	case page.date.IsZero():
		r.warn("the peer tells no time; ours less an hour is taken")
		return page.asked.UTC().Add(-time.Hour)
	case future(page.date, now):
		r.warn("the peer's clock says %s, which is in the future; ours is taken", page.date.Format(time.RFC3339))
		return page.asked.UTC()
	}
	return page.date
}

// warn notes something that the operator should see, once.
func (r *round) warn(format string, args ...any) {
	const most = 50
	if s := fmt.Sprintf(format, args...); len(r.run.Warnings) < most && !slices.Contains(r.run.Warnings, s) {
		r.run.Warnings = append(r.run.Warnings, s)
	}
}

// end stores how the run ended.
func (r *round) end(ctx context.Context, cause error) (Run, error) {
	// The end is stored even if the caller has given up: that is what it tells.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	e := Ending{Run: r.run, State: r.state}
	e.Run.Finished = r.o.Now().UTC()
	e.State.Ended = e.Run.Finished
	if cause != nil {
		e.Run.Error = cause.Error()
	} else {
		done := r.state.Resume
		e.Run.Complete = true
		whole := done.Full || done.Headers
		e.Sweep = whole && r.maySweep(*done)
		e.Run.Warnings = r.run.Warnings
		if e.State.Resume = nil; !done.Headers || r.peer.Source == Sitemap {
			e.State.Watermark = done.Response
		}
		if whole {
			e.State.Reconciled = e.Run.Finished
		}
	}
	return r.o.Inbox.End(ctx, e)
}

// maySweep guards against a list that is suddenly short, as from a peer whose index is being built, or that ends in the
// middle: what it does not name is let go only if it names anything, at least half of what we hold, and about as much as
// the peer announced. Peers may announce an estimate, and a list changes while it is read.
func (r *round) maySweep(done Resume) bool {
	const few = 20
	held, received := r.peer.Records, done.Received
	if short := done.Size - done.Listed; short > 0 && len(r.state.Sets) < 2 && r.peer.Source == OAIPMH {
		r.warn("the peer announced %d records and listed %d", done.Size, done.Listed)
		if short > max(few, done.Size/100) {
			r.warn("nothing that it did not list was removed, in case its list is not whole")
			return false
		}
	}
	if held > 0 && received == 0 || held > few && received < held/2 {
		r.warn("the peer listed %d records where %d are held; none was removed, in case its list is not whole; "+
			"remove the peer and add it again if it is", received, held)
		return false
	}
	return true
}
