// Package apptest is a world of several whole servers for tests: each is an internal/app.App on a folder of its own,
// answering HTTP on a free port of this machine, and each may harvest the others.
//
//	w := apptest.New(t)
//	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
//	state.Publish(t, "math/halves", files)
//	district.Harvest(t, state)
//	teacher := district.SignIn(t, "kim", accounts.Author)
//	teacher.Get(t, "/search?q=halves")
//
// What cannot be had fails the test at once; nothing returns an error. With [sqldbtest.Variable]=postgres each server has a
// database of PostgreSQL; call sqldbtest.Main or sqldbtest.Stop in TestMain.
package apptest

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// World is a folder and a clock that several servers share.
type World struct {
	dir   string
	ahead atomic.Int64 // how far the clock is ahead of this machine's
}

// New returns a world with no servers. It ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	// Not t.TempDir, whose path can be too long for the socket in a data folder.
	dir, err := os.MkdirTemp("", "cp")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return &World{dir: dir}
}

// Now is the time in this world: that of this machine, and what Pass has added.
func (w *World) Now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// Pass lets time pass for every server of the world, and takes none.
func (w *World) Pass(d time.Duration) { w.ahead.Add(int64(d)) }

// Server opens a server with nothing in it and serves until the test ends. Its name is that of its folder and stands in
// its repository identifier. It may harvest every server of the world, and does so only when it is asked. Change, if not
// nil, changes its settings before it opens.
func (w *World) Server(t testing.TB, name string, change func(*config.Config)) *Server {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(w.dir, name)
	c.Name = name
	c.Identifier = name + ".commonplace.example"
	c.Email = "oer@" + c.Identifier
	c.AllowPeers = []string{"127.0.0.1"}
	c.Harvest = "0"
	c.Listen = blobtest.FreeAddress(t) // others must not have it when it starts again
	c.AtOnce = 1000                    // a machine that has much else to do turns nobody away
	if sqldbtest.Engine() == sqldb.Postgres {
		c.Database = sqldbtest.Postgres(t)
	}
	if change != nil {
		change(&c)
	}
	s := &Server{world: w, name: name, config: c}
	s.start(t)
	t.Cleanup(func() { s.end(t) })
	return s
}
