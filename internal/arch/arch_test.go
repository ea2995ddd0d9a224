// Package arch holds the import rules of the module: who may import whom, and who may import which library.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/commonplace-oer/commonplace/"

// allowed is policy: a package may import, of this module, only what stands beside it. To change a line, write down why
// in docs/adr first. Tests of a package may import more (they build fakes and worlds), so they are not held to it.
var allowed = map[string][]string{
	"licensing":                {},
	"repository/kind":          {},
	"repository/blob":          {},
	"repository/blob/blobtest": {"repository/blob"},
	"repository/standards":     {},
	"repository/render":        {},
	"repository/picture":       {},
	"repository/gitstore":      {"repository/blob", "repository/kind"},
	"repository/media":         {"repository/blob", "repository/kind"},
	"repository/metadata":      {"licensing", "repository/standards", "repository/kind"},
	"repository/merge":         {"repository/kind", "repository/metadata"},
	"repository/approval":      {"licensing", "repository/blob", "repository/kind"},
	"repository": {
		"licensing", "repository/blob", "repository/gitstore", "repository/kind", "repository/media", "repository/merge", "repository/metadata",
		"repository/picture", "repository/render",
	},
	"search":                       {"licensing", "repository/metadata", "repository/standards"},
	"search/corpus":                {"licensing", "repository/standards", "search"},
	"federation/oaipmh":            {},
	"federation/oaipmh/oaipmhtest": {},
	"federation/oaipmh/validate":   {"federation/oaipmh"},
	"federation": {
		"federation/oaipmh", "internal/fetch", "licensing", "repository", "repository/kind", "repository/metadata",
	},
	"federation/federationtest":        {"federation", "repository/kind", "repository/metadata"},
	"themes":                           {},
	"content-samples":                  {},
	"internal/config":                  {},
	"internal/fetch":                   {},
	"internal/backup":                  {"repository/blob", "repository/gitstore", "repository/kind"},
	"internal/browser":                 {},
	"internal/mirror":                  {"repository/kind", "repository/render"},
	"internal/metrics":                 {},
	"internal/load":                    {"licensing", "repository/metadata", "search", "search/corpus"},
	"internal/pdf":                     {},
	"internal/slowline":                {},
	"internal/word":                    {"repository/kind"},
	"internal/accounts":                {"internal/catalog/sqldb", "repository/kind"},
	"internal/catalog/sqldb":           {},
	"internal/catalog/sqldb/sqldbtest": {"internal/catalog/sqldb"},
	"internal/drafts":                  {"repository/blob", "repository/kind"},
	"internal/jobs":                    {"internal/catalog/sqldb"},
	"internal/mail":                    {"internal/jobs", "repository/kind"},
	"internal/catalog": {
		"federation", "internal/catalog/sqldb", "repository", "repository/kind", "repository/metadata", "search",
	},
	"internal/web": {
		"federation", "federation/oaipmh", "internal/accounts", "internal/catalog", "internal/drafts", "internal/metrics", "internal/word", "licensing", "repository",
		"repository/approval", "repository/gitstore", "repository/kind", "repository/media", "repository/merge", "repository/metadata", "repository/picture",
		"repository/render", "repository/standards", "search", "themes",
	},
	"internal/app":     {"*"},
	"cmd/commonplace":  {"*"},
	"internal/apptest": {"*"},
}

// homes names, for each library that must not spread, the packages that may import it.
var homes = map[string][]string{
	"github.com/blevesearch/":       {"search"},
	"github.com/go-git/":            {"repository/gitstore"},
	"github.com/yuin/goldmark":      {"repository/render"},
	"github.com/dop251/goja":        {"repository/render"},
	"github.com/minio/":             {"repository/blob"},
	"filippo.io/age":                {"internal/backup"},
	"github.com/gofiber/":           {"internal/web"},
	"database/sql":                  {"internal/catalog", "internal/catalog/sqldb", "internal/catalog/sqldb/sqldbtest", "internal/jobs", "internal/accounts"},
	"modernc.org/sqlite":            {"internal/catalog/sqldb"},
	"github.com/jackc/pgx":          {"internal/catalog/sqldb", "internal/catalog/sqldb/sqldbtest"},
	"github.com/pressly/goose":      {"internal/catalog/sqldb"},
	"github.com/spf13/cobra":        {"cmd/commonplace"},
	"github.com/nicksnyder/go-i18n": {"themes"},
	"github.com/prometheus/":        {"internal/metrics"},
	"go.yaml.in/yaml":               {"repository/metadata"},
}

