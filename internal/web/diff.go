package web

import (
	"strings"

	"github.com/commonplace-oer/commonplace/themes"
)

// diffWork bounds the steps of one comparison: beyond it the rest is shown as replaced.
const diffWork = 2000

// diff compares two texts by lines and returns the changed ones with some lines of context around them.
func diff(a, b string, context int) (lines []themes.DiffLine, added, removed int) {
	x, y := splitLines(a), splitLines(b)
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	var all []themes.DiffLine
	same := func(i, j int) { all = append(all, themes.DiffLine{Kind: "same", Text: x[i], Old: i + 1, New: j + 1}) }
	for i := range head {
		same(i, i)
	}
	for _, step := range shortest(x[head:len(x)-tail], y[head:len(y)-tail]) {
		switch step.kind {
		case 0:
			same(head+step.i, head+step.j)
		case -1:
			removed++
			all = append(all, themes.DiffLine{Kind: "del", Text: x[head+step.i], Old: head + step.i + 1})
		case 1:
			added++
			all = append(all, themes.DiffLine{Kind: "add", Text: y[head+step.j], New: head + step.j + 1})
		}
	}
	for k := tail; k > 0; k-- {
		same(len(x)-k, len(y)-k)
	}
	return fold(all, context), added, removed
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

type step struct{ kind, i, j int }

// shortest is Myers' O(ND) algorithm: the fewest deleted and added lines that turn x into y.
func shortest(x, y []string) []step {
	n, m := len(x), len(y)
	limit := min(n+m, diffWork)
	offset := limit + 1
	v := make([]int, 2*limit+3)
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, append([]int(nil), v[offset-d-1:offset+d+2]...))
		for k := -d; k <= d; k += 2 {
			var i int
			if k == -d || k != d && v[offset+k-1] < v[offset+k+1] {
				i = v[offset+k+1]
			} else {
				i = v[offset+k-1] + 1
			}
			j := i - k
			for i < n && j < m && x[i] == y[j] {
				i, j = i+1, j+1
			}
			v[offset+k] = i
			if i >= n && j >= m {
				return walkBack(trace, n, m)
			}
		}
	}
	steps := make([]step, 0, n+m) // too different to be worth the work
	for i := range n {
		steps = append(steps, step{kind: -1, i: i})
	}
	for j := range m {
		steps = append(steps, step{kind: 1, j: j})
	}
	return steps
}

func walkBack(trace [][]int, i, j int) []step {
	var steps []step
	for d := len(trace) - 1; d >= 0; d-- {
		v := trace[d] // of diagonals -d-1 … d+1
		k := i - j
		at := func(k int) int { return v[k+d+1] }
		prev := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			prev = k + 1
		}
		pi := at(prev)
		pj := pi - prev
		for i > pi && j > pj && i > 0 && j > 0 {
			i, j = i-1, j-1
			steps = append(steps, step{kind: 0, i: i, j: j})
		}
		if d == 0 {
			break
		}
		if prev == k+1 {
			j--
			steps = append(steps, step{kind: 1, i: i, j: j})
		} else {
			i--
			steps = append(steps, step{kind: -1, i: i, j: j})
		}
	}
	for a, b := 0, len(steps)-1; a < b; a, b = a+1, b-1 {
		steps[a], steps[b] = steps[b], steps[a]
	}
	return steps
}

// fold leaves out equal lines that are far from any change.
func fold(all []themes.DiffLine, context int) []themes.DiffLine {
	keep := make([]bool, len(all))
	for i, l := range all {
		if l.Kind == "same" {
			continue
		}
		for k := max(0, i-context); k <= min(len(all)-1, i+context); k++ {
			keep[k] = true
		}
	}
	var lines []themes.DiffLine
	for i, l := range all {
		switch {
		case keep[i]:
			lines = append(lines, l)
		case i == 0 || keep[i-1]:
			lines = append(lines, themes.DiffLine{Kind: "cut"})
		}
	}
	if len(lines) == 1 && lines[0].Kind == "cut" {
		return nil
	}
	return lines
}
