package search

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDivide compares with the analyzer that queries are read by.
func FuzzDivide(f *testing.F) {
	for _, s := range []string{
		"Fractions, and area-models: a teacher's 3.5 of 10,000 e.g. U.S. (x) “quoted” don't.",
		"a_b c:d e;f 1;2 'tis rock'n'roll ..., a., b.c d.. e..f 3'5 x'",
		"Ecuación: ½ de çok İstanbul e\u0301\u0301 a \u0301b naïve\u00a0word 数学を学ぶ カタカナ ไทย \u200d\u00ad a\u00adb",
		"tab\tand\vline\r\nfeed\x00null\x7f a\x01b \xff\xfe x\xc3", "A . , B 'C' \"D\" <b>e</b> f/g h@i j#k $5 6% 7×8 ", "",
	} {
		f.Add(s)
	}
	m, err := newMapping()
	require.NoError(f, err)
	folded := m.AnalyzerNamed(analyzerFolded)
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, " ") // as plainText leaves it
		var want []string
		for i, token := range folded.Analyze([]byte(s)) {
			require.Equal(t, i+1, token.Position)
			want = append(want, string(token.Term))
		}
		got := divide(nil, s, folded)
		require.Equal(t, len(want), len(got), "%q %q", want, got)
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	})
}
