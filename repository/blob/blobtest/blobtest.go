// Package blobtest holds what every blob store must do, as tests, and a store that fails on purpose.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Run checks the contract of blob.Store. The stores that open answers must be empty.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"what is put is read back":                   readBack,
		"what is not there is not found":             notFound,
		"a range is cut at the end":                  ranges,
		"a tag belongs to one state":                 tags,
		"an unchanged blob is not sent":              notModified,
		"a condition that fails stores nothing":      conditions,
		"of sixteen creators one wins":               oneCreator,
		"of sixteen replacers one wins":              oneReplacer,
		"no increment is lost":                       increments,
		"a reader sees one state while others write": oneState,
		"keys are listed in order":                   listing,
		"a listing may be left early":                leaveListing,
		"a listing survives deletion of what it saw": listAndDelete,
		"keys that break the rules are refused":      badKeys,
		"a canceled context ends every call":         canceled,
		"a body that fails stores nothing":           failingBody,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func put(t *testing.T, s blob.Store, key, data string) blob.Tag {
	t.Helper()
	tag, err := s.Put(t.Context(), key, strings.NewReader(data), blob.Always())
	require.NoError(t, err)
	require.NotEmpty(t, tag)
	return tag
}

func get(t *testing.T, s blob.Store, key string, o blob.GetOptions) (string, blob.Info) {
	t.Helper()
	obj, err := s.Get(t.Context(), key, o)
	require.NoError(t, err)
	data, err := io.ReadAll(obj.Body)
	require.NoError(t, err)
	require.NoError(t, obj.Body.Close())
	return string(data), obj.Info
}

func keys(t *testing.T, s blob.Store, prefix string) []string {
	t.Helper()
	all := []string{}
	for info, err := range s.List(t.Context(), prefix) {
		require.NoError(t, err)
		all = append(all, info.Key)
	}
	return all
}

func readBack(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 4096, 3<<20 + 17} {
		data := strings.Repeat("commonplace\x00\xff", size/13+1)[:size]
		key := fmt.Sprintf("size/%d", size)
		tag := put(t, s, key, data)
		got, info := get(t, s, key, blob.GetOptions{})
		require.True(t, got == data, "the bytes differ at size %d", size)
		require.Equal(t, blob.Info{Key: key, Size: int64(size), Tag: tag}, info)
	}
	body := strings.NewReader("from its start")
	_, err := body.Seek(5, io.SeekStart)
	require.NoError(t, err)
	_, err = s.Put(t.Context(), "seeked", body, blob.Always())
	require.NoError(t, err)
	got, _ := get(t, s, "seeked", blob.GetOptions{})
	require.Equal(t, "from its start", got)
}

func notFound(t *testing.T, s blob.Store) {
	put(t, s, "a/b", "x")
	for _, key := range []string{"c", "a/c", "a", "a/b/c"} {
		_, err := s.Get(t.Context(), key, blob.GetOptions{})
		require.ErrorIs(t, err, blob.ErrNotFound, key)
		_, err = s.Get(t.Context(), key, blob.GetOptions{IfNoneMatch: "t", Range: blob.Range{Start: 1}})
		require.ErrorIs(t, err, blob.ErrNotFound, key)
		require.NoError(t, s.Delete(t.Context(), key), key)
	}
	require.NoError(t, s.Delete(t.Context(), "a/b"))
	_, err := s.Get(t.Context(), "a/b", blob.GetOptions{})
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.Empty(t, keys(t, s, ""))
	put(t, s, "a", "now a key of its own")
}

func ranges(t *testing.T, s blob.Store) {
	tag := put(t, s, "k", "0123456789")
	put(t, s, "empty", "")
	for _, c := range []struct {
		r    blob.Range
		want string
	}{
		{blob.Range{}, "0123456789"},
		{blob.Range{Start: 0, Length: 3}, "012"},
		{blob.Range{Start: 3, Length: 4}, "3456"},
		{blob.Range{Start: 7}, "789"},
		{blob.Range{Start: 9, Length: 1}, "9"},
		{blob.Range{Start: 8, Length: 99}, "89"},
		{blob.Range{Length: 10}, "0123456789"},
	} {
		got, info := get(t, s, "k", blob.GetOptions{Range: c.r})
		assert.Equal(t, c.want, got, "%+v", c.r)
		assert.Equal(t, blob.Info{Key: "k", Size: 10, Tag: tag}, info, "%+v", c.r)
	}
	for key, r := range map[string]blob.Range{"k": {Start: 10}, "empty": {Length: 1}} {
		_, err := s.Get(t.Context(), key, blob.GetOptions{Range: r})
		assert.ErrorIs(t, err, blob.ErrRange)
	}
	_, err := s.Get(t.Context(), "k", blob.GetOptions{Range: blob.Range{Start: 11, Length: 5}})
	assert.ErrorIs(t, err, blob.ErrRange)
	_, err = s.Get(t.Context(), "k", blob.GetOptions{Range: blob.Range{Start: -1, Length: 5}})
	assert.ErrorIs(t, err, blob.ErrRange)
}

