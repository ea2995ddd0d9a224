package gitstore

import (
	"bytes"
	"fmt"
	"io"
)

// IsManifest reports whether a key of the bucket is that of a repository's manifest.
func IsManifest(key string) bool {
	_, ok := locationOf(key)
	return ok
}

// IsPack reports whether a key of the bucket is that of a pack, which is written once and never replaced.
func IsPack(key string) bool {
	family := familyOf(key)
	id, ok := bytes.CutPrefix([]byte(key), []byte(packKey(family, "")))
	return ok && plainID(family) && plainID(string(id))
}

// StoredPack is a pack that a manifest lists, as it is in the bucket.
type StoredPack struct {
	Key  string
	Size int64 // bytes of the blob: the pack and its index

	ref PackRef
}

// StoredPacks lists the packs that a repository needs, by the bytes of its manifest as they are in the bucket.
func StoredPacks(key string, manifest []byte) ([]StoredPack, error) {
	m, err := decodeManifest(bytes.NewReader(manifest))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	list := make([]StoredPack, len(m.Packs))
	for i, p := range m.Packs {
		list[i] = StoredPack{Key: packKey(familyOf(key), p.ID), Size: p.stored(), ref: p}
	}
	return list, nil
}

// Check returns what the bytes of the pack are to be written to, from the first to the last. Whole then says whether they
// are what the manifest says, by both checksums.
func (p StoredPack) Check() (w io.Writer, whole func() error) {
	sum := new(packSum)
	sum.expect(p.ref)
	return sum, func() error { return sum.check(p.Key) }
}
