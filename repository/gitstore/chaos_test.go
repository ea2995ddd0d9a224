package gitstore_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// chaosKills is how often servers are killed: COMMONPLACE_CHAOS times, or as often as there is time for usually.
func chaosKills(t *testing.T) int {
	t.Helper()
	if many, err := strconv.Atoi(os.Getenv("COMMONPLACE_CHAOS")); err == nil {
		return many
	}
	if testing.Short() {
		t.Skip("breaks servers for many seconds")
	}
	return 8
}

// Two servers share a bucket and nothing else, 3 % of each fault happen to all that they ask of it, and both compact and sweep
// all the time. Nothing that was acknowledged is lost by pushes, saves, remixes, or later.
func TestNothingAcknowledgedIsLostByFaults(t *testing.T) {
	t.Parallel()
	faults := func(t *testing.T, open func() blob.Store) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		c := newChaos()
		c.urls = make([]string, 2)
		var nodes []*node
		var faulty []*blobtest.Faulty
		var ends []func()
		for i := range c.urls {
			f := blobtest.NewFaulty(open())
			f.Pause = chaosPause
			f.EveryFault(seed+uint64(i), 0.03)
			n, url, end := localNode(t, f)
			nodes, faulty, ends = append(nodes, n), append(faulty, f), append(ends, end)
			c.serve(i, url)
		}
		c.begin(t, open())
		time.Sleep(time.Duration(chaosKills(t)) * time.Second / 2)
		c.end(t, func() bool {
			worked, kinds := map[string]int{}, map[blobtest.Fault]int{}
			for i, n := range nodes {
				n.count(worked)
				for kind, k := range faulty[i].Faults() {
					kinds[kind] += k
				}
			}
			for kind := blobtest.Before; kind <= blobtest.Delay; kind++ {
				if kinds[kind] == 0 {
					return false
				}
			}
			return worked["compaction"] > 0 && worked["sweep"] > 0
		})
		for i, n := range nodes {
			ends[i]()
			for what, k := range n.counts {
				c.counts["server: "+what] += k
			}
			assert.Empty(t, n.broken)
			for kind, k := range faulty[i].Faults() {
				c.counts[fmt.Sprint("fault ", kind)] += k
			}
		}
		for kind := blobtest.Before; kind <= blobtest.Delay; kind++ {
			assert.NotZero(t, c.counts[fmt.Sprint("fault ", kind)], "fault %d", kind)
		}
		for _, what := range []string{"server: compaction", "server: sweep"} {
			assert.NotZero(t, c.counts[what], what)
		}
		c.settle(t, open())
	}
	t.Run("folder", func(t *testing.T) {
		chaosKills(t)
		t.Parallel()
		root := t.TempDir()
		faults(t, func() blob.Store {
			b, err := blob.OpenFolder(root)
			require.NoError(t, err)
			return b
		})
	})
	t.Run("S3", func(t *testing.T) {
		chaosKills(t)
		t.Parallel()
		s3 := blobtest.VersityGW(t)
		o := s3.Options(s3.NewBucket())
		faults(t, func() blob.Store {
			b, err := blob.OpenS3(t.Context(), o)
			require.NoError(t, err)
			return b
		})
	})
}

// Two processes share a bucket, and are killed at random moments, while they compact and sweep too; with S3 the S3 server is
// killed in turn.
func TestNothingAcknowledgedIsLostByKills(t *testing.T) {
	t.Parallel()
	kills := func(t *testing.T, bucket string, env []string, b blob.Store, s3 *blobtest.Gateway) {
		c := newChaos()
		c.urls = make([]string, 2)
		kill := make([]func(), 2)
		start := func(i int) {
			var url string
			url, kill[i] = startNode(t, bucket, env)
			c.serve(i, url)
		}
		for i := range kill {
			start(i)
		}
		defer func() {
			for _, k := range kill {
				k()
			}
		}()
		c.begin(t, b)
		for n := 0; n < chaosKills(t) && !t.Failed(); n++ {
			time.Sleep(time.Duration(50+rand.IntN(700)) * time.Millisecond)
			if i := n % 3; s3 == nil || i < len(kill) {
				i = n % 2
				c.ask(t, i)
				kill[i]()
				c.count("kill")
				start(i)
				continue
			}
			s3.Kill()
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
			s3.Start(t)
			c.count("kill of the S3 server")
		}
		c.end(t, func() bool {
			c.mu.Lock()
			worked := c.counts["server: compaction"]
			c.mu.Unlock()
			for i := range kill {
				worked += c.said(t, i).Counts["compaction"]
			}
			return worked > 0
		})
		for i := range kill {
			c.ask(t, i)
			kill[i]()
		}
		assert.NotZero(t, c.counts["kill"])
		assert.NotZero(t, c.counts["server: compaction"])
		c.settle(t, b)
	}
	t.Run("folder", func(t *testing.T) {
		chaosKills(t)
		t.Parallel()
		root := t.TempDir()
		b, err := blob.OpenFolder(root)
		require.NoError(t, err)
		kills(t, (&url.URL{Scheme: "file", Path: root}).String(), nil, b, nil)
	})
	t.Run("S3", func(t *testing.T) {
		chaosKills(t)
		t.Parallel()
		s3 := blobtest.VersityGW(t)
		name := s3.NewBucket()
		b, err := blob.OpenS3(t.Context(), s3.Options(name))
		require.NoError(t, err)
		kills(t, s3.URL(name), s3.Env(), b, s3)
	})
}

