package web

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func TestPageThatIsAskedForAgainIsCompressedBetter(t *testing.T) {
	p, err := newPacker()
	require.NoError(t, err)
	var text strings.Builder
	for i := range 3000 {
		text.WriteString(strconv.Itoa(i*7919) + " fractions of a whole, ")
	}
	b := []byte(text.String())
	sum := sha256.Sum256(b)
	first := p.pack("br", sum, b)
	assert.Len(t, first, len(fasthttp.AppendBrotliBytesLevel(nil, b, liveLevel)))
	require.Eventually(t, func() bool { return len(p.pack("br", sum, b)) < len(first) }, time.Minute, 10*time.Millisecond)
	for _, body := range [][]byte{first, p.pack("br", sum, b)} {
		plain, err := fasthttp.AppendUnbrotliBytes(nil, body)
		require.NoError(t, err)
		assert.Equal(t, b, plain)
	}
	assert.Equal(t, p.pack("gzip", sum, b), p.pack("gzip", sum, b))
}

// TestTheBestLevelIsForSomePagesOnly asks for pages that a first round trip just does not take.
func TestTheBestLevelIsForSomePagesOnly(t *testing.T) {
	p, err := newPacker()
	require.NoError(t, err)
	body := func(i int) []byte {
		var text strings.Builder
		for n := range 3300 {
			text.WriteString(strconv.Itoa(n*7919+i) + " fractions of a whole, ")
		}
		return []byte(text.String())
	}
	level := func(i int) int {
		b := body(i)
		n := len(p.pack("br", sha256.Sum256(b), b))
		for _, l := range []int{liveLevel, bestLevel} {
			if n == len(fasthttp.AppendBrotliBytesLevel(nil, b, l)) {
				return l
			}
		}
		return 0
	}
	live := len(fasthttp.AppendBrotliBytesLevel(nil, body(0), liveLevel))
	require.True(t, firstRound < live && live < firstRound*9/8, "%d bytes", live)
	assert.Equal(t, bestLevel, level(1))
	p.paid.Store(time.Now().Add(time.Hour).UnixNano()) // as after many of them
	assert.Equal(t, liveLevel, level(2))
	some := time.Now().Add(bestAhead - bestTakes).UnixNano()
	p.paid.Store(some)
	assert.Equal(t, bestLevel, level(3))
	assert.Equal(t, some+int64(bestTakes), p.paid.Load())
}

func TestBrotliIsPreferred(t *testing.T) {
	w := newWorld(t)
	for asked, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "br": "br", "gzip": "gzip", "deflate": "", "br;q=0, gzip": "gzip", "gzip;q=1, br;q=0.1": "br", "*": "br", "": "",
	} {
		assert.Equal(t, want, w.get("/privacy", "Accept-Encoding", asked).header.Get("Content-Encoding"), asked)
	}
}

// TestAPageThatIsKnownIsTheSame asks for a page that was made before, in every form, and for one that shows something else.
func TestAPageThatIsKnownIsTheSame(t *testing.T) {
	w := newWorld(t)
	w.lesson("strips", "title: Paper strips\nlanguage: en\nlicense: CC-BY-4.0", "Fold it.")
	const at = "/r/rosa/strips"
	first := w.get(at)
	require.Equal(t, http.StatusOK, first.status)
	for range 2 {
		for _, encoding := range []string{"", "gzip", "br"} {
			again := w.get(at, "Accept-Encoding", encoding)
			body := []byte(again.body)
			var err error
			switch encoding {
			case "gzip":
				body, err = fasthttp.AppendGunzipBytes(nil, body)
			case "br":
				body, err = fasthttp.AppendUnbrotliBytes(nil, body)
			}
			require.NoError(t, err)
			assert.Equal(t, first.body, string(body), encoding)
			for _, name := range []string{"ETag", "Content-Security-Policy", "Cache-Control", "Vary"} {
				assert.Equal(t, first.header.Get(name), again.header.Get(name), "%s %s", encoding, name)
			}
		}
		assert.Equal(t, http.StatusNotModified, w.get(at, "If-None-Match", first.header.Get("ETag")).status)
	}
	w.lesson("strips", "title: Paper strips\nlanguage: en\nlicense: CC-BY-4.0", "Cut it.")
	changed := w.get(at, "If-None-Match", first.header.Get("ETag"))
	assert.Equal(t, http.StatusOK, changed.status)
	assert.Contains(t, changed.body, "Cut it.")
}
