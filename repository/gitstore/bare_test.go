package gitstore_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// bare writes a repository as files of a folder.
func bare(t *testing.T, r *gitstore.Repository) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, r.Bare(t.Context(), func(path string, data io.Reader) error {
		name := filepath.Join(dir, filepath.FromSlash(path))
		b, err := io.ReadAll(data)
		return errors.Join(err, os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, b, 0o644))
	}))
	return dir
}

func TestGitClonesFromAPlainFileServer(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		files := tree("index.md", "# Pizzas\n", "01-strips/index.md", "# Strips\n")
		r, _ := first(t, s, files)
		for i := range 3 { // several packs, of which some are deltas
			files["index.md"] = gitstore.File{Data: []byte("# Pizzas\n" + string(rune('a'+i)))}
			r, _ = next(t, s, r, files, i+1)
		}
		dir := bare(t, r)
		server := httptest.NewServer(http.StripPrefix("/x.git", http.FileServer(http.Dir(dir))))
		t.Cleanup(server.Close)

		for _, from := range []string{server.URL + "/x.git", dir} {
			got := filepath.Join(t.TempDir(), "clone")
			git(t, "", "clone", "-q", from, got)
			fsck(t, got)
			assert.Equal(t, r.Head(), git(t, got, "rev-parse", "HEAD"))
			assert.Equal(t, "main", git(t, got, "branch", "--show-current"))
			assert.Equal(t, "4", git(t, got, "rev-list", "--count", "HEAD"))
			assert.Equal(t, "# Strips\n", read(t, got, "01-strips/index.md"))
		}
		assert.Equal(t, digest(t, dir), digest(t, bare(t, r)), "the same state, the same bytes")
	})
}

// digest is all files of a folder.
func digest(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path[len(dir):]] = string(b)
		return err
	}))
	return all
}
