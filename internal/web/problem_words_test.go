package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/themes"
)

// problemCodes are the codes of problems in the sources of what finds them in a lesson.
func problemCodes(t *testing.T) map[string]bool {
	t.Helper()
	code := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	said := map[string]bool{"fail": true, "warn": true, "refuse": true, "warning": true, "problem": true, "problemAt": true}
	codes := map[string]bool{}
	note := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && code.MatchString(text) {
				codes[text] = true
			}
		}
	}
	for _, dir := range []string{"../../repository", "../../repository/metadata", "../../repository/render"} {
		files, err := filepath.Glob(dir + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			base := filepath.Base(file)
			if strings.HasSuffix(base, "_test.go") || strings.Contains(base, "_read") || base == "harvest.go" || base == "record.go" {
				continue // of records, which administrators see in the quarantine
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
						note(n.Value)
					}
				case *ast.CallExpr:
					name := ""
					switch f := n.Fun.(type) {
					case *ast.Ident:
						name = f.Name
					case *ast.SelectorExpr:
						name = f.Sel.Name
					}
					if name == "missing" && len(n.Args) > 0 {
						if lit, ok := n.Args[0].(*ast.BasicLit); ok {
							codes[strings.Trim(lit.Value, `"`)+"-missing"] = true
						}
					}
					if said[name] {
						for _, a := range n.Args[:min(len(n.Args), 3)] {
							note(a)
						}
					}
				}
				return true
			})
		}
	}
	return codes
}

func TestProblemsAreSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	set, err := themes.OpenSet(themes.SetOptions{})
	require.NoError(t, err)
	codes := problemCodes(t)
	require.Greater(t, len(codes), 60)
	for code := range codes {
		en, es := set.Label("en", "problem", code), set.Label("es", "problem", code)
		assert.NotEqual(t, code, en, "no message problem."+code)
		assert.NotEqual(t, code, es, "no message problem."+code)
		assert.NotEqual(t, en, es, code)
	}
}
