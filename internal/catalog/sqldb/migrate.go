package sqldb

import (
	"bytes"
	"context"
	"embed"
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
//go:embed migrations/*.sql
var migrations embed.FS

func (db *DB) migrate(ctx context.Context, dialect goose.Dialect, options ...goose.ProviderOption) error {
	folder, err := folder(db.engine)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db.write, folder, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
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
