package web

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"strings"
	"testing/fstest"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Bounds of reading one Word document. An honest one of 300 pages takes 250 MB and some seconds.
const (
	wordTime = time.Minute
	wordHeap = "-M512M" // of GHC's run time: pandoc ends when it would need more
)

// heapExhausted is the exit code with which GHC's run time ends a program that needs more than -M.
const heapExhausted = 251

// wordReaders bounds how many documents are read at once: by memory they are the dearest that anybody can ask for.
type wordReaders chan struct{}

// fromWord reads a Word document by pandoc, which runs without files and network (--sandbox) and within bounds. Its
// pictures are taken from the document itself. Where there is no pandoc the error says so: kind.ErrInvalid.
func (turns wordReaders) fromWord(ctx context.Context, f *spooled, name string) (fs.FS, error) {
	program, err := exec.LookPath("pandoc")
	if err != nil {
		return nil, fmt.Errorf("%w: this server cannot read Word documents, because pandoc is not installed on it; save %q as Markdown, or ask who runs the server", kind.ErrInvalid, name)
	}
	pictures, err := wordPictures(f)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, wordTime)
	defer cancel()
	slow := fmt.Errorf("%w: %q takes too long to read; save it as Markdown", kind.ErrInvalid, name)
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return nil, slow
	}
	cmd := exec.CommandContext(ctx, program, "+RTS", wordHeap, "-RTS", "--sandbox", "--from=docx", "--to=gfm-raw_html+tex_math_dollars", "--wrap=none") //nolint:gosec // found in PATH
	cmd.Stdin, cmd.Env, cmd.Dir = io.NewSectionReader(f, 0, f.size), []string{"LANG=C.UTF-8"}, "/"
	cmd.WaitDelay = 5 * time.Second
	var out, said bounded
	out.most, said.most = formLimit, 4<<10
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, slow
	case out.full, errors.As(err, &ended) && ended.ExitCode() == heapExhausted:
		return nil, errTooLarge
	case err != nil:
		return nil, fmt.Errorf("%w: %q cannot be read as a Word document: %s", kind.ErrInvalid, name, clip(strings.TrimSpace(said.String()), 200))
	}
	pictures["index.md"] = &fstest.MapFile{Data: out.Bytes(), Mode: 0o644}
	return pictures, nil
}

// bounded keeps at most so many bytes.
type bounded struct {
	bytes.Buffer
	most int
	full bool
}

var errFull = errors.New("too much")

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		b.full = true
		return 0, errFull
	}
	return b.Buffer.Write(p)
}

// wordPictures are the pictures of a Word document, by the names that its text has for them.
func wordPictures(f *spooled) (fstest.MapFS, error) {
	z, err := zip.NewReader(f, f.size)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no Word document", kind.ErrInvalid)
	}
	files := fstest.MapFS{}
	left := int64(unzippedTotal)
	for _, entry := range z.File {
		name, ok := strings.CutPrefix(entry.Name, "word/media/")
		if !ok || !fs.ValidPath(name) || path.Base(name) != name {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return nil, damaged(err)
		}
		data, err := io.ReadAll(io.LimitReader(r, left+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return nil, damaged(err)
		}
		if left -= int64(len(data)); left < 0 {
			return nil, errTooLarge
		}
		files["media/"+name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return files, nil
}
