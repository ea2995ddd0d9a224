package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// MigrateDatabase fills a new database with all that another holds, compares the two, and says what each table has. It is
// ErrLocked while a server has the folder of either. Broken off, it goes on when it is called again.
func MigrateDatabase(ctx context.Context, from, to string, progress func(table string, rows int64)) (tables []sqldb.Copied, err error) {
	for i, address := range []string{from, to} {
		file, embedded := strings.CutPrefix(address, "sqlite://")
		if !embedded {
			continue
		}
		if _, err := os.Stat(file); i == 0 && err != nil {
			return nil, fmt.Errorf("database %s: %w: %w", address, kind.ErrInvalid, err)
		}
		lock, err := lockFolder(filepath.Dir(file))
		if errors.Is(err, ErrLocked) {
			return nil, fmt.Errorf("%w: stop the server first", err)
		}
		if err != nil {
			return nil, err
		}
		defer lock.Close()
	}
	return sqldb.Copy(ctx, from, to, progress)
}
