package metadata

import (
	"testing"

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
