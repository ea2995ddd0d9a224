package gitstore

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// packOf is a pack of entries as they are given, with a right count and checksum.
func packOf(entries ...[]byte) []byte {
	raw := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(entries)))
	for _, e := range entries {
		raw = append(raw, e...)
	}
	sum := sha1.Sum(raw)
	return append(raw, sum[:]...)
}

func entryOf(kind plumbing.ObjectType, size int, base, content []byte) []byte {
	var b bytes.Buffer
	b.Write(appendEntryHead(nil, kind, int64(size)))
	b.Write(base)
	z, err := zlib.NewWriterLevel(&b, zlib.HuffmanOnly) // quick to make
	if err == nil {
		_, err = z.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func blobEntry(content string) []byte {
	return entryOf(plumbing.BlobObject, len(content), nil, []byte(content))
}

// deltaOf turns a base of the size into the text.
func deltaOf(baseSize int, text string) []byte {
	d := binary.AppendUvarint(nil, uint64(baseSize))
	d = binary.AppendUvarint(d, uint64(len(text)))
	for len(text) > 0 {
		n := min(len(text), 127)
		d = append(append(d, byte(n)), text[:n]...)
		text = text[n:]
	}
	return d
}

func testStore(l Limits) *Store { return New(new(blob.Memory), Options{Limits: l}) }

func receiveBytes(s *Store, pack []byte) (*received, error) {
	return s.receivePack(context.Background(), bytes.NewReader(pack), int64(len(pack)))
}

func TestReceiveRefusesHostilePacks(t *testing.T) {
	zeros := make([]byte, 1<<20)
	self := plumbing.ComputeHash(plumbing.BlobObject, []byte("x"))
	first := blobEntry("base")
	huge := append(binary.AppendUvarint([]byte{4}, 1<<39), "\x04text"...)
	for name, c := range map[string]struct {
		pack []byte
		want error
	}{
		"good":                         {packOf(first, entryOf(plumbing.OFSDeltaObject, 7, appendBack(nil, int64(len(first))), deltaOf(4, "text"))), nil},
		"empty":                        {packOf(), nil},
		"bomb":                         {packOf(entryOf(plumbing.BlobObject, 10, nil, zeros)), errCorrupt},
		"large object":                 {packOf(entryOf(plumbing.BlobObject, len(zeros), nil, zeros)), errTooLarge},
		"size that lies":               {packOf(entryOf(plumbing.BlobObject, 100, nil, []byte("x"))), errCorrupt},
		"size beyond all":              {packOf(append(bytes.Repeat([]byte{0xff}, 20), 0)), errCorrupt},
		"sum of sizes":                 {packOf(blobEntry(strings.Repeat("a", 60_000)), blobEntry(strings.Repeat("b", 60_000))), errTooLarge},
		"too many":                     {packOf(blobEntry("1"), blobEntry("2"), blobEntry("3"), blobEntry("4"), blobEntry("5")), errTooLarge},
		"twice":                        {packOf(blobEntry("1"), blobEntry("1")), errCorrupt},
		"kind 0":                       {packOf(entryOf(0, 1, nil, []byte("x"))), errCorrupt},
		"kind 5":                       {packOf(entryOf(5, 1, nil, []byte("x"))), errCorrupt},
		"delta of itself":              {packOf(entryOf(plumbing.OFSDeltaObject, 7, []byte{0}, deltaOf(4, "text"))), errCorrupt},
		"delta of the header":          {packOf(entryOf(plumbing.OFSDeltaObject, 7, []byte{8}, deltaOf(4, "text"))), errCorrupt},
		"delta of something between":   {packOf(first, entryOf(plumbing.OFSDeltaObject, 7, []byte{3}, deltaOf(4, "text"))), errCorrupt},
		"delta of what comes from far": {packOf(first, entryOf(plumbing.OFSDeltaObject, 7, bytes.Repeat([]byte{0xff}, 12), deltaOf(4, "text"))), errCorrupt},
		"delta of what is not there":   {packOf(entryOf(plumbing.REFDeltaObject, 7, self[:], deltaOf(4, "text"))), errCorrupt},
		"deltas of each other":         {packOf(entryOf(plumbing.REFDeltaObject, 4, self[:], deltaOf(1, "x"))), errCorrupt},
		"delta that lies of its base":  {packOf(first, entryOf(plumbing.OFSDeltaObject, 7, appendBack(nil, int64(len(first))), deltaOf(5, "text"))), errCorrupt},
		"delta to a large object": {packOf(first, entryOf(plumbing.OFSDeltaObject, len(huge), appendBack(nil, int64(len(first))),
			huge)), errTooLarge},
		"delta that is cut": {packOf(first, entryOf(plumbing.OFSDeltaObject, 2, appendBack(nil, int64(len(first))), []byte{0x84, 0x80})), errCorrupt},
		"delta with an unknown instruction": {packOf(first, entryOf(plumbing.OFSDeltaObject, 4, appendBack(nil, int64(len(first))),
			[]byte{4, 1, 0, 0})), errCorrupt},
		"no bytes": {nil, errCorrupt},
	} {
		_, err := receiveBytes(testStore(Limits{Objects: 4, FileBytes: 100_000, Inflated: 110_000}), c.pack)
		if c.want == nil {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorIs(t, err, c.want, name)
		}
	}
}

// chain is a pack of n deltas, each of the one before.
func chain(n int) (pack []byte, last oid) {
	text := "0"
	all := [][]byte{blobEntry(text)}
	for i := 1; i <= n; i++ {
		size := len(text)
		text += string(rune('a' + i%26))
		d := deltaOf(size, text)
		all = append(all, entryOf(plumbing.OFSDeltaObject, len(d), appendBack(nil, int64(len(all[i-1]))), d))
	}
	return packOf(all...), plumbing.ComputeHash(plumbing.BlobObject, []byte(text))
}

func TestDeltaDepthIsBounded(t *testing.T) {
	s := testStore(Limits{})
	pack, last := chain(maxDepth)
	got, err := receiveBytes(s, pack)
	require.NoError(t, err)
	require.Equal(t, plumbing.BlobObject, got.kinds[last])
	data, err := readPack(s, pack, got.index, last)
	require.NoError(t, err)
	require.Len(t, data, maxDepth+1)

	pack, _ = chain(maxDepth + 1)
	_, err = receiveBytes(s, pack)
	require.ErrorIs(t, err, errTooLarge)
}

// packsOf are the packs of a repository that has one.
func packsOf(s *Store, raw, index []byte) (*packs, error) {
	x, err := parseIndex(index, int64(len(raw)))
	if err != nil {
		return nil, err
	}
	ps := s.packs("f", []PackRef{{ID: "p"}})
	ps.opened[0].Store(&pack{id: "p", data: byteReader(raw), size: int64(len(raw)), index: x, zlib: &s.codecs})
	return ps, nil
}

// readPack reads an object of a pack as a repository would.
func readPack(s *Store, raw, index []byte, id oid) ([]byte, error) {
	ps, err := packsOf(s, raw, index)
	if err != nil {
		return nil, err
	}
	size, err := ps.size(context.Background(), id)
	if err != nil {
		return nil, err
	}
	o, err := ps.read(context.Background(), id)
	if err == nil && int64(len(o.data)) != size {
		err = errors.New("the size is another")
	}
	return o.data, err
}

// A pack that was received is a pack that can be read: all of it, and each object has the hash that the index says.
func FuzzReceivePack(f *testing.F) {
	first := blobEntry("base")
	f.Add(packOf())
	f.Add(packOf(first, entryOf(plumbing.OFSDeltaObject, 7, appendBack(nil, int64(len(first))), deltaOf(4, "text"))))
	base := plumbing.ComputeHash(plumbing.BlobObject, []byte("base"))
	f.Add(packOf(entryOf(plumbing.REFDeltaObject, 7, base[:], deltaOf(4, "text")), first, entryOf(plumbing.TreeObject, 0, nil, nil)))
	deep, _ := chain(5)
	f.Add(deep)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > packTail { // let the fuzzer past the checksum
			sum := sha1.Sum(raw[:len(raw)-packTail])
			raw = append(raw[:len(raw)-packTail:len(raw)-packTail], sum[:]...)
		}
		s := testStore(Limits{Objects: 1000, FileBytes: 1 << 20, Inflated: 4 << 20})
		got, err := receiveBytes(s, raw)
		if err != nil {
			if !errors.Is(err, errCorrupt) && !errors.Is(err, errTooLarge) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for id, kind := range got.kinds {
			data, err := readPack(s, raw, got.index, id)
			if err != nil {
				t.Fatalf("received and unreadable: %v", err)
			}
			if plumbing.ComputeHash(kind, data) != id {
				t.Fatalf("%s has another hash", id)
			}
			ps, err := packsOf(s, raw, got.index)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = verify(context.Background(), ps, got.kinds, id)
		}
	})
}

func FuzzParseIndex(f *testing.F) {
	raw, _ := chain(3)
	got, err := receiveBytes(testStore(Limits{}), raw)
	require.NoError(f, err)
	f.Add(got.index, raw)
	x, err := parseIndex(got.index, int64(len(raw)))
	require.NoError(f, err)
	f.Add(x.raw, raw)
	f.Fuzz(func(t *testing.T, index, raw []byte) {
		if len(index) > sha1.Size {
			sum := sha1.Sum(index[:len(index)-sha1.Size])
			index = append(index[:len(index)-sha1.Size:len(index)-sha1.Size], sum[:]...)
		}
		x, err := parseIndex(index, int64(len(raw)))
		if err != nil {
			return
		}
		for i := range x.count {
			offset, found := x.find(x.id(i))
			if !found || offset != x.offset(i) {
				t.Fatal("an object of the index is not found by it")
			}
			_, _ = readPack(testStore(Limits{}), raw, index, x.id(i))
		}
	})
}

func FuzzTreeAndCommit(f *testing.F) {
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte("tree aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = parseCommit(data)
		_, _ = parseTag(data)
		if checkTree(data) != nil {
			return
		}
		for e, err := range entries(data) {
			if err != nil {
				t.Fatalf("a checked tree is damaged: %v", err)
			}
			if strings.ContainsAny(e.name, "/\\\x00") || e.name == ".." || e.name == "." || strings.EqualFold(e.name, ".git") {
				t.Fatalf("name %q", e.name)
			}
		}
	})
}

