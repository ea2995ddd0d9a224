package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheBillOfMaterialsNamesEveryModuleOfTheBuild(t *testing.T) {
	s := newSBOM(&debug.BuildInfo{
		GoVersion: "go1.26", Main: debug.Module{Path: "example.org/a"},
		Deps: []*debug.Module{{Path: "example.org/b", Version: "v1"}, {Path: "example.org/c", Version: "v2", Replace: &debug.Module{Path: "example.org/d", Version: "v3"}}},
	}, "0.1.0")
	var all []string
	for _, c := range s.Components {
		assert.Equal(t, c.PURL, c.Ref)
		all = append(all, c.PURL)
	}
	assert.Equal(t, []string{"pkg:golang/stdlib@go1.26", "pkg:golang/example.org/b@v1", "pkg:golang/example.org/d@v3"}, all)
	assert.Equal(t, "0.1.0", s.Metadata.Component.Version)
}

// TestFilesForOperatorsNameWhatThereIs holds unit and Containerfile to the flags and packages that exist.
func TestFilesForOperatorsNameWhatThereIs(t *testing.T) {
	for file, program := range map[string]string{"commonplace.service": "ExecStart=/usr/local/bin/commonplace", "Containerfile": `ENTRYPOINT ["/commonplace"`} {
		b, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations", file))
		require.NoError(t, err)
		found := false
		for line := range strings.Lines(string(b)) {
			rest, ok := strings.CutPrefix(line, program)
			if !ok {
				continue
			}
			found = true
			assert.Contains(t, rest, "serve")
			serve, _, err := newRoot(&session{}).Find([]string{"serve"})
			require.NoError(t, err)
			flags := regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(rest, -1)
			require.NotEmpty(t, flags)
			for _, m := range flags {
				assert.True(t, serve.Flags().Lookup(m[1]) != nil || serve.InheritedFlags().Lookup(m[1]) != nil, "%s: serve has no --%s", file, m[1])
			}
		}
		assert.True(t, found, file)
	}
}
