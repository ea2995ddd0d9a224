package word

import (
	"archive/zip"
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// document is what is unpacked of a Word document: files by their names, each with its own name as text.
func document(t *testing.T, names ...string) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(name))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return bytes.NewReader(b.Bytes())
}

// program puts a shell script in the place of pandoc; none where it is "".
func program(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if script != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pandoc"), []byte("#!/bin/sh\n"+script+"\n"), 0o700)) //nolint:gosec // a program
	}
}

func read(ctx context.Context, r *Reader, document *bytes.Reader) (fs.FS, error) {
	return r.Read(ctx, document, document.Size(), "lesson.docx")
}

func TestTextAndPicturesAreRead(t *testing.T) {
	program(t, `echo "# Halves"`)
	files, err := read(t.Context(), NewReader(1), document(t, "word/document.xml", "word/media/image1.png", "word/media/../up.png", "word/media/a/b.png", "media/other.png"))
	require.NoError(t, err)
	var names []string
	require.NoError(t, fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	assert.Equal(t, []string{"index.md", "media/image1.png"}, names)
	text, err := fs.ReadFile(files, "index.md")
	require.NoError(t, err)
	assert.Equal(t, "# Halves\n", string(text))
	picture, err := fs.ReadFile(files, "media/image1.png")
	require.NoError(t, err)
	assert.Equal(t, "word/media/image1.png", string(picture))
}

func TestWhatCannotBeReadIsRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   error
		says   string
	}{
		"no pandoc":       {"", kind.ErrInvalid, "pandoc is not installed"},
		"pandoc refuses":  {`echo "couldn't unpack" >&2; exit 63`, kind.ErrInvalid, `cannot be read as a Word document: "lesson.docx": couldn't unpack`},
		"no end of words": {`while :; do echo "couldn't unpack" >&2; done`, kind.ErrInvalid, `cannot be read as a Word document: "lesson.docx": couldn't unpack couldn't`},
		"memory runs out": {"exit 251", ErrTooLarge, ""},
		"no end of text":  {"while :; do echo spam and eggs spam and eggs spam and eggs spam and eggs spam and eggs spam and eggs; done", ErrTooLarge, ""},
	} {
		t.Run(name, func(t *testing.T) {
			program(t, c.script)
			_, err := read(t.Context(), NewReader(1), document(t, "word/document.xml"))
			require.ErrorIs(t, err, c.want)
			assert.ErrorContains(t, err, c.says)
		})
	}
	program(t, "echo")
	_, err := read(t.Context(), NewReader(1), bytes.NewReader([]byte("no archive")))
	require.ErrorIs(t, err, kind.ErrInvalid)
}

func TestADocumentWaitsForItsTurn(t *testing.T) {
	program(t, "echo")
	r := NewReader(1)
	r.turns <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := read(ctx, r, document(t))
	require.ErrorContains(t, err, "too long")
	<-r.turns
	_, err = read(t.Context(), r, document(t))
	require.NoError(t, err)
	assert.Empty(t, r.turns, "the turn is given back")
}
