package repository

import (
	"strconv"
	"strings"
	"unicode"
)

const (
	readingWords = 100 // fewer words say nothing of how hard a text is
	readingSlack = 2   // grades that a text may be above its readers: the formulas are no closer than that
)

// ReadingLevel is the school grade at which a plain text, one block a line, can be read, by the formula of its language:
// Flesch and Kincaid's for English (Kincaid et al. 1975: 0.39 words a sentence + 11.8 syllables a word − 15.59) and
// Crawford's for Spanish (Crawford 1984: −0.205 sentences + 0.049 syllables a hundred words − 3.407). It is false for
// other languages, and for texts of fewer than 100 words.
func ReadingLevel(text, language string) (grade float64, ok bool) {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if primary != "en" && primary != "es" {
		return 0, false
	}
	words, sentences, syllables := 0, 0, 0
	open := false // a sentence has words
	end := func() {
		if open {
			sentences++
		}
		open = false
	}
	for line := range strings.Lines(text) {
		for field := range strings.FieldsSeq(line) {
			word := strings.TrimFunc(field, func(r rune) bool { return !unicode.IsLetter(r) })
			if word != "" && !strings.ContainsAny(word, `\{}_^=/@`) { // no formula, no address
				open = true
				words++
				if primary == "es" {
					syllables += syllablesSpanish(word)
				} else {
					syllables += syllablesEnglish(word)
				}
			}
			if last := strings.TrimRight(field, `"'”’»)]*_`); strings.HasSuffix(last, ".") || strings.HasSuffix(last, "!") || strings.HasSuffix(last, "?") || strings.HasSuffix(last, ":") {
				end()
			}
		}
		end()
	}
	if words < readingWords {
		return 0, false
	}
	w, s, y := float64(words), float64(sentences), float64(syllables)
	if primary == "es" {
		return -0.205*(100*s/w) + 0.049*(100*y/w) - 3.407, true
	}
	return 0.39*w/s + 11.8*y/w - 15.59, true
}

// syllablesEnglish counts groups of vowels, without a silent e at the end; the rule of thumb that the formula's programs use.
func syllablesEnglish(word string) int {
	word = strings.ToLower(word)
	n, before := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouyáéíóúü", r)
		if vowel && !before {
			n++
		}
		before = vowel
	}
	if n > 1 && strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") && !strings.HasSuffix(word, "ee") {
		n--
	}
	if n > 1 && strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded") {
		n--
	}
	return max(n, 1)
}

// syllablesSpanish counts vowels, two of them as one where they make a diphthong: a weak one (i, u) without an accent
// beside another.
func syllablesSpanish(word string) int {
	word = strings.ToLower(word)
	for _, silent := range []string{"que", "qui", "gue", "gui"} { // the u is not said
		word = strings.ReplaceAll(word, silent, silent[:1]+silent[2:])
	}
	const strong, weak = "aeoáéóíú", "iuüy"
	n := 0
	before := rune(0)
	letters := []rune(word)
	for i, r := range letters {
		vowel := strings.ContainsRune(strong, r) || strings.ContainsRune(weak, r) && (r != 'y' || i == len(letters)-1)
		if !vowel {
			before = 0
			continue
		}
		joined := before != 0 && (strings.ContainsRune(weak, r) && !strings.ContainsRune("íú", before) || strings.ContainsRune(weak, before) && !strings.ContainsRune("íú", r))
		if !joined {
			n++
		}
		before = r
	}
	return max(n, 1)
}

// highestGrade is the highest of the grades from K to 12, as a number; false where there is none, or one beyond.
func highestGrade(grades []string) (highest int, ok bool) {
	for _, g := range grades {
		switch n, err := strconv.Atoi(g); {
		case err == nil:
			highest, ok = max(highest, n), true
		case strings.EqualFold(g, "K"), strings.EqualFold(g, "PK"):
			ok = true
		default:
			return 0, false
		}
	}
	return highest, ok
}

func gradeName(n int) string {
	if n == 0 {
		return "K"
	}
	return strconv.Itoa(n)
}
