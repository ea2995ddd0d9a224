//go:build linux

package search_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// killed names the folder whose index this process is to write until it is killed, in place of running tests.
const killed = "COMMONPLACE_TEST_INDEX_UNTIL_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		if err := indexForever(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if dir := os.Getenv(fullDisk); dir != "" {
		if err := indexOnFullDisk(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// series is a feed in which change n concerns resource n mod 60: it gets the title "version<n>", and is gone if n is
// divisible by 7.
type series struct{ last atomic.Int64 }

const seriesResources = 60

func (s *series) Changes(_ context.Context, after int64, limit int) (list []search.Change, err error) {
	for n := after + 1; n <= s.last.Load() && len(list) < limit; n++ {
		list = append(list, search.Change{Seq: n, ID: fmt.Sprint(n % seriesResources)})
	}
	return list, nil
}

func (s *series) Document(_ context.Context, id string) (search.Document, bool, error) {
	resource, err := strconv.ParseInt(id, 10, 64)
	last := s.last.Load()
	n := last - ((last-resource)%seriesResources+seriesResources)%seriesResources
	return search.Document{Title: fmt.Sprintf("version%d", n)}, n > 0 && n%7 != 0, err
}

// indexForever follows a growing series and rebuilds the index again and again. It prints "to" and a number before the
// series grows to it, the number of each change that is indexed, and "rebuilt".
func indexForever(ctx context.Context, dir string) error {
	l, why, err := search.OpenLive(dir, search.Options{Feed: "series"})
	if err != nil || why != nil {
		return fmt.Errorf("open: %w, %w", err, why)
	}
	s := &series{}
	s.last.Store(l.Seq())
	failed := make(chan error, 2)
	go func() {
		for {
			if err := l.Rebuild(ctx, s); err != nil {
				failed <- err
				return
			}
			fmt.Println("rebuilt")
		}
	}()
	go func() {
		for {
			to := s.last.Load() + 1 + rand.Int64N(40)
			fmt.Println("to", to)
			s.last.Store(to)
			if err := l.CatchUp(ctx, s); err != nil {
				failed <- err
				return
			}
			fmt.Println(l.Seq())
		}
	}()
	return <-failed
}

// TestKilledWhileRebuildingLosesNothing kills a process that indexes, rebuilds and swaps at random moments. What it said
// to be indexed is there in the next one, and no kill costs the index. COMMONPLACE_TEST_KILLS is how often; 30 if unset.
func TestKilledWhileRebuildingLosesNothing(t *testing.T) {
	kills := 30
	if n, err := strconv.Atoi(os.Getenv("COMMONPLACE_TEST_KILLS")); err == nil {
		kills = n
	} else if testing.Short() {
		kills = 8
	}
	program, err := os.Executable()
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	dir := filepath.Join(t.TempDir(), "index")
	last, rebuilt := int64(0), false
	for round := range kills {
		c := exec.Command(program)
		c.Env = append(os.Environ(), killed+"="+dir)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		var said bytes.Buffer
		c.Stderr = &said
		require.NoError(t, c.Start())
		acknowledged, grown := last, last
		kill := func() { _ = c.Process.Kill() }
		after := time.Duration(random.IntN(300)) * time.Millisecond
		timer := time.AfterFunc(after, kill)
		if round%4 > 0 { // the others are killed while they open the index, too
			timer.Stop()
		}
		for in := bufio.NewScanner(out); in.Scan(); {
			if to, ok := strings.CutPrefix(in.Text(), "to "); ok {
				grown, err = strconv.ParseInt(to, 10, 64)
				require.NoError(t, err)
				continue
			}
			if in.Text() == "rebuilt" {
				rebuilt = true
				if round%4 == 1 {
					timer.Reset(after)
				}
				continue
			}
			if round%4 > 1 && acknowledged == last {
				timer.Reset(after)
			}
			n, err := strconv.ParseInt(in.Text(), 10, 64)
			require.NoError(t, err)
			acknowledged = n
		}
		err = c.Wait()
		timer.Stop()
		require.ErrorContains(t, err, "killed", "it ends by being killed: %s", &said)

		l, why, err := search.OpenLive(dir, search.Options{Feed: "series"})
		require.NoError(t, err)
		require.NoError(t, why, "a kill costs no index")
		require.GreaterOrEqual(t, l.Seq(), acknowledged)
		require.LessOrEqual(t, l.Seq(), grown)
		last = grown + 3 // documents may be newer than the number that is stored with them, but never than the feed
		s := &series{}
		s.last.Store(last)
		require.NoError(t, l.CatchUp(t.Context(), s))
		for id := range seriesResources {
			d, there, err := s.Document(t.Context(), fmt.Sprint(id))
			require.NoError(t, err)
			if !there {
				continue
			}
			q, _ := search.ParseQuery(`"` + d.Title + `"`)
			got, err := l.Search(t.Context(), search.Request{Query: q})
			require.NoError(t, err)
			if assert.Len(t, got.Hits, 1, "%s is found", d.Title) {
				assert.Equal(t, fmt.Sprint(id), got.Hits[0].ID)
			}
		}
		n, err := l.Count()
		require.NoError(t, err)
		want := 0
		for id := range seriesResources {
			if _, there, _ := s.Document(t.Context(), fmt.Sprint(id)); there {
				want++
			}
		}
		assert.Equal(t, want, n)
		require.NoError(t, l.Close())
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, entries, 2, "one index and the file that names it")
	}
	assert.True(t, rebuilt, "some rebuilds came to their end")
	t.Logf("%d changes acknowledged over %d kills", last, kills)
}
