package metadata

import (
	"bytes"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
)

func TestExcerptGivesNoAnswersAway(t *testing.T) {
	for text, want := range map[string]string{
		"::: teacher\nSECRET\n:::\n\nshown":                           "shown",
		"::: Quiz Try it\nq\n= SECRET\n:::\nshown":                    "shown",
		"::: {.quiz}\nSECRET\n::: note\na\n:::\nSECRET\n:::\n\nshown": "shown",
		"shown\n::: quiz\nSECRET\n:::":                                "shown",
		"::: note\nshown\n:::":                                        "shown",
		"::: quiz\nSECRET":                                            "",
	} {
		_, excerpt := summarize("", []byte(text))
		assert.Equal(t, want, excerpt, text)
	}
}

func TestWordsHaveALetterOrADigit(t *testing.T) {
	for text, want := range map[string]int{
		"":                0,
		" \n\t":           0,
		"Fold the paper.": 3,
		"- * 1) a_b – ½ ٣\u00a0x\u0085y\u2003z": 6,
		"**…** --- =":               0,
		"niño 漢字\v\f\r\nd'accord":   3,
		"\xff \xc3 a\xffb \xe2\x80": 1,
	} {
		assert.Equal(t, want, countWords([]byte(text)), "%q", text)
		assert.Equal(t, want, fieldsWithWords([]byte(text)), "%q", text)
	}
}

func FuzzCountWords(f *testing.F) {
	f.Add([]byte("Fold the paper. \u00a0x\xff 1)"))
	f.Fuzz(func(t *testing.T, text []byte) {
		assert.Equal(t, fieldsWithWords(text), countWords(text))
	})
}

// fieldsWithWords is countWords with what the library takes for words.
func fieldsWithWords(text []byte) (count int) {
	for _, word := range bytes.Fields(text) {
		if bytes.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			count++
		}
	}
	return count
}
