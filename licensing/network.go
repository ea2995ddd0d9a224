package licensing

import (
	"hash/maphash"
	"math/bits"
)

// A network is a provenance graph with its references resolved, its licenses known by number, and for each work the
// set of licenses and roles that reach it from its ancestors.

// part is how material is in a work.
type part uint8

const (
	partAdapted   part = iota // changed or built upon
	partIncluded              // unchanged beside the rest
	partComponent             // a file of its own
	partProduced              // made from a database
	partOnward                // changed, and since then licensed on under CC BY-SA 4.0
	partExcerpt               // under an exception to copyright
	partTravelled             // an excerpt inside a source: the exception was somebody else's
	parts
)

func partOf(r Role) part {
	switch r {
	case Included:
		return partIncluded
	case Component:
		return partComponent
	case ProducedWork:
		return partProduced
	case Excerpt:
		return partExcerpt
	}
	return partAdapted
}

type node struct {
	work    *Work
	rec     *record
	license int   // number of its license
	first   int32 // of its parents, in the network's edges
	last    int32
	part    part
	unknown bool // a parent is not in the graph
	done    bool // what reaches it is known
}

type bitset []uint64

func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) or(o bitset) {
	for i := range o {
		b[i] |= o[i]
	}
}

type network struct {
	facts    *facts
	nodes    []node
	seed     maphash.Seed
	slots    []int32 // hash table: the numbers of works by their refs, from 1
	edges    []int32
	licenses []*record
	numbers  map[*record]int
	words    int
	arena    []uint64 // for each work the license*parts+part of all that it is made from
	fal      bool     // a Free Art License is among them
	broken   bool     // missing, repeated or circular references, or too many works
	pairs    []finding
	paired   []bool
}

// maxEdges bounds how many sources all works of a graph may name together.
const maxEdges = 10 * MaxWorks

// newNetwork resolves the works. Works that come later under a ref that is taken make the graph broken.
func newNetwork(f *facts, sets ...[]Work) *network {
	n := 0
	for _, works := range sets {
		n += len(works)
	}
	w := &network{facts: f, numbers: make(map[*record]int, 16)}
	if n > MaxWorks {
		w.broken = true
		return w
	}
	w.nodes = make([]node, 0, n)
	w.seed, w.slots = maphash.MakeSeed(), make([]int32, 2<<bits.Len(uint(n)))
	ids := make(map[ID]*record, 16)
	edges := 0
	for _, works := range sets {
		for i := range works {
			work := &works[i]
			slot := w.slot(work.Ref)
			if taken := w.slots[slot]; taken > 0 {
				w.broken = w.broken || !sameWork(w.nodes[taken-1].work, work)
				continue
			}
			rec, ok := ids[work.License]
			if !ok {
				rec = f.known(work.License)
				ids[work.License] = rec
			}
			number, ok := w.numbers[rec]
			if !ok {
				number = len(w.licenses)
				w.numbers[rec] = number
				w.licenses = append(w.licenses, rec)
				w.fal = w.fal || rec.class == classFAL
			}
			w.nodes = append(w.nodes, node{work: work, rec: rec, license: number, part: partOf(work.Role)})
			w.slots[slot] = int32(len(w.nodes))
			if rec.class == classException {
				w.nodes[len(w.nodes)-1].part = partExcerpt
			}
			edges += len(work.From)
		}
	}
	if edges > maxEdges {
		w.broken, edges = true, 0
	}
	w.edges = make([]int32, 0, edges)
	for i := range w.nodes {
		n := &w.nodes[i]
		n.first = int32(len(w.edges))
		for _, ref := range n.work.From {
			p, ok := w.find(ref)
			if !ok || len(w.edges) == cap(w.edges) {
				n.unknown = true
				continue
			}
			w.edges = append(w.edges, p)
		}
		n.last = int32(len(w.edges))
	}
	w.words = (len(w.licenses)*int(parts) + 63) / 64
	w.arena = make([]uint64, w.words*len(w.nodes))
	return w
}

// parents are what a work was made from.
func (w *network) parents(n *node) []int32 { return w.edges[n.first:n.last] }

// reach is the set of licenses and parts that come to a work from its ancestors.
func (w *network) reach(i int32) bitset {
	return w.arena[int(i)*w.words : (int(i)+1)*w.words]
}

// find is the number of the work of a ref.
func (w *network) find(ref string) (int32, bool) {
	if len(w.slots) == 0 {
		return 0, false
	}
	i := w.slots[w.slot(ref)]
	return i - 1, i > 0
}

