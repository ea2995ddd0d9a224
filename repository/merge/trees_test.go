package merge_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

func tree(pairs ...string) merge.Tree {
	t := merge.Tree{}
	for i := 0; i < len(pairs); i += 2 {
		t[pairs[i]] = merge.File{Data: []byte(pairs[i+1])}
	}
	return t
}

// held is what a tree holds, to compare.
func held(t merge.Tree) map[string]string {
	m := map[string]string{}
	for name, f := range t {
		m[name] = string(f.Data)
	}
	return m
}

var long = strings.Repeat("A line of a file that is long enough to be known again.\n", 4) + "1\n2\n3\n4\n5\n6\n"

const png = "\x89PNG\x00\x00 a picture"

func TestTreesMergeCleanly(t *testing.T) {
	changed, changed2 := strings.Replace(long, "1\n", "one\n", 1), strings.Replace(long, "6\n", "six\n", 1)
	both := strings.Replace(changed, "6\n", "six\n", 1)
	for _, c := range []struct {
		name                       string
		base, ours, theirs, merged merge.Tree
	}{
		{"files added on both sides", tree("a", long), tree("a", long, "b", "b"), tree("a", long, "c", "c"), tree("a", long, "b", "b", "c", "c")},
		{"a file taken out", tree("a", long, "b", "b"), tree("a", long, "b", "b", "c", "c"), tree("a", long), tree("a", long, "c", "c")},
		{"renamed by us, changed by them", tree("a.csv", long), tree("b.csv", long), tree("a.csv", changed), tree("b.csv", changed)},
		{"renamed and changed by us, changed by them", tree("a.csv", long), tree("b.csv", changed2), tree("a.csv", changed), tree("b.csv", both)},
		{"renamed by both to the same", tree("a.csv", long), tree("b.csv", changed2), tree("b.csv", changed), tree("b.csv", both)},
		{"a part's folder renamed, a picture added to it", tree("02-recipes/index.md", long, "02-recipes/media/a.png", png, "x", "x"),
			tree("02-cooking/index.md", long, "02-cooking/media/a.png", png, "x", "x"),
			tree("02-recipes/index.md", changed, "02-recipes/media/a.png", png, "02-recipes/media/b.png", png+"2", "x", "x"),
			tree("02-cooking/index.md", changed, "02-cooking/media/a.png", png, "02-cooking/media/b.png", png+"2", "x", "x")},
		{"the same picture added twice", tree("x", "x"), tree("x", "x", "a.png", png), tree("x", "y", "a.png", png), tree("x", "y", "a.png", png)},
		{"a picture replaced by one side", tree("a.png", png, "x", "x"), tree("a.png", png+"2", "x", "x"), tree("a.png", png, "x", "y"), tree("a.png", png+"2", "x", "y")},
		{"two parts added side by side", tree("index.md", "a\n"), tree("index.md", "a\n", "01/index.md", "one\n"), tree("index.md", "a\n", "02/index.md", "two\n"),
			tree("index.md", "a\n", "01/index.md", "one\n", "02/index.md", "two\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []merge.Result{merge.Trees(c.base, c.ours, c.theirs, merge.Options{}), merge.Trees(c.base, c.theirs, c.ours, merge.Options{})} {
				assert.Empty(t, r.Conflicts)
				assert.Equal(t, held(c.merged), held(r.Files))
			}
		})
	}
}

