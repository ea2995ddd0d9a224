package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Whatever is sent to receive-pack, it answers; and what it accepted can be cloned, whole.
func FuzzReceiveRequest(f *testing.F) {
	file := []byte("text")
	fileID := plumbing.ComputeHash(plumbing.BlobObject, file)
	tree := append([]byte("100644 index.md\x00"), fileID[:]...)
	treeID := plumbing.ComputeHash(plumbing.TreeObject, tree)
	commit := "tree " + treeID.String() + "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n"
	commitID := plumbing.ComputeHash(plumbing.CommitObject, []byte(commit))
	pack := packOf(entryOf(plumbing.CommitObject, len(commit), nil, []byte(commit)),
		entryOf(plumbing.TreeObject, len(tree), nil, tree), blobEntry("text"))
	line := func(s string) string { return fmt.Sprintf("%04x%s", len(s)+4, s) }
	command := line(zeroHash + " " + commitID.String() + " refs/heads/main\x00 report-status-v2 side-band-64k atomic push-options")
	f.Add([]byte(command + "0000" + line("option") + "0000" + string(pack)))
	f.Add([]byte(command + line(zeroHash+" "+commitID.String()+" refs/for/main") + "00000000" + string(pack)))
	f.Add([]byte("0000"))
	f.Add([]byte(line("shallow "+commitID.String()) + command + "0000"))
	thin := entryOf(plumbing.REFDeltaObject, 7, fileID[:], deltaOf(4, "more"))
	f.Add([]byte(command + "00000000" + string(packOf(thin))))
	f.Fuzz(func(t *testing.T, body []byte) {
		if begin := bytes.Index(body, []byte("PACK")); begin >= 0 && len(body)-begin > packTail { // let the fuzzer past the checksum
			sum := sha1.Sum(body[begin : len(body)-packTail])
			body = append(body[:len(body)-packTail:len(body)-packTail], sum[:]...)
		}
		s := New(new(blob.Memory), Options{Limits: Limits{Objects: 100, FileBytes: 1 << 16, Inflated: 1 << 20, PackBytes: 1 << 20}})
		at := Location{"f", "r"}
		var out bytes.Buffer
		if err := s.ReceivePack(context.Background(), at, bytes.NewReader(body), &out, Push{}); err != nil {
			t.Fatalf("the server failed: %v", err)
		}
		r, err := s.Open(context.Background(), at)
		if err != nil {
			for info := range s.blobs.List(context.Background(), "f/") {
				t.Fatalf("%s was left behind", info.Key)
			}
			return
		}
		for _, tip := range r.manifest.tips() {
			list, _, err := r.packs.missing(context.Background(), []oid{tip}, nil, grafts{})
			if err != nil {
				t.Fatalf("what was accepted is not whole: %v", err)
			}
			for _, id := range list {
				if o, err := r.packs.read(context.Background(), id); err != nil || plumbing.ComputeHash(o.kind, o.data) != id {
					t.Fatalf("object %s: %v", id, err)
				}
			}
		}
	})
}

// A thin pack that was unpacked is one whose objects all have the hashes that they are said to have.
func FuzzUnpackThin(f *testing.F) {
	base := []byte(strings.Repeat("a base of deltas. ", 20))
	id := plumbing.ComputeHash(plumbing.BlobObject, base)
	f.Add(packOf(entryOf(plumbing.REFDeltaObject, 8, id[:], deltaOf(len(base), "text"))))
	copied := append(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(base))), 100), 0x90, 100)
	f.Add(packOf(entryOf(plumbing.REFDeltaObject, len(copied), id[:], copied)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := testStore(Limits{Objects: 1000, FileBytes: 1 << 20, Inflated: 4 << 20})
		got, err := s.unpack(context.Background(), bytes.NewReader(raw), bytes.NewReader(raw), nil,
			func(_ context.Context, want oid) (rawObject, error) {
				if want != id {
					return rawObject{}, errMissing
				}
				return rawObject{plumbing.BlobObject, base}, nil
			})
		if err != nil {
			if !errors.Is(err, errCorrupt) && !errors.Is(err, errTooLarge) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if _, err := parseIndex(got.index(), got.size); err != nil {
			t.Fatal(err)
		}
	})
}

// A hasher that has been shown the blocks of a known collision says so: testdata has the first bytes of the first file of
// https://shattered.io.
func TestCollisionsAreNoticed(t *testing.T) {
	h := newObjectHasher()
	h.begin(plumbing.BlobObject, 4)
	h.Write([]byte("text"))
	id, err := h.id()
	require.NoError(t, err)
	require.Equal(t, plumbing.ComputeHash(plumbing.BlobObject, []byte("text")), id)

	shattered, err := os.ReadFile("testdata/shattered-1.head")
	require.NoError(t, err)
	h.Reset()
	h.Write(shattered)
	_, err = h.id()
	require.ErrorIs(t, err, errCollision)
	require.ErrorIs(t, err, errCorrupt)
}

// A pack comes in pieces of any size: the checksum's last bytes may be in several.
func TestPacksComeInPieces(t *testing.T) {
	pack, last := chain(40)
	for size := 1; size < 50; size++ {
		s := testStore(Limits{})
		got, err := s.unpack(t.Context(), &pieces{pack, size}, bytes.NewReader(pack), nil, nil)
		require.NoError(t, err, "pieces of %d bytes", size)
		require.NotNil(t, got.byID[last])
		want, err := s.unpack(t.Context(), bytes.NewReader(pack), bytes.NewReader(pack), nil, nil)
		require.NoError(t, err)
		require.Equal(t, want.index(), got.index(), "pieces of %d bytes", size)
	}
}

type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.size, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}
