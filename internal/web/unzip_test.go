package web

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// entry is a file in an archive that says of itself that it has another size.
type entry struct {
	name string
	data string
	size uint64
}

// archive holds entries that are stored, not compressed.
func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: e.name, Method: zip.Store, CompressedSize64: uint64(len(e.data)), UncompressedSize64: e.size,
		})
		require.NoError(t, err)
		_, err = io.WriteString(w, e.data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// watched remembers whether anything before a place was read.
type watched struct {
	io.ReaderAt
	before int64
	read   bool
}

func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	w.read = w.read || at < w.before
	return w.ReaderAt.ReadAt(p, at)
}

func TestUnzipRefusesWhatIsTooLargeBeforeInflatingIt(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("text ", 100)
	filler := entry{"notes.txt", strings.Repeat(".", 200<<10), 200 << 10} // the directory is looked for in the last 64 KB
	for name, entries := range map[string][]entry{
		"a sum that wraps around": {{"index.md", text, 500}, {"bomb.bin", text, math.MaxUint64}},
		"a negative size":         {{"index.md", text, 500}, {"bomb.bin", text, 1 << 63}},
		"one large file":          {{"bomb.bin", text, unzippedFile + 1}},
		"many files": {
			{"1.bin", text, unzippedFile}, {"2.bin", text, unzippedFile}, {"3.bin", text, unzippedFile},
		},
		"what macOS adds": {{"__MACOSX/bomb.bin", text, math.MaxUint64}},
	} {
		t.Run(name, func(t *testing.T) {
			b := archive(t, append(entries, filler)...)
			w := &watched{ReaderAt: bytes.NewReader(b), before: int64(len(text))}
			_, err := unzip(w, int64(len(b)))
			require.Error(t, err)
			assert.Equal(t, http.StatusRequestEntityTooLarge, classify(err).status)
			assert.False(t, w.read, "it was read")
		})
	}
}

func TestUnzipReadsNoMoreThanWasSaid(t *testing.T) {
	t.Parallel()
	b := archive(t, entry{"index.md", strings.Repeat("text ", 100), 20})
	fsys, err := unzip(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	data, err := fs.ReadFile(fsys, "index.md")
	require.Error(t, err)
	assert.LessOrEqual(t, len(data), 20)
	assert.Equal(t, http.StatusUnprocessableEntity, classify(err).status)
}
