package gitstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// A stored pack is the pack, its index, and the size of the pack in 8 bytes.
const storedTail = 8

// wholeInMemory is the size up to which a stored pack is kept in memory; a larger one is read from its file.
const wholeInMemory = 128 << 10

// fileWeight is what an open file weighs among opened packs, so that they are hundreds and not thousands.
const fileWeight = 128 << 10

func packKey(family, id string) string { return "f/" + family + "/p/" + id }

func (ref PackRef) stored() int64 { return ref.Size + ref.Index + storedTail }

// openPack finds a pack: opened, in a file of this machine, or in the bucket.
func (s *Store) openPack(ctx context.Context, family string, ref PackRef) (*pack, error) {
	key := packKey(family, ref.ID)
	if p, ok := s.opened.get(key); ok {
		return p, nil
	}
	release := s.loading.lock(key) // one download for all who wait
	defer release()
	if p, ok := s.opened.get(key); ok {
		return p, nil
	}
	p, err := s.loadPack(ctx, key, ref)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", key, err)
	}
	return p, nil
}

func (s *Store) loadPack(ctx context.Context, key string, ref PackRef) (*pack, error) {
	if local, ok := s.blobs.(blob.Local); ok {
		file, err := os.Open(local.Path(key))
		if err != nil {
			return nil, err
		}
		return s.fromFile(key, ref, file)
	}
	if s.disk != nil {
		file, err := s.disk.open(ctx, key, ref.stored())
		if err != nil {
			return nil, err
		}
		return s.fromFile(key, ref, file)
	}
	raw, err := s.download(ctx, key, ref.stored())
	if err != nil {
		return nil, err
	}
	return s.fromMemory(key, ref, raw)
}

// download reads a stored pack into memory.
func (s *Store) download(ctx context.Context, key string, size int64) ([]byte, error) {
	obj, err := s.blobs.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, err
	}
	defer obj.Body.Close()
	if obj.Size != size {
		return nil, fmt.Errorf("%w: %d bytes where the manifest says %d", errCorrupt, obj.Size, size)
	}
	raw := make([]byte, size)
	_, err = io.ReadFull(obj.Body, raw)
	return raw, err
}

// fromFile opens a stored pack in a file, and closes the file unless the pack reads from it.
func (s *Store) fromFile(key string, ref PackRef, file *os.File) (p *pack, err error) {
	keep := false
	defer func() {
		if !keep {
			file.Close()
		}
	}()
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() != ref.stored() {
		return nil, fmt.Errorf("%w: %d bytes where the manifest says %d", errCorrupt, st.Size(), ref.stored())
	}
	if st.Size() <= wholeInMemory {
		raw := make([]byte, st.Size())
		if _, err := file.ReadAt(raw, 0); err != nil {
			return nil, err
		}
		return s.fromMemory(key, ref, raw)
	}
	tail := make([]byte, ref.Index+storedTail)
	if _, err := file.ReadAt(tail, ref.Size); err != nil {
		return nil, err
	}
	keep = true
	return s.newPack(key, ref, file, tail, int64(len(tail))+fileWeight)
}

func (s *Store) fromMemory(key string, ref PackRef, raw []byte) (*pack, error) {
	return s.newPack(key, ref, byteReader(raw), raw[ref.Size:], int64(len(raw)))
}

// newPack checks the index and keeps the pack opened. The tail is the index and the size of the pack.
func (s *Store) newPack(key string, ref PackRef, data io.ReaderAt, tail []byte, weight int64) (*pack, error) {
	index := tail[:len(tail)-storedTail]
	if n := binary.BigEndian.Uint64(tail[len(index):]); n != uint64(ref.Size) {
		return nil, fmt.Errorf("%w: stored pack's size", errCorrupt)
	}
	x, err := parseIndex(index, ref.Size)
	if err != nil {
		return nil, err
	}
	if x.count != ref.Objects {
		return nil, fmt.Errorf("%w: %d objects where the manifest says %d", errCorrupt, x.count, ref.Objects)
	}
	p := &pack{id: ref.ID, data: data, size: ref.Size, index: x, zlib: &s.codecs}
	s.opened.add(key, p, weight)
	return p, nil
}

// byteReader is an io.ReaderAt over bytes that nobody writes to.
type byteReader []byte

func (b byteReader) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
