package render

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecordingsArePlayedWithTheirCaptions(t *testing.T) {
	v := part
	v.Files = fstest.MapFS{
		"01-strips/media/clip.mp4": {}, "01-strips/media/clip.vtt": {}, "01-strips/media/clip.es.vtt": {}, "01-strips/media/clip.txt": {}, "01-strips/media/clip.jpg": {},
		"01-strips/media/song.mp3": {}, "01-strips/media/song.vtt": {}, "01-strips/media/bare.webm": {}, "01-strips/media/bare.mp3": {}, "01-strips/media/clip2.vtt": {},
	}
	for src, want := range map[string]string{
		"![A clip](media/clip.mp4)": `<p><span class="media"><video controls="" preload="none" src="/r/rosa/fractions/raw/01-strips/media/clip.mp4" aria-label="A clip" poster="/r/rosa/fractions/raw/01-strips/media/clip.jpg">` +
			`<track kind="captions" src="/r/rosa/fractions/raw/01-strips/media/clip.vtt" srclang="en" label="en" default="">` +
			`<track kind="captions" src="/r/rosa/fractions/raw/01-strips/media/clip.es.vtt" srclang="es" label="es"></video>A clip · <a href="/r/rosa/fractions/raw/01-strips/media/clip.txt">Transcript</a></span></p>` + "\n",
		"![A song](media/song.mp3)": `<p><span class="media"><audio controls="" preload="none" src="/r/rosa/fractions/raw/01-strips/media/song.mp3" aria-label="A song"></audio>A song · <a href="/r/rosa/fractions/raw/01-strips/media/song.vtt">Transcript</a></span></p>` + "\n",
	} {
		page, err := newRenderer(t).Render([]byte(src), v)
		require.NoError(t, err)
		assertSafe(t, page)
		assert.Empty(t, page.Problems)
		assert.Equal(t, want, string(page.HTML))
	}
	for src, code := range map[string]string{
		"![A clip](media/bare.webm)": "video-captions", "![A song](media/bare.mp3)": "audio-transcript", "![](media/clip.mp4)": "media-title",
		"![x](https://videos.example/a.mp4)": "image-outside",
	} {
		page, err := newRenderer(t).Render([]byte(src), v)
		require.NoError(t, err)
		assertSafe(t, page)
		require.Len(t, page.Problems, 1, src)
		assert.Equal(t, code, page.Problems[0].Code)
	}
	outside, err := newRenderer(t).Render([]byte("[![A film](media/clip.jpg)](https://videos.example/a) [![x](media/clip.mp4)](https://videos.example/b)"), v)
	require.NoError(t, err)
	assertSafe(t, outside)
	assert.Contains(t, outside.HTML, `<a href="https://videos.example/a" rel="noopener noreferrer"><img src=`)
	assert.NotContains(t, outside.HTML, "<video", "a player inside a link could not be used")
}
