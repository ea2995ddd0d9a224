// Package word reads Word documents as Markdown, with pandoc where it is installed.
//
// What comes is hostile: pandoc runs without files and network (--sandbox), with a bounded heap, for a bounded time, and what
// it writes is bounded. Pictures are taken from the document itself.
package word

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

// Bounds of reading one document. An honest one of 300 pages takes 250 MB and some seconds.
const (
	Time        = time.Minute // the wait for its turn included
	MaxText     = 4 << 20     // bytes of Markdown
	MaxPictures = 256 << 20   // bytes of all pictures

	heap     = "-M512M" // of GHC's run time: pandoc ends when it would need more
	maxSaid  = 4 << 10  // bytes of what pandoc complains of
	maxQuote = 200      // bytes of that in an error
)

// heapExhausted is the exit code with which GHC's run time ends a program that needs more than -M.
const heapExhausted = 251

// ErrTooLarge says that a document, or what it unpacks to, is larger than the bounds.
var ErrTooLarge = errors.New("the document is too large")

// ErrNoPandoc says that this machine has no pandoc, and ErrUnread that a file is no document that can be read. Both are
// kind.ErrInvalid.
var (
	ErrNoPandoc = fmt.Errorf("%w: pandoc is not installed", kind.ErrInvalid)
	ErrUnread   = fmt.Errorf("%w: it cannot be read as a Word document", kind.ErrInvalid)
)

// Reader reads documents, a few at once: by memory they are the dearest that anybody can ask for.
type Reader struct{ turns chan struct{} }

// NewReader returns a reader of so many documents at once.
func NewReader(atOnce int) *Reader { return &Reader{turns: make(chan struct{}, atOnce)} }

// Read reads a document of size bytes, called name by whoever sent it: its text is index.md, and its pictures are in media,
// as the text names them. What is no document is kind.ErrInvalid, which also says so where there is no pandoc or time runs
// out; what is too large is ErrTooLarge.
func (r *Reader) Read(ctx context.Context, document io.ReaderAt, size int64, name string) (fs.FS, error) {
	program, err := exec.LookPath("pandoc")
	if err != nil {
		return nil, fmt.Errorf("%w: this server cannot read Word documents; save %q as Markdown, or ask who runs the server", ErrNoPandoc, name)
	}
	files, err := pictures(document, size)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Time)
	defer cancel()
	slow := fmt.Errorf("%w: %q takes too long to read; save it as Markdown", kind.ErrInvalid, name)
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return nil, slow
	}
	cmd := exec.CommandContext(ctx, program, "+RTS", heap, "-RTS", "--sandbox", "--from=docx", "--to=gfm-raw_html+tex_math_dollars", "--wrap=none") //nolint:gosec // found in PATH
	cmd.Stdin, cmd.Env, cmd.Dir = io.NewSectionReader(document, 0, size), []string{"LANG=C.UTF-8"}, "/"
	cmd.WaitDelay = 5 * time.Second
	out, said := bounded{most: MaxText, over: cancel}, bounded{most: maxSaid, over: cancel}
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	var ended *exec.ExitError
	switch {
	case out.full, errors.As(err, &ended) && ended.ExitCode() == heapExhausted:
		return nil, ErrTooLarge
	case ctx.Err() != nil && !said.full:
		return nil, slow
	case err != nil:
		return nil, fmt.Errorf("%w: %q: %s", ErrUnread, name, complaint(said.kept.String()))
	}
	files["index.md"] = &fstest.MapFile{Data: out.kept.Bytes(), Mode: 0o644}
	return files, nil
}

// complaint is the beginning of what pandoc says, on one line.
func complaint(said string) string {
	said = strings.Join(strings.Fields(said), " ")
	return strings.ToValidUTF8(said[:min(len(said), maxQuote)], "")
}

// bounded keeps at most so many bytes, and says when there are more. It has no other way in than Write: a buffer's ReadFrom
// knows no bound.
type bounded struct {
	kept bytes.Buffer
	most int
	full bool
	over func()
}

var errFull = errors.New("too much")

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - b.kept.Len()
	if len(p) <= room {
		return b.kept.Write(p)
	}
	n, _ := b.kept.Write(p[:room]) // a complaint begins with what matters, and may come all at once
	b.full = true
	b.over()
	return n, errFull
}

// pictures are those of a document, by the names that its text has for them.
func pictures(document io.ReaderAt, size int64) (fstest.MapFS, error) {
	z, err := zip.NewReader(document, size)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no archive", ErrUnread)
	}
	files := fstest.MapFS{}
	left := int64(MaxPictures)
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
			return nil, ErrTooLarge
		}
		files["media/"+name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return files, nil
}

func damaged(err error) error {
	return fmt.Errorf("%w: it is damaged, or is not what it says of itself (%w): save it again", ErrUnread, err)
}
