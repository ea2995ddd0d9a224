package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// window is the part of a query that a federation.Window asks for, with its arguments.
func window(w federation.Window) (where string, args []any) {
	args = []any{w.Prefix, w.After}
	where = `x.prefix = $1 AND r.peer = '' AND r.seq > $2`
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if !w.From.IsZero() {
		where += ` AND r.datestamp >= ` + arg(w.From.Unix())
	}
	if !w.Until.IsZero() {
		where += ` AND r.datestamp <= ` + arg(w.Until.Unix())
	}
	if w.Set != "" {
		// Everything below a set begins with its spec and a colon; ';' is the character after the colon.
		where += ` AND EXISTS (SELECT 1 FROM sets s WHERE s.resource = r.id AND (s.spec = ` + arg(w.Set) +
			` OR s.spec > ` + arg(w.Set+":") + ` AND s.spec < ` + arg(w.Set+";") + `))`
	}
	return where, args
}

const recordColumns = `x.prefix, r.identifier, r.datestamp, r.deleted, r.seq,
	(SELECT group_concat(s.spec, ' ') FROM sets s WHERE s.resource = r.id)`

// Window implements federation.Records.
func (c *Catalog) Window(ctx context.Context, w federation.Window) ([]federation.Record, error) {
	where, args := window(w)
	xml := `x.xml`
	if w.Headers {
		xml = `''`
	}
	rows, err := c.db.Read().QueryContext(ctx, `SELECT `+recordColumns+`, `+xml+
		` FROM resources r JOIN records x ON x.resource = r.id WHERE `+where+
		fmt.Sprintf(` ORDER BY r.seq LIMIT %d`, w.Limit), args...)
	if err != nil {
		return nil, err
	}
	return scanRecords(rows)
}

// Count implements federation.Records.
func (c *Catalog) Count(ctx context.Context, w federation.Window) (n int, err error) {
	w.After = 0
	where, args := window(w)
	err = c.db.Read().QueryRowContext(ctx,
		`SELECT COUNT(*) FROM resources r JOIN records x ON x.resource = r.id WHERE `+where, args...).Scan(&n)
	return n, err
}

// Item implements federation.Records.
func (c *Catalog) Item(ctx context.Context, identifier string) ([]federation.Record, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT `+recordColumns+`, x.xml
		FROM resources r JOIN records x ON x.resource = r.id WHERE r.identifier = $1 AND r.peer = '' ORDER BY x.prefix`, identifier)
	if err != nil {
		return nil, err
	}
	list, err := scanRecords(rows)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("record %s: %w", identifier, kind.ErrNotFound)
	}
	return list, err
}

func scanRecords(rows *sql.Rows) ([]federation.Record, error) {
	defer rows.Close()
	var list []federation.Record
	for rows.Next() {
		var r federation.Record
		var datestamp int64
		var deleted int
		var sets sql.NullString
		var xml []byte
		if err := rows.Scan(&r.Prefix, &r.Identifier, &datestamp, &deleted, &r.Seq, &sets, &xml); err != nil {
			return nil, err
		}
		r.Datestamp, r.Deleted, r.Sets = stamp(datestamp), deleted != 0, strings.Fields(sets.String)
		if !r.Deleted && len(xml) > 0 {
			r.Metadata = xml
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Sets implements federation.Records.
func (c *Catalog) Sets(ctx context.Context, after string, limit int) ([]federation.Set, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT DISTINCT spec FROM sets WHERE spec > $1 ORDER BY spec LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []federation.Set
	for rows.Next() {
		var s federation.Set
		if err := rows.Scan(&s.Spec); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// Earliest implements federation.Records.
func (c *Catalog) Earliest(ctx context.Context) (time.Time, error) {
	var datestamp int64
	err := c.db.Read().QueryRowContext(ctx, `SELECT datestamp FROM resources WHERE peer = '' ORDER BY datestamp LIMIT 1`).Scan(&datestamp)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return stamp(datestamp), err
}
