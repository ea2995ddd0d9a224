// Package sqldb opens the SQL database and keeps its schema current. Catalog and accounts put their queries on top.
//
// Queries use $1, $2, … and only what SQLite and PostgreSQL both understand, so that one set of queries serves both.
package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the embedded engine
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrCorrupt says that the file is not a database or is damaged. What it held can be made again from the bucket.
var ErrCorrupt = errors.New("the database is damaged")

// DB is an open database with the newest schema. Writes go one at a time, so that numbers and datestamps given inside a
// transaction are in the order in which readers see them.
type DB struct {
	read  *sql.DB
	write *sql.DB // one connection, BEGIN IMMEDIATE
}

// Open opens the database at an address such as sqlite:///var/lib/commonplace/catalog.db, creates it if it is missing,
// and migrates it. "sqlite::memory:" is a database that lives as long as it is open.
func Open(ctx context.Context, address string) (*DB, error) {
	file, ok := strings.CutPrefix(address, "sqlite:")
	if !ok {
		return nil, fmt.Errorf("database %q: use sqlite://FILE", address)
	}
	file = strings.TrimPrefix(file, "//")
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?"
	if file == ":memory:" {
		dsn = "file:memory?mode=memory&"
	} else if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	} else if err := private(file); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	write, err := sql.Open("sqlite", dsn+"_txlock=immediate&"+pragmas)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write.SetMaxOpenConns(1)
	db := &DB{write: write, read: write}
	if file != ":memory:" {
		if db.read, err = sql.Open("sqlite", dsn+pragmas); err != nil {
			return nil, errors.Join(fmt.Errorf("open database: %w", err), write.Close())
		}
		db.read.SetMaxOpenConns(8)
	}
	if err := db.migrate(ctx); err != nil {
		err = errors.Join(err, db.Close())
		if text := err.Error(); strings.Contains(text, "not a database") || strings.Contains(text, "malformed") {
			return nil, fmt.Errorf("open database %s: %w (%w)", file, ErrCorrupt, err)
		}
		return nil, fmt.Errorf("open database %s: %w", file, err)
	}
	return db, nil
}

// private makes the file where it is missing, readable by nobody else. The engine gives what it keeps beside the file the
// same mode; what lies there already is changed.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		info, err := os.Stat(name)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (db *DB) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.write, folder)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Close closes the database.
func (db *DB) Close() error {
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// Read is for queries that change nothing.
func (db *DB) Read() *sql.DB { return db.read }

// Write runs f in a transaction that no other write overlaps, and commits it if f returns nil.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
