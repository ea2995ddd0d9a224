package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// How a node that was cut off in the middle of a write is noticed, so that it does not keep the others from writing.
var timeouts = map[string]string{
	"idle_in_transaction_session_timeout": "10s",
	"tcp_keepalives_idle":                 "5",
	"tcp_keepalives_interval":             "2",
	"tcp_keepalives_count":                "3",
}

const (
	maxReaders = 16 // connections of one node to read with
	maxWriters = 4  // connections of one node that wait for their turn to write
)

func openPostgres(ctx context.Context, address string, fill bool) (*DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err) // without the password: pgx leaves it out
	}
	for name, value := range timeouts {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "commonplace"
	}
	db := &DB{engine: Postgres, config: config}
	db.read, db.write = connectPostgres(config, maxReaders, &db.load), connectPostgres(config, maxWriters, &db.load)
	if err := db.openedPostgres(ctx, fill); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s on %s: %w", config.Database, config.Host, err), db.Close())
	}
	return db, nil
}

func connectPostgres(config *pgx.ConnConfig, most int, l *load) *sql.DB {
	plain := func(query string) (string, error) { return query, nil }
	db := sql.OpenDB(connector{Connector: stdlib.GetConnector(*config), query: plain, value: storable, load: l})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

func (db *DB) openedPostgres(ctx context.Context, fill bool) error {
	var encoding string
	if err := db.read.QueryRowContext(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database has the encoding %s; make it with ENCODING 'UTF8'", encoding)
	}
	// Nodes that start at one moment migrate one after the other.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
	if err != nil {
		return err
	}
	return db.migrate(ctx, fill, goose.DialectPostgres, goose.WithSessionLocker(locker))
}
