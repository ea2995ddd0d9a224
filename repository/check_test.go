package repository

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

func checkFolder(t *testing.T, files map[string]string) []string {
	t.Helper()
	r, err := render.New(render.Options{})
	require.NoError(t, err)
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, problems := Check(fsys, metadata.CheckOptions{}, r)
	var list []string
	for _, p := range problems {
		assert.NotEmpty(t, p.Remedy, p.Code)
		list = append(list, strings.SplitN(p.String(), ": ", 2)[0]+" "+p.Code)
	}
	return list
}

const checkedFront = "---\ntitle: T\ntype: lesson\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: A}]\ngrades: [\"3\"]\n---\n\n"

func TestCheckNamesWhatThePageWouldNotShow(t *testing.T) {
	assert.Equal(t, []string{
		"index.md:12 heading-skips", "index.md:14 image-alt", "index.md:16 math-invalid", "index.md:18 link-missing",
		"index.md:20 video-captions", "index.md:22 image-remote", "media/a.svg:2 drawing-active", "media/b.svg:1 contrast-low", "media/d.svg:2 drawing-script",
	}, checkFolder(t, map[string]string{
		"index.md":    checkedFront + "## One\n\n#### Three\n\n![](media/b.svg)\n\n$\\frac{1$\n\n[there](nowhere.md)\n\n![A film](media/c.mp4)\n\n![A face](https://example.com/face.png)\n",
		"media/a.svg": "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<image href=\"https://example.com/a.png\"/></svg>",
		"media/d.svg": "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<script>alert(1)</script></svg>",
		"media/b.svg": `<svg xmlns="http://www.w3.org/2000/svg"><text fill="#bbb">Faint</text></svg>`,
		"media/c.mp4": "x",
	}))
}

func TestCheckFindsNothingInAGoodFolder(t *testing.T) {
	assert.Empty(t, checkFolder(t, map[string]string{
		"index.md":    checkedFront + "## One\n\nFold the paper. Count the parts.\n\n![A strip](media/b.svg)\n",
		"media/b.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#000"/><text fill="#bbb">Light on dark</text></svg>`,
	}))
}

func TestCheckReadsForTheGrade(t *testing.T) {
	hard := strings.Repeat("Notwithstanding considerable methodological heterogeneity, contemporary investigations consistently demonstrate extraordinarily significant interdependencies among psychological determinants. ", 10)
	easy := strings.Repeat("The cat sat on the mat. It had a red hat. ", 20)
	assert.Equal(t, []string{"index.md:10 reading-level"}, checkFolder(t, map[string]string{"index.md": checkedFront + hard}))
	assert.Empty(t, checkFolder(t, map[string]string{"index.md": checkedFront + easy}))
}

func TestReadingLevelByLanguage(t *testing.T) {
	// The formula by hand: 120 words, 20 sentences, 120 syllables: 0.39·6 + 11.8·1 − 15.59.
	level, ok := ReadingLevel(strings.Repeat("The cat sat on the mat. ", 20), "en-US")
	require.True(t, ok)
	assert.InDelta(t, -1.45, level, 0.001)
	// 100 words, 25 sentences, 200 syllables: −0.205·25 + 0.049·200 − 3.407.
	level, ok = ReadingLevel(strings.Repeat("Rosa come pera dulce. ", 25), "es")
	require.True(t, ok)
	assert.InDelta(t, 1.268, level, 0.001)
	_, ok = ReadingLevel(strings.Repeat("Rosa mange une poire. ", 25), "fr")
	assert.False(t, ok, "no formula, no verdict")
	_, ok = ReadingLevel("Too short.", "en")
	assert.False(t, ok)
}

func TestSyllables(t *testing.T) {
	for word, want := range map[string]int{"cat": 1, "table": 2, "make": 1, "fraction": 2, "divided": 3, "share": 1, "the": 1, "equally": 3} {
		assert.Equal(t, want, syllablesEnglish(word), word)
	}
	for word, want := range map[string]int{"agua": 2, "fracción": 2, "país": 2, "queso": 2, "guitarra": 3, "iguales": 3, "hoy": 1, "maestra": 3, "día": 2, "pingüino": 3, "y": 1} {
		assert.Equal(t, want, syllablesSpanish(word), word)
	}
}
