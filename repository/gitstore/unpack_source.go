package gitstore

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

const sourceChunk = 64 << 10

// errCut says that the pack ended too early, for a reason that its source knows.
var errCut = fmt.Errorf("%w: the pack is cut off", errCorrupt)

// packSource receives a pack on a goroutine of its own: writes it to a file, sums it up, and passes it on in pieces.
type packSource struct {
	in     io.Reader
	file   io.WriterAt // nil where it is in one already
	limit  int64
	chunks chan []byte
	free   chan []byte
	quit   chan struct{}
	done   chan struct{}

	// What follows may be read after stop.
	size int64
	sum  [packTail]byte // of all but the last bytes
	tail [packTail]byte // the last bytes
	err  error          // nil at the end of the pack
}

func newPackSource(in io.Reader, file io.WriterAt, limit int64) *packSource {
	s := &packSource{
		in: in, file: file, limit: limit, chunks: make(chan []byte, 4), free: make(chan []byte, 8),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go s.run()
	return s
}

// stop ends the receiving, and waits for the end.
func (s *packSource) stop() {
	close(s.quit)
	<-s.done
}

func (s *packSource) run() {
	defer close(s.done)
	defer close(s.chunks)
	sum, held := sha1.New(), 0
	for {
		var buf []byte
		select {
		case buf = <-s.free:
		default:
			buf = make([]byte, sourceChunk)
		}
		n, err := s.in.Read(buf)
		if n > 0 {
			if s.size+int64(n) > s.limit {
				s.err = fmt.Errorf("%w: pack of more than %d bytes", errTooLarge, s.limit)
				return
			}
			if s.file != nil {
				if _, err := s.file.WriteAt(buf[:n], s.size); err != nil {
					s.err = err
					return
				}
			}
			s.size += int64(n)
			held = s.hash(sum, held, buf[:n])
			select {
			case s.chunks <- buf[:n]:
			case <-s.quit:
				return
			}
		}
		switch {
		case err == io.EOF:
			sum.Sum(s.sum[:0])
			return
		case err != nil:
			s.err = fmt.Errorf("read pack: %w", err)
			return
		}
		select {
		case <-s.quit:
			return
		default:
		}
	}
}

// hash adds to the sum what cannot be the last bytes, and holds the others back in tail.
func (s *packSource) hash(sum hash.Hash, held int, p []byte) int {
	if len(p) >= packTail {
		sum.Write(s.tail[:held])
		sum.Write(p[:len(p)-packTail])
		return copy(s.tail[:], p[len(p)-packTail:])
	}
	if out := held + len(p) - packTail; out > 0 {
		sum.Write(s.tail[:out])
		held = copy(s.tail[:], s.tail[out:held])
	}
	return held + copy(s.tail[held:], p)
}

func (s *packSource) input() *packInput { return &packInput{from: s} }

// packInput is the pack as it is parsed. Being an io.ByteReader, it is read by zlib to the end of an object and no further.
type packInput struct {
	from *packSource
	buf  []byte
	pos  int
	mine bool  // buf is not the source's
	base int64 // offset of buf in the pack
	mark int   // what of buf is in crc
	crc  uint32
}

func (p *packInput) offset() int64 { return p.base + int64(p.pos) }

// begin starts a checksum here.
func (p *packInput) begin() { p.mark, p.crc = p.pos, 0 }

func (p *packInput) checksum() uint32 {
	p.crc = crc32.Update(p.crc, crc32.IEEETable, p.buf[p.mark:p.pos])
	p.mark = p.pos
	return p.crc
}

// fill gets the next piece after this one is used up.
func (p *packInput) fill() error {
	next, ok := <-p.from.chunks
	if !ok {
		return io.EOF
	}
	p.checksum()
	p.release()
	p.base += int64(len(p.buf))
	p.buf, p.pos, p.mark, p.mine = next, 0, 0, false
	return nil
}

func (p *packInput) release() {
	if p.mine || p.buf == nil {
		return
	}
	select {
	case p.from.free <- p.buf[:cap(p.buf)]:
	default:
	}
}

// Read implements io.Reader.
func (p *packInput) Read(b []byte) (int, error) {
	for p.pos == len(p.buf) {
		if err := p.fill(); err != nil {
			return 0, cutOff(err)
		}
	}
	n := copy(b, p.buf[p.pos:])
	p.pos += n
	return n, nil
}

// ReadByte implements io.ByteReader.
func (p *packInput) ReadByte() (byte, error) {
	for p.pos == len(p.buf) {
		if err := p.fill(); err != nil {
			return 0, cutOff(err)
		}
	}
	b := p.buf[p.pos]
	p.pos++
	return b, nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

// peek answers the next n bytes, fewer at the end.
func (p *packInput) peek(n int) ([]byte, error) {
	for len(p.buf)-p.pos < n {
		next, ok := <-p.from.chunks
		if !ok {
			break
		}
		p.checksum()
		joined := append(append(make([]byte, 0, len(p.buf)-p.pos+len(next)), p.buf[p.pos:]...), next...)
		p.release()
		p.base += int64(p.pos)
		p.buf = next
		p.mine = false
		p.release()
		p.buf, p.pos, p.mark, p.mine = joined, 0, 0, true
	}
	return p.buf[p.pos:min(len(p.buf), p.pos+n)], nil
}
