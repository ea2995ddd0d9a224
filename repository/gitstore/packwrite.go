package gitstore

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"

	"github.com/go-git/go-git/v5/plumbing"
)

// newObject is an object that is in no pack yet.
type newObject struct {
	id oid
	rawObject
}

func hashObject(kind plumbing.ObjectType, data []byte) newObject {
	return newObject{plumbing.ComputeHash(kind, data), rawObject{kind, data}}
}

// writePack encodes objects as they are stored: the pack, its index, the pack's size.
func (s *Store) writePack(all []newObject, thin thinner) (stored []byte, ref PackRef, err error) {
	packed := make([][]byte, len(all))
	err = inParallel(len(all), func(i int) error {
		var b bytes.Buffer
		b.Grow(len(all[i].data)/2 + 64)
		b.Write(appendEntryHead(nil, all[i].kind, int64(len(all[i].data))))
		err := s.codecs.deflate(&b, all[i].data)
		packed[i] = b.Bytes()
		if err == nil && thin != nil {
			var delta []byte
			if delta, err = thin(all[i], b.Len()); delta != nil {
				packed[i] = delta
			}
		}
		return err
	})
	if err != nil {
		return nil, ref, err
	}
	size := packHead + packTail + indexHead + indexTail + len(all)*indexEntry + storedTail
	for _, p := range packed {
		size += len(p)
	}
	stored = append(make([]byte, 0, size), "PACK\x00\x00\x00\x02"...)
	stored = binary.BigEndian.AppendUint32(stored, uint32(len(all)))
	index := make([]indexed, len(all))
	for i, p := range packed {
		index[i] = indexed{all[i].id, int64(len(stored)), crc32.ChecksumIEEE(p)}
		stored = append(stored, p...)
		packed[i] = nil
	}
	sum := sha1.Sum(stored)
	stored = append(stored, sum[:]...)
	ref = PackRef{Size: int64(len(stored)), Objects: len(all)}
	x := writeIndex(index, sum)
	ref.Index = int64(len(x))
	stored = append(stored, x...)
	return binary.BigEndian.AppendUint64(stored, uint64(ref.Size)), ref, nil
}
