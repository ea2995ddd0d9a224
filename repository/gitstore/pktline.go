package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

// maxRequest bounds the body of an upload-pack request: some 80,000 haves.
const maxRequest = 4 << 20

// What a packet may be besides a line.
const (
	pktLine  = iota
	pktFlush // "0000" ends a message
	pktDelim // "0001" ends a section of a message, in protocol version 2
)

// pktReader reads the packet lines of a request, and no byte beyond the last that it was asked for.
type pktReader struct {
	body *io.LimitedReader
	buf  [maxBand]byte
}

func newPktReader(body io.Reader) *pktReader {
	return &pktReader{body: &io.LimitedReader{R: body, N: maxRequest + 1}}
}

// packet answers the next packet: of a line its content without its newline, which is valid until the next call. At the end
// of the request the error is io.EOF.
func (r *pktReader) packet() (is int, line []byte, err error) {
	if _, err := io.ReadFull(r.body, r.buf[:4]); err != nil {
		return 0, nil, r.broken(err, io.EOF)
	}
	n, err := strconv.ParseUint(string(r.buf[:4]), 16, 16)
	switch {
	case err == nil && n == 0:
		return pktFlush, nil, nil
	case err == nil && n == 1:
		return pktDelim, nil, nil
	case err != nil || n <= 4 || n > maxBand:
		return 0, nil, refusal("a packet line is damaged")
	}
	line = r.buf[:n-4]
	if _, err := io.ReadFull(r.body, line); err != nil {
		return 0, nil, r.broken(err, refusal("a packet line is damaged"))
	}
	if bytes.HasPrefix(line, []byte("ERR ")) {
		return 0, nil, refusal("the client gave up")
	}
	return pktLine, bytes.TrimSuffix(line, []byte{'\n'}), nil
}

// broken says why a packet could not be read; at the end of the body that is ended.
func (r *pktReader) broken(err, ended error) error {
	switch {
	case r.body.N <= 0:
		return refusal("the request is too long")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refusal("a packet line is damaged")
	case errors.Is(err, io.EOF):
		return ended
	}
	return fmt.Errorf("read request: %w", err)
}

// next is packet for protocol version 0: a line, nil for a flush.
func (r *pktReader) next() ([]byte, error) {
	is, line, err := r.packet()
	if is == pktDelim {
		err = refusal("a packet line is damaged")
	}
	return line, err
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

// delim ends a section, in protocol version 2.
func (p *pktWriter) delim() {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, "0001")
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
