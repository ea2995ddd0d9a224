// Package sqldb opens the SQL database, SQLite's or PostgreSQL's, and keeps its schema current. Catalog and accounts put
// their queries on top.
//
// There is one schema and one set of queries: parameters are $1, $2, …, and only what both engines understand is used. See
// migrations for what their types may be.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Engine is the program that keeps the tables.
type Engine string

// SQLite keeps them in a file of this process; Postgres is shared by many nodes.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database with the newest schema. Writes go one at a time, over all nodes, so that numbers and datestamps
// given inside a transaction are in the order in which readers see them.
type DB struct {
	engine Engine
	read   *sql.DB
	write  *sql.DB         // of SQLite one connection, BEGIN IMMEDIATE
	config *pgx.ConnConfig // of PostgreSQL
	told   listeners
	load   load
	ready  Statements

	checkpoints *checkpoints // of SQLite's file
}

// Open opens the database at an address such as sqlite:///var/lib/commonplace/catalog.db or
// postgres://commonplace@db.example.org/commonplace, creates its tables, and the file, where they are missing, and migrates
// it. "sqlite::memory:" is a database that lives as long as it is open.
func Open(ctx context.Context, address string) (*DB, error) {
	db, err := open(ctx, address, false)
	if err != nil {
		return nil, err
	}
	if err := db.finished(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// open is Open for a database that may be half filled, and, with fill, for one that will be.
func open(ctx context.Context, address string, fill bool) (*DB, error) {
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return openSQLite(ctx, file, fill)
	}
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return openPostgres(ctx, address, fill)
	}
	scheme, _, _ := strings.Cut(address, ":") // what follows may be a password
	return nil, fmt.Errorf("database %s:…: use sqlite://FILE or postgres://USER@HOST/NAME", scheme)
}

// Engine says who keeps the tables.
func (db *DB) Engine() Engine { return db.engine }

// Close closes the database.
func (db *DB) Close() error {
	db.checkpoints.close()
	if db.read == db.write {
		return db.write.Close()
	}
	err := errors.Join(db.read.Close(), db.write.Close())
	if db.engine == Postgres { // a connection that is broken says so once more; what was acknowledged is committed
		return nil
	}
	return err
}

// Read is for queries that change nothing.
func (db *DB) Read() *sql.DB { return db.read }

// Write runs f in a transaction that no other write overlaps, on any node, and commits it if f returns nil.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	return db.WriteTogether(ctx, nil, func(tx *Tx) error { return f(tx.Tx) })
}
