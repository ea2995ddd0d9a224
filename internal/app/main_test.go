package app_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

// TestMain runs the tests on SQLite, or with COMMONPLACE_TEST_DATABASE=postgres on PostgreSQL.
func TestMain(m *testing.M) {
	if settings := os.Getenv(nodeVariable); settings != "" {
		fmt.Fprintln(os.Stderr, serveNode(settings))
		os.Exit(1)
	}
	code := m.Run()
	sqldbtest.Stop()
	os.Exit(code)
}
