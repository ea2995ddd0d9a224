// Package sqldbtest gives tests databases of both engines.
package sqldbtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// Variable names the engine, "sqlite" or "postgres", whose databases Open and Address give. Without it that is SQLite.
const Variable = "COMMONPLACE_TEST_DATABASE"

// Main runs the tests of a package on SQLite and then on PostgreSQL; call it in TestMain. With -short, a benchmark, or where
// Variable is set, it runs them once. Where PostgreSQL is not installed it says how to get it, and fails if CI=true.
func Main(m *testing.M) {
	flag.Parse()
	both := !once()
	if both {
		os.Setenv(Variable, string(sqldb.SQLite)) // processes that a test makes of itself run on what it runs on
	}
	code := m.Run()
	if code == 0 && both {
		if _, err := find(); err != nil && os.Getenv("CI") != "true" {
			fmt.Fprintln(os.Stderr, "not run on PostgreSQL:", err)
		} else {
			os.Setenv(Variable, string(sqldb.Postgres))
			if code = m.Run(); code != 0 {
				fmt.Fprintln(os.Stderr, "failed on PostgreSQL; to run on it alone: "+Variable+"=postgres go test …")
			}
		}
	}
	Stop()
	os.Exit(code)
}

func once() bool {
	if os.Getenv(Variable) != "" || testing.Short() {
		return true
	}
	for _, name := range []string{"test.bench", "test.fuzz", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	return false
}

// Engine is the one that tests run on now.
func Engine() sqldb.Engine {
	if os.Getenv(Variable) == string(sqldb.Postgres) {
		return sqldb.Postgres
	}
	return sqldb.SQLite
}

// Open opens a new database with all tables, and nothing in them, as long as the test runs.
func Open(t testing.TB) *sqldb.DB {
	t.Helper()
	address := "sqlite::memory:"
	if Engine() == sqldb.Postgres {
		address = Postgres(t)
	}
	db, err := sqldb.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// Address is that of a new database which can be opened, closed and opened again as long as the test runs.
func Address(t testing.TB) string {
	t.Helper()
	if Engine() == sqldb.Postgres {
		return Postgres(t)
	}
	return "sqlite://" + filepath.Join(t.TempDir(), "catalog.db")
}

// Postgres is the address of a new database of PostgreSQL with all tables, and nothing in them. It skips the test where
// PostgreSQL is not installed, or fails it if CI=true.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := running()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	address, err := s.database(context.Background(), "TEMPLATE migrated")
	require.NoError(t, err)
	return address
}

// Installed reports whether PostgreSQL is there, or must be because CI=true.
func Installed() bool {
	_, err := find()
	return err == nil || os.Getenv("CI") == "true"
}

// EmptyPostgres is the address of a new database of PostgreSQL without any table.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	Postgres(t) // skips, or fails
	s, err := running()
	require.NoError(t, err)
	address, err := s.database(t.Context(), "TEMPLATE template0")
	require.NoError(t, err)
	return address
}

// running is the one server of this process.
var running = sync.OnceValues(func() (*server, error) {
	s, err := start()
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	current = s
	return s, nil
})

var current *server

// Stop ends the server before the process does. Where a process ends without it, the server ends with the process.
func Stop() {
	if current != nil {
		current.stop()
	}
}
