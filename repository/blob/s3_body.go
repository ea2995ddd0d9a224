package blob

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
)

// s3Body reads a blob's bytes from next to end, over as many connections as it takes.
type s3Body struct {
	ctx    context.Context // of the Get
	s      *S3
	info   Info
	body   io.ReadCloser // nil where the connection broke
	next   int64
	end    int64
	broken int // connections in a row that brought nothing
}

const maxBroken = 3

// Read implements io.Reader.
func (b *s3Body) Read(p []byte) (int, error) {
	if b.next >= b.end {
		return 0, io.EOF
	}
	for {
		if b.body == nil {
			if err := b.resume(); err != nil {
				return 0, fmt.Errorf("read %s: %w", b.info.Key, err)
			}
		}
		n, err := b.body.Read(p[:min(int64(len(p)), b.end-b.next)])
		b.next += int64(n)
		switch {
		case b.next >= b.end:
			return n, io.EOF
		case err == nil:
			b.broken = 0
			return n, nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if ctxErr := b.ctx.Err(); ctxErr != nil {
			return n, ctxErr
		}
		b.body.Close()
		b.body = nil
		if n > 0 {
			b.broken = 0
			return n, nil
		}
		if b.broken++; b.broken > maxBroken {
			return 0, fmt.Errorf("read %s: %w", b.info.Key, err)
		}
	}
}

// resume asks for the rest, of the same state.
func (b *s3Body) resume() error {
	var ask minio.GetObjectOptions
	ask.Set("Range", Range{Start: b.next, Length: b.end - b.next}.header())
	ask.Set("If-Match", quote(b.info.Tag))
	body, info, err := b.s.get(b.ctx, b.info.Key, ask)
	if err != nil {
		if err = b.s.translate(b.ctx, "get", b.info.Key, err); errors.Is(err, ErrConflict) {
			return fmt.Errorf("%w, and the blob was replaced meanwhile", io.ErrUnexpectedEOF)
		}
		return err
	}
	if info != b.info {
		body.Close()
		return fmt.Errorf("%w, and the blob was replaced meanwhile", io.ErrUnexpectedEOF)
	}
	b.body = body
	return nil
}

// Close implements io.Closer.
func (b *s3Body) Close() error {
	b.end = b.next
	if b.body == nil {
		return nil
	}
	body := b.body
	b.body = nil
	return body.Close()
}
