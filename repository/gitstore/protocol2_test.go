package gitstore_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// protocol has git speak a version in all that a test runs.
func protocol(t *testing.T, version string) {
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "protocol.version")
	t.Setenv("GIT_CONFIG_VALUE_0", version)
}

// Clones and fetches by real git are the same in both versions.
func TestFetchesInEachVersionOfTheProtocol(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	for _, version := range []string{"0", "2"} {
		t.Run(version, func(t *testing.T) {
			protocol(t, version)
			t.Run("version", func(t *testing.T) {
				s := newFolder(t)
				_, h := first(t, s, tree("index.md", "1"))
				t.Setenv("GIT_TRACE_PACKET", "1")
				out := git(t, "", "ls-remote", server(t, s, at).URL+"/x.git")
				require.Contains(t, out, h+"\trefs/heads/main")
				require.Equal(t, version == "2", strings.Contains(out, "< version 2"), out)
			})
			t.Run("branches", testBranches)
			t.Run("forced push", testFetchAfterAForcedPush)
			t.Run("empty", testCloneOfNothing)
			t.Run("rounds", testFetchInManyRounds)
			if version == "2" { // which all other tests speak
				return
			}
			t.Run("clone and fetch", TestCloneAndFetchWithGit)
			t.Run("shallow", TestShallowCloneAndDeepen)
			t.Run("deepen", TestDeepenByCommitsDatesAndRefs)
			t.Run("partial", TestPartialClone)
			t.Run("tags", TestAnnotatedTagsFollow)
			t.Run("by hash", TestARevisionMayBeFetchedByItsHash)
			t.Run("remix", TestCloneOfARemixHasBothHistories)
		})
	}
}

func testBranches(t *testing.T) {
	s := newFolder(t)
	first(t, s, tree("index.md", "1"))
	url := pushServer(t, s, at, gitstore.Push{})
	base := strings.TrimSuffix(url, "/x.git")
	author, reader := clone(t, base), clone(t, base)
	for _, name := range []string{"draft/one", "draft/two"} {
		git(t, author, "checkout", "-q", "-b", name, "main")
		edit(t, author, "index.md", name)
		git(t, author, "push", "-q", "origin", name)
	}
	git(t, reader, "fetch", "-q", "origin", "draft/one") // one ref by its name
	require.Equal(t, git(t, author, "rev-parse", "draft/one"), git(t, reader, "rev-parse", "FETCH_HEAD"))
	out, err := tryGit(t, reader, "cat-file", "-e", git(t, author, "rev-parse", "draft/two"))
	require.Error(t, err, out)
	git(t, reader, "fetch", "-q")
	require.Equal(t, git(t, author, "rev-parse", "draft/two"), git(t, reader, "rev-parse", "origin/draft/two"))
	fsck(t, reader)
	single := clone(t, base, "--single-branch", "--branch", "draft/two")
	require.Equal(t, "origin/draft/two", git(t, single, "for-each-ref", "--format=%(refname:short)", "refs/remotes"))
}

func testFetchAfterAForcedPush(t *testing.T) {
	s := newFolder(t)
	first(t, s, tree("index.md", "1"))
	url := pushServer(t, s, at, gitstore.Push{AllowForce: func(string) bool { return true }})
	base := strings.TrimSuffix(url, "/x.git")
	author := clone(t, base)
	secret := edit(t, author, "index.md", "a secret")
	git(t, author, "push", "-q", "origin", "main")
	reader := clone(t, base)
	git(t, author, "reset", "-q", "--hard", "HEAD~1")
	h := edit(t, author, "index.md", "no secret")
	git(t, author, "push", "-q", "--force", "origin", "main")
	git(t, reader, "fetch", "-q")
	require.Equal(t, h, git(t, reader, "rev-parse", "origin/main"))
	fsck(t, reader)
	out, err := tryGit(t, clone(t, base), "fetch", "origin", secret)
	require.Error(t, err)
	require.Contains(t, out, "not our ref")
}

