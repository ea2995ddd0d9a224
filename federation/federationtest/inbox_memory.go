package federationtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Held is a harvested record as it is held.
type Held struct {
	Title   string
	Deleted bool
	Seq     int64 // the local change number of its last change
}

// MemoryInbox is a federation.Inbox in memory. Use NewInbox.
type MemoryInbox struct {
	mu    sync.Mutex
	seq   int64
	runID int64
	peers map[string]*federation.Peer
	runs  map[string][]federation.Run // by peer, oldest first
	held  map[string]map[string]*held // by peer and identifier
	bad   map[string][]federation.Quarantined

	// Fail, if set, is asked before every Commit; its error is returned and nothing stored. Tests use it as a crash.
	Fail func(federation.Page) error
}

type held struct {
	federation.Harvested
	round, seq int64
}

// NewInbox returns an empty inbox.
func NewInbox() *MemoryInbox {
	return &MemoryInbox{
		peers: map[string]*federation.Peer{}, runs: map[string][]federation.Run{},
		held: map[string]map[string]*held{}, bad: map[string][]federation.Quarantined{},
	}
}

// Held returns what is held of a peer, by identifier. What a removed peer left is found under its name.
func (m *MemoryInbox) Held(peer string) map[string]Held {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]Held{}
	for id, h := range m.held[peer] {
		all[id] = Held{Title: h.Metadata.Title, Deleted: h.Deleted, Seq: h.seq}
	}
	return all
}

// Record returns what was stored of one record.
func (m *MemoryInbox) Record(peer, identifier string) (federation.Harvested, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.held[peer][identifier]
	if !ok {
		return federation.Harvested{}, false
	}
	return h.Harvested, true
}