func tags(t *testing.T, s blob.Store) {
	seen := map[blob.Tag]bool{}
	for i := range 200 { // one size, in no time
		tag := put(t, s, "k", fmt.Sprintf("%08d", i))
		require.False(t, seen[tag], "tag %s given twice", tag)
		seen[tag] = true
		_, info := get(t, s, "k", blob.GetOptions{})
		require.Equal(t, tag, info.Tag)
		for info, err := range s.List(t.Context(), "k") {
			require.NoError(t, err)
			require.Equal(t, blob.Info{Key: "k", Size: 8, Tag: tag}, info)
		}
	}
}

func notModified(t *testing.T, s blob.Store) {
	old := put(t, s, "k", "one")
	_, err := s.Get(t.Context(), "k", blob.GetOptions{IfNoneMatch: old})
	require.ErrorIs(t, err, blob.ErrNotModified)
	put(t, s, "k", "two")
	got, _ := get(t, s, "k", blob.GetOptions{IfNoneMatch: old})
	require.Equal(t, "two", got)
}

func conditions(t *testing.T, s blob.Store) {
	ctx := t.Context()
	refused := func(data string, when blob.Condition) {
		t.Helper()
		_, err := s.Put(ctx, "f/k", strings.NewReader(data), when)
		require.ErrorIs(t, err, blob.ErrConflict)
	}
	refused("match of nothing", blob.IfMatch("tag"))
	require.Empty(t, keys(t, s, ""))

	first, err := s.Put(ctx, "f/k", strings.NewReader("1"), blob.IfAbsent())
	require.NoError(t, err)
	refused("created twice", blob.IfAbsent())
	refused("created twice", blob.IfMatch(""))

	second, err := s.Put(ctx, "f/k", strings.NewReader("2"), blob.IfMatch(first))
	require.NoError(t, err)
	refused("stale", blob.IfMatch(first))
	got, _ := get(t, s, "f/k", blob.GetOptions{})
	require.Equal(t, "2", got)

	require.NoError(t, s.Delete(ctx, "f/k"))
	refused("deleted meanwhile", blob.IfMatch(second))
	_, err = s.Put(ctx, "f/k", strings.NewReader("3"), blob.IfAbsent())
	require.NoError(t, err)
	refused("another life", blob.IfMatch(second))
}

func oneCreator(t *testing.T, s blob.Store) { race(t, s, blob.IfAbsent()) }

func oneReplacer(t *testing.T, s blob.Store) { race(t, s, blob.IfMatch(put(t, s, "f/k", "old"))) }

func race(t *testing.T, s blob.Store, when blob.Condition) {
	var wins atomic.Int32
	var winner atomic.Value
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			data := strings.Repeat(fmt.Sprintf("writer %02d ", i), 1000)
			_, err := s.Put(t.Context(), "f/k", strings.NewReader(data), when)
			if err == nil {
				wins.Add(1)
				winner.Store(data)
				return
			}
			assert.ErrorIs(t, err, blob.ErrConflict)
		})
	}
	all.Wait()
	require.EqualValues(t, 1, wins.Load())
	got, _ := get(t, s, "f/k", blob.GetOptions{})
	require.True(t, got == winner.Load(), "what is stored is not what the winner wrote")
}

func increments(t *testing.T, s blob.Store) {
	put(t, s, "n", "")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for done := 0; done < 10; {
				obj, err := s.Get(t.Context(), "n", blob.GetOptions{})
				if !assert.NoError(t, err) {
					return
				}
				data, err := io.ReadAll(obj.Body)
				obj.Body.Close()
				if !assert.NoError(t, err) {
					return
				}
				_, err = s.Put(t.Context(), "n", bytes.NewReader(append(data, '.')), blob.IfMatch(obj.Tag))
				if err == nil {
					done++
				} else if !assert.ErrorIs(t, err, blob.ErrConflict) {
					return
				}
			}
		})
	}
	all.Wait()
	_, info := get(t, s, "n", blob.GetOptions{})
	require.EqualValues(t, 80, info.Size)
}

