package sqldb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

var (
	// ErrUnfinished says that a database is still being filled by Copy.
	ErrUnfinished = errors.New("the database is not filled yet: run commonplace migrate-database again, with the same two addresses, until it says that all is there")
	// ErrNotEmpty says that a database cannot be filled because it holds something.
	ErrNotEmpty = errors.New("the database that is to be filled is not empty")
	// ErrChanged says that what was copied is not what is there now.
	ErrChanged = errors.New("the database that is copied has changed since the copy began; empty the other one and begin anew, with every server stopped")
)

// Copied is a table that is the same on both sides.
type Copied struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of each row, added up modulo 2^256
}

// rowsAtOnce is how many rows one transaction of Copy writes.
const rowsAtOnce = 200

// Copy fills the database at an address with all that another holds, and compares the two table by table. It goes on where an
// earlier Copy of the same was broken off. From its first statement in a new database until it has ended well, Open refuses the
// database with ErrUnfinished. While it runs nobody writes to the one that is copied. Progress, if not nil, is told of every table's rows so far.
func Copy(ctx context.Context, from, to string, progress func(table string, rows int64)) (all []Copied, err error) {
	source, err := Open(ctx, from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := open(ctx, to, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	err = source.Write(ctx, func(tx *sql.Tx) error { // the turn to write is held until all is compared
		if source.engine == Postgres {
			if _, err := tx.ExecContext(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
				return err
			}
		}
		tables, err := source.tables(ctx, tx)
		if err != nil {
			return err
		}
		if err := target.beginCopy(ctx, tx, tables); err != nil {
			return err
		}
		for _, t := range tables {
			if err := target.fill(ctx, tx, t, progress); err != nil {
				return fmt.Errorf("copy table %s: %w", t.name, err)
			}
		}
		for _, t := range tables {
			want, err := t.sum(ctx, tx)
			if err != nil {
				return err
			}
			got, err := t.sum(ctx, target.read)
			if err != nil {
				return err
			}
			if got != want {
				return fmt.Errorf("table %s has %d rows (%s) and its copy %d (%s): %w", t.name, want.Rows, want.SHA256[:12], got.Rows, got.SHA256[:12], ErrChanged)
			}
			all = append(all, want)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("copy database: %w", err)
	}
	return all, target.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DROP TABLE copying`)
		return err
	})
}

// markNew marks a database that has no tables of ours yet as one that is being filled, before anything else is done in it. One
// that has them may hold something: whether it does is seen by beginCopy.
func (db *DB) markNew(ctx context.Context) error {
	tables, err := db.names(ctx, db.read)
	if err != nil || slices.Contains(tables, "clock") {
		return err
	}
	return db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, createCopying)
		return err
	})
}

// createCopying makes the table that is there while a database is being filled. Its row, once there is one, tells from what.
const createCopying = `CREATE TABLE IF NOT EXISTS copying (source TEXT PRIMARY KEY)`

// finished returns ErrUnfinished while the database is being filled.
func (db *DB) finished(ctx context.Context) error {
	tables, err := db.names(ctx, db.read)
	if err == nil && slices.Contains(tables, "copying") {
		err = ErrUnfinished
	}
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (db *DB) names(ctx context.Context, q querier) ([]string, error) {
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
	if db.engine == Postgres {
		query = `SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1`
	}
	return texts(ctx, q, query)
}

func texts(ctx context.Context, q querier, query string, args ...any) (list []string, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// table is one that is copied.
type table struct {
	name         string
	columns, key []string // key: of the primary key, in its order
}

// tables are all that hold what is to be kept; what only tells who does what is made anew.
func (db *DB) tables(ctx context.Context, q querier) ([]table, error) {
	names, err := db.names(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []table
	for _, name := range names {
		if name == "goose_db_version" || name == "jobs" || name == "guesses" || name == "copying" {
			continue
		}
		columns, key := `SELECT name FROM pragma_table_info($1) ORDER BY cid`, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`
		if db.engine == Postgres {
			columns = `SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
			key = `SELECT CAST(k.column_name AS TEXT) FROM information_schema.table_constraints c JOIN information_schema.key_column_usage k
				ON k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema AND k.table_name = c.table_name
				WHERE c.table_schema = current_schema() AND c.table_name = $1 AND c.constraint_type = 'PRIMARY KEY' ORDER BY k.ordinal_position`
		}
		t := table{name: name}
		if t.columns, err = texts(ctx, q, columns, name); err != nil {
			return nil, err
		}
		if t.key, err = texts(ctx, q, key, name); err != nil {
			return nil, err
		}
		if len(t.key) == 0 {
			return nil, fmt.Errorf("table %s has no primary key", name)
		}
		slices.Sort(t.columns)
		all = append(all, t)
	}
	return all, nil
}

// beginCopy makes sure that the database is new, or half filled from the same source in the same state.
func (db *DB) beginCopy(ctx context.Context, source *sql.Tx, tables []table) error {
	var seq, run, item int64
	var feed string
	if err := source.QueryRowContext(ctx, `SELECT seq, run, item, COALESCE((SELECT value FROM settings WHERE name = 'feed'), '') FROM clock`).
		Scan(&seq, &run, &item, &feed); err != nil {
		return err
	}
	state := fmt.Sprint(feed, " ", seq, " ", run, " ", item)
	if err := db.finished(ctx); errors.Is(err, ErrUnfinished) {
		switch before, err := texts(ctx, db.read, `SELECT source FROM copying`); {
		case err != nil:
			return err
		case len(before) > 0 && before[0] != state:
			return ErrChanged
		case len(before) > 0:
			return nil
		}
	} else if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *sql.Tx) error {
		var used int64
		if err := tx.QueryRowContext(ctx, `SELECT seq + item + run + (SELECT COUNT(*) FROM settings) + (SELECT COUNT(*) FROM owners) FROM clock`).Scan(&used); err != nil {
			return err
		}
		if used != 0 {
			return ErrNotEmpty
		}
		for _, t := range tables { // what the migrations put there
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t.name); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, createCopying); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO copying (source) VALUES ($1)`, state)
		return err
	})
}

func parameters(after, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(after+i+1)
	}
	return strings.Join(list, ", ")
}

// page reads rows behind a key, or, without one, behind the first skip rows. Keys are those by which the rows are found where
// they are: what the other database cannot hold is written otherwise there.
func (t table) page(ctx context.Context, q querier, after []any, skip int64) (list [][]any, last []any, err error) {
	key := strings.Join(t.key, ", ")
	query := `SELECT ` + strings.Join(t.columns, ", ") + ` FROM ` + t.name
	if len(after) > 0 {
		query += ` WHERE (` + key + `) > (` + parameters(0, len(after)) + `)`
	}
	query += ` ORDER BY ` + key + ` LIMIT ` + strconv.Itoa(rowsAtOnce)
	if len(after) == 0 {
		query += ` OFFSET ` + strconv.FormatInt(skip, 10)
	}
	rows, err := q.QueryContext(ctx, query, after...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		last = t.keyOf(row)
		for i, v := range row {
			if text, ok := v.(string); ok && (types[i].DatabaseTypeName() == "BLOB" || types[i].DatabaseTypeName() == "BYTEA") {
				row[i] = []byte(text) // SQLite keeps either in a column of bytes
			} else if ok {
				row[i] = storable(text)
			}
			if b, ok := row[i].([]byte); ok && b == nil {
				row[i] = []byte{} // SQLite's driver reads no bytes as nil, which is written as NULL
			}
		}
		list = append(list, row)
	}
	return list, last, rows.Err()
}

// keyOf are the values of a row's primary key.
func (t table) keyOf(row []any) []any {
	key := make([]any, len(t.key))
	for i, name := range t.key {
		key[i] = row[slices.Index(t.columns, name)]
	}
	return key
}

// rows counts them.
func (t table) rows(ctx context.Context, q querier) (n int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT COUNT(*) FROM `+t.name)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// fill copies the rows of a table behind those that are there, which are the first of the source: rows are written in its order,
// whole pages at a time.
func (db *DB) fill(ctx context.Context, source querier, t table, progress func(string, int64)) error {
	there, err := t.rows(ctx, db.read)
	if err != nil {
		return err
	}
	var after []any
	insert := `INSERT INTO ` + t.name + ` (` + strings.Join(t.columns, ", ") + `) VALUES (` + parameters(0, len(t.columns)) + `)`
	for copied := int64(0); ; {
		rows, last, err := t.page(ctx, source, after, there)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = db.Write(ctx, func(tx *sql.Tx) error {
			prepared, err := tx.PrepareContext(ctx, insert)
			if err != nil {
				return err
			}
			defer prepared.Close()
			for _, row := range rows {
				if _, err := prepared.ExecContext(ctx, row...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = last
		copied += int64(len(rows))
		if progress != nil {
			progress(t.name, copied)
		}
	}
}

// sum counts and hashes a table's rows: the hashes of all rows are added up, because their order is not the same on both sides
// where a key has what one of them cannot hold.
func (t table) sum(ctx context.Context, q querier) (Copied, error) {
	c, total := Copied{Table: t.name}, new(big.Int)
	for after := []any(nil); ; {
		rows, last, err := t.page(ctx, q, after, 0)
		if err != nil {
			return c, err
		}
		if len(rows) == 0 {
			whole := total.And(total, all256).FillBytes(make([]byte, sha256.Size))
			c.SHA256 = hex.EncodeToString(whole)
			return c, nil
		}
		for _, row := range rows {
			h := sha256.New()
			for _, v := range row {
				add(h, v)
			}
			total.Add(total, new(big.Int).SetBytes(h.Sum(nil)))
		}
		total.And(total, all256)
		after = last
		c.Rows += int64(len(rows))
	}
}

// all256 are 256 bits.
var all256 = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))

// add hashes a value so that no two rows read alike.
func add(h hash.Hash, v any) {
	var b []byte
	switch v := v.(type) {
	case nil:
		fmt.Fprint(h, "-;")
		return
	case []byte:
		b = v
	case string:
		b = []byte(v)
	default:
		b = fmt.Append(nil, v)
	}
	fmt.Fprint(h, len(b), ":")
	h.Write(bytes.Clone(b))
}
