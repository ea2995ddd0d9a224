package gitstore_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// object is one that is made by hand: 1 a commit, 2 a tree, 3 a file, 4 a tag, 7 a delta that begins with its base's id.
type object struct {
	kind int
	data string
}

func (o object) id() string {
	word := []string{"", "commit", "tree", "blob", "tag"}[o.kind]
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", word, len(o.data), o.data))
	return hex.EncodeToString(sum[:])
}

// packed is a pack of objects.
func packed(all ...object) []byte {
	raw := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(all)))
	for _, o := range all {
		base := ""
		if o.kind == 7 {
			base, o.data = o.data[:20], o.data[20:]
		}
		c, size := byte(o.kind<<4|len(o.data)&15), len(o.data)>>4
		for ; size > 0; size >>= 7 {
			raw, c = append(raw, c|0x80), byte(size&0x7f)
		}
		b := bytes.NewBuffer(append(append(raw, c), base...))
		z := zlib.NewWriter(b)
		_, _ = z.Write([]byte(o.data))
		_ = z.Close()
		raw = b.Bytes()
	}
	sum := sha1.Sum(raw)
	return append(raw, sum[:]...)
}

const pushCaps = "\x00 report-status side-band-64k ofs-delta"

func pkt(line string) string { return fmt.Sprintf("%04x%s", len(line)+4, line) }

// pushBody is a request that moves main from old to the first object.
func pushBody(old string, all []object) string {
	if old == "" {
		old = strings.Repeat("0", 40)
	}
	return pkt(old+" "+all[0].id()+" "+main+pushCaps) + "0000" + string(packed(all...))
}

// pushRaw pushes objects to main, which is moved to the first one.
func pushRaw(t testing.TB, s *gitstore.Store, o gitstore.Push, old string, all []object) string {
	t.Helper()
	return receive(t, s, o, pushBody(old, all))
}

func receive(t testing.TB, s *gitstore.Store, o gitstore.Push, body string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, s.ReceivePack(t.Context(), at, strings.NewReader(body), &out, o))
	return out.String()
}

func entry(mode, name, id string) string {
	raw, err := hex.DecodeString(id)
	if err != nil {
		panic(err)
	}
	return mode + " " + name + "\x00" + string(raw)
}

// copyOf is a delta that copies the whole of an object, so many times.
func copyOf(id string, size, times int) object {
	base, err := hex.DecodeString(id)
	if err != nil {
		panic(err)
	}
	delta := binary.AppendUvarint(binary.AppendUvarint(base, uint64(size)), uint64(times*size))
	for range times {
		delta = append(delta, 0xb0, byte(size), byte(size>>8))
	}
	return object{7, string(delta)}
}

const signature = "author a <a@example.org> 1700000000 +0000\ncommitter a <a@example.org> 1700000000 +0000\n"

func commitObject(tree string, parents ...string) object {
	text := "tree " + tree + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	return object{1, text + signature + "\nmessage\n"}
}