func oneState(t *testing.T, s blob.Store) {
	state := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 10_000+i) }
	put(t, s, "k", state(0))
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 50 {
			_, err := s.Put(t.Context(), "k", strings.NewReader(state(i)), blob.Always())
			assert.NoError(t, err)
		}
	})
	for range 4 {
		all.Go(func() {
			for range 100 {
				obj, err := s.Get(t.Context(), "k", blob.GetOptions{})
				if !assert.NoError(t, err) {
					return
				}
				data, err := io.ReadAll(obj.Body)
				obj.Body.Close()
				assert.NoError(t, err)
				assert.EqualValues(t, obj.Size, len(data))
				assert.True(t, string(data) == state(len(data)-10_000), "a mixture of two states")
			}
		})
	}
	all.Wait()
}

func listing(t *testing.T, s blob.Store) {
	// "-" and "." sort before "/", and digits after it: a walk over folders by name gets this wrong.
	want := []string{"a-b", "a.b/c", "a/b", "a/c/d", "a/c/e", "a0/x", "ab", "b/a", "f/fam/p/01", "f/fam/p/02", "f/fam/r/x/manifest"}
	for _, key := range slices.Backward(want) {
		put(t, s, key, key)
	}
	require.Equal(t, want, keys(t, s, ""))
	for prefix, want := range map[string][]string{
		"a/":         {"a/b", "a/c/d", "a/c/e"},
		"a":          {"a-b", "a.b/c", "a/b", "a/c/d", "a/c/e", "a0/x", "ab"},
		"a/c":        {"a/c/d", "a/c/e"},
		"a/c/e":      {"a/c/e"},
		"a/c/e/":     {},
		"f/fam/p/0":  {"f/fam/p/01", "f/fam/p/02"},
		"f/":         {"f/fam/p/01", "f/fam/p/02", "f/fam/r/x/manifest"},
		"zz":         {},
		"no/folder/": {},
		"../":        {},
		"/":          {},
	} {
		assert.Equal(t, want, keys(t, s, prefix), "prefix %q", prefix)
	}
}

func leaveListing(t *testing.T, s blob.Store) {
	for i := range 10 {
		put(t, s, fmt.Sprintf("d%d/k", i), "x")
	}
	n := 0
	for _, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
}

func listAndDelete(t *testing.T, s blob.Store) {
	for i := range 30 {
		put(t, s, fmt.Sprintf("d/%02d/k", i), "x")
	}
	n := 0
	for info, err := range s.List(t.Context(), "d/") {
		require.NoError(t, err)
		require.NoError(t, s.Delete(t.Context(), info.Key))
		n++
	}
	require.Equal(t, 30, n)
	require.Empty(t, keys(t, s, ""))
}

func badKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", ".hidden", "a/.tmp", `a\b`, "a b", "ä", "a\x00", "a:b",
		strings.Repeat("x", 201), strings.Repeat("abcdefg/", 80) + "x",
	} {
		_, err := s.Put(t.Context(), key, strings.NewReader("x"), blob.Always())
		assert.ErrorIs(t, err, blob.ErrKey, "put %q", key)
		_, err = s.Get(t.Context(), key, blob.GetOptions{})
		assert.ErrorIs(t, err, blob.ErrKey, "get %q", key)
		assert.ErrorIs(t, s.Delete(t.Context(), key), blob.ErrKey, "delete %q", key)
	}
	require.Empty(t, keys(t, s, ""))
	long := strings.Repeat(strings.Repeat("x", 199)+"/", 2) + strings.Repeat("y", 200)
	put(t, s, long, "x")
	require.Equal(t, []string{long}, keys(t, s, ""))
}

func canceled(t *testing.T, s blob.Store) {
	put(t, s, "k", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, "k", blob.GetOptions{})
	assert.ErrorIs(t, err, ctx.Err())
	_, err = s.Put(ctx, "k", strings.NewReader("y"), blob.Always())
	assert.ErrorIs(t, err, ctx.Err())
	assert.ErrorIs(t, s.Delete(ctx, "k"), ctx.Err())
	for _, err := range s.List(ctx, "") {
		assert.ErrorIs(t, err, ctx.Err())
	}
	got, _ := get(t, s, "k", blob.GetOptions{})
	assert.Equal(t, "x", got)
}

var errBody = errors.New("the body failed")

type brokenBody struct{ *strings.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	if b.Len() < 500 {
		return 0, errBody
	}
	return b.Reader.Read(p[:min(len(p), 100)])
}

func failingBody(t *testing.T, s blob.Store) {
	_, err := s.Put(t.Context(), "k", brokenBody{strings.NewReader(strings.Repeat("x", 1000))}, blob.Always())
	require.ErrorIs(t, err, errBody)
	require.Empty(t, keys(t, s, ""))
	put(t, s, "k", "old")
	_, err = s.Put(t.Context(), "k", brokenBody{strings.NewReader(strings.Repeat("x", 1000))}, blob.Always())
	require.ErrorIs(t, err, errBody)
	got, _ := get(t, s, "k", blob.GetOptions{})
	require.Equal(t, "old", got)
}
