package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// TestKillingAPublishLosesNothingAcknowledged kills the real program at random moments while it publishes, and looks after
// each kill whether everything that it had said was published is there, whole, found and clonable.
func TestKillingAPublishLosesNothingAcknowledged(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 3
	}
	program := filepath.Join(t.TempDir(), "commonplace")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	data, folders := t.TempDir(), t.TempDir()
	const resources = 30
	require.NoError(t, exec.Command(program, "user", "add", "rosa", "--data", data).Run())
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	acknowledged := map[string]string{} // slug → revision
	for round := range rounds {
		for n := range resources {
			dir := filepath.Join(folders, fmt.Sprintf("lesson-%d", n))
			require.NoError(t, os.MkdirAll(dir, 0o755))
			text := fmt.Sprintf("---\ntitle: Lesson %d\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: Rosa}]\n---\nRound %d of lesson %d.\n", n, round, n)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "index.md"), []byte(text), 0o644))
		}
		c := exec.Command(program, "publish", folders, "--owner", "rosa", "--data", data, "--json")
		lines, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		timer := time.AfterFunc(time.Duration(random.IntN(600))*time.Millisecond, func() { _ = c.Process.Kill() })
		for in := bufio.NewScanner(lines); in.Scan(); {
			var p published
			if json.Unmarshal(in.Bytes(), &p) == nil && p.Revision != "" {
				acknowledged[filepath.Base(p.Path)] = p.Revision
			}
		}
		_ = c.Wait() // killed or done
		timer.Stop()
		if round%3 == 2 || round == rounds-1 {
			inspect(t, data, acknowledged)
		}
	}
	t.Logf("%d resources acknowledged in %d rounds", len(acknowledged), rounds)
}

// inspect opens the folder as the next start would, and holds it against what was acknowledged.
func inspect(t *testing.T, data string, acknowledged map[string]string) {
	t.Helper()
	ctx := t.Context()
	c := config.Default()
	c.Data = data
	a, err := app.Open(ctx, c, app.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, a.Close(ctx)) }()
	for slug, rev := range acknowledged {
		r, err := a.Repository.Resource(ctx, repository.Address{Owner: "rosa", Slug: slug})
		require.NoError(t, err, slug)
		history, err := a.Repository.History(ctx, r, 1000)
		require.NoError(t, err, slug)
		found := false
		for _, commit := range history {
			found = found || commit.Hash == rev
		}
		assert.True(t, found, "%s: acknowledged revision %s is in its history", slug, rev)
		query, _ := search.ParseQuery(fmt.Sprintf("%q", r.Metadata.Title))
		results, err := a.Search.Search(ctx, search.Request{Query: query})
		require.NoError(t, err)
		assert.NotZero(t, results.Total, "%s is found", slug)
	}
}
