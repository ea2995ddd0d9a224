package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// ErrCorrupt says that the file is not a database or is damaged. What it held can be made again from the bucket.
var ErrCorrupt = errors.New("the database is damaged")

// Damaged reports whether an error of a query says that the file is damaged: where is not always seen when it is opened.
func Damaged(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error() // the library that migrates keeps the text of some errors only
	return errors.Is(err, ErrCorrupt) || strings.Contains(text, "file is not a database") || strings.Contains(text, "database disk image is malformed") ||
		strings.Contains(text, "malformed database schema")
}

// Whole reads all tables and indexes of a file, and returns ErrCorrupt where they are damaged. PostgreSQL does that by itself.
func (db *DB) Whole(ctx context.Context) error {
	if db.engine != SQLite {
		return nil
	}
	found, err := Strings(ctx, db.read, `PRAGMA quick_check(1)`)
	if Damaged(err) || err == nil && !slices.Equal(found, []string{"ok"}) {
		return fmt.Errorf("%w: %s", ErrCorrupt, strings.Join(append(found, errorText(err)...), "; "))
	}
	return err
}

func errorText(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

// readers are the connections to a file that read at once.
const readers = 8

func openSQLite(ctx context.Context, file string, fill bool) (*DB, error) {
	file = strings.TrimPrefix(file, "//")
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?"
	if file == ":memory:" {
		dsn = "file:memory?mode=memory&"
	} else if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	} else if err := private(file); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=wal_autocheckpoint(" + maxLog + ")&_pragma=cache_size(-8000)" // 8 MB of cache
	db := &DB{engine: SQLite}
	db.write = connectSQLite(dsn+"_txlock=immediate&"+pragmas, &db.load)
	db.write.SetMaxOpenConns(1)
	db.read = db.write
	if file != ":memory:" {
		db.read = connectSQLite(dsn+pragmas, &db.load)
		db.read.SetMaxOpenConns(readers)
		db.read.SetMaxIdleConns(readers) // a new one reads the schema, and begins with an empty cache
	}
	if err := db.migrate(ctx, fill, goose.DialectSQLite3); err != nil {
		err = errors.Join(err, db.Close())
		if Damaged(err) {
			return nil, fmt.Errorf("open database %s: %w (%w)", file, ErrCorrupt, err)
		}
		return nil, fmt.Errorf("open database %s: %w", file, err)
	}
	if db.read != db.write {
		db.startCheckpoints()
	}
	return db, nil
}

func connectSQLite(dsn string, l *load) *sql.DB {
	return sql.OpenDB(connector{Connector: sqliteConnector(dsn), query: new(numbered).rewrite, value: same, load: l})
}

type sqliteConnector string

func (dsn sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	return new(sqlite.Driver).Open(string(dsn))
}

func (dsn sqliteConnector) Driver() driver.Driver { return new(sqlite.Driver) }

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