func FuzzManifest(f *testing.F) {
	m := Manifest{
		Version: 1, Refs: map[string]Hash{"refs/heads/main": strings.Repeat("a", 40)}, Head: "refs/heads/main", Closed: true, Txn: "t",
		Packs: []PackRef{{ID: "01", Size: 32, Index: 2000, Objects: 3}}, Record: json.RawMessage(`{"a":1}`), Before: []string{"s"},
	}
	raw, err := m.encode(new(codecs))
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte(`{"version":1,"refs":{"refs/heads/../x":""},"head":"refs/heads/main"}`))
	plain, err := unzipManifest(raw)
	require.NoError(f, err)
	f.Add(plain)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := decodeManifest(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, p := range m.Packs {
			if blob.CheckKey(packKey("f", p.ID)) != nil {
				t.Fatalf("pack %q is no key", p.ID)
			}
		}
		again, err := m.encode(new(codecs))
		if err != nil {
			t.Fatal(err)
		}
		n, err := decodeManifest(bytes.NewReader(again))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		twice, err := n.encode(new(codecs))
		if err != nil || !bytes.Equal(again, twice) {
			t.Fatalf("%s\nis not\n%s", again, twice)
		}
	})
}

func TestManifestRefuses(t *testing.T) {
	good := `{"version":1,"refs":{"refs/heads/main":"` + strings.Repeat("a", 40) + `"},"head":"refs/heads/main","packs":[{"id":"01","size":32,"index":2000,"objects":3}],"closed":true,"txn":"t"}`
	_, err := decodeManifest(strings.NewReader(good))
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"a newer version":   {`"version":1`, `"version":2`},
		"no version":        {`"version":1,`, ``},
		"an unknown field":  {`"closed":true`, `"closed":true,"open":1`},
		"a bad ref":         {`refs/heads/main":`, `refs/heads/../main":`},
		"a bad hash":        {`aaaaaa"`, `aaaaaA"`},
		"a path as pack":    {`"id":"01"`, `"id":"../01"`},
		"a negative size":   {`"size":32`, `"size":-1`},
		"too many objects":  {`"objects":3`, `"objects":300`},
		"a bad head":        {`"head":"refs/heads/main"`, `"head":"HEAD"`},
		"more than one":     {`"txn":"t"}`, `"txn":"t"}{}`},
		"the same pack":     {`"packs":[`, `"packs":[{"id":"01","size":32,"index":2000,"objects":3},`},
		"something else":    {good, `[]`},
		"nothing":           {good, ``},
		"the end is missed": {`"txn":"t"}`, `"txn":"t"`},
	} {
		raw := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, raw, name)
		_, err := decodeManifest(strings.NewReader(raw))
		assert.ErrorIs(t, err, errCorrupt, name)
	}
	_, err = decodeManifest(io.MultiReader(strings.NewReader(`{"version":1,"txn":"`), strings.NewReader(strings.Repeat("x", maxManifest))))
	require.ErrorIs(t, err, errCorrupt)
}

