package sqldb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
)

// connector makes the two engines take the same queries and values.
type connector struct {
	driver.Connector
	query func(string) (string, error) // as the engine reads it best
	value func(string) string          // as the engine can hold it
	load  *load
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, away(err)
	}
	return conn{whole: inner.(whole), c: c}, nil
}

// whole is what both drivers' connections can do.
type whole interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
}

type conn struct {
	whole
	c connector
}

func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	query, err := c.c.query(query)
	if err != nil {
		return nil, err
	}
	s, err := c.whole.PrepareContext(ctx, query)
	if err != nil {
		return nil, again(err)
	}
	return statement{s.(wholeStatement)}, nil
}

// statement is a prepared one whose errors are told apart, too.
type statement struct{ wholeStatement }

// wholeStatement is what both drivers' prepared statements can do.
type wholeStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (s statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.wholeStatement.ExecContext(ctx, args)
	return result, away(err)
}

func (s statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.wholeStatement.QueryContext(ctx, args)
	return rows, away(err)
}

func (c conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.whole.BeginTx(ctx, opts)
	return tx, again(err)
}

func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	query, err := c.c.query(query)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	result, err := c.whole.ExecContext(ctx, query, args)
	c.c.load.query(began, err)
	return result, away(err)
}

func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	query, err := c.c.query(query)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	rows, err := c.whole.QueryContext(ctx, query, args)
	c.c.load.query(began, err)
	return rows, away(err)
}

// IsValid implements driver.Validator where the engine's connection does.
func (c conn) IsValid() bool {
	if v, ok := c.whole.(driver.Validator); ok {
		return v.IsValid()
	}
	return true
}

// CheckNamedValue implements driver.NamedValueChecker with the conversions of database/sql for both engines.
func (c conn) CheckNamedValue(v *driver.NamedValue) (err error) {
	if v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value); err != nil {
		return err
	}
	if text, ok := v.Value.(string); ok {
		v.Value = c.c.value(text)
	}
	return nil
}

func same(s string) string { return s }

// storable is text as PostgreSQL can hold it. What peers and uploads send may have a NUL or broken UTF-8 in it, and must not
// stop a harvest.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// numbered rewrites queries whose parameters come in order, $1, $2, …, each once, to nameless parameters: SQLite's driver
// compares the name of every parameter with every number, which takes longer than the query where there are hundreds.
type numbered struct{ known sync.Map }

func (n *numbered) rewrite(query string) (string, error) {
	if known, ok := n.known.Load(query); ok {
		return known.(string), nil
	}
	nameless, err := namelessly(query)
	if err == nil {
		n.known.Store(query, nameless)
	}
	return nameless, err
}

func namelessly(query string) (string, error) {
	if strings.Contains(query, goose.DefaultTablename) {
		return query, nil // the library that migrates has a set of queries for each engine
	}
	var b strings.Builder
	next, inOrder, quoted := 1, true, false
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '?':
			return "", fmt.Errorf("query %q: write $1, $2, … for parameters: both engines read those", query)
		case c == '$':
			end := i + 1
			for end < len(query) && query[end] >= '0' && query[end] <= '9' {
				end++
			}
			number, err := strconv.Atoi(query[i+1 : end])
			inOrder = inOrder && err == nil && number == next
			next++
			b.WriteByte('?')
			i = end - 1
			continue
		}
		b.WriteByte(query[i])
	}
	if !inOrder {
		return query, nil
	}
	return b.String(), nil
}
