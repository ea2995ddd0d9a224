package web

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func TestLessonTellsHowLinksToItLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lesson := func(language, body string) fstest.MapFS {
		return fstest.MapFS{
			"index.md": {Data: []byte("---\ntitle: Strips & shares\ndescription: Fold \"them\".\ntype: lesson\nlanguage: " + language + "\nlicense: CC-BY-4.0\ncreators: [{name: Rosa}]\n---\n" + body)},
			"a.svg":    {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")}, "b c.png": {Data: []byte("\x89PNG\r\n")},
		}
	}
	w.publish("rosa/plain", lesson("es-MX", "![drawn](a.svg)\n"))
	w.publish("rosa/shown", lesson("en", "![drawn](a.svg)\n\n![Four strips](b%20c.png)\n"))
	plain := w.get("/r/rosa/plain").body
	for _, want := range []string{
		`property="og:title" content="Strips &amp; shares"`, `property="og:description" content="Fold &#34;them&#34;."`,
		`property="og:url" content="http://oer.test/r/rosa/plain"`, `property="og:locale" content="es_MX"`,
		`property="og:site_name" content="Test Repository"`, `name="twitter:card" content="summary"`,
	} {
		assert.True(t, strings.Contains(plain, want), want)
	}
	assert.NotContains(t, plain, "og:image")
	assert.Contains(t, plain, "application/ld+json")
	shown := w.get("/r/rosa/shown").body
	assert.True(t, strings.Contains(shown, `property="og:image" content="http://oer.test/r/rosa/shown/raw/b%20c.png"`))
	assert.True(t, strings.Contains(shown, `property="og:image:alt" content="Four strips"`))
	assert.True(t, strings.Contains(shown, `property="og:locale" content="en_US"`))
	assert.NotContains(t, w.get("/search").body, "og:title")
}
