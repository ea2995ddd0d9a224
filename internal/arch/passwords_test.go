package arch

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var cheapPasswords = regexp.MustCompile(`NewWithCheapPasswords|internal/apptest"|CheapPasswords:|\.CheapPasswords\s*=[^=]|\bStill:\s*true|\.Still\s*=[^=]`)

// mayCheapen are the files, beside tests, that may name hashes that can be guessed, or a server that does nothing by the
// clock: where they are made, where a server is asked for them, and the world of servers for tests, which no program imports.
var mayCheapen = []string{"internal/accounts/account.go", "internal/app/app.go", "internal/apptest/server.go"}

func TestNoProgramHasCheapPasswords(t *testing.T) {
	assert.Equal(t, mayCheapen, cheapening(t, os.DirFS("../..")))
}

func TestPlantedCheapPasswordsAreFound(t *testing.T) {
	assert.Equal(t, []string{"cmd/a.go", "cmd/b.go", "cmd/c.go", "cmd/e.go", "cmd/f.go"}, cheapening(t, fstest.MapFS{
		"cmd/a.go":      {Data: []byte("app.Options{CheapPasswords: true}")},
		"cmd/b.go":      {Data: []byte("o.CheapPasswords = true")},
		"cmd/c.go":      {Data: []byte("accounts.NewWithCheapPasswords(db, now, log)")},
		"cmd/c_test.go": {Data: []byte("app.Options{CheapPasswords: true}")},
		"cmd/e.go":      {Data: []byte(`import _ "example.org/internal/apptest"`)},
		"cmd/f.go":      {Data: []byte("app.Options{Still: true}")},
		"cmd/d.go":      {Data: []byte("if o.CheapPasswords { }")},
	}))
}

// cheapening are the files, beside tests, that ask for either.
func cheapening(t *testing.T, root fs.FS) (files []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if cheapPasswords.Match(source) {
			files = append(files, name)
		}
		return err
	}))
	return files
}