func TestTreesConflict(t *testing.T) {
	changed := strings.Replace(long, "1\n", "one\n", 1)
	for _, c := range []struct {
		name               string
		base, ours, theirs merge.Tree
		kind               merge.ConflictKind
		path               string
		taken, both        merge.Tree // what the tree is once theirs, or both, are taken
	}{
		{"a picture that both replaced", tree("a.png", png), tree("a.png", png+"1"), tree("a.png", png+"2"), merge.FileChanged, "a.png",
			tree("a.png", png+"2"), tree("a.png", png+"1", "a-2.png", png+"2")},
		{"a picture that both added", tree("x", "x"), tree("x", "x", "a.png", png+"1"), tree("x", "x", "a.png", png+"2"), merge.FileAdded, "a.png",
			tree("x", "x", "a.png", png+"2"), tree("x", "x", "a.png", png+"1", "a-2.png", png+"2")},
		{"a text that both added", tree("x", "x"), tree("x", "x", "a.md", "One.\n"), tree("x", "x", "a.md", "Two.\n"), merge.FileAdded, "a.md",
			tree("x", "x", "a.md", "Two.\n"), tree("x", "x", "a.md", "One.\n", "a-2.md", "Two.\n")},
		{"taken out by us, changed by them", tree("a", long, "x", "x"), tree("x", "x"), tree("a", changed, "x", "x"), merge.FileDeleted, "a",
			tree("a", changed, "x", "x"), tree("a", changed, "x", "x")},
		{"changed by us, taken out by them", tree("a", long, "x", "x"), tree("a", changed, "x", "x"), tree("x", "x"), merge.FileDeleted, "a",
			tree("x", "x"), tree("a", changed, "x", "x")},
		{"renamed by us, taken out by them", tree("a", long, "x", "x"), tree("b", long, "x", "x"), tree("x", "x"), merge.FileDeleted, "b",
			tree("x", "x"), tree("b", long, "x", "x")},
		{"renamed by both, differently", tree("a", long), tree("b", long), tree("c", changed), merge.FileRenamed, "b",
			tree("c", changed), nil},
		{"a file where they have a folder", tree("x", "x"), tree("x", "x", "media", "m"), tree("x", "x", "media/a.png", png), merge.PathTaken, "media/a.png",
			tree("x", "x", "media/a.png", png), nil},
		{"names that differ in case", tree("x", "x"), tree("x", "x", "a.png", png+"1"), tree("x", "x", "A.png", png+"2"), merge.PathTaken, "A.png",
			tree("x", "x", "A.png", png+"2"), tree("x", "x", "a.png", png+"1", "A-2.png", png+"2")},
		{"a pointer to a large file", tree("a.mp4", pointer("1")), tree("a.mp4", pointer("2")), tree("a.mp4", pointer("3")), merge.FileChanged, "a.mp4",
			tree("a.mp4", pointer("3")), tree("a.mp4", pointer("2"), "a-2.mp4", pointer("3"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := merge.Trees(c.base, c.ours, c.theirs, merge.Options{})
			require.Len(t, r.Conflicts, 1)
			got := r.Conflicts[0]
			assert.Equal(t, c.kind, got.Kind)
			assert.Equal(t, c.path, got.Path)
			if c.kind != merge.FileRenamed {
				assert.Equal(t, held(c.ours), held(r.Files), "ours is held")
			}
			done, err := r.Resolve(map[string]merge.Choice{got.ID: {Take: merge.Theirs}})
			require.NoError(t, err)
			assert.Equal(t, held(c.taken), held(done.Files))
			if c.both != nil {
				done, err = r.Resolve(map[string]merge.Choice{got.ID: {Take: merge.Both}})
				require.NoError(t, err)
				assert.Equal(t, held(c.both), held(done.Files))
			}
		})
	}
}

func pointer(id string) string {
	return "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat(id, 64) + "\nsize 12345\n"
}

// Nothing that is ours is lost or changed at a conflict, whatever the two sides did to names.
func TestRenamesNeverLoseAFile(t *testing.T) {
	base := tree("a", long+"a", "b", long+long+"b", "c", "c")
	ours := tree("b2", long+long+"b", "a2", long+"a", "c", "c", "d", "ours")
	theirs := tree("d", long+"a", "a2", long+long+"b", "c", "C")
	r := merge.Trees(base, ours, theirs, merge.Options{})
	want := held(ours)
	want["c"] = "C"
	assert.Equal(t, want, held(r.Files))
	assert.NotEmpty(t, r.Conflicts)
}

func TestExecutableFilesStaySo(t *testing.T) {
	base := merge.Tree{"run.sh": {Data: []byte("echo 1\n")}}
	ours := merge.Tree{"run.sh": {Data: []byte("echo 1\n"), Executable: true}}
	theirs := tree("run.sh", "echo 2\n")
	r := merge.Trees(base, ours, theirs, merge.Options{})
	assert.True(t, r.Clean())
	assert.Equal(t, merge.Tree{"run.sh": {Data: []byte("echo 2\n"), Executable: true}}, r.Files)
}

func TestChangesSayWhatTheMergeDoes(t *testing.T) {
	base := tree("index.md", page, "old.csv", long, "a.png", png, "b.png", png+"b")
	theirs := tree("index.md", with(t, page, "grades: [5]", "grades: [5, 6]", "Draw it.", "Sketch it.", "share pizzas", "share cakes"),
		"new.csv", long, "b.png", png+"c", "c.png", png+"d")
	r := merge.Trees(base, tree("index.md", with(t, page, "today?", "?"), "old.csv", long, "a.png", png, "b.png", png+"b"), theirs, merge.Options{})
	assert.Equal(t, []merge.Change{
		{Path: "a.png", Kind: merge.Deleted},
		{Path: "b.png", Kind: merge.Modified},
		{Path: "c.png", Kind: merge.Added},
		{Path: "index.md", Kind: merge.Modified, Blocks: 2, Fields: []string{"grades"}},
		{Path: "new.csv", From: "old.csv", Kind: merge.Renamed},
	}, r.Changes)
	assert.Equal(t, merge.Counts{Upstream: 7, Clean: 7}, r.Summary())
}

func TestSummaryReadsAsASentence(t *testing.T) {
	for want, c := range map[string]merge.Counts{
		"no changes upstream":                              {},
		"3 changes upstream: 2 merge cleanly, 1 needs you": {Upstream: 3, Clean: 2, Conflicts: 1},
		"1 change upstream: 1 needs you":                   {Upstream: 1, Conflicts: 1},
		"1 change upstream: 1 merges cleanly":              {Upstream: 1, Clean: 1},
		"4 changes upstream: 1 merges cleanly, 3 need you": {Upstream: 4, Clean: 1, Conflicts: 3},
	} {
		assert.Equal(t, want, c.String())
	}
	base := with(t, page)
	assert.Equal(t, "3 changes upstream: 2 merge cleanly, 1 needs you", merge.Trees(file(base),
		file(with(t, base, "Two thirds.", "⅔")),
		file(with(t, base, "Two thirds.", "2/3", "today?", "?", "grades: [5]", "grades: [5, 6]")), merge.Options{}).Summary().String())
	assert.Equal(t, merge.Counts{}, merge.Trees(file(base), file(page+"\nMore.\n"), file(base), merge.Options{}).Summary())
}

func TestReadTree(t *testing.T) {
	got, err := merge.ReadTree(fstest.MapFS{"a/b.md": {Data: []byte("b")}, "run.sh": {Data: []byte("r"), Mode: 0o755}, "link": {Mode: 0o777 | 1<<27}})
	require.NoError(t, err)
	assert.Equal(t, merge.Tree{"a/b.md": {Data: []byte("b")}, "run.sh": {Data: []byte("r"), Executable: true}}, got)
	many := fstest.MapFS{}
	for i := range 20_001 {
		many[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	_, err = merge.ReadTree(many)
	assert.ErrorIs(t, err, kind.ErrInvalid)
}

// history is commits by name, for tests of Virtual.
type history map[string]commit

type commit struct {
	tree    merge.Tree
	parents string
}

func (h history) Tree(_ context.Context, rev string) (merge.Tree, error) { return h[rev].tree, nil }

func (h history) above(revs ...string) map[string]bool {
	seen := map[string]bool{}
	for len(revs) > 0 {
		if !seen[revs[0]] {
			seen[revs[0]] = true
			revs = append(revs, strings.Fields(h[revs[0]].parents)...)
		}
		revs = revs[1:]
	}
	return seen
}

func (h history) Bases(_ context.Context, a []string, b string) ([]string, error) {
	both := h.above(b)
	reach := h.above(a...)
	maps.DeleteFunc(both, func(rev string, _ bool) bool { return !reach[rev] })
	for rev := range maps.Clone(both) {
		for up := range h.above(strings.Fields(h[rev].parents)...) {
			delete(both, up)
		}
	}
	return slices.Sorted(maps.Keys(both)), nil
}

// crissCross is a history in which two people merged each other, and decided a conflict on line 3 each in their own way.
func crissCross(t testing.TB, mine, theirs string) (history, merge.Result) {
	t.Helper()
	numbers := "1\n2\n3\n4\n5\n"
	text := func(third string) merge.Tree { return tree("a.txt", strings.Replace(numbers, "3", third, 1)) }
	h := history{
		"root": {text("3"), ""},
		"l":    {text("left"), "root"}, "r": {text("right"), "root"},
		"lr": {text(mine), "l r"}, "rl": {text(theirs), "r l"},
	}
	base, err := merge.Virtual(t.Context(), h, "lr", "rl")
	require.NoError(t, err)
	return h, merge.Trees(base, h["lr"].tree, h["rl"].tree, merge.Options{})
}

func TestCrissCross(t *testing.T) {
	_, r := crissCross(t, "left", "left")
	assert.Empty(t, r.Conflicts, "both decided the same")

	// With either of the two common ancestors alone as the base, one decision would silently win over the other.
	for _, c := range [][2]string{{"left", "right"}, {"right", "left"}, {"3", "left"}, {"right", "3"}, {"new", "left"}} {
		_, r = crissCross(t, c[0], c[1])
		require.Len(t, r.Conflicts, 1, c)
		assert.Equal(t, c[0]+"\n", string(r.Conflicts[0].Ours))
		assert.Equal(t, c[1]+"\n", string(r.Conflicts[0].Theirs))
		assert.Equal(t, "3\n", string(r.Conflicts[0].Base), "what it was before anybody changed it")
		assert.NotContains(t, string(r.Files["a.txt"].Data), "unsettled")
	}
}

func TestCrissCrossThatWasCleanHasACleanBase(t *testing.T) {
	text := func(from, to string) string { return strings.Replace("1\n2\n3\n4\n5\n6\n7\n", from, to, 1) }
	both := strings.Replace(text("1", "one"), "7", "seven", 1)
	h := history{
		"root": {tree("a", text("", "")), ""},
		"l":    {tree("a", text("1", "one")), "root"}, "r": {tree("a", text("7", "seven")), "root"},
		"lr": {tree("a", both), "l r"}, "rl": {tree("a", strings.Replace(both, "4", "four", 1)), "r l"},
	}
	base, err := merge.Virtual(t.Context(), h, "lr", "rl")
	require.NoError(t, err)
	assert.Equal(t, both, string(base["a"].Data))
	again := history{"lr": h["lr"], "rl": h["rl"], "l": h["l"], "r": h["r"], "root": h["root"],
		"x": {tree("a", both), "lr rl"}, "y": {tree("a", both), "rl lr"}}
	_, err = merge.Virtual(t.Context(), again, "x", "y")
	require.NoError(t, err)
}

func TestCrissCrossOfEverything(t *testing.T) {
	base := tree("index.md", page, "a.png", png, "gone.csv", long, "name.csv", long+"n")
	left := tree("index.md", with(t, page, "title: Sharing pizzas fairly", "title: Left", "Draw it.", "Left."), "a.png", png+"l", "left.csv", long+"n", "new.png", png+"nl")
	right := tree("index.md", with(t, page, "title: Sharing pizzas fairly", "title: Right", "Draw it.", "Right."), "a.png", png+"r", "gone.csv", long+"r",
		"right.csv", long+"n", "new.png", png+"nr")
	h := history{"root": {base, ""}, "l": {left, "root"}, "r": {right, "root"}, "lr": {left, "l r"}, "rl": {right, "r l"}}
	virtual, err := merge.Virtual(t.Context(), h, "lr", "rl")
	require.NoError(t, err)
	r := merge.Trees(virtual, left, right, merge.Options{})
	assert.Equal(t, held(left), held(r.Files), "nothing wins silently: ours is held everywhere")
	kinds := map[merge.ConflictKind]bool{}
	for _, c := range r.Conflicts {
		kinds[c.Kind] = true
		assert.NotContains(t, string(c.Base)+string(c.Ours)+string(c.Theirs), "unsettled")
	}
	for _, want := range []merge.ConflictKind{merge.FieldChanged, merge.TextChanged, merge.FileChanged, merge.FileDeleted, merge.FileRenamed} {
		assert.True(t, kinds[want], want)
	}
	same := merge.Trees(virtual, left, left, merge.Options{})
	assert.True(t, same.Clean())
}

func TestVirtualBaseOfStrangersIsEmpty(t *testing.T) {
	base, err := merge.Virtual(t.Context(), history{"a": {tree("a", "a"), ""}, "b": {tree("b", "b"), ""}}, "a", "b")
	require.NoError(t, err)
	assert.Empty(t, base)
}
