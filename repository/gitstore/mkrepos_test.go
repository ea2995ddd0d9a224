package gitstore_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A shape is what a test repository looks like: text of words that are as frequent as words are, pictures of noise, and
// commits that edit a few lines of one to three texts and now and then a picture.
type shape struct {
	name     string
	texts    int
	textSize [2]int
	pictures []int // bytes
	commits  int
	repaint  float64 // share of the commits that replace a picture
	folders  int
}

// shapes are four: a lesson, one with a long history, a unit of twenty lessons with media, and a few large files.
func shapes() []shape {
	r := rand.New(rand.NewPCG(7, 7))
	some := func(n, low, high int) (sizes []int) {
		for range n {
			sizes = append(sizes, low+r.IntN(high-low))
		}
		return sizes
	}
	return []shape{
		{"lesson", 24, [2]int{2000, 6000}, some(6, 8000, 30_000), 10, 0.05, 6},
		{"hist200", 24, [2]int{2000, 6000}, some(6, 8000, 30_000), 200, 0.05, 6},
		{"unit", 240, [2]int{2000, 10_000}, append(some(55, 60_000, 160_000), some(5, 2_000_000, 3_500_000)...), 30, 0.1, 20},
		{"big50", 60, [2]int{2000, 8000}, append(some(30, 400_000, 900_000), some(5, 6_000_000, 6_000_001)...), 3, 0, 4},
	}
}

// author writes text.
type author struct {
	*rand.Rand
	words []string
	upTo  []float64
}

func newAuthor(seed uint64) *author {
	a := &author{Rand: rand.New(rand.NewPCG(seed, 7))}
	sum := 0.0
	for i := range 3000 {
		word := make([]byte, 2+a.IntN(9))
		for j := range word {
			word[j] = byte('a' + a.IntN(26))
		}
		sum += 1 / float64(i+1)
		a.words, a.upTo = append(a.words, string(word)), append(a.upTo, sum)
	}
	return a
}

func (a *author) text(n int) string {
	var b strings.Builder
	for b.Len() < n {
		for i := range 8 + a.IntN(9) {
			if i > 0 {
				b.WriteByte(' ')
			}
			at := sort.SearchFloat64s(a.upTo, a.Float64()*a.upTo[len(a.upTo)-1])
			b.WriteString(a.words[min(at, len(a.words)-1)])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (a *author) picture(n int) []byte {
	p := append(make([]byte, 0, n+8), 0xff, 0xd8, 0xff, 0xe0)
	for len(p) < n {
		v := a.Uint64()
		p = append(p, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return p
}

// makeRepository makes a repository of the shape with a work tree, packed as git packs it.
func makeRepository(t testing.TB, s shape) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), s.name)
	git(t, "", "init", "-q", "-b", "main", dir)
	git(t, dir, "config", "gc.auto", "0")
	a := newAuthor(7)
	put := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	texts, pictures := make([]string, s.texts), make([]string, len(s.pictures))
	for i := range texts {
		texts[i] = fmt.Sprintf("sec%d/p%d.%s", i%s.folders, i, []string{"md", "html", "json", "md"}[a.IntN(4)])
		put(texts[i], []byte(a.text(s.textSize[0]+a.IntN(s.textSize[1]-s.textSize[0]))))
	}
	for i, n := range s.pictures {
		pictures[i] = fmt.Sprintf("img/i%d.jpg", i)
		put(pictures[i], a.picture(n))
	}
	when := 1_700_000_000
	record := func(message string) {
		when += 60
		git(t, dir, "add", "-A")
		cmd := exec.CommandContext(t.Context(), "git", "-C", dir, "commit", "-q", "-m", message)
		date := fmt.Sprintf("%d +0000", when)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
			"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org", "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	edit := func() {
		for range 1 + a.IntN(3) {
			name := texts[a.IntN(len(texts))]
			old, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			all := strings.Split(string(old), "\n")
			at := a.IntN(len(all))
			end := min(len(all), at+a.IntN(3))
			lines := append(append(append([]string{}, all[:at]...), strings.Split(strings.TrimSpace(a.text(60+a.IntN(340))), "\n")...), all[end:]...)
			put(name, []byte(strings.Join(lines, "\n")))
		}
	}
	record("initial")
	for i := 1; i < s.commits; i++ {
		edit()
		if a.Float64() < s.repaint {
			n := a.IntN(len(pictures))
			put(pictures[n], a.picture(s.pictures[n]))
		}
		record(fmt.Sprint("edit ", i))
	}
	git(t, dir, "repack", "-adq")
	return dir
}