func FuzzUploadPack(f *testing.F) {
	s := testStore(Limits{})
	at := Location{Family: "f", Repository: "r"}
	save := Save{Ref: "refs/heads/main", Tree: map[string]File{"index.md": {Data: []byte("x")}}}
	save.When = save.When.AddDate(2025, 0, 0)
	_, h, err := s.Save(context.Background(), at, save)
	require.NoError(f, err)
	f.Add([]byte("0032want " + h + "\n00000009done\n"))
	f.Add([]byte("0045want " + h + " ofs-delta no-done\n000cdeepen 1\n0035shallow " + h + "\n00000032have " + h + "\n0000"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var out bytes.Buffer
		if err := s.UploadPack(context.Background(), at, "", bytes.NewReader(body), &out); err != nil {
			t.Fatalf("a request made the server fail: %v", err)
		}
		if i := bytes.Index(out.Bytes(), []byte("PACK\x00\x00\x00\x02")); i >= 0 && !bytes.Contains(body, []byte("side-band-64k")) {
			if _, err := receiveBytes(testStore(Limits{}), out.Bytes()[i:]); err != nil && !bytes.Contains(body, []byte("thin")) {
				t.Fatalf("sent a damaged pack: %v", err)
			}
		}
	})
}

func TestLRUKeepsWhatWasUsedLast(t *testing.T) {
	var gone []int
	c := newLRU(10, func(k int, _ string) { gone = append(gone, k) })
	c.add(1, "a", 4)
	c.add(2, "b", 4)
	_, ok := c.get(1)
	require.True(t, ok)
	c.add(3, "c", 4)
	require.Equal(t, []int{2}, gone)
	c.add(1, "aa", 6)
	v, ok := c.get(1)
	require.True(t, ok)
	require.Equal(t, "aa", v)
	c.add(4, "too heavy", 11)
	require.Equal(t, []int{2, 4}, gone)
	c.remove(1)
	c.remove(9)
	_, ok = c.get(1)
	require.False(t, ok)
}
