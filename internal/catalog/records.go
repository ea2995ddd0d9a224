package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// query is SQL in the making, with its arguments.
type query struct {
	strings.Builder
	args []any
}

// arg adds an argument and returns its place.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

// within adds the conditions that a window's cursor and dates put on a column that holds numbers of items, base added.
// Datestamps grow with the numbers, so dates are a range of numbers, and what follows a record of the window is not before
// its begin: an index reads from one lower bound only, and from the cursor there is less to read.
func (q *query) within(column string, base int64, w federation.Window) {
	q.WriteString(column + ` > ` + q.arg(base+w.After))
	if !w.From.IsZero() && w.After == 0 {
		q.WriteString(` AND ` + column + ` >= ` + q.arg(base) + ` + COALESCE((SELECT i.seq FROM items i WHERE i.datestamp >= ` +
			q.arg(w.From.Unix()) + ` ORDER BY i.datestamp, i.seq LIMIT 1), ` + q.arg(place(1, -1)) + `)`)
	}
	if !w.Until.IsZero() {
		q.WriteString(` AND ` + column + ` <= ` + q.arg(base) + ` + COALESCE((SELECT i.seq FROM items i WHERE i.datestamp <= ` +
			q.arg(w.Until.Unix()) + ` ORDER BY i.datestamp DESC, i.seq DESC LIMIT 1), 0)`)
	}
}

const recordColumns = `x.identifier, x.datestamp, x.deleted, x.sets, x.rights, x.about, x.xml`

// Window implements federation.Records. A page is one range of one table, whichever page it is.
func (c *Catalog) Window(ctx context.Context, w federation.Window) ([]federation.Record, error) {
	format, err := c.formatNumber(ctx, w.Prefix)
	if err != nil || format == 0 {
		return nil, err
	}
	var q query
	columns := recordColumns
	if w.Headers {
		columns = `x.identifier, x.datestamp, x.deleted, x.sets, '', '', ''`
	}
	base := place(format, 0)
	if w.Set == "" {
		q.WriteString(`SELECT x.place - ` + q.arg(base) + `, ` + columns + ` FROM records x WHERE x.place < ` + q.arg(place(format+1, 0)) + ` AND `)
		q.within(`x.place`, base, w)
		q.WriteString(` ORDER BY x.place`)
	} else {
		q.WriteString(`SELECT m.seq, ` + columns + ` FROM set_items m JOIN records x ON x.place = ` + q.arg(base) + ` + m.seq WHERE m.spec = ` +
			q.arg(w.Set) + ` AND `)
		q.within(`m.seq`, 0, w)
		q.WriteString(` ORDER BY m.seq`)
	}
	q.WriteString(` LIMIT ` + q.arg(w.Limit))
	rows, err := c.db.Ready().QueryContext(ctx, q.String(), q.args...) // one of a few texts
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := make([]federation.Record, 0, w.Limit)
	for rows.Next() {
		var s scanned
		if err := rows.Scan(&s.Seq, &s.Identifier, &s.datestamp, &s.deleted, &s.sets, &s.Rights, (*fresh)(&s.About), (*fresh)(&s.Metadata)); err != nil {
			return nil, err
		}
		list = append(list, s.record(w.Prefix))
	}
	return list, rows.Err()
}

// scanned is a record as its row has it.
type scanned struct {
	federation.Record
	datestamp int64
	deleted   int
	sets      string
}

func (s *scanned) record(prefix string) federation.Record {
	r := s.Record
	r.Prefix, r.Datestamp, r.Deleted, r.Sets = prefix, stamp(s.datestamp), s.deleted != 0, strings.Fields(s.sets)
	if len(r.Metadata) == 0 {
		r.Metadata = nil
	}
	if len(r.About) == 0 {
		r.About = nil
	}
	return r
}

// fresh takes the bytes of a column without another copy: both drivers make them anew for each row, and a page of records
// is mostly bytes.
type fresh []byte

