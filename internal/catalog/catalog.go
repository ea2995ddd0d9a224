// Package catalog keeps the projection of the bucket in SQL: the newest state of every resource, the feed of changes, the
// records that harvesters get, and what peers sent.
//
// Everything about this server's own resources can be made again from the bucket. Numbers of changes and datestamps are
// given inside the one serialized transaction that makes a change visible, so whoever follows them misses nothing.
package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/search"
)

var (
	_ repository.Catalog = (*Catalog)(nil)
	_ federation.Records = (*Catalog)(nil)
	_ federation.Inbox   = (*Catalog)(nil)
	_ search.Feed        = (*Catalog)(nil)
)

// ErrAway says that the database cannot be used now: that of the catalog, of accounts and of jobs, which is one.
var ErrAway = sqldb.ErrAway

// Catalog answers from the database, and writes to it.
type Catalog struct {
	db         *sqldb.DB
	clock      clock
	formats    sync.Map         // numbers of metadata formats by prefix
	writing    sqldb.Statements // that a harvest writes every record with
	commits    commits
	titles     titles
	peersKnown atomic.Pointer[map[string]knownPeer]
	recent     *recent
	// peersChanged is called after each committed change to the list of peers; nil for nobody.
	peersChanged func(context.Context) error
}

// New returns the catalog over an open database. Now gives the time of changes; nil: the database does, as it must where
// several nodes share one, for their clocks differ.
func New(db *sqldb.DB, now func() time.Time) *Catalog {
	return &Catalog{db: db, clock: clock{now: now}, recent: newRecent()}
}

// Seq is the number of the newest change.
func (c *Catalog) Seq(ctx context.Context) (seq int64, err error) {
	err = c.db.Read().QueryRowContext(ctx, `SELECT seq FROM clock`).Scan(&seq)
	return seq, err
}

// Setting returns a stored setting; empty if it was never stored.
func (c *Catalog) Setting(ctx context.Context, name string) (value string, err error) {
	err = c.db.Read().QueryRowContext(ctx, `SELECT value FROM settings WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// SetSetting stores a setting.
func (c *Catalog) SetSetting(ctx context.Context, name, value string) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}

// notFound translates the driver's error.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return kind.ErrNotFound
	}
	return err
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return string(b)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func stamp(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
