package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")

// TestEveryLineOfDefenseHasATestThatExists holds docs/security.md to the tests that it names.
func TestEveryLineOfDefenseHasATestThatExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "security.md"))
	require.NoError(t, err)
	there := tests(t, os.DirFS("../.."))
	named := namedTest.FindAllSubmatch(text, -1)
	require.NotEmpty(t, named)
	for _, m := range named {
		assert.True(t, there[string(m[1])], "docs/security.md names %s, which is no test", m[1])
	}
	_, lines, found := strings.Cut(string(text), "## Lines of defense")
	lines, _, ends := strings.Cut(lines, "## What operators")
	require.True(t, found && ends)
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|---") && !strings.HasSuffix(strings.TrimSpace(line), "| held by |") {
			assert.Regexp(t, namedTest, line, "no test holds this line")
		}
	}
}

// tests are the names of all tests and fuzz tests of the module.
func tests(t *testing.T, root fs.FS) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	set := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path.Base(name), "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && len(f.Type.Params.List) == 1 {
				all[f.Name.Name] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	return all
}
