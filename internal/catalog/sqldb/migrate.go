package sqldb

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"time"

	"github.com/pressly/goose/v3"
)

// Migrations are written once, with the types of SQLite: INTEGER, BIGINT (numbers of 64 bits in both), TEXT and BLOB. The
// line "-- SQLite only:" stands before a statement that PostgreSQL leaves out. They are there to move what versions before
// PostgreSQL stored; from the sixth migration on, statements are written so that both engines run them.
//
// While nodes are upgraded one after the other, the version before reads and writes what migrations have changed. So they only
// add: tables, indexes, and columns with a default or without a value. What it writes without knowing of a new column must be
// right as it is, or be seen to be missing, as holdings are by clock.counted. What a version no longer uses, a later one takes
// away and raises clock.needs. An index may be replaced, not one that makes rows unique.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema to its newest state; with fill, it marks a new database first.
func (db *DB) migrate(ctx context.Context, fill bool, dialect goose.Dialect, options ...goose.ProviderOption) error {
	folder, err := folder(db.engine)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db.write, folder, append(options, goose.WithAllowOutofOrder(true))...)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	// Before anything is changed, where the database tells: it may be of a newer version that has nothing in common with this one.
	if err := db.fits(ctx, newest); err != nil {
		return err
	}
	if fill {
		if err := db.markNew(ctx); err != nil {
			return err
		}
	}
	_, err = provider.Up(ctx)
	return err
}

// ErrNewer says that the database was changed by a version of the program that this one cannot work beside.
var ErrNewer = errors.New("a newer version of commonplace has changed the database so that this one cannot use it any more: install the newer one here too")

// fits returns ErrNewer if the database needs a program with a newer migration than this one's newest. Two versions that follow
// each other work side by side, because migrations only add; what a version no longer uses, only the one after it takes away.
func (db *DB) fits(ctx context.Context, newest int64) error {
	var needs int64
	if err := db.read.QueryRowContext(ctx, `SELECT needs FROM clock`).Scan(&needs); err != nil {
		return nil //nolint:nilerr // a new database, or one of before there was this number; what else is wrong comes up soon
	}
	if needs > newest {
		return fmt.Errorf("%w (it needs migration %d; the newest here is %d)", ErrNewer, needs, newest)
	}
	return nil
}

func folder(e Engine) (fs.FS, error) {
	plain, err := fs.Sub(migrations, "migrations")
	if err != nil || e == SQLite {
		return plain, err
	}
	return translated{plain}, nil
}

// translated is a folder of migrations in the words of PostgreSQL.
type translated struct{ fs.FS }

var words = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?ms)^-- SQLite only:$.*?;$`), ""},
	{regexp.MustCompile(`\bINTEGER\b`), "BIGINT"},
	// Texts are compared by their bytes whatever the database's locale is, as SQLite does, and as indexes read them fastest.
	{regexp.MustCompile(`(?m)( TEXT)\b( NOT NULL| PRIMARY KEY| UNIQUE| DEFAULT|,|$)`), `$1 COLLATE "C"$2`},
	{regexp.MustCompile(`\bBLOB\b`), "BYTEA"},
}

func translate(text []byte) []byte {
	for _, w := range words {
		text = w.pattern.ReplaceAll(text, []byte(w.with))
	}
	return text
}

func (t translated) Open(name string) (fs.File, error) {
	if path.Ext(name) != ".sql" {
		return t.FS.Open(name)
	}
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return nil, err
	}
	text = translate(text)
	return &file{Reader: bytes.NewReader(text), name: path.Base(name), size: int64(len(text))}, nil
}

// file is a translated migration.
type file struct {
	*bytes.Reader
	name string
	size int64
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f}, nil }
func (f *file) Close() error               { return nil }

type info struct{ f *file }

func (i info) Name() string       { return i.f.name }
func (i info) Size() int64        { return i.f.size }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }
