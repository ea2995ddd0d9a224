package web

import (
	"crypto/sha256"
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

func TestBrotliIsPreferred(t *testing.T) {
	w := newWorld(t)
	for asked, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "br": "br", "gzip": "gzip", "deflate": "", "br;q=0, gzip": "gzip", "gzip;q=1, br;q=0.1": "br", "*": "br", "": "",
	} {
		assert.Equal(t, want, w.get("/privacy", "Accept-Encoding", asked).header.Get("Content-Encoding"), asked)
	}
}