// work is what a server says that it did.
type work struct {
	Counts map[string]int
	Broken []string
}

// said asks a server what it did.
func (c *chaos) said(t *testing.T, i int) (said work) {
	t.Helper()
	c.mu.Lock()
	address := c.urls[i]
	c.mu.Unlock()
	r, err := http.Get(address + "/counts")
	require.NoError(t, err)
	defer r.Body.Close()
	require.NoError(t, json.NewDecoder(r.Body).Decode(&said))
	return said
}

// ask counts what a server did, before it is killed.
func (c *chaos) ask(t *testing.T, i int) {
	t.Helper()
	said := c.said(t, i)
	assert.Empty(t, said.Broken)
	c.mu.Lock()
	defer c.mu.Unlock()
	for what, n := range said.Counts {
		c.counts["server: "+what] += n
	}
}

// settle holds a bucket that nobody uses any more against what was promised, once as it is, and once after everything is
// compacted and swept.
func (c *chaos) settle(t *testing.T, b blob.Store) {
	t.Helper()
	require.False(t, t.Failed())
	c.check(t, b)

	s := gitstore.New(b, gitstore.Options{})
	for listed, err := range s.Manifests(t.Context()) {
		require.NoError(t, err)
		_, err = s.Compact(t.Context(), listed.Location)
		require.NoError(t, err)
	}
	swept := sweepNow(t, b) // with time for what has piled up
	c.counts["pack swept at the end"] = swept
	assert.NotZero(t, swept+c.counts["server: pack swept"])
	c.check(t, b)

	listed := map[string]bool{}
	s = gitstore.New(b, gitstore.Options{})
	for l, err := range s.Manifests(t.Context()) {
		require.NoError(t, err)
		for _, p := range pushed(t, s, l.Location).Packs {
			listed[p.ID] = true
		}
	}
	keys := packKeys(t, b)
	for _, key := range keys {
		assert.True(t, listed[key[strings.LastIndexByte(key, '/')+1:]], "%s is garbage for ever", key)
	}
	assert.Len(t, listed, len(keys))

	promises := 0
	for _, all := range c.promised {
		promises += len(all)
	}
	t.Logf("%d promises about %d refs, %d remixes; %v", promises, len(c.promised), len(c.remixes), c.counts)
	for _, what := range needed {
		assert.NotZero(t, c.counts[what], "%s: nothing was tested", what)
	}
}

// check clones every repository with a server that has not seen the bucket.
func (c *chaos) check(t *testing.T, b blob.Store) {
	t.Helper()
	s := gitstore.New(b, gitstore.Options{})
	var all sync.WaitGroup
	turn := make(chan struct{}, 4)
	repositories := append([]string{lesson}, c.remixes...)
	for listed, err := range s.Manifests(t.Context()) {
		require.NoError(t, err)
		if r := listed.Location.Repository; !slices.Contains(repositories, r) {
			assert.True(t, c.maybe[r], "nobody made %s", r)
			repositories = append(repositories, r)
		}
	}
	happened := map[gitstore.Hash]bool{}
	var mu sync.Mutex
	for _, repository := range repositories {
		turn <- struct{}{}
		all.Go(func() {
			defer func() { <-turn }()
			dir := mirror(t, server(t, s, gitstore.Location{Family: family, Repository: repository}).URL)
			defer os.RemoveAll(dir)
			for to, promised := range c.promised {
				if to.repository != repository {
					continue
				}
				history := map[string]bool{}
				for _, h := range strings.Fields(git(t, dir, "rev-list", to.ref)) {
					history[h] = true
				}
				for _, h := range promised {
					assert.True(t, history[h], "%s %s: %s was acknowledged and is lost", repository, to.ref, h)
				}
				mu.Lock()
				for h, of := range c.open {
					happened[h] = happened[h] || of == to && history[h]
				}
				mu.Unlock()
			}
			for to, can := range c.last {
				if to.repository == repository && c.counts["forced push acknowledged"] > 0 {
					assert.Contains(t, can, git(t, dir, "rev-parse", to.ref), "%s is what was forced last", to.ref)
				}
			}
		})
	}
	all.Wait()
	c.counts["push unknown and happened"] = 0
	for _, yes := range happened {
		if yes {
			c.counts["push unknown and happened"]++
		}
	}
	c.counts["clone checked"] += len(repositories)
}
