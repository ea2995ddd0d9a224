package merge

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// triple makes a text and two changed versions of it. Few words make lines that repeat, which is where ways of comparing
// differ.
func triple(r *rand.Rand) (base, ours, theirs string) {
	words := 2 + r.IntN(40)
	word := func() string {
		switch r.IntN(6) {
		case 0:
			return "\n"
		default:
			return fmt.Sprintf("line %d\n", r.IntN(words))
		}
	}
	b := make([]string, r.IntN(1+[]int{5, 30, 120, 600}[r.IntN(4)]))
	for i := range b {
		b[i] = word()
	}
	change := func() string {
		out := append([]string(nil), b...)
		for range 1 + r.IntN(4) {
			at := r.IntN(len(out) + 1)
			switch n := min(1+r.IntN(3), len(out)-at); r.IntN(4) {
			case 0:
				out = append(out[:at:at], out[at+n:]...)
			case 1:
				out = append(out[:at:at], append([]string{word(), word()}[:1+r.IntN(2)], out[at:]...)...)
			case 2:
				moved := append([]string(nil), out[at:at+n]...)
				out = append(out[:at:at], out[at+n:]...)
				to := r.IntN(len(out) + 1)
				out = append(out[:to:to], append(moved, out[to:]...)...)
			default:
				for i := at; i < at+n; i++ {
					out[i] = word()
				}
			}
		}
		text := strings.Join(out, "")
		if r.IntN(10) == 0 {
			text = strings.TrimSuffix(text, "\n")
		}
		return text
	}
	return strings.Join(b, ""), change(), change()
}

// gitMergeFile merges by git. It answers how many conflicts git found.
func gitMergeFile(t testing.TB, dir, base, ours, theirs string) (string, int) {
	t.Helper()
	for name, text := range map[string]string{"base": base, "ours": ours, "theirs": theirs} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	cmd := exec.Command("git", "merge-file", "-p", "-q", "ours", "base", "theirs")
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() < 128 {
		return string(out), exit.ExitCode()
	}
	require.NoError(t, err)
	return string(out), 0
}

func TestMergeAgreesWithGitWhereThatIsClean(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git: apt-get install git")
	}
	const triples = 1500
	var wg sync.WaitGroup
	var mu sync.Mutex
	cleanOnes, failed := 0, 0
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			dir := t.TempDir()
			for n := w; n < triples; n += workers {
				base, ours, theirs := triple(rand.New(rand.NewPCG(7, uint64(n))))
				want, conflicts := gitMergeFile(t, dir, base, ours, theirs)
				got, ok := cleanly([]byte(base), []byte(ours), []byte(theirs), newMeter(0))
				mu.Lock()
				if conflicts == 0 {
					cleanOnes++
				}
				if ok != (conflicts == 0) || ok && !bytes.Equal(got, []byte(want)) {
					failed++
					assert.Fail(t, "differs from git", "triple %d: git found %d conflicts, here clean is %v", n, conflicts, ok)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	assert.Greater(t, cleanOnes, triples/3)
	assert.Less(t, cleanOnes, triples)
	t.Logf("%d of %d clean, %d differ", cleanOnes, triples, failed)
}
