package merge

import (
	"hash/fnv"
	"slices"
	"unicode"
	"unicode/utf8"
)

// aligner finds which blocks of two versions are the same ones.
type aligner struct {
	m     *meter
	keys  interner
	words map[*block][]uint64 // sorted hashes, of blocks that were looked at
}

func newAligner(m *meter) *aligner {
	return &aligner{m: m, keys: interner{}, words: map[*block][]uint64{}}
}

// How alike blocks must be to be taken for versions of one.
const (
	alikeEnough = 0.4
	maxTable    = 40_000 // pairs of blocks that are weighed against one another
	lookAhead   = 40     // blocks, beyond that
	maxWords    = 4096   // of a block that are looked at
)

// pairs answers for each block of a the block of b that it became, or -1. Partners come in the same order in both.
func (x *aligner) pairs(a, b []block) []int {
	partner := make([]int, len(a))
	for i := range partner {
		partner[i] = -1
	}
	i, j := 0, 0
	for _, h := range append(hunks(x.ids(a), x.ids(b), x.m), hunk{len(a), len(a), len(b), len(b)}) {
		for ; i < h.a0; i, j = i+1, j+1 {
			partner[i] = j
		}
		x.similar(a, b, h, partner)
		i, j = h.a1, h.b1
	}
	return partner
}

func (x *aligner) ids(list []block) []int32 {
	ids := make([]int32, len(list))
	for i, b := range list {
		ids[i] = x.keys.id(b.unnumbered())
	}
	return ids
}

// similar finds partners where no blocks are equal.
func (x *aligner) similar(a, b []block, h hunk, partner []int) {
	n, k := h.a1-h.a0, h.b1-h.b0
	if n == 0 || k == 0 {
		return
	}
	if n*k <= maxTable && !x.m.exhausted() {
		x.bestPairs(a, b, h, partner)
	} else {
		x.firstPairs(a, b, h, partner)
	}
	// What stands in one another's place is taken for versions of one, too.
	i, j := h.a0, h.b0
	place := func(i1, j1 int) {
		if i1-i != j1-j || i1 == i {
			return
		}
		for d := range i1 - i {
			if a[i+d].kind != b[j+d].kind {
				return
			}
		}
		for d := range i1 - i {
			partner[i+d] = j + d
		}
	}
	for at := h.a0; at < h.a1; at++ {
		if q := partner[at]; q >= 0 {
			place(at, q)
			i, j = at+1, q+1
		}
	}
	place(h.a1, h.b1)
}

// bestPairs picks partners so that all together they are most alike.
func (x *aligner) bestPairs(a, b []block, h hunk, partner []int) {
	n, k := h.a1-h.a0, h.b1-h.b0
	score := make([]float64, (n+1)*(k+1)) // of what comes after
	like := make([]float64, n*k)
	for i := n - 1; i >= 0; i-- {
		for j := k - 1; j >= 0; j-- {
			s := x.likeness(&a[h.a0+i], &b[h.b0+j])
			like[i*k+j] = s
			best := max(score[(i+1)*(k+1)+j], score[i*(k+1)+j+1])
			if s >= alikeEnough {
				best = max(best, score[(i+1)*(k+1)+j+1]+s)
			}
			score[i*(k+1)+j] = best
		}
	}
	for i, j := 0, 0; i < n && j < k; {
		s, here := like[i*k+j], score[i*(k+1)+j]
		switch {
		case s >= alikeEnough && here == score[(i+1)*(k+1)+j+1]+s:
			partner[h.a0+i] = h.b0 + j
			i, j = i+1, j+1
		case here == score[(i+1)*(k+1)+j]:
			i++
		default:
			j++
		}
	}
}

// firstPairs takes the first block in sight that is alike.
func (x *aligner) firstPairs(a, b []block, h hunk, partner []int) {
	j := h.b0
	for i := h.a0; i < h.a1 && j < h.b1 && !x.m.exhausted(); i++ {
		for d := j; d < min(h.b1, j+lookAhead); d++ {
			if x.likeness(&a[i], &b[d]) >= alikeEnough {
				partner[i], j = d, d+1
				break
			}
		}
	}
}

// likeness is the share of words that two blocks of one kind have in common, from 0 to 1.
func (x *aligner) likeness(a, b *block) float64 {
	x.m.spend(1)
	if a.kind != b.kind || a.kind == Container && a.name != b.name {
		return 0
	}
	p, q := x.wordsOf(a), x.wordsOf(b)
	x.m.spend(len(p) + len(q))
	if len(p)+len(q) == 0 {
		return 0
	}
	common := 0
	for i, j := 0, 0; i < len(p) && j < len(q); {
		switch {
		case p[i] == q[j]:
			common, i, j = common+1, i+1, j+1
		case p[i] < q[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(common) / float64(len(p)+len(q))
}

func (x *aligner) wordsOf(b *block) []uint64 {
	list, ok := x.words[b]
	if !ok {
		x.m.spend(len(b.text))
		list = wordHashes(b.unnumbered())
		x.words[b] = list
	}
	return list
}

// wordHashes reads the letters and digits of a text, or all its characters where it has none.
func wordHashes(text []byte) []uint64 {
	var list []uint64
	h := fnv.New64a()
	start := -1
	for i := 0; i <= len(text) && len(list) < maxWords; {
		r, n := utf8.DecodeRune(text[i:])
		if i < len(text) && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			h.Reset()
			_, _ = h.Write(text[start:i])
			list, start = append(list, h.Sum64()), -1
		}
		i += max(n, 1)
	}
	if len(list) == 0 {
		for _, c := range text[:min(len(text), maxWords)] {
			if c > ' ' {
				list = append(list, uint64(c))
			}
		}
	}
	slices.Sort(list)
	return list
}
