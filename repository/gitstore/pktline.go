package gitstore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

// maxRequest bounds the body of an upload-pack request: some 80,000 haves.
const maxRequest = 4 << 20

// pktReader reads the packet lines of a request.
type pktReader struct {
	lines *pktline.Scanner
	body  *io.LimitedReader
}

func newPktReader(body io.Reader) *pktReader {
	limited := &io.LimitedReader{R: body, N: maxRequest + 1}
	return &pktReader{pktline.NewScanner(bufio.NewReader(limited)), limited}
}

// next answers a line without its newline; nil is a flush. The line is valid until the next call. At the end of the request
// the error is io.EOF.
func (r *pktReader) next() ([]byte, error) {
	if !r.lines.Scan() {
		err := r.lines.Err()
		switch {
		case r.body.N <= 0:
			return nil, refusal("the request is too long")
		case err == nil:
			return nil, io.EOF
		case errors.Is(err, pktline.ErrInvalidPktLen), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, refusal("a packet line is damaged")
		}
		var said *pktline.ErrorLine
		if errors.As(err, &said) {
			return nil, refusal("the client gave up")
		}
		return nil, fmt.Errorf("read request: %w", err)
	}
	line := r.lines.Bytes()
	if len(line) == 0 {
		return nil, nil
	}
	return bytes.TrimSuffix(line, []byte{'\n'}), nil
}

// refusal is an error that the git client is told.
type refusal string

func (r refusal) Error() string { return "upload-pack: " + string(r) }

// pktWriter writes packet lines and keeps the first error.
type pktWriter struct {
	w   io.Writer
	err error
}

func (p *pktWriter) line(format string, args ...any) {
	if p.err == nil {
		p.err = pktline.NewEncoder(p.w).Encodef(format, args...)
	}
}

func (p *pktWriter) flush() {
	if p.err == nil {
		p.err = pktline.NewEncoder(p.w).Flush()
	}
}

// The bands of side-band-64k.
const (
	bandPack     = 1
	bandProgress = 2
	bandError    = 3

	maxBand = 65520 // bytes of a packet, its length and band included
)

// bandWriter sends a pack in packets of band 1.
type bandWriter struct {
	w   io.Writer
	buf [maxBand]byte
	n   int // bytes of buf in use, after the head
}

const bandHead = 5

func (b *bandWriter) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		n := copy(b.buf[bandHead+b.n:], p)
		b.n += n
		p = p[n:]
		if bandHead+b.n == len(b.buf) {
			if err := b.send(); err != nil {
				return 0, err
			}
		}
	}
	return all, nil
}

// ReadFrom fills packets without a copy in between.
func (b *bandWriter) ReadFrom(r io.Reader) (all int64, err error) {
	for {
		n, err := r.Read(b.buf[bandHead+b.n:])
		b.n += n
		all += int64(n)
		if bandHead+b.n == len(b.buf) {
			if err := b.send(); err != nil {
				return all, err
			}
		}
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// send sends what is held back.
func (b *bandWriter) send() error {
	if b.n == 0 {
		return nil
	}
	const hex = "0123456789abcdef"
	size := bandHead + b.n
	b.buf[0], b.buf[1], b.buf[2], b.buf[3] = hex[size>>12&15], hex[size>>8&15], hex[size>>4&15], hex[size&15]
	b.buf[4] = bandPack
	b.n = 0
	_, err := b.w.Write(b.buf[:size])
	return err
}