// One push with one bad object each: none is accepted, and none leaves anything behind.
func TestBadObjectsAreRefused(t *testing.T) {
	file := object{3, "text"}
	id := file.id()
	good := object{2, entry("100644", "index.md", id)}
	withTree := func(entries ...string) []object {
		tree := object{2, strings.Join(entries, "")}
		return []object{commitObject(tree.id()), tree, file}
	}
	withCommit := func(text string) []object { return []object{{1, text}, good, file} }
	treeLine := "tree " + good.id() + "\n"
	deep := good
	chain := []object{good, file}
	for range 33 {
		deep = object{2, entry("40000", "d", deep.id())}
		chain = append(chain, deep)
	}
	wide, sub := []object{file}, good
	for i := range 5 { // names of 250 bytes within each other
		sub = object{2, entry("40000", strings.Repeat(string(rune('a'+i)), 250), sub.id())}
		wide = append(wide, sub)
	}
	cases := map[string]struct {
		all  []object
		want string // "" for a push that is accepted
	}{
		"good":                  {withTree(entry("100644", "a.md", id), entry("100755", "b.sh", id)), ""},
		"missing tree":          {[]object{commitObject(good.id())}, "object missing: " + good.id()},
		"missing file":          {[]object{commitObject(good.id()), good}, "object missing: blob"},
		"missing parent":        {[]object{commitObject(good.id(), strings.Repeat("1", 40)), good, file}, "object missing: commit 1111111"},
		"missing tip":           {[]object{file, good}, "want a commit"},
		"file as folder":        {withTree(entry("40000", "a", id)), "is a blob where a tree must be"},
		"folder as file":        {[]object{commitObject(object{2, entry("100644", "a", good.id())}.id()), {2, entry("100644", "a", good.id())}, good, file}, "is a tree where a blob must be"},
		"tree as parent":        {[]object{commitObject(good.id(), good.id()), good, file}, "is a tree where a commit must be"},
		".git":                  {withTree(entry("40000", ".git", good.id())), "belongs to git"},
		".GIT":                  {withTree(entry("100644", ".GIT", id)), "belongs to git"},
		".git on HFS+":          {withTree(entry("100644", ".g\u200cit", id)), "belongs to git"},
		".git on NTFS":          {withTree(entry("100644", "git~1", id)), "belongs to git"},
		".git with a stream":    {withTree(entry("100644", ".git::$INDEX_ALLOCATION", id)), "belongs to git"},
		".gitmodules":           {withTree(entry("100644", ".gitmodules", id)), "belongs to git"},
		"..":                    {withTree(entry("40000", "..", good.id())), `name ".."`},
		".":                     {withTree(entry("100644", ".", id)), `name "."`},
		"empty name":            {withTree(entry("100644", "", id)), `name ""`},
		"slash":                 {withTree(entry("100644", "a/b", id)), "slash"},
		"backslash":             {withTree(entry("100644", `..\b`, id)), "slash"},
		"symbolic link":         {withTree(entry("120000", "link", id)), "symbolic link"},
		"submodule":             {withTree(entry("160000", "sub", id)), "submodule"},
		"zero-padded mode":      {withTree(entry("040000", "a", good.id())), "has mode"},
		"unknown mode":          {withTree(entry("100666", "a", id)), "has mode"},
		"not in order":          {withTree(entry("100644", "b", id), entry("100644", "a", id)), "not in order"},
		"twice":                 {withTree(entry("100644", "a", id), entry("100644", "a", id)), "not in order"},
		"file and folder":       {withTree(entry("100644", "a", id), entry("100644", "a.b", id), entry("40000", "a", good.id())), "twice"},
		"case collision":        {withTree(entry("100644", "README.md", id), entry("100644", "readme.md", id)), "twice"},
		"null hash":             {withTree(entry("100644", "a", strings.Repeat("0", 40))), "0000000"},
		"tree that is cut off":  {withTree(entry("100644", "a", id)[:20]), "entry"},
		"too deep":              {append([]object{commitObject(deep.id())}, chain...), "folders within each other"},
		"path too long":         {append([]object{commitObject(sub.id()), good}, wide...), "path of more than"},
		"no author":             {withCommit(treeLine + "committer a <a> 1 +0000\n\nx"), "author's line"},
		"no committer":          {withCommit(treeLine + "author a <a> 1 +0000\n\nx"), "committer's line"},
		"no name":               {withCommit(treeLine + "author <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"no mail":               {withCommit(treeLine + "author a 1 +0000\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"bad mail":              {withCommit(treeLine + "author a <a<b> 1 +0000\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"no date":               {withCommit(treeLine + "author a <a>\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"zero-padded date":      {withCommit(treeLine + "author a <a> 01 +0000\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"date beyond time":      {withCommit(treeLine + "author a <a> 18446744073709551617 +0000\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"bad zone":              {withCommit(treeLine + "author a <a> 1 +00\ncommitter a <a> 1 +0000\n\nx"), "author's line"},
		"two authors":           {withCommit(treeLine + "author a <a> 1 +0000\nauthor b <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx"), "committer's line"},
		"late parent":           {withCommit(treeLine + signature + "parent " + strings.Repeat("1", 40) + "\n\nx"), "where it must not be"},
		"zero byte in a commit": {withCommit(treeLine + signature + "\nx\x00y"), "zero byte"},
		"no tree":               {withCommit(signature + "\nx"), "without a tree"},
		"header without end":    {withCommit(treeLine + signature + "gpgsig"), "header's line"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := new(blob.Memory)
			s := gitstore.New(b, gitstore.Options{})
			got := pushRaw(t, s, gitstore.Push{}, "", c.all)
			if c.want == "" {
				require.Contains(t, got, "ok "+main)
				require.Len(t, bucketPacks(t, b), 1)
				return
			}
			require.Contains(t, got, "ng "+main)
			require.Contains(t, got, c.want)
			require.Empty(t, bucketPacks(t, b))
			_, err := s.Open(t.Context(), at)
			require.ErrorIs(t, err, kind.ErrNotFound)
		})
	}
}

func TestBadTagsAreRefused(t *testing.T) {
	file := object{3, "text"}
	tree := object{2, entry("100644", "index.md", file.id())}
	tip := commitObject(tree.id())
	for name, c := range map[string]struct{ text, want string }{
		"good":          {"object " + tip.id() + "\ntype commit\ntag v1\ntagger a <a> 1 +0000\n\nx\n", ""},
		"no tagger":     {"object " + tip.id() + "\ntype commit\ntag v1\n\nx\n", ""},
		"wrong type":    {"object " + tip.id() + "\ntype tree\ntag v1\n\nx\n", "want a commit"},
		"unknown type":  {"object " + tip.id() + "\ntype what\ntag v1\n\nx\n", "without a type"},
		"of a tag":      {"object " + tip.id() + "\ntype tag\ntag v1\n\nx\n", "is a commit where a tag must be"},
		"of a file":     {"object " + file.id() + "\ntype blob\ntag v1\n\nx\n", "want a commit"},
		"of nothing":    {"object " + strings.Repeat("1", 40) + "\ntype commit\ntag v1\n\nx\n", "object missing"},
		"no object":     {"type commit\ntag v1\n\nx\n", "without an object"},
		"bad name":      {"object " + tip.id() + "\ntype commit\ntag ../v1\n\nx\n", "name"},
		"bad tagger":    {"object " + tip.id() + "\ntype commit\ntag v1\ntagger a\n\nx\n", "tagger's line"},
		"a zero byte":   {"object " + tip.id() + "\ntype commit\ntag v1\n\nx\x00\n", "zero byte"},
		"second object": {"object " + tip.id() + "\ntype commit\ntag v1\nobject " + tip.id() + "\n\nx\n", "must not be"},
	} {
		t.Run(name, func(t *testing.T) {
			s := gitstore.New(new(blob.Memory), gitstore.Options{})
			tag := object{4, c.text}
			got := receive(t, s, gitstore.Push{}, pkt(strings.Repeat("0", 40)+" "+tag.id()+" refs/tags/v1"+pushCaps)+"0000"+string(packed(tag, tip, tree, file)))
			if c.want == "" {
				require.Contains(t, got, "ok refs/tags/v1")
			} else {
				require.Contains(t, got, "ng refs/tags/v1")
				require.Contains(t, got, c.want)
			}
		})
	}
}

func TestDamagedAndLargePacksAreRefused(t *testing.T) {
	file := object{3, strings.Repeat("text", 1000)}
	tree := object{2, entry("100644", "index.md", file.id())}
	tip := commitObject(tree.id())
	head := pkt(strings.Repeat("0", 40)+" "+tip.id()+" "+main+pushCaps) + "0000"
	pack := string(packed(tip, tree, file))
	damaged := []byte(pack)
	damaged[30] ^= 0x55
	for name, c := range map[string]struct {
		body   string
		limits gitstore.Limits
	}{
		"no pack":       {head, gitstore.Limits{}},
		"cut off":       {head + pack[:len(pack)/2], gitstore.Limits{}},
		"without a sum": {head + pack[:len(pack)-20], gitstore.Limits{}},
		"flipped":       {head + string(damaged), gitstore.Limits{}},
		"bytes behind":  {head + pack + "x", gitstore.Limits{}},
		"not a pack":    {head + "PUCK" + pack[4:], gitstore.Limits{}},
		"many bytes":    {head + pack, gitstore.Limits{PackBytes: 60}},
		"many objects":  {head + pack, gitstore.Limits{Objects: 2}},
		"large file":    {head + pack, gitstore.Limits{FileBytes: 3000}},
		"inflated":      {head + pack, gitstore.Limits{Inflated: 3000}},
	} {
		t.Run(name, func(t *testing.T) {
			b := new(blob.Memory)
			s := gitstore.New(b, gitstore.Options{Limits: c.limits})
			got := receive(t, s, gitstore.Push{}, c.body)
			require.Contains(t, got, "ng "+main+" unpacker error")
			require.NotContains(t, got, "unpack ok")
			require.Empty(t, bucketPacks(t, b))
		})
	}
	s := gitstore.New(new(blob.Memory), gitstore.Options{Limits: gitstore.Limits{Files: 1}})
	two := object{2, entry("100644", "a", file.id()) + entry("100644", "b", file.id())}
	require.Contains(t, pushRaw(t, s, gitstore.Push{}, "", []object{commitObject(two.id()), two, file}), "more than 1 files")
}

func TestBadPushRequestsAreRefused(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{})
	hex, zero := strings.Repeat("1", 40), strings.Repeat("0", 40)
	for name, body := range map[string]string{
		"damaged length": "zzzz",
		"cut off":        "0099" + zero,
		"no ref":         pkt(zero+" "+hex) + "0000",
		"no hash":        pkt(zero+" x refs/heads/a") + "0000",
		"upper case":     pkt(zero+" "+strings.Repeat("A", 40)+" refs/heads/a") + "0000",
		"sha256":         pkt(zero+" "+hex+" refs/heads/a\x00object-format=sha256") + "0000",
		"certificate":    pkt("push-cert\x00push-cert=x") + "0000",
		"many options":   pkt(zero+" "+hex+" refs/heads/a\x00push-options") + "0000" + strings.Repeat(pkt("x"), 101) + "0000",
	} {
		got := receive(t, s, gitstore.Push{}, body)
		assert.Contains(t, got, "ERR receive-pack: ", name)
	}
	for _, ref := range []string{
		"main", "refs/heads", "refs/heads/", "refs/heads/a..b", "refs/heads/.a", "refs/heads/a.lock", "refs/heads/a b", "refs/heads/a~1",
		"refs/heads/a\\b", "refs/heads//a", "refs/heads/a/", "refs/heads/@{", "refs/notes/x", "HEAD", "refs/heads/HEAD",
		"refs/suggestions/1/head", "refs/tags/\x7f", "refs/heads/" + strings.Repeat("a", 300),
	} {
		got := receive(t, s, gitstore.Push{}, pkt(zero+" "+hex+" "+ref+pushCaps)+"0000"+string(packed()))
		assert.Contains(t, got, "ng ", ref)
		assert.NotContains(t, got, "object missing", ref)
	}
	require.Empty(t, receive(t, s, gitstore.Push{}, "0000"), "the probe")
	require.Empty(t, receive(t, s, gitstore.Push{}, ""))
}

func TestRefsAreNoFoldersOfEachOther(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{})
	file := object{3, "text"}
	tree := object{2, entry("100644", "index.md", file.id())}
	tip := commitObject(tree.id())
	require.Contains(t, pushRaw(t, s, gitstore.Push{}, "", []object{tip, tree, file}), "ok "+main)
	push := func(commands ...string) string {
		body := ""
		for i, c := range commands {
			if i == 0 {
				c += pushCaps
			}
			body += pkt(c)
		}
		return receive(t, s, gitstore.Push{}, body+"0000"+string(packed()))
	}
	none := strings.Repeat("0", 40)
	create := none + " " + tip.id() + " refs/heads/"
	require.Contains(t, push(create+"main/a"), "ng refs/heads/main/a it is a folder")
	require.Contains(t, push(create+"a/b", create+"a"), "ng refs/heads/a ")
	require.Contains(t, push(create+"c/d"), "ok refs/heads/c/d")
	require.Contains(t, push(create+"c"), "ng refs/heads/c ")
	require.Contains(t, push(tip.id()+" "+none+" refs/heads/c/d", create+"c"), "ok refs/heads/c\n")
	require.Contains(t, push(create+"e", create+"e"), "named twice")
}

// A push of 50 MB comes in pieces of unknown number, after a probe, to a server that is asked first.
func TestLargePushInChunks(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{})
	dir := worktree(t, url)
	noise := make([]byte, 5<<20)
	seed := uint64(7)
	for n := range 10 {
		for i := range noise {
			seed = seed*6364136223846793005 + 1442695040888963407
			noise[i] = byte(seed >> 56)
		}
		name := fmt.Sprintf("%d.bin", n)
		if n == 9 {
			edit(t, dir, name, string(noise))
		} else {
			write(t, dir, name, string(noise))
		}
	}
	git(t, dir, "push", "-q", "origin", "main")
	again := clone(t, strings.TrimSuffix(url, "/x.git"))
	require.Equal(t, git(t, dir, "rev-parse", "HEAD^{tree}"), git(t, again, "rev-parse", "HEAD^{tree}"))
	require.Len(t, pushed(t, s, at).Packs, 1)
}

func TestPushThatAsksFirst(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{})
	file := object{3, strings.Repeat("x", 1<<20)}
	tree := object{2, entry("100644", "index.md", file.id())}
	body := pushBody("", []object{commitObject(tree.id()), tree, file})
	pr, pw := io.Pipe()
	go func() {
		for part := range slices.Chunk([]byte(body), 100) {
			_, _ = pw.Write(part)
		}
		_ = pw.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/git-receive-pack", pr)
	require.NoError(t, err)
	req.Header.Set("Expect", "100-continue")
	res, err := (&http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}).Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(answer), "ok "+main)
	require.Len(t, pushed(t, s, at).Refs, 1)
}
