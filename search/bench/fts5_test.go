package bench

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

type fts5 struct {
	db   *sql.DB
	dir  string
	side *side
	next int
}

func openFTS5(t testing.TB, dir string) engine {
	require.NoError(t, os.MkdirAll(dir, 0o700))
	file := filepath.Join(dir, "fts.db")
	_, err := os.Stat(file)
	db, open := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-200000)&_pragma=mmap_size(4000000000)")
	require.NoError(t, open)
	db.SetMaxOpenConns(1)
	if err != nil {
		_, err = db.Exec(tables + `CREATE VIRTUAL TABLE fts USING fts5(title, text, content='', tokenize="unicode61 remove_diacritics 2")`)
		require.NoError(t, err)
	}
	s, err := newSide(db)
	require.NoError(t, err)
	return &fts5{db: db, dir: dir, side: s}
}

func (f *fts5) index(l *load) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for docs := l.documents(); len(docs) > 0; docs = l.documents() {
		for i := range docs {
			f.next++
			if _, err := tx.Exec("INSERT INTO fts (rowid, title, text) VALUES (?, ?, ?)", f.next, docs[i].Title, text(&docs[i])); err != nil {
				return err
			}
			if err := f.side.insert(tx, f.next, &docs[i]); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func (f *fts5) finish() error {
	_, err := f.db.Exec("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (f *fts5) size() (int64, error) { return bytesOf(f.dir) }
func (f *fts5) close() error         { return f.db.Close() }

func (f *fts5) ask(q question) (total int, took time.Duration, err error) {
	took, err = timed(func() (err error) {
		total, err = f.answer(q)
		return err
	})
	return total, took, err
}

func (f *fts5) answer(q question) (total int, err error) {
	if q.standard != "" {
		if err = readIDs(f.db.Query("SELECT doc FROM doc_above WHERE standard = ? ORDER BY doc LIMIT 10", q.standard)); err != nil {
			return 0, err
		}
		err = f.db.QueryRow("SELECT count(*) FROM doc_above WHERE standard = ?", q.standard).Scan(&total)
		return total, err
	}
	match := `"` + strings.Join(q.words, `" "`) + `"`
	where, args := "fts MATCH ?", []any{match}
	if q.license != "" {
		where += " AND +rowid IN (SELECT id FROM doc WHERE license = ?) AND +rowid IN (SELECT doc FROM doc_grade WHERE grade = ?)"
		args = append(args, q.license, q.grade)
	}
	if q.newest {
		err = readIDs(f.db.Query("SELECT fts.rowid FROM fts JOIN doc ON doc.id = fts.rowid WHERE "+where+" ORDER BY doc.modified DESC LIMIT 10", args...))
	} else {
		err = readIDs(f.db.Query("SELECT rowid FROM fts WHERE "+where+" ORDER BY bm25(fts, 4.0, 1.0) LIMIT 10", args...))
	}
	if err != nil {
		return 0, err
	}
	if q.facets {
		total, err = readAll(f.db.Query("WITH m AS MATERIALIZED (SELECT rowid AS id FROM fts WHERE "+where+")"+facetQueries, args...))
		return total, err
	}
	err = f.db.QueryRow("SELECT count(*) FROM fts WHERE "+where, args...).Scan(&total)
	return total, err
}

func readIDs(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	return rows.Err()
}
