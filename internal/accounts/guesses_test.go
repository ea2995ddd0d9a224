package accounts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// waits is how long a sign-in must wait; zero for one that was looked at.
func waits(t *testing.T, err error) time.Duration {
	t.Helper()
	wait, ok := errors.AsType[*WaitError](err)
	if !ok {
		require.ErrorIs(t, err, kind.ErrDenied)
		return 0
	}
	return wait.After
}

func TestGuessingIsSlowedByName(t *testing.T) {
	s, c := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "strips of paper")
	require.NoError(t, err)
	for _, name := range []string{"nobody", "rosa"} { // who asks does not learn which of them exists
		n := 0
		guess := func() time.Duration {
			n++ // every guess comes from elsewhere
			_, err := s.SignIn(t.Context(), name, "wrong password", fmt.Sprintf("%s %d", name, n), "")
			return waits(t, err)
		}
		for range 5 {
			require.Zero(t, guess())
		}
		var waited []time.Duration
		for range 7 {
			wait := guess()
			require.Positive(t, wait)
			waited = append(waited, wait)
			c.at = c.at.Add(wait - time.Second)
			require.Equal(t, time.Second, guess(), "refused attempts do not prolong it")
			c.at = c.at.Add(time.Second)
			require.Zero(t, guess())
		}
		assert.Equal(t, []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute}, waited)
	}
	_, err = s.SignIn(t.Context(), "rosa", "strips of paper", "home", "")
	require.Positive(t, waits(t, err), "nor the right password meanwhile")
	c.at = c.at.Add(15 * time.Minute)
	_, err = s.SignIn(t.Context(), "rosa", "strips of paper", "home", "")
	require.NoError(t, err)
	for range 5 {
		_, err := s.SignIn(t.Context(), "rosa", "wrong password", "", "")
		require.Zero(t, waits(t, err), "a success resets the count")
	}
}

func TestGuessingIsSlowedByAddress(t *testing.T) {
	s, c := open(t)
	for n := range 5 {
		_, err := s.SignIn(t.Context(), fmt.Sprintf("name-%d", n), "wrong password", "192.0.2.7", "")
		require.Zero(t, waits(t, err))
	}
	_, err := s.SignIn(t.Context(), "another", "wrong password", "192.0.2.7", "")
	assert.Equal(t, 30*time.Second, waits(t, err))
	_, err = s.SignIn(t.Context(), "another", "wrong password", "192.0.2.8", "")
	assert.Zero(t, waits(t, err))
	c.at = c.at.Add(30*time.Second + 15*time.Minute)
	for range 5 {
		_, err = s.SignIn(t.Context(), "yet-another", "wrong password", "192.0.2.7", "")
		assert.Zero(t, waits(t, err), "failures are forgotten")
	}
}

func TestSimultaneousGuessesDoNotAllGetThrough(t *testing.T) {
	s, _ := open(t)
	looked := make(chan struct{}, 100)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := s.SignIn(t.Context(), "rosa", "wrong password", "", ""); errors.Is(err, kind.ErrDenied) {
				looked <- struct{}{}
			}
		})
	}
	all.Wait()
	assert.Len(t, looked, 5)
}

func TestGuessesKeepNoAddress(t *testing.T) {
	s, _ := open(t)
	_, err := s.SignIn(t.Context(), "rosa", "wrong password", "192.0.2.7", "")
	require.ErrorIs(t, err, kind.ErrDenied)
	g, ok := s.guesses.(*guesses)
	if !ok {
		t.Skip("it keeps them in SQL")
	}
	require.Equal(t, 1, g.counts[1].Len())
	for _, counts := range g.counts {
		for _, key := range counts.Keys() {
			assert.False(t, strings.Contains(string(key[:]), "192.0.2.7"))
			assert.NotEqual(t, newTestGuesses(t).hash("192.0.2.7"), key, "another process has another key")
		}
	}
}

func TestGuessesCountOverAllNodes(t *testing.T) {
	db := sqldbtest.Open(t)
	c := &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	var nodes []*Service
	for range 2 {
		s, err := NewWithCheapPasswords(db, c.now, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		s.ShareGuesses([]byte("of all nodes"))
		nodes = append(nodes, s)
	}
	for n := range 5 {
		_, err := nodes[n%2].SignIn(t.Context(), "rosa", "wrong password", "192.0.2.7", "")
		require.Zero(t, waits(t, err))
	}
	for _, s := range nodes {
		_, err := s.SignIn(t.Context(), "rosa", "wrong password", "192.0.2.8", "")
		assert.Equal(t, 30*time.Second, waits(t, err))
		_, err = s.SignIn(t.Context(), "maria", "wrong password", "192.0.2.7", "")
		assert.Equal(t, 30*time.Second, waits(t, err))
	}
	rows := func() (n int, hash string) {
		require.NoError(t, db.Read().QueryRow(`SELECT COUNT(*), COALESCE(MAX(hash), '') FROM guesses`).Scan(&n, &hash))
		return n, hash
	}
	n, hash := rows()
	require.Equal(t, 2, n)
	require.Len(t, hash, 64, "a keyed hash, no address")
	c.at = c.at.Add(time.Hour)
	_, err := nodes[0].SignIn(t.Context(), "maria", "wrong password", "", "")
	require.Zero(t, waits(t, err))
	n, _ = rows()
	assert.Equal(t, 1, n, "what is forgotten is deleted")
}

func newTestGuesses(t *testing.T) *guesses {
	t.Helper()
	g, err := newGuesses()
	require.NoError(t, err)
	return g
}

func TestPasswordWorkIsBounded(t *testing.T) {
	s, _ := open(t)
	release, started := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	slots := cap(s.work.slots)
	for range slots {
		all.Go(func() {
			assert.NoError(t, s.work.do(t.Context(), func() error { started <- struct{}{}; <-release; return nil }))
		})
	}
	for range slots {
		<-started
	}
	_, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // an attempt that was not looked at is none that failed
		_, err = s.SignIn(ctx, "rosa", "wrong password", "192.0.2.7", "")
		require.ErrorIs(t, err, context.Canceled)
	}
	s.work.waiting.Add(int64(slots * waitersEach)) // as many as may wait
	for range 20 {
		_, err = s.SignIn(t.Context(), "rosa", "wrong password", "192.0.2.7", "")
		require.ErrorIs(t, err, ErrBusy)
	}
	s.work.waiting.Add(-int64(slots * waitersEach))
	close(release)
	all.Wait()
	_, err = s.SignIn(t.Context(), "rosa", "wrong password", "192.0.2.7", "")
	assert.Zero(t, waits(t, err))
}