// slot is where the number of a ref stands or would stand. It holds no pointers, which a map of this size would have the
// garbage collector follow at every verdict.
func (w *network) slot(ref string) int {
	mask := len(w.slots) - 1
	at := int(maphash.String(w.seed, ref)) & mask
	for w.slots[at] != 0 && w.nodes[w.slots[at]-1].work.Ref != ref {
		at = (at + 1) & mask
	}
	return at
}

// sameWork reports whether two entries of one ref agree about everything that a verdict depends on. A source that only
// repeats a ref of the graph, without saying where it came from, agrees.
func sameWork(a, b *Work) bool {
	return a.License == b.License && (len(a.From) == 0 || len(b.From) == 0 || len(a.From) == len(b.From))
}

// ancestors lists everything that the works came from, the works themselves first, each once, nearest first, and fills
// in what reaches each of them.
func (w *network) ancestors(from []int32) []int32 {
	seen := make([]bool, len(w.nodes))
	var order []int32
	for _, i := range from {
		if !seen[i] {
			seen[i] = true
			order = append(order, i)
		}
	}
	for k := 0; k < len(order); k++ {
		n := &w.nodes[order[k]]
		if n.unknown {
			w.broken = true
		}
		for _, p := range w.parents(n) {
			if !seen[p] {
				seen[p] = true
				order = append(order, p)
			}
		}
	}
	w.settle(order)
	return order
}

// settle computes reach for the works, parents before children. What goes in a circle is broken.
func (w *network) settle(order []int32) {
	const open, closed = 1, 2
	state := make([]uint8, len(w.nodes))
	type frame struct {
		node int32
		next int
	}
	var stack []frame
	for _, start := range order {
		if state[start] != 0 {
			continue
		}
		state[start] = open
		stack = append(stack[:0], frame{node: start})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			n := &w.nodes[top.node]
			if parents := w.parents(n); top.next < len(parents) {
				p := parents[top.next]
				top.next++
				switch {
				case state[p] == open:
					w.broken = true
				case state[p] == 0 && !w.nodes[p].done:
					state[p] = open
					stack = append(stack, frame{node: p})
				}
				continue
			}
			for _, p := range w.parents(n) {
				w.contribute(w.reach(top.node), p, n.work.Mode == Relicense && n.work.RightsHolder)
			}
			n.done = true
			state[top.node] = closed
			stack = stack[:len(stack)-1]
		}
	}
}

// contribute adds to a set what a work brings into something made from it. Who holds the rights of a work may offer it
// under another license, which then stands in place of the first; what the work itself was made from still counts.
func (w *network) contribute(into bitset, p int32, relicensed bool) {
	n, reach := &w.nodes[p], w.reach(p)
	if !relicensed {
		into.set(n.license*int(parts) + int(n.part))
	}
	switch n.part {
	case partExcerpt:
		return
	case partAdapted, partProduced:
		if !w.hasExcerpts(reach) && !(w.fal && n.rec.ID == CCBYSA) {
			into.or(reach)
			return
		}
	}
	for l := range w.licenses {
		for q := range parts {
			if !reach.has(l*int(parts) + int(q)) {
				continue
			}
			to := q
			switch {
			case q == partExcerpt:
				to = partTravelled
			case n.part == partIncluded || n.part == partComponent:
				if q == partAdapted || q == partOnward {
					to = n.part
				}
			case q == partAdapted && n.rec.ID == CCBYSA && w.licenses[l].class == classFAL:
				to = partOnward
			}
			into.set(l*int(parts) + int(to))
		}
	}
}

func (w *network) hasExcerpts(b bitset) bool {
	for l := range w.licenses {
		if b.has(l*int(parts) + int(partExcerpt)) {
			return true
		}
	}
	return false
}

// pair is adapt, remembered for the licenses of the network.
func (w *network) pair(license int, out *record) finding {
	o, ok := w.numbers[out]
	if !ok {
		return adapt(w.licenses[license], out)
	}
	if w.pairs == nil {
		w.pairs = make([]finding, len(w.licenses)*len(w.licenses))
		w.paired = make([]bool, len(w.pairs))
	}
	k := license*len(w.licenses) + o
	if !w.paired[k] {
		w.pairs[k], w.paired[k] = adapt(w.licenses[license], out), true
	}
	return w.pairs[k]
}
