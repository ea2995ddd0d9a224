package search

import "strings"

// Costs of edits, of which the plainest is 1. What sounds alike, lies side by side on the keyboard, or is a matter of
// doubling costs less; few mistake the first letter.
const (
	costSwap    = 0.8 // of two neighbors
	costVowel   = 0.8
	costSound   = 0.7
	costKey     = 0.8
	costDouble  = 0.5
	costFirst   = 0.2 // more
	costOmitted = 0.8 // of what a letter costs, for one that was left out: most mistakes are
	soundsAlike = "ck kc cs sc sz zs bv vb gj jg iy yi fv vf dt td pb bp mn nm qk kq kx xk xs sx lr rl uw wu hj jh"
	// keys that lie side by side, on three rows that are shifted
	keyboard = "qwertyuiop asdfghjkl zxcvbnm qawsedrftgyhujikolp azsxdcfvgbhnjmkl"
)

// firsts lists a letter and those that are taken for it at the beginning of a word.
func firsts(r rune) []string {
	out := []string{string(r)}
	for pair := range strings.FieldsSeq(soundsAlike) {
		if first, second := pair[:1], pair[1:]; first == string(r) {
			out = append(out, second)
		}
	}
	if r == 'f' {
		out = append(out, "ph")
	}
	return out
}

// edited is the least cost of insertions, deletions, substitutions and swaps of neighbors that make the word b of what was
// typed, a.
func edited(a, b []rune) float64 {
	before, last, row := make([]float64, len(b)+1), make([]float64, len(b)+1), make([]float64, len(b)+1)
	for j := 1; j <= len(b); j++ {
		last[j] = last[j-1] + costOmitted*loose(b, j-1)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = last[0] + loose(a, i-1)
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+loose(a, i-1), row[j-1]+costOmitted*loose(b, j-1), last[j-1]+mistaken(a[i-1], b[j-1], i == 1 && j == 1))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+costSwap)
			}
			if i > 1 && a[i-2] == 'p' && a[i-1] == 'h' && b[j-1] == 'f' {
				row[j] = min(row[j], before[j-1]+costSound)
			}
			if j > 1 && b[j-2] == 'p' && b[j-1] == 'h' && a[i-1] == 'f' {
				row[j] = min(row[j], last[j-2]+costSound)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// loose is the cost of a letter that only one of the words has.
func loose(word []rune, i int) float64 {
	switch {
	case i > 0 && word[i] == word[i-1]:
		return costDouble
	case i == 0 && len(word) > 1 && word[0] == word[1]:
		return costDouble
	case i == 0:
		return 1 + costFirst
	case word[i] == 'h' && !strings.ContainsRune("csp", word[i-1]): // behind which it is another sound
		return costSound
	}
	return 1
}

// mistaken is the cost of one letter for another.
func mistaken(a, b rune, first bool) float64 {
	cost := 1.0
	switch {
	case a == b:
		return 0
	case strings.ContainsRune("aeiou", a) && strings.ContainsRune("aeiou", b):
		cost = costVowel
	case strings.Contains(soundsAlike, string([]rune{a, b})):
		cost = costSound
	case strings.Contains(keyboard, string([]rune{a, b})) || strings.Contains(keyboard, string([]rune{b, a})):
		cost = costKey
	}
	if first {
		cost += costFirst
	}
	return cost
}
