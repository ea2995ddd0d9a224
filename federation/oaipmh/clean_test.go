package oaipmh

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestCleanLeavesOutWhatXMLLacks(t *testing.T) {
	for _, bad := range []string{"\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff", "\xff", "\xc3"} {
		for n := range 20 {
			for _, around := range []string{"a", " ", "\n", "é", "\x7f"} {
				src := strings.Repeat(around, n) + bad + strings.Repeat("b", 9)
				out := string(Clean([]byte(src)))
				if utf8.ValidString(bad) {
					assert.NotContains(t, out, bad, "%q", src)
				}
				assert.True(t, utf8.ValidString(out))
				assert.True(t, strings.HasPrefix(out, strings.Repeat(around, n)) && strings.HasSuffix(out, "bbbbbbbbb"), "%q", src)
			}
		}
	}
	for _, good := range []string{"", "plain", "tab\tnew\nline\r", "é漢字\U0001F600 and more text", strings.Repeat("~\x7f \n", 9), "\ufffd"} {
		assert.Equal(t, good, string(Clean([]byte(good))))
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("plain text\x01 and é\xff"))
	f.Fuzz(func(t *testing.T, src []byte) {
		out := Clean(src)
		for i, r := range string(out) {
			if !legal(r) {
				t.Fatalf("%q at %d", r, i)
			}
		}
		assert.Equal(t, string(out), string(Clean(out)))
	})
}