// Scan implements sql.Scanner.
func (f *fresh) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*f = nil
	case []byte:
		*f = v
	case string:
		*f = []byte(v)
	default:
		return fmt.Errorf("bytes are read as %T", src)
	}
	return nil
}

// maxCount bounds how many items are counted one by one.
const maxCount = 5000

// Count implements federation.Records. Complete lists and sets are counted when they are written, in all formats alike;
// windows of dates are counted as far as that is cheap.
func (c *Catalog) Count(ctx context.Context, w federation.Window) (n int, err error) {
	format, err := c.formatNumber(ctx, w.Prefix)
	if err != nil || format == 0 {
		return 0, err
	}
	if w.From.IsZero() {
		total, newer, err := c.counted(ctx, w)
		if err != nil || newer == 0 {
			return total, err
		}
		if w.Set == "" && newer <= maxNewer {
			return total - newer, nil
		}
	}
	w.After = 0
	var q query
	if w.Set == "" {
		q.WriteString(`SELECT COUNT(*) FROM (SELECT 1 FROM records x WHERE x.place < ` + q.arg(place(format+1, 0)) + ` AND `)
		q.within(`x.place`, place(format, 0), w)
	} else {
		q.WriteString(`SELECT COUNT(*) FROM (SELECT 1 FROM set_items m WHERE m.spec = ` + q.arg(w.Set) + ` AND `)
		q.within(`m.seq`, 0, w)
	}
	q.WriteString(` LIMIT ` + q.arg(maxCount+1) + `) AS counted`)
	if err := c.db.Read().QueryRowContext(ctx, q.String(), q.args...).Scan(&n); err != nil || n > maxCount {
		return 0, err
	}
	return n, nil
}

// maxNewer bounds how many items are counted that came after a list was asked for.
const maxNewer = 100

// counted is how many items a set, or the catalog, has, and how many of all are newer than the window; of these at most
// maxNewer+1 are counted.
func (c *Catalog) counted(ctx context.Context, w federation.Window) (total, newer int, err error) {
	until := int64(math.MaxInt64)
	if !w.Until.IsZero() {
		until = w.Until.Unix()
	}
	err = c.db.Ready().QueryRowContext(ctx, `SELECT s.items, (SELECT COUNT(*) FROM (SELECT 1 FROM items i WHERE i.datestamp > $1 LIMIT $2) AS newer)
		FROM sets s WHERE s.spec = $3`, until, maxNewer+1, w.Set).Scan(&total, &newer)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return total, newer, err
}

// Item implements federation.Records.
func (c *Catalog) Item(ctx context.Context, identifier string) ([]federation.Record, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT f.prefix, i.seq, `+recordColumns+`
		FROM items i JOIN formats f ON 1 = 1 JOIN records x ON x.place = f.number * 17592186044416 + i.seq
		WHERE i.identifier = $1 ORDER BY f.prefix`, identifier)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []federation.Record
	for rows.Next() {
		var s scanned
		var prefix string
		if err := rows.Scan(&prefix, &s.Seq, &s.Identifier, &s.datestamp, &s.deleted, &s.sets, &s.Rights, &s.About, &s.Metadata); err != nil {
			return nil, err
		}
		list = append(list, s.record(prefix))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("record %s: %w", identifier, kind.ErrNotFound)
	}
	return list, nil
}

// Sets implements federation.Records.
func (c *Catalog) Sets(ctx context.Context, after string, limit int) ([]federation.Set, error) {
	rows, err := c.db.Read().QueryContext(ctx,
		`SELECT spec FROM sets WHERE spec > $1 AND items > 0 ORDER BY spec LIMIT $2`, after, limit)
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
	err := c.db.Read().QueryRowContext(ctx, `SELECT datestamp FROM items ORDER BY datestamp LIMIT 1`).Scan(&datestamp)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return stamp(datestamp), err
}
