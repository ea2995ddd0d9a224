package gitstore

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"hash"
)

// packSum checks the two checksums of a stored pack while it passes: that of the pack, and that of its index.
type packSum struct {
	parts []sumPart
	bad   bool
}

// sumPart is so many bytes and their checksum behind them.
type sumPart struct {
	left int64
	sum  hash.Hash
	tail []byte
}

func (s *packSum) expect(ref PackRef) {
	s.parts = []sumPart{{left: ref.Size - packTail, sum: sha1.New()}, {left: ref.Index - packTail, sum: sha1.New()}}
}

// Write implements io.Writer. It never fails.
func (s *packSum) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && len(s.parts) > 0 {
		part := &s.parts[0]
		if part.left > 0 {
			k := min(int64(len(p)), part.left)
			part.sum.Write(p[:k])
			part.left -= k
			p = p[k:]
			continue
		}
		k := min(len(p), packTail-len(part.tail))
		part.tail = append(part.tail, p[:k]...)
		p = p[k:]
		if len(part.tail) == packTail {
			s.bad = s.bad || !bytes.Equal(part.sum.Sum(nil), part.tail)
			s.parts = s.parts[1:]
		}
	}
	return n, nil
}

func (s *packSum) check(key string) error {
	if s.bad || len(s.parts) > 0 {
		return fmt.Errorf("%w: %s: checksum", errCorrupt, key)
	}
	return nil
}
