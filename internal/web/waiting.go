package web

import (
	"bufio"
	"bytes"
	"compress/flate"
	"container/list"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/metrics"
)

const (
	// waitingFrom is how long a body is that is looked after while its reader is slow. A shorter one fits into the buffers of
	// the connection, by and large.
	waitingFrom = 32 << 10
	// atOnceTime is how long a body waits to be taken as it is.
	atOnceTime = 250 * time.Millisecond
	// pieceKept is how much of a body that waits is unpacked at a time.
	pieceKept = 8 << 10
	// mostWaiting is how many bytes wait for slow readers, compressed, before the one who has taken longest is let go: those of
	// some 10,000 pages of records.
	mostWaiting = 256 << 20
)

// waitingRoom knows the answers that wait for slow readers, so that there are not too many bytes of them in memory.
type waitingRoom struct {
	most    int // bytes
	packing chan struct{}
	metrics *metrics.Metrics

	mu    sync.Mutex
	bytes int
	all   list.List // of *waiting, who has waited longest first
}

func newWaitingRoom(m *metrics.Metrics) *waitingRoom {
	return &waitingRoom{most: mostWaiting, packing: make(chan struct{}, runtime.GOMAXPROCS(0)), metrics: m}
}

// enter counts an answer until leave is called, and hangs up on those who have taken longest until there is room for it.
func (r *waitingRoom) enter(w *waiting) (leave func()) {
	size := w.size
	r.mu.Lock()
	defer r.mu.Unlock()
	for e := r.all.Front(); e != nil && r.bytes+size > r.most; e = r.all.Front() {
		slowest := e.Value.(*waiting)
		r.all.Remove(e)
		r.bytes -= slowest.size
		slowest.place = nil
		_ = slowest.conn.TCPConn.Close() // what is being written to it fails, and lets go of the bytes
		r.metrics.Refused(metrics.TooSlow)
	}
	w.place = r.all.PushBack(w)
	r.bytes += size
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if w.place != nil { // else it was hung up on
			r.all.Remove(w.place)
			r.bytes -= size
		}
	}
}

// body answers with a body whose memory is not the reader's to hold: what is not taken at once waits compressed.
func (s *Server) body(c *fiber.Ctx, b []byte) error {
	conn, ok := c.Context().Conn().(*lingeringConn)
	if len(b) < waitingFrom || !ok {
		return c.Send(b)
	}
	return c.SendStream(&waiting{b: b, conn: conn, room: s.slow}, len(b))
}

// waiting is a body that is written to a connection.
type waiting struct {
	b    []byte
	conn *lingeringConn
	room *waitingRoom

	pieces [][]byte // what is left, packed
	size   int      // of the pieces
	place  *list.Element
}

// Read implements io.Reader, for who does not write it.
func (w *waiting) Read(p []byte) (int, error) {
	if len(w.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, w.b)
	w.b = w.b[n:]
	return n, nil
}

// WriteTo implements io.WriterTo. What is written to is the buffer of the connection.
func (w *waiting) WriteTo(to io.Writer) (int64, error) {
	buffer, ok := to.(*bufio.Writer)
	if !ok {
		n, err := to.Write(w.b)
		return int64(n), err
	}
	if err := buffer.Flush(); err != nil { // the head
		return 0, err
	}
	n, err := w.conn.writeAtOnce(w.b, atOnceTime)
	if err != nil || n == len(w.b) {
		return int64(n), err
	}
	if err := w.pack(n); err != nil {
		return int64(n), err
	}
	leave := w.room.enter(w)
	defer leave()
	rest, err := w.conn.writePieces(w.pieces)
	return int64(n) + rest, err
}

// pack puts what is left of the body into pieces, and forgets it.
func (w *waiting) pack(from int) error {
	w.room.packing <- struct{}{}
	defer func() { <-w.room.packing }()
	packer := packers.Get().(*flate.Writer)
	defer packers.Put(packer)
	var out bytes.Buffer
	for b := w.b[from:]; len(b) > 0; {
		n := min(len(b), pieceKept)
		out.Reset()
		packer.Reset(&out)
		if _, err := packer.Write(b[:n]); err != nil {
			return err
		}
		if err := packer.Close(); err != nil {
			return err
		}
		w.pieces = append(w.pieces, bytes.Clone(out.Bytes()))
		w.size += out.Len()
		b = b[n:]
	}
	w.b = nil
	return nil
}

// packers and unpackers are used again; each takes much more memory than a piece.
var (
	packers = sync.Pool{New: func() any {
		w, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			panic(err) // the level is known
		}
		return w
	}}
	unpackers = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}
)

// unpack unpacks a piece.
func unpack(piece []byte, into *[pieceKept]byte) (n int, err error) {
	unpacker := unpackers.Get().(io.ReadCloser)
	defer unpackers.Put(unpacker)
	if err := unpacker.(flate.Resetter).Reset(bytes.NewReader(piece), nil); err != nil {
		return 0, err
	}
	n, err = io.ReadFull(unpacker, into[:])
	if errors.Is(err, io.ErrUnexpectedEOF) { // the last one is shorter
		err = nil
	}
	return n, err
}

// pieceBuffers are for pieces on their way.
var pieceBuffers = sync.Pool{New: func() any { return new([pieceKept]byte) }}

// writePieces writes what the pieces hold, and forgets each. The client has as much time as for any answer.
func (c *lingeringConn) writePieces(pieces [][]byte) (sent int64, err error) {
	buffer := pieceBuffers.Get().(*[pieceKept]byte)
	defer pieceBuffers.Put(buffer)
	for i := range pieces {
		if i%(pieceOut/pieceKept) == 0 {
			if err := c.next(); err != nil {
				return sent, err
			}
		}
		n, err := unpack(pieces[i], buffer)
		if err != nil {
			return sent, err
		}
		pieces[i] = nil
		n, err = c.TCPConn.Write(buffer[:n])
		sent += int64(n)
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// writeAtOnce writes as much as the client takes within a time, and says how much that was.
func (c *lingeringConn) writeAtOnce(b []byte, within time.Duration) (int, error) {
	if err := c.TCPConn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return 0, err
	}
	n, err := c.TCPConn.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}
