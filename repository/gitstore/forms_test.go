package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

func TestAnIndexIsGitsHoweverItIsStored(t *testing.T) {
	for _, n := range []int{0, 1, 3, 255, 256, 700} {
		var all []indexed
		for i := range n {
			all = append(all, indexed{plumbing.ComputeHash(plumbing.BlobObject, fmt.Append(nil, i)), int64(packHead + i), uint32(i * 7)})
		}
		stored := writeIndex(all, sha1.Sum([]byte("pack")))
		assert.Equal(t, n < 256, len(stored) == minIndex+n*indexEntry, n)
		x, err := parseIndex(stored, 1000)
		require.NoError(t, err, n)
		require.Equal(t, n, x.count)
		for _, o := range all {
			offset, found := x.find(o.id)
			require.True(t, found)
			require.Equal(t, o.offset, offset)
		}
		var git idxfile.MemoryIndex
		require.NoError(t, idxfile.NewDecoder(bytes.NewReader(x.raw)).Decode(&git))
		entries, err := git.Entries()
		require.NoError(t, err)
		for _, o := range all { // writeIndex sorted them
			e, err := entries.Next()
			require.NoError(t, err)
			require.Equal(t, idxfile.Entry{Hash: o.id, CRC32: o.crc, Offset: uint64(o.offset)}, *e)
		}
		_, err = entries.Next()
		require.ErrorIs(t, err, io.EOF)
	}
	far := writeIndex([]indexed{{id: oid{1}, offset: 1 << 33}}, sha1.Sum(nil))
	x, err := parseIndex(far, 1<<34)
	require.NoError(t, err)
	require.Equal(t, int64(1<<33), x.offset(0))
}

func TestADamagedSmallIndexIsNoticed(t *testing.T) {
	good := writeIndex([]indexed{{id: oid{1}, offset: 12}, {id: oid{2}, offset: 13}}, sha1.Sum(nil))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		_, err := parseIndex(bad, 1000)
		assert.ErrorIs(t, err, errCorrupt, i)
		_, err = parseIndex(good[:i], 1000)
		assert.ErrorIs(t, err, errCorrupt, i)
	}
}

func TestADamagedManifestIsNoticed(t *testing.T) {
	m := Manifest{Version: 1, Refs: map[string]Hash{"refs/heads/main": strings.Repeat("a", 40)}, Head: "refs/heads/main", Txn: "t"}
	good, err := m.encode(new(codecs))
	require.NoError(t, err)
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if now, err := decodeManifest(bytes.NewReader(bad)); err == nil {
				require.Equal(t, m, now, "gzip's head says more than is needed")
			} else {
				require.ErrorIs(t, err, errCorrupt)
			}
		}
		_, err := decodeManifest(bytes.NewReader(good[:i]))
		require.ErrorIs(t, err, errCorrupt)
	}
	_, err = decodeManifest(bytes.NewReader(append(bytes.Clone(good), good...)))
	require.ErrorIs(t, err, errCorrupt)
	bomb, err := new(codecs).gzip(bytes.Repeat([]byte{' '}, maxManifest+1))
	require.NoError(t, err)
	_, err = decodeManifest(bytes.NewReader(bomb))
	require.ErrorContains(t, err, "more than")
}

// age rewrites a bucket as the first servers wrote it: manifests as plain JSON, packs with all of git's index.
func age(t *testing.T, b blob.Store) {
	t.Helper()
	ctx := context.Background()
	read := func(key string) []byte {
		obj, err := b.Get(ctx, key, blob.GetOptions{})
		require.NoError(t, err)
		defer obj.Body.Close()
		raw, err := io.ReadAll(obj.Body)
		require.NoError(t, err)
		return raw
	}
	sizes := make(map[string]int64)
	for info, err := range b.List(ctx, "f/") {
		require.NoError(t, err)
		if strings.HasSuffix(info.Key, "/manifest") {
			continue
		}
		raw := read(info.Key)
		size := binary.BigEndian.Uint64(raw[len(raw)-storedTail:])
		x, err := parseIndex(raw[size:len(raw)-storedTail], int64(size))
		require.NoError(t, err)
		require.Less(t, len(x.stored), len(x.raw))
		sizes[info.Key] = int64(len(x.raw))
		old := append(append(bytes.Clone(raw[:size]), x.raw...), raw[len(raw)-storedTail:]...)
		_, err = b.Put(ctx, info.Key, bytes.NewReader(old), blob.Always())
		require.NoError(t, err)
	}
	for info, err := range b.List(ctx, "f/") {
		require.NoError(t, err)
		at, is := locationOf(info.Key)
		if !is {
			continue
		}
		old, err := unzipManifest(read(info.Key))
		require.NoError(t, err)
		m, err := decodeManifest(bytes.NewReader(old))
		require.NoError(t, err)
		for _, p := range m.Packs {
			old = bytes.Replace(old, fmt.Appendf(nil, `"id":"%s","size":%d,"index":%d`, p.ID, p.Size, p.Index),
				fmt.Appendf(nil, `"id":"%s","size":%d,"index":%d`, p.ID, p.Size, sizes[packKey(at.Family, p.ID)]), 1)
		}
		_, err = b.Put(ctx, info.Key, bytes.NewReader(old), blob.Always())
		require.NoError(t, err)
	}
}

func TestWhatOlderServersWroteIsRead(t *testing.T) {
	b := new(blob.Memory)
	source, remix := smallFamily(t, b)
	age(t, b)
	require.Empty(t, damagesOf(t, b))
	s := New(b, Options{})
	for _, was := range []*Repository{source, remix} {
		now, err := s.Open(t.Context(), was.location)
		require.NoError(t, err)
		require.NotEqual(t, was.manifest.Packs, now.manifest.Packs)
		require.Equal(t, was.Head(), now.Head())
		fsys, err := now.Tree(t.Context(), now.Head())
		require.NoError(t, err)
		_, err = fsys.Open("index.md")
		require.NoError(t, err)
	}
}
