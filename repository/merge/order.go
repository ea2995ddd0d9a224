package merge

import (
	"cmp"
	"slices"
	"strings"
)

// mergeOrder merges three lists of different names. A name stays if it is in want; new names stand behind the same one as
// on the side that added them. It is not ok where both sides changed the order of what they have in common, in different
// ways; the order is then ours.
func mergeOrder(base, ours, theirs []string, want func(name string) bool) (list []string, ok bool) {
	base, ours, theirs = unique(base), unique(ours), unique(theirs)
	inBase, inOurs, inTheirs := set(base), set(ours), set(theirs)
	common := func(list []string) []string { // what all have, in the list's order
		return slices.DeleteFunc(slices.Clone(list), func(n string) bool { return !inBase[n] || !inOurs[n] || !inTheirs[n] })
	}
	b, o, t := common(base), common(ours), common(theirs)
	frame := o
	ok = true
	switch {
	case slices.Equal(o, b):
		frame = t
	case !slices.Equal(t, b) && !slices.Equal(o, t):
		ok = false
	}
	// What is not in the frame stands behind a name of it, or at the beginning.
	behind := map[string][][]string{} // by the name before: a run of each side
	for _, side := range [][]string{ours, theirs} {
		at, run := "", []string(nil)
		inFrame := set(frame)
		flush := func() {
			if len(run) > 0 {
				behind[at] = append(behind[at], run)
			}
			run = nil
		}
		for _, n := range side {
			if inFrame[n] {
				flush()
				at = n
			} else {
				run = append(run, n)
			}
		}
		flush()
	}
	seen := map[string]bool{}
	add := func(n string) {
		if !seen[n] && want(n) {
			list = append(list, n)
		}
		seen[n] = true
	}
	for _, n := range append([]string{""}, frame...) {
		if n != "" {
			add(n)
		}
		runs := behind[n]
		slices.SortFunc(runs, func(a, b []string) int { return cmp.Compare(strings.Join(a, "\n"), strings.Join(b, "\n")) })
		for _, run := range runs {
			for _, n := range run {
				add(n)
			}
		}
	}
	return list, ok
}

func unique(list []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(n string) bool {
		again := seen[n]
		seen[n] = true
		return again
	})
}

func set(list []string) map[string]bool {
	in := make(map[string]bool, len(list))
	for _, n := range list {
		in[n] = true
	}
	return in
}

// mergeSet merges lists whose order means little: what either side took out is gone, what either put in is there.
func mergeSet(base, ours, theirs []string) []string {
	switch {
	case slices.Equal(ours, theirs), slices.Equal(base, theirs):
		return ours
	case slices.Equal(base, ours):
		return theirs
	}
	inBase, inOurs, inTheirs := set(base), set(ours), set(theirs)
	list, _ := mergeOrder(base, ours, theirs, func(n string) bool {
		if inBase[n] {
			return inOurs[n] && inTheirs[n]
		}
		return true
	})
	if grade := gradeOrder(); slices.IsSortedFunc(ours, grade) && slices.IsSortedFunc(theirs, grade) {
		slices.SortStableFunc(list, grade)
	}
	return list
}

// gradeOrder compares grades. Whatever is not one is equal to everything that is not one.
func gradeOrder() func(a, b string) int {
	rank := map[string]int{}
	for i, g := range strings.Fields("PK K 1 2 3 4 5 6 7 8 9 10 11 12 HE adult") {
		rank[g] = i + 1
	}
	return func(a, b string) int { return cmp.Compare(rank[a], rank[b]) }
}