// standardOnly are the packages that import nothing but the standard library.
var standardOnly = []string{"licensing", "federation/oaipmh", "federation/oaipmh/validate", "repository/kind"}

func TestImportsFollowTheRules(t *testing.T) {
	problems, used := violations(t, os.DirFS("../.."))
	assert.Empty(t, problems)
	assert.Empty(t, unused(used), "rights that nobody uses")
}

func TestPlantedImportsAreFound(t *testing.T) {
	problems, _ := violations(t, fstest.MapFS{
		"licensing/a.go":          {Data: []byte("package licensing\nimport _ \"" + module + "search\"\n")},
		"licensing/b.go":          {Data: []byte("package licensing\nimport _ \"github.com/google/uuid\"\n")},
		"repository/c.go":         {Data: []byte("package repository\nimport _ \"github.com/blevesearch/bleve/v2\"\n")},
		"repository/d.go":         {Data: []byte("package repository\nimport _ \"" + module + "internal/web\"\n")},
		"repository/util/e.go":    {Data: []byte("package util\n")},
		"internal/app/fine.go":    {Data: []byte("package app\nimport _ \"" + module + "search\"\n")},
		"repository/some_test.go": {Data: []byte("package repository\nimport _ \"" + module + "search\"\n")},
	})
	assert.Equal(t, []string{
		"licensing/a.go: licensing must not import search",
		"licensing/b.go: licensing must not import github.com/google/uuid: standard library only",
		"repository/c.go: repository must not import github.com/blevesearch/bleve/v2: it belongs to search",
		"repository/d.go: repository must not import internal/web",
		"repository/util/e.go: repository/util is not in the table of imports",
	}, problems)
}

func TestRightsThatNobodyUsesAreFound(t *testing.T) {
	used := map[string][]string{}
	for pkg, may := range allowed {
		used[pkg] = []string{}
		for _, dep := range may {
			used[pkg] = append(used[pkg], module+dep)
		}
	}
	for library, packages := range homes {
		for _, pkg := range packages {
			used[pkg] = append(used[pkg], library+"v2")
		}
	}
	require.Empty(t, unused(used))
	used["repository/merge"] = []string{module + "repository/kind"}
	used["internal/web"] = slices.DeleteFunc(used["internal/web"], func(path string) bool { return strings.HasPrefix(path, "github.com/gofiber/") })
	delete(used, "licensing")
	assert.Equal(t, []string{
		"internal/web never imports github.com/gofiber/", "licensing has no files", "repository/merge never imports repository/metadata",
	}, unused(used))
}

// unused names the lines of the tables that grant what no package takes.
func unused(used map[string][]string) (lines []string) {
	for pkg, may := range allowed {
		if _, exists := used[pkg]; !exists {
			lines = append(lines, pkg+" has no files")
		}
		for _, dep := range may {
			if dep != "*" && !slices.Contains(used[pkg], module+dep) {
				lines = append(lines, pkg+" never imports "+dep)
			}
		}
	}
	for library, packages := range homes {
		for _, pkg := range packages {
			if !slices.ContainsFunc(used[pkg], func(path string) bool { return strings.HasPrefix(path, library) }) {
				lines = append(lines, pkg+" never imports "+library)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// violations parses every Go file below root that is not a test, so that a result is never a cached one of another tool.
// used are the import paths of each package.
func violations(t *testing.T, root fs.FS) (problems []string, used map[string][]string) {
	t.Helper()
	used = map[string][]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "tools" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		if _, listed := allowed[pkg]; !listed && used[pkg] == nil {
			problems = append(problems, name+": "+pkg+" is not in the table of imports")
		}
		if used[pkg] == nil {
			used[pkg] = []string{}
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			used[pkg] = append(used[pkg], imported)
			if why := refuse(pkg, imported); why != "" {
				problems = append(problems, name+": "+why)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return problems, used
}

// refuse says why pkg must not import the path, or nothing if it may.
func refuse(pkg, imported string) string {
	if dep, ours := strings.CutPrefix(imported, module); ours {
		if may := allowed[pkg]; !slices.Contains(may, dep) && !slices.Contains(may, "*") {
			return pkg + " must not import " + dep
		}
		return ""
	}
	if slices.Contains(standardOnly, pkg) && strings.Contains(strings.Split(imported, "/")[0], ".") {
		return pkg + " must not import " + imported + ": standard library only"
	}
	for library, packages := range homes {
		if strings.HasPrefix(imported, library) && !slices.Contains(packages, pkg) {
			return pkg + " must not import " + imported + ": it belongs to " + strings.Join(packages, ", ")
		}
	}
	return ""
}
