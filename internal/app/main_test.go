package app_test

import (
	"os"
	"testing"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

// TestMain runs the tests on SQLite, or with COMMONPLACE_TEST_DATABASE=postgres on PostgreSQL.
func TestMain(m *testing.M) {
	code := m.Run()
	sqldbtest.Stop()
	os.Exit(code)
}
