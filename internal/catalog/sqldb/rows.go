package sqldb

import (
	"context"
	"database/sql"
)

// Asker is what a query is put to: a database, or a transaction.
type Asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// All returns what a query finds; read has each row for one value, which it fills.
func All[T any](ctx context.Context, from Asker, read func(row *sql.Rows, into *T) error, query string, args ...any) ([]T, error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var one T
		if err := read(rows, &one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// Strings are the values of a query that finds one column of text.
func Strings(ctx context.Context, from Asker, query string, args ...any) ([]string, error) {
	return All(ctx, from, func(row *sql.Rows, s *string) error { return row.Scan(s) }, query, args...)
}
