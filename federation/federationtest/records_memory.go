// Package federationtest has what tests of federation need: an in-memory Records and Inbox that behave, and the contracts
// of both as suites that every implementation runs.
package federationtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Put is one write to a list of records: an item in all its formats.
type Put struct {
	Identifier string
	Sets       []string
	Deleted    bool
	Metadata   map[string][]byte // by prefix; of a deleted item, the prefixes that it was available in
	Rights     string
	About      []byte
}

// MemoryRecords is a federation.Records in memory. Use NewRecords.
type MemoryRecords struct {
	now func() time.Time

	mu    sync.RWMutex
	seq   int64
	stamp time.Time
	lists map[string][]*federation.Record // by prefix, in the order of Seq; nil where a record has moved on
	items map[string]map[string]int       // identifier → prefix → place in its list
	sets  map[string]bool
}

// NewRecords returns an empty list whose datestamps are of the given clock.
func NewRecords(now func() time.Time) *MemoryRecords {
	return &MemoryRecords{
		now: now, lists: map[string][]*federation.Record{}, items: map[string]map[string]int{}, sets: map[string]bool{},
	}
}

// Put writes an item.
func (m *MemoryRecords) Put(p Put) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now().UTC().Truncate(time.Second); now.After(m.stamp) {
		m.stamp = now
	}
	m.seq++
	if m.items[p.Identifier] == nil {
		m.items[p.Identifier] = map[string]int{}
	}
	formats := maps.Clone(p.Metadata)
	for prefix := range m.items[p.Identifier] {
		if _, still := formats[prefix]; !still {
			formats[prefix] = nil
		}
	}
	for prefix, metadata := range formats {
		if at, ok := m.items[p.Identifier][prefix]; ok {
			m.lists[prefix][at] = nil
		}
		r := &federation.Record{
			Prefix: prefix, Identifier: p.Identifier, Datestamp: m.stamp, Sets: slices.Clone(p.Sets), Deleted: p.Deleted || metadata == nil, Seq: m.seq,
		}
		if !r.Deleted {
			r.Metadata, r.Rights, r.About = metadata, p.Rights, p.About
		}
		m.items[p.Identifier][prefix] = len(m.lists[prefix])
		m.lists[prefix] = append(m.lists[prefix], r)
	}
	for _, s := range p.Sets {
		m.sets[s] = true
	}
}

// in reports whether a record is in the window, whatever its cursor.
func in(w federation.Window, r *federation.Record) bool {
	if r == nil || !w.From.IsZero() && r.Datestamp.Before(w.From) || !w.Until.IsZero() && r.Datestamp.After(w.Until) {
		return false
	}
	return w.Set == "" || slices.ContainsFunc(r.Sets, func(s string) bool {
		rest, ok := strings.CutPrefix(s, w.Set)
		return ok && (rest == "" || rest[0] == ':')
	})
}

// Window implements federation.Records.
func (m *MemoryRecords) Window(ctx context.Context, w federation.Window) ([]federation.Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := m.lists[w.Prefix]
	// A place whose record has moved on keeps no Seq: the search looks to its right.
	start := sort.Search(len(list), func(i int) bool {
		for ; i < len(list); i++ {
			if list[i] != nil {
				return list[i].Seq > w.After
			}
		}
		return true
	})
	var page []federation.Record
	for _, r := range list[start:] {
		if len(page) == w.Limit {
			break
		}
		if in(w, r) {
			rec := *r
			rec.Sets = slices.Clone(r.Sets)
			if w.Headers {
				rec.Metadata = nil
			}
			page = append(page, rec)
		}
	}
	return page, ctx.Err()
}

// Count implements federation.Records.
func (m *MemoryRecords) Count(ctx context.Context, w federation.Window) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	for _, r := range m.lists[w.Prefix] {
		if in(w, r) {
			n++
		}
	}
	return n, ctx.Err()
}

// Item implements federation.Records.
func (m *MemoryRecords) Item(ctx context.Context, identifier string) ([]federation.Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var records []federation.Record
	for prefix, at := range m.items[identifier] {
		rec := *m.lists[prefix][at]
		rec.Sets = slices.Clone(rec.Sets)
		records = append(records, rec)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("item %s: %w", identifier, kind.ErrNotFound)
	}
	slices.SortFunc(records, func(a, b federation.Record) int { return strings.Compare(a.Prefix, b.Prefix) })
	return records, ctx.Err()
}

// Sets implements federation.Records.
func (m *MemoryRecords) Sets(ctx context.Context, after string, limit int) ([]federation.Set, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var specs []string
	for s := range m.sets {
		if s > after {
			specs = append(specs, s)
		}
	}
	slices.Sort(specs)
	var sets []federation.Set
	for _, s := range specs[:min(limit, len(specs))] {
		sets = append(sets, federation.Set{Spec: s})
	}
	return sets, ctx.Err()
}

// Now implements federation.Records.
func (m *MemoryRecords) Now(ctx context.Context) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now().UTC().Truncate(time.Second); now.After(m.stamp) {
		m.stamp = now
	}
	return m.stamp, ctx.Err()
}

// Earliest implements federation.Records.
func (m *MemoryRecords) Earliest(ctx context.Context) (time.Time, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var earliest time.Time
	for _, list := range m.lists {
		for _, r := range list {
			if r != nil && (earliest.IsZero() || r.Datestamp.Before(earliest)) {
				earliest = r.Datestamp
			}
		}
	}
	return earliest, ctx.Err()
}
