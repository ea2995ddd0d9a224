package merge

import (
	"bytes"
	"cmp"
	"hash/fnv"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	maxRenamePairs = 10_000  // of files that are weighed against one another; beyond that, only those of one name
	maxWeighed     = 8 << 20 // bytes of a file that is
	movedEnough    = 0.5     // the share of a file that must be the same
)

// renames finds files that are in one tree and, with the same or a similar content, elsewhere in another.
func renames(from, to Tree, m *meter) map[string]string {
	var gone, new []string
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if _, ok := to[name]; !ok {
			gone = append(gone, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if _, ok := from[name]; !ok {
			new = append(new, name)
		}
	}
	moved := map[string]string{}
	if len(gone) == 0 || len(new) == 0 {
		return moved
	}
	used := map[string]bool{}
	take := func(a, b string) {
		if moved[a] == "" && !used[b] {
			moved[a], used[b] = b, true
		}
	}
	same := map[string][]string{} // new files by content
	for _, b := range new {
		if data := to[b].Data; len(data) > 0 {
			same[string(data)] = append(same[string(data)], b)
		}
	}
	for _, near := range []func(a, b string) bool{ // first those that moved the least
		func(a, b string) bool { return path.Base(a) == path.Base(b) },
		func(a, b string) bool { return path.Dir(a) == path.Dir(b) },
		func(a, b string) bool { return true },
	} {
		for _, a := range gone {
			for _, b := range same[string(from[a].Data)] {
				if moved[a] == "" && !used[b] && near(a, b) {
					take(a, b)
				}
			}
		}
	}
	type pair struct {
		a, b  string
		score float64
	}
	var pairs []pair
	chunks := map[string]map[uint64]int{}
	of := func(key string, data []byte) map[uint64]int {
		if chunks[key] == nil {
			m.spend(len(data))
			chunks[key] = chunkSizes(data)
		}
		return chunks[key]
	}
	left := func(list []string, done func(string) bool) []string { return slices.DeleteFunc(list, done) }
	gone = left(gone, func(a string) bool { return moved[a] != "" })
	new = left(new, func(b string) bool { return used[b] })
	for _, a := range gone {
		for _, b := range new {
			x, y := from[a].Data, to[b].Data
			small, large := min(len(x), len(y)), max(len(x), len(y))
			if small == 0 || large > maxWeighed || float64(small) < movedEnough*float64(large) || m.exhausted() ||
				isText(x) != isText(y) || len(gone)*len(new) > maxRenamePairs && path.Base(a) != path.Base(b) {
				continue
			}
			p, q := of("-"+a, x), of("+"+b, y)
			m.spend(min(len(p), len(q)))
			if score := float64(common(p, q)) / float64(large); score >= movedEnough {
				pairs = append(pairs, pair{a, b, score})
			}
		}
	}
	slices.SortStableFunc(pairs, func(p, q pair) int {
		named := func(p pair) int {
			if path.Base(p.a) == path.Base(p.b) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(named(p), named(q)), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
	})
	for _, p := range pairs {
		take(p.a, p.b)
	}
	return moved
}

// chunkSizes cuts a file into lines, long ones into pieces, and answers how many bytes each distinct one makes up.
func chunkSizes(data []byte) map[uint64]int {
	const long = 64
	sizes := map[uint64]int{}
	h := fnv.New64a()
	for len(data) > 0 {
		n := min(len(data), long)
		if i := bytes.IndexByte(data[:n], '\n'); i >= 0 {
			n = i + 1
		}
		h.Reset()
		_, _ = h.Write(data[:n])
		sizes[h.Sum64()] += n
		data = data[n:]
	}
	return sizes
}

func common(p, q map[uint64]int) (n int) {
	if len(p) > len(q) {
		p, q = q, p
	}
	for chunk, size := range p {
		n += min(size, q[chunk])
	}
	return n
}

// movedFolders finds folders of which nothing is left, and where most of their files went. Files that the other side
// added there go the same way.
func movedFolders(moved map[string]string, to Tree) map[string]string {
	left := map[string]bool{}
	for name := range to {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			left[dir] = true
		}
	}
	votes := map[string]map[string]int{}
	for a, b := range moved {
		for x, y := path.Dir(a), path.Dir(b); x != "." && y != "." && x != y; x, y = path.Dir(x), path.Dir(y) {
			if !left[x] {
				if votes[x] == nil {
					votes[x] = map[string]int{}
				}
				votes[x][y]++
			}
			if path.Base(x) != path.Base(y) {
				break
			}
		}
	}
	folders := map[string]string{}
	for x, list := range votes {
		all := 0
		for _, n := range list {
			all += n
		}
		for y, n := range list {
			if 2*n > all {
				folders[x] = y
			}
		}
	}
	return folders
}

// along is where a file is once its folder has moved.
func along(name string, folders map[string]string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if to, ok := folders[dir]; ok {
			return to + strings.TrimPrefix(name, dir)
		}
	}
	return name
}