// copied is a state as a database gives it back: shared with nobody.
func copied(s federation.State) federation.State {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	var out federation.State
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

func (m *MemoryInbox) view(p *federation.Peer) federation.Peer {
	out := *p
	out.State = copied(p.State)
	out.Sets = slices.Clone(p.Sets)
	out.Records = 0
	for _, h := range m.held[p.Name] {
		if !h.Deleted {
			out.Records++
		}
	}
	return out
}

// Peers implements federation.Inbox.
func (m *MemoryInbox) Peers(ctx context.Context) ([]federation.Peer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []federation.Peer
	for _, p := range m.peers {
		all = append(all, m.view(p))
	}
	slices.SortFunc(all, func(a, b federation.Peer) int { return strings.Compare(a.Name, b.Name) })
	return all, ctx.Err()
}

// Peer implements federation.Inbox.
func (m *MemoryInbox) Peer(ctx context.Context, name string) (federation.Peer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.peers[name]
	if !ok {
		return federation.Peer{}, fmt.Errorf("peer %s: %w", name, kind.ErrNotFound)
	}
	return m.view(p), ctx.Err()
}

// SavePeer implements federation.Inbox.
func (m *MemoryInbox) SavePeer(ctx context.Context, p federation.Peer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.save(ctx, p)
}

// ChangePeer implements federation.Inbox.
func (m *MemoryInbox) ChangePeer(ctx context.Context, name string, change func(*federation.Peer)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.peers[name]
	if !ok {
		return fmt.Errorf("peer %s: %w", name, kind.ErrNotFound)
	}
	p := *old
	p.Sets = slices.Clone(p.Sets)
	change(&p)
	p.Name = name
	return m.save(ctx, p)
}

func (m *MemoryInbox) save(ctx context.Context, p federation.Peer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.free(p.Name, p.Namespace); err != nil {
		return err
	}
	if old, ok := m.peers[p.Name]; ok {
		p.State, p.Added = old.State, old.Added
		if p.Key == "" {
			p.Key = old.Key
		}
		if p.Namespace == "" {
			p.Namespace = old.Namespace
		}
	} else {
		p.State = federation.State{}
	}
	p.Sets = slices.Clone(p.Sets)
	m.peers[p.Name] = &p
	return nil
}

// Claim implements federation.Inbox.
func (m *MemoryInbox) Claim(ctx context.Context, name, namespace string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.peers[name]
	if !ok {
		return fmt.Errorf("peer %s: %w", name, kind.ErrNotFound)
	}
	if p.Namespace != "" {
		return ctx.Err()
	}
	if err := m.free(name, namespace); err != nil {
		return err
	}
	p.Namespace = namespace
	return ctx.Err()
}

// free returns kind.ErrConflict if a peer other than the named one has the namespace.
func (m *MemoryInbox) free(name, namespace string) error {
	for _, other := range m.peers {
		if namespace != "" && other.Name != name && other.Namespace == namespace {
			return fmt.Errorf("namespace %s: %w: peer %s has it", namespace, kind.ErrConflict, other.Name)
		}
	}
	return nil
}

// RemovePeer implements federation.Inbox.
func (m *MemoryInbox) RemovePeer(ctx context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.peers[name]; !ok {
		return fmt.Errorf("peer %s: %w", name, kind.ErrNotFound)
	}
	delete(m.peers, name)
	delete(m.runs, name)
	delete(m.bad, name)
	for _, h := range m.held[name] {
		m.bury(h)
	}
	return ctx.Err()
}

// bury makes a record a tombstone and reports whether it was none.
func (m *MemoryInbox) bury(h *held) bool {
	if h.Deleted {
		return false
	}
	m.seq++
	h.Deleted, h.seq = true, m.seq
	return true
}

// Begin implements federation.Inbox.
func (m *MemoryInbox) Begin(ctx context.Context, r federation.Run) (federation.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.peers[r.Peer]; !ok {
		return federation.Run{}, fmt.Errorf("peer %s: %w", r.Peer, kind.ErrNotFound)
	}
	runs := m.runs[r.Peer]
	for i := range runs {
		if runs[i].Finished.IsZero() {
			runs[i].Finished, runs[i].Error = r.Started, "interrupted"
		}
	}
	m.runID++
	r.ID = m.runID
	m.runs[r.Peer] = append(runs, r)
	return r, ctx.Err()
}

// run returns the run under way, if it is the one asked for.
func (m *MemoryInbox) run(peer string, id int64) (*federation.Run, error) {
	runs := m.runs[peer]
	if len(runs) == 0 || runs[len(runs)-1].ID != id || !runs[len(runs)-1].Finished.IsZero() {
		return nil, fmt.Errorf("run %d of peer %s is over: %w", id, peer, kind.ErrConflict)
	}
	return &runs[len(runs)-1], nil
}

// Commit implements federation.Inbox.
func (m *MemoryInbox) Commit(ctx context.Context, p federation.Page) (federation.Tally, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.run(p.Peer, p.Run)
	if err != nil {
		return federation.Tally{}, err
	}
	if err := ctx.Err(); err != nil {
		return federation.Tally{}, err
	}
	if m.Fail != nil {
		if err := m.Fail(p); err != nil {
			return federation.Tally{}, err
		}
	}
	if m.held[p.Peer] == nil {
		m.held[p.Peer] = map[string]*held{}
	}
	var t federation.Tally
	for _, r := range p.Records {
		m.store(p, r, &t)
	}
	for _, h := range p.Headers {
		old, ok := m.held[p.Peer][h.Identifier]
		if !ok {
			continue
		}
		old.round = p.State.Round
		if h.Deleted && m.bury(old) {
			t.Deleted++
		}
	}
	for _, q := range p.Quarantine {
		t.Quarantined++
		m.bad[p.Peer] = slices.DeleteFunc(m.bad[p.Peer], func(o federation.Quarantined) bool {
			return o.Identifier == q.Identifier && (q.Identifier != "" || bytes.Equal(o.Raw, q.Raw))
		})
		m.bad[p.Peer] = append(m.bad[p.Peer], q)
		if h := m.held[p.Peer][q.Identifier]; h != nil {
			h.round = p.State.Round
		}
	}
	if all := m.bad[p.Peer]; len(all) > federation.MaxQuarantine {
		m.bad[p.Peer] = slices.Clone(all[len(all)-federation.MaxQuarantine:])
	}
	run.Pages++
	run.Add(t)
	if p.Size > 0 {
		run.Size = p.Size
	}
	m.peers[p.Peer].State = copied(p.State)
	return t, nil
}

func (m *MemoryInbox) store(p federation.Page, r federation.Harvested, t *federation.Tally) {
	m.bad[p.Peer] = slices.DeleteFunc(m.bad[p.Peer], func(o federation.Quarantined) bool { return o.Identifier == r.Identifier })
	old, ok := m.held[p.Peer][r.Identifier]
	if r.Filtered && (!ok || old.Deleted) {
		t.Filtered++
		if ok {
			old.round = p.State.Round
		}
		return
	}
	if r.Filtered {
		r.Deleted = true
	}
	switch {
	case !ok && r.Deleted:
		t.Unchanged++
		return
	case !ok:
		t.New++
		old = &held{}
		m.held[p.Peer][r.Identifier] = old
	case old.round == p.State.Round && r.Datestamp.Before(old.Datestamp):
		t.Unchanged++
		return
	case r.Deleted && old.Deleted, !r.Deleted && !old.Deleted && bytes.Equal(r.Raw, old.Raw) && r.License == old.License && slices.Equal(r.Sets, old.Sets) && reflect.DeepEqual(r.Metadata, old.Metadata):
		t.Unchanged++
		old.round, old.Datestamp, old.Stamp = p.State.Round, r.Datestamp, r.Stamp
		return
	case r.Deleted:
		t.Deleted++
		m.bury(old)
		old.round, old.Datestamp, old.Stamp = p.State.Round, r.Datestamp, r.Stamp
		return
	default:
		t.Changed++
	}
	m.seq++
	*old = held{Harvested: r, round: p.State.Round, seq: m.seq}
}

// End implements federation.Inbox.
func (m *MemoryInbox) End(ctx context.Context, e federation.Ending) (federation.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.run(e.Run.Peer, e.Run.ID)
	if err != nil {
		return federation.Run{}, err
	}
	if err := ctx.Err(); err != nil {
		return federation.Run{}, err
	}
	if e.Sweep {
		for _, h := range m.held[run.Peer] {
			if h.round != e.State.Round && m.bury(h) {
				run.Deleted++
			}
		}
	}
	run.Full, run.Resumed = e.Run.Full, e.Run.Resumed
	run.Finished, run.Complete = e.Run.Finished, e.Run.Complete
	run.Error, run.Warnings = e.Run.Error, slices.Clone(e.Run.Warnings)
	m.peers[run.Peer].State = copied(e.State)
	return *run, nil
}

// Runs implements federation.Inbox.
func (m *MemoryInbox) Runs(ctx context.Context, peer string, limit int) ([]federation.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := slices.Clone(m.runs[peer])
	slices.Reverse(runs)
	return runs[:min(limit, len(runs))], ctx.Err()
}

// Quarantine implements federation.Inbox.
func (m *MemoryInbox) Quarantine(ctx context.Context, peer string, skip, limit int) ([]federation.Quarantined, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bad := slices.Clone(m.bad[peer])
	slices.Reverse(bad)
	bad = bad[min(skip, len(bad)):]
	return bad[:min(limit, len(bad))], ctx.Err()
}

// Refused implements federation.Inbox.
func (m *MemoryInbox) Refused(ctx context.Context, peer, after string, limit int) ([]federation.Quarantined, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bad := slices.DeleteFunc(slices.Clone(m.bad[peer]), func(q federation.Quarantined) bool { return q.Entry() <= after })
	slices.SortFunc(bad, func(a, b federation.Quarantined) int { return strings.Compare(a.Entry(), b.Entry()) })
	return bad[:min(limit, len(bad))], ctx.Err()
}

// Mend gives a record in quarantine other bytes, as if a crosswalk had learned to read those it has.
func (m *MemoryInbox) Mend(peer, identifier string, raw []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, q := range m.bad[peer] {
		if q.Identifier == identifier {
			m.bad[peer][i].Raw = raw
		}
	}
}

// Reasons implements federation.Inbox.
func (m *MemoryInbox) Reasons(ctx context.Context, peer string) (map[string]int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	reasons := map[string]int{}
	for _, q := range m.bad[peer] {
		reasons[q.Reason]++
	}
	return reasons, ctx.Err()
}

// Missing implements federation.Inbox.
func (m *MemoryInbox) Missing(ctx context.Context, peer string, headers []federation.Header) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var missing []string
	for _, h := range headers {
		old, ok := m.held[peer][h.Identifier]
		if h.Deleted || ok && !old.Deleted && old.Stamp == h.Stamp {
			continue
		}
		if !slices.ContainsFunc(m.bad[peer], func(q federation.Quarantined) bool { return q.Identifier == h.Identifier && q.Stamp == h.Stamp }) {
			missing = append(missing, h.Identifier)
		}
	}
	return missing, ctx.Err()
}

// Stored implements federation.Inbox.
func (m *MemoryInbox) Stored(ctx context.Context, peer, after string, limit int) ([]federation.Harvested, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []federation.Harvested
	for id, h := range m.held[peer] {
		if id > after && !h.Deleted {
			list = append(list, federation.Harvested{
				Identifier: id, Datestamp: h.Datestamp, Stamp: h.Stamp, Sets: h.Sets, Prefix: h.Prefix, Raw: h.Raw, About: h.About,
			})
		}
	}
	slices.SortFunc(list, func(a, b federation.Harvested) int { return strings.Compare(a.Identifier, b.Identifier) })
	return list[:min(limit, len(list))], ctx.Err()
}

var (
	_ federation.Inbox   = (*MemoryInbox)(nil)
	_ federation.Records = (*MemoryRecords)(nil)
)

// Clock is a clock that tests move.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that stands at the given time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Sleep moves the clock instead of waiting. It returns the context's error, if it has one.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.Add(d)
	return ctx.Err()
}
