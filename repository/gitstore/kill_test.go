package gitstore_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

const saverFolder = "COMMONPLACE_TEST_SAVER"

// TestKilledWhileSaving kills a process that saves, again and again, at random moments. What it had said to be saved must
// be there afterwards, and everything that is there must be whole.
func TestKilledWhileSaving(t *testing.T) {
	root := t.TempDir()
	b, err := blob.OpenFolder(root)
	require.NoError(t, err)
	first(t, gitstore.New(b, gitstore.Options{}), tree("index.md", "0"))
	acknowledged := []gitstore.Hash{}
	for range 12 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSaverProcess$")
		cmd.Env = append(os.Environ(), saverFolder+"="+root)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
			if n == 1 {
				time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		require.Error(t, cmd.Wait(), "it was killed")
	}

	b, err = blob.OpenFolder(root)
	require.NoError(t, err)
	left, err := os.ReadDir(filepath.Join(root, ".tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
	s := gitstore.New(b, gitstore.Options{})
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	log, err := r.Log(t.Context(), r.Head(), 1_000_000)
	require.NoError(t, err)
	there := make(map[gitstore.Hash]bool)
	for _, c := range log {
		there[c.Hash] = true
	}
	require.NotEmpty(t, acknowledged)
	for _, h := range acknowledged {
		require.True(t, there[h], "%s was acknowledged and is lost", h)
	}
	clone(t, server(t, s, at).URL)
}

// TestSaverProcess is not a test: it is the process that is killed.
func TestSaverProcess(t *testing.T) {
	root := os.Getenv(saverFolder)
	if root == "" {
		return
	}
	b, err := blob.OpenFolder(root)
	require.NoError(t, err)
	s := gitstore.New(b, gitstore.Options{})
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	for n := 0; ; n++ {
		var h gitstore.Hash
		r, h = next(t, s, r, tree("index.md", fmt.Sprint(rand.Uint64()), fmt.Sprintf("part/%d.md", n), "x"), n)
		fmt.Println(h)
	}
}
