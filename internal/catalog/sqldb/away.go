package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrAway says that the database cannot be used now, by no fault of what was asked: it cannot be reached, is being stopped or
// started, or has no room. Later the same may go well. Of a write whose connection was lost nobody knows whether it was done.
var ErrAway = errors.New("the database cannot be used at the moment")

// away makes an error of a driver ErrAway where it is one. What the callers of drivers look for stays to be found in it.
func away(err error) error {
	if err == nil || errors.Is(err, ErrAway) || !isAway(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

// again is away for what has no effect yet, such as the beginning of a transaction: where the connection turns out to be dead,
// database/sql tries another one, as it does for what the driver says so of.
func again(err error) error {
	if _, told := errors.AsType[*pgconn.PgError](err); err != nil && !told && isAway(err) {
		return fmt.Errorf("%w: %w: %w", ErrAway, driver.ErrBadConn, err)
	}
	return away(err)
}

func isAway(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false // who asked has left, or waited as long as it would
	}
	if told, ok := errors.AsType[*pgconn.PgError](err); ok {
		return awayState(told.Code)
	}
	if told, ok := errors.AsType[*sqlite.Error](err); ok {
		switch told.Code() & 0xff { // the primary code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// awayState reports whether a state of PostgreSQL's (appendix A of its manual) is of the server and not of the query.
func awayState(code string) bool {
	switch code {
	case "25006", // a primary that has become a standby takes no writes
		"55000",                   // it takes no connections to this database
		"57P01", "57P02", "57P03", // it is being stopped, has crashed, or is being started
		"57P05", "25P03": // an idle session was ended
		return true
	}
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") // connections; memory, disk and connections used up
}
