package search

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// answers keeps what was found until something is applied: many ask for the same, and pages that count over everything ask
// for it again and again.
type answers struct {
	mu      sync.Mutex
	version int64
	by      map[string]Results // by asked
	lines   int                // of all of them
}

// Bounds of what is kept.
const (
	maxAnswers     = 500
	maxAnswerKey   = 2000    // bytes
	maxAnswerLines = 100_000 // hits, their copies and values of facets, of all answers
)

// asked tells requests apart; "" for one whose answer is not kept.
func asked(r Request) string {
	key := fmt.Sprintf("%#v", r) // every byte of every text, and maps in their order
	if len(key) > maxAnswerKey {
		return ""
	}
	return key
}

func (a *answers) of(key string, version int64) (Results, bool) {
	if key == "" {
		return Results{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.version != version {
		return Results{}, false
	}
	out, ok := a.by[key]
	return out.clone(), ok
}

func (a *answers) keep(key string, version int64, out Results) {
	lines := len(out.Hits)
	for _, h := range out.Hits {
		lines += len(h.Others)
	}
	for _, f := range out.Facets {
		lines += len(f)
	}
	if key == "" || lines > maxAnswerLines || len(out.Relax) > 0 {
		return
	}
	out = out.clone()
	a.mu.Lock()
	defer a.mu.Unlock()
	if version < a.version {
		return
	}
	if a.by == nil || version > a.version || len(a.by) >= maxAnswers || a.lines+lines > maxAnswerLines {
		a.by, a.version, a.lines = map[string]Results{}, version, 0
	}
	if _, again := a.by[key]; !again {
		a.by[key] = out
		a.lines += lines
	}
}

// clone is one that may be changed.
func (r Results) clone() Results {
	r.Hits = slices.Clone(r.Hits)
	r.Facets = maps.Clone(r.Facets)
	for f, list := range r.Facets {
		r.Facets[f] = slices.Clone(list)
	}
	r.Hints = slices.Clone(r.Hints)
	return r
}