func testCloneOfNothing(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "1"))
	_, err := s.SetRecord(t.Context(), at, r.Tag(), nil, map[string]gitstore.Hash{main: ""})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "clone")
	out, err := tryGit(t, "", "-c", "init.defaultBranch=other", "clone", server(t, s, at).URL+"/x.git", dir)
	require.NoError(t, err, out)
	require.Contains(t, out, "empty repository")
	if protocolVersion2(t) {
		require.Equal(t, "main", git(t, dir, "branch", "--show-current"), "the name of a branch that is not born yet")
	}
}

func protocolVersion2(t *testing.T) bool { return git(t, "", "config", "protocol.version") == "2" }

// A client with many commits of its own tells of them in several requests, before one is common.
func testFetchInManyRounds(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "0"))
	dir := clone(t, server(t, s, at).URL)
	for i := range 70 {
		git(t, dir, "commit", "-q", "--allow-empty", "-m", fmt.Sprint(i))
	}
	_, h := next(t, s, r, tree("index.md", "1"), 1)
	git(t, dir, "fetch", "-q")
	require.Equal(t, h, git(t, dir, "rev-parse", "origin/main"))
	fsck(t, dir)
}

// git push asks first what both have, when it is told to. It waits for that with wait-for-done.
func TestPushesMayNegotiate(t *testing.T) {
	s := newFolder(t)
	first(t, s, tree("index.md", "1"))
	dir := clone(t, strings.TrimSuffix(pushServer(t, s, at, gitstore.Push{}), "/x.git"))
	h := edit(t, dir, "index.md", "2")
	protocol(t, "2")
	out, err := tryGit(t, dir, "-c", "push.negotiate=true", "push", "origin", "main")
	require.NoError(t, err, out)
	require.NotContains(t, out, "negotiation failed")
	require.Equal(t, h, pushed(t, s, at).Refs[main])
}

// ask2 sends the packets of a request in version 2, "" for a flush and "|" for a delimiter, and answers the response.
func ask2(t *testing.T, s *gitstore.Store, packets ...string) string {
	t.Helper()
	var in strings.Builder
	for _, p := range packets {
		switch p {
		case "":
			in.WriteString("0000")
		case "|":
			in.WriteString("0001")
		default:
			in.WriteString(pkt(p + "\n"))
		}
	}
	var out bytes.Buffer
	require.NoError(t, s.UploadPack(t.Context(), at, "version=2", strings.NewReader(in.String()), &out))
	return out.String()
}

