package merge

import (
	"bytes"
	"unicode"
)

// exposes tells whether a merged text shows to students what was for teachers alone on the side that has it. Two changes
// that are each right can do that together: one side opens a ::: teacher block, the other writes an answer into it.
func exposes(merged, ours, theirs []byte) bool {
	if !bytes.Contains(ours, []byte(":::")) && !bytes.Contains(theirs, []byte(":::")) {
		return false
	}
	hidden, shown := map[string]bool{}, map[string]bool{}
	for _, text := range [][]byte{ours, theirs} {
		_, blocks := parseBlocks(text)
		sortAudience(blocks, false, hidden, shown)
	}
	if len(hidden) == 0 {
		return false
	}
	now := map[string]bool{}
	_, blocks := parseBlocks(merged)
	sortAudience(blocks, false, map[string]bool{}, now)
	for line := range now {
		if hidden[line] && !shown[line] {
			return true
		}
	}
	return false
}

// sortAudience notes the lines that teachers alone see, and those that everybody sees.
func sortAudience(blocks []block, teacher bool, hidden, shown map[string]bool) {
	for _, b := range blocks {
		own := teacher || b.kind == Container && b.name == "teacher"
		if b.kind == Container && len(b.kids) > 0 {
			sortAudience(b.kids, own, hidden, shown)
			continue
		}
		for _, line := range lines(b.text) {
			line = bytes.TrimSpace(line)
			if !bytes.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				continue
			}
			if own {
				hidden[string(line)] = true
			} else {
				shown[string(line)] = true
			}
		}
	}
}
