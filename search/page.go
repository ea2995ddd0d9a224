package search

import (
	"container/heap"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// position is where a hit stands in the order of hits.
type position struct {
	titled   bool // its title is exactly what was searched
	score    float64
	name     string // what the order by title goes by
	modified int64
	id       string
	part     int // where the document is in the view
	doc      uint32
}

// before reports whether a stands before b.
func (a position) before(b position) bool {
	switch {
	case a.titled != b.titled:
		return a.titled
	case a.score != b.score:
		return a.score > b.score
	case a.name != b.name:
		return a.name < b.name
	case a.modified != b.modified:
		return a.modified > b.modified
	}
	return a.id < b.id
}

// top keeps the first positions of many.
type top struct {
	room int
	heap positions // the last of those kept is the root
}

func newTop(room int) top { return top{room: room} }

// full reports whether what is added from now on pushes something out.
func (t *top) full() bool { return len(t.heap) >= t.room }

func (t *top) add(p position) {
	switch {
	case len(t.heap) < t.room:
		heap.Push(&t.heap, p)
	case p.before(t.heap[0]):
		t.heap[0] = p
		heap.Fix(&t.heap, 0)
	}
}

func (t *top) sorted() []position {
	slices.SortFunc(t.heap, func(a, b position) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	return t.heap
}

type positions []position

func (p positions) Len() int           { return len(p) }
func (p positions) Less(i, j int) bool { return p[j].before(p[i]) }
func (p positions) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *positions) Push(x any)        { *p = append(*p, x.(position)) }
func (p *positions) Pop() any {
	old := *p
	last := old[len(old)-1]
	*p = old[:len(old)-1]
	return last
}

// wireCursor is a position as it travels.
type wireCursor struct {
	Sort     Sort   `json:"o,omitempty"`
	Titled   bool   `json:"t,omitempty"`
	Score    uint64 `json:"s,omitempty"` // bits of the score
	Name     []byte `json:"n,omitempty"` // may end within a character
	Modified int64  `json:"m"`
	ID       string `json:"i"`
}

func (a position) encode(s Sort) string {
	b, err := json.Marshal(wireCursor{s, a.titled, math.Float64bits(a.score), []byte(a.name), a.modified, strings.ToValidUTF8(a.id, "")})
	if err != nil {
		return "" // cannot be: the fields are plain values
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursor reads the request's cursor, nil if it has none.
func (r *Request) cursor() (*position, error) {
	if r.Cursor == "" {
		return nil, nil
	}
	var c wireCursor
	b, err := base64.RawURLEncoding.DecodeString(r.Cursor)
	if err != nil || len(b) > 1000 || json.Unmarshal(b, &c) != nil || c.Sort != r.Sort {
		return nil, ErrCursor
	}
	score := math.Float64frombits(c.Score)
	if math.IsNaN(score) {
		return nil, ErrCursor
	}
	return &position{titled: c.Titled, score: score, name: string(c.Name), modified: c.Modified, id: c.ID}, nil
}

func (r *Request) size() int {
	if r.Size <= 0 {
		return defaultSize
	}
	return min(r.Size, maxSize)
}

func (r *Request) page() int { return min(max(r.Page, 1), maxReach) }