func TestVersion2TellsWhatItCanDo(t *testing.T) {
	s := newFolder(t)
	first(t, s, tree("index.md", "1"))
	for header, two := range map[string]bool{"version=2": true, "version=1:version=2": true, "a=b:version=2:c": true,
		"": false, "version=1": false, "version=20": false} {
		var out bytes.Buffer
		require.NoError(t, s.AdvertiseRefs(t.Context(), at, "git-upload-pack", header, &out))
		assert.Equal(t, two, strings.HasPrefix(out.String(), "000eversion 2\n"), header)
		if two {
			assert.Contains(t, out.String(), "ls-refs=unborn\n")
			assert.NotContains(t, out.String(), main)
		}
	}
	var out bytes.Buffer
	require.NoError(t, s.AdvertiseRefs(t.Context(), at, "git-receive-pack", "version=2", &out))
	require.Contains(t, out.String(), "report-status", "pushes are in version 0")
	unknown := gitstore.Location{Family: family, Repository: "unknown"}
	require.ErrorIs(t, s.AdvertiseRefs(t.Context(), unknown, "git-upload-pack", "version=2", &out), kind.ErrNotFound)
	err := s.UploadPack(t.Context(), unknown, "version=2", strings.NewReader(pkt("command=ls-refs\n")+"0000"), &out)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestVersion2ListsRefs(t *testing.T) {
	s := newFolder(t)
	_, h := first(t, s, tree("index.md", "1"))
	url := pushServer(t, s, at, gitstore.Push{})
	dir := clone(t, strings.TrimSuffix(url, "/x.git"))
	git(t, dir, "tag", "-a", "-m", "First edition.", "v1")
	git(t, dir, "branch", "draft")
	git(t, dir, "push", "-q", "origin", "v1", "draft")
	tag := git(t, dir, "rev-parse", "v1")

	all := pkt(h+" HEAD\n") + pkt(h+" refs/heads/draft\n") + pkt(h+" refs/heads/main\n") + pkt(tag+" refs/tags/v1\n") + "0000"
	require.Equal(t, all, ask2(t, s, "command=ls-refs", ""))
	require.Equal(t, all, ask2(t, s, "agent=git/2.39", "command=ls-refs", "object-format=sha1", "|", "unborn", ""))
	require.Equal(t, pkt(h+" HEAD symref-target:refs/heads/main\n")+pkt(tag+" refs/tags/v1 peeled:"+h+"\n")+"0000",
		ask2(t, s, "command=ls-refs", "|", "peel", "symrefs", "unborn", "ref-prefix HEAD", "ref-prefix refs/tags/", ""))
	require.Equal(t, "0000", ask2(t, s, "command=ls-refs", "|", "ref-prefix refs/nothing", ""))
	many := []string{"command=ls-refs", "|"}
	for i := range 1001 {
		many = append(many, fmt.Sprint("ref-prefix refs/nothing/", i))
	}
	require.Equal(t, "0000", ask2(t, s, append(many[:len(many)-1:len(many)-1], "")...))
	require.Equal(t, all, ask2(t, s, append(many, "")...), "too many to look for")

	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	_, err = s.SetRecord(t.Context(), at, r.Tag(), nil, map[string]gitstore.Hash{main: ""})
	require.NoError(t, err)
	require.Contains(t, ask2(t, s, "command=ls-refs", "|", "symrefs", "unborn", ""), "unborn HEAD symref-target:refs/heads/main\n")
	require.NotContains(t, ask2(t, s, "command=ls-refs", "|", "symrefs", ""), "HEAD")
}

func TestVersion2AnswersInSections(t *testing.T) {
	s := newFolder(t)
	r, old := first(t, s, tree("index.md", "1"))
	_, h := next(t, s, r, tree("index.md", "2"), 1)
	unknown := strings.Repeat("1", 40)
	fetch := func(arguments ...string) string {
		return ask2(t, s, append(append([]string{"command=fetch", "|", "no-progress", "ofs-delta", "thin-pack"}, arguments...), "")...)
	}
	acks := pkt("acknowledgments\n")
	pack := func(answer, sections string, n int) {
		t.Helper()
		require.True(t, strings.HasPrefix(answer, sections+pkt("packfile\n")), "%.200q", answer)
		require.True(t, strings.HasSuffix(answer, "0000"))
		require.Equal(t, n, objects(t, answer))
	}
	require.Equal(t, "0000", fetch())
	pack(fetch("want "+h, "done"), "", 6)
	pack(fetch("want "+h), "", 6)
	pack(fetch("want "+h, "have "+old, "done"), "", 3)
	require.Equal(t, acks+pkt("NAK\n")+"0000", fetch("want "+h, "have "+unknown))
	pack(fetch("want "+h, "have "+unknown, "have "+old), acks+pkt("ACK "+old+"\n")+pkt("ready\n")+"0001", 3)
	require.Equal(t, acks+pkt("ACK "+old+"\n")+"0000", fetch("want "+h, "have "+old, "wait-for-done"))
	require.Equal(t, acks+pkt("ACK "+old+"\n")+"0000", fetch("have "+old, "have "+old, "wait-for-done"))
	shallow := pkt("shallow-info\n") + pkt("shallow "+h+"\n") + "0001"
	pack(fetch("want "+h, "deepen 1", "done"), shallow, 3)
	pack(fetch("want "+h, "deepen 1", "filter blob:none", "done"), shallow, 2)
	pack(fetch("want "+h, "have "+h, "shallow "+h, "deepen 1", "deepen-relative"),
		acks+pkt("ACK "+h+"\n")+pkt("ready\n")+"0001"+pkt("shallow-info\n")+pkt("unshallow "+h+"\n")+"0001", 3)
}

func TestBadRequestsInVersion2AreRefused(t *testing.T) {
	s := newFolder(t)
	source, old := first(t, s, tree("index.md", "1"))
	later, _ := next(t, s, source, tree("index.md", "a secret of the source"), 1)
	save := revision(later, tree("index.md", "remixed"), 5)
	save.Old, save.Parents = "", []gitstore.Hash{old}
	_, h, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)

	fetch := func(arguments ...string) string {
		body := pkt("command=fetch\n") + "0001"
		for _, a := range arguments {
			body += pkt(a + "\n")
		}
		return body + "0000"
	}
	haves := strings.Repeat(pkt("have "+strings.Repeat("1", 40)+"\n"), 100_000)
	for name, in := range map[string]string{
		"unknown command":     pkt("command=push\n") + "0000",
		"two commands":        pkt("command=fetch\n") + pkt("command=ls-refs\n") + "0000",
		"empty command":       pkt("command=\n") + "0000",
		"no command":          "0001" + pkt("want "+h+"\n") + "0000",
		"unknown capability":  pkt("command=fetch\n") + pkt("server-option=x\n") + "0000",
		"object format":       pkt("command=fetch\n") + pkt("object-format=sha256\n") + "0000",
		"cut off":             pkt("command=fetch\n"),
		"no flush":            pkt("command=fetch\n") + "0001" + pkt("want "+h+"\n") + pkt("done\n"),
		"two sections":        pkt("command=fetch\n") + "0001" + pkt("want "+h+"\n") + "0001" + pkt("done\n") + "0000",
		"response end":        pkt("command=fetch\n") + "0002",
		"damaged length":      "zzzz",
		"a line too long":     "fff1" + strings.Repeat("x", 0xfff1-4),
		"version 0":           wantOf(h),
		"unknown argument":    fetch("want "+h, "what"),
		"more than done":      fetch("want "+h, "done at once"),
		"refs by name":        fetch("want-ref " + main),
		"unknown want":        fetch("want "+strings.Repeat("1", 40), "done"),
		"want of the source":  fetch("want "+later.Head(), "done"),
		"the same in a round": fetch("want "+later.Head(), "have "+old),
		"damaged want":        fetch("want x"),
		"damaged have":        fetch("want "+h, "have x"),
		"many wants":          fetch(strings.Split(strings.Repeat("want "+h+"\n", 10_001)+"done", "\n")...),
		"many haves":          pkt("command=fetch\n") + "0001" + haves + "0000",
		"unknown filter":      fetch("want "+h, "filter tree:0"),
		"two filters":         fetch("want "+h, "filter blob:none", "filter blob:limit=1k"),
		"negative depth":      fetch("want "+h, "deepen -1"),
		"depth and date":      fetch("want "+h, "deepen 1", "deepen-since 1"),
		"ls-refs of what":     pkt("command=ls-refs\n") + "0001" + pkt("want "+h+"\n") + "0000",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, s.UploadPack(t.Context(), atRemix, "version=2", strings.NewReader(in), &out))
			assert.Contains(t, out.String(), "ERR upload-pack: ")
			assert.NotContains(t, out.String(), "PACK")
			assert.NotContains(t, out.String(), "ACK")
		})
	}
	var out bytes.Buffer
	require.NoError(t, s.UploadPack(t.Context(), atRemix, "version=2", strings.NewReader(fetch("want "+h, "done")), &out))
	require.Contains(t, out.String(), "PACK")
	for _, nothing := range []string{"", "0000"} {
		out.Reset()
		require.NoError(t, s.UploadPack(t.Context(), atRemix, "version=2", strings.NewReader(nothing), &out))
		require.Empty(t, out.String())
	}
}
