package gitstore

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

// codecs keep zlib readers and writers for the next who needs one: each is some 40 KB and 800 KB to make.
type codecs struct {
	readers sync.Pool // of io.ReadCloser that is a zlib.Resetter
	writers sync.Pool // of *zlib.Writer
	gzips   sync.Pool // of *gzip.Writer
}

func (c *codecs) reader(r io.Reader) (io.ReadCloser, error) {
	z, ok := c.readers.Get().(io.ReadCloser)
	var err error
	if ok {
		err = z.(zlib.Resetter).Reset(r, nil)
	} else {
		z, err = zlib.NewReader(r)
	}
	if err != nil {
		return nil, damaged(err)
	}
	return z, nil
}

// inflateHead inflates the first size bytes of r.
func (c *codecs) inflateHead(r io.Reader, size int64) ([]byte, error) {
	z, err := c.reader(r)
	if err != nil {
		return nil, err
	}
	defer c.readers.Put(z)
	data := make([]byte, size)
	if _, err := io.ReadFull(z, data); err != nil {
		return nil, damaged(err)
	}
	return data, nil
}

// inflate inflates all of r, which must be size bytes with a right checksum.
func (c *codecs) inflate(r io.Reader, size int64) ([]byte, error) {
	z, err := c.reader(r)
	if err != nil {
		return nil, err
	}
	defer c.readers.Put(z)
	data := make([]byte, size)
	if _, err := io.ReadFull(z, data); err != nil {
		return nil, damaged(err)
	}
	return data, ended(z)
}

// ended reads the checksum at the end of what was inflated.
func ended(z io.Reader) error {
	var more [1]byte
	n, err := io.ReadFull(z, more[:])
	switch {
	case n > 0:
		return fmt.Errorf("%w: more bytes than announced", errCorrupt)
	case errors.Is(err, io.EOF):
		return nil
	}
	return damaged(err)
}

// damaged says that what is stored does not inflate, unless it could not be read at all.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zlib.ErrHeader) ||
		errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) || isFlate(err) {
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return err
}

// deflate appends data, compressed, to w.
func (c *codecs) deflate(w io.Writer, data []byte) error {
	z, ok := c.writers.Get().(*zlib.Writer)
	if ok {
		z.Reset(w)
	} else {
		z = zlib.NewWriter(w)
	}
	defer c.writers.Put(z)
	if _, err := z.Write(data); err != nil {
		return err
	}
	return z.Close()
}

// gzip is data compressed, with a checksum.
func (c *codecs) gzip(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, ok := c.gzips.Get().(*gzip.Writer)
	if ok {
		z.Reset(&b)
	} else {
		z = gzip.NewWriter(&b)
	}
	defer c.gzips.Put(z)
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

func isFlate(err error) bool {
	var e flate.CorruptInputError
	return errors.As(err, &e)
}
