package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// perl is where HTTP::OAI or Catmandu are looked for. Where they are not, the test skips, or fails in CI.
func perl(t *testing.T, module string) {
	t.Helper()
	if exec.CommandContext(t.Context(), "perl", "-M"+module, "-e", "1").Run() == nil {
		return
	}
	const how = "install Debian's libhttp-oai-perl and libcatmandu-oai-perl to run this test"
	if os.Getenv("CI") == "true" {
		t.Fatal("perl's " + module + " is missing: " + how)
	}
	t.Skip(how)
}

// client runs a program and returns what it printed.
func client(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	require.NoError(t, err, "%s %v: %s", name, args, errs.String())
	return string(out)
}

// provider is a server with enough records for several pages, some deleted, and the titles of the live ones by identifier.
func provider(t *testing.T) (s *apptest.Server, titles map[string]string, deleted map[string]bool) {
	t.Helper()
	s = apptest.New(t).Server(t, "state", func(c *config.Config) { c.PageSize = 7 })
	titles, deleted = map[string]string{}, map[string]bool{}
	for i := range 30 {
		title := fmt.Sprintf("Lección %d, ½ & <más>", i)
		r := s.Publish(t, fmt.Sprintf("rosa/lesson-%d", i), lesson(title, "Fold the paper."))
		titles[r.Identifier] = title
	}
	for i := 3; i < 30; i += 9 {
		address := fmt.Sprintf("rosa/lesson-%d", i)
		r := s.At(t, address)
		s.Withdraw(t, address)
		delete(titles, r.Identifier)
		deleted[r.Identifier] = true
	}
	return s, titles, deleted
}

func TestPerlHarvestsEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	t.Parallel()
	perl(t, "HTTP::OAI")
	s, titles, deleted := provider(t)
	for _, prefix := range []string{"oai_dc", "oai_lom", "mods", "oai_openaire"} {
		lines := strings.Split(strings.TrimSpace(client(t, "perl", filepath.Join("testdata", "clients", "http_oai.pl"), s.URL+"/oai", prefix)), "\n")
		assert.Len(t, lines, len(titles)+len(deleted), prefix)
		for _, line := range lines {
			identifier, what, _ := strings.Cut(line, "\t")
			if deleted[identifier] {
				assert.Equal(t, "deleted", what, prefix)
				continue
			}
			require.Contains(t, titles, identifier, prefix)
			assert.Contains(t, what, titles[identifier], prefix)
		}
	}
	one := client(t, "perl", filepath.Join("testdata", "clients", "http_oai.pl"), s.URL+"/oai", "oai_dc", "set", "type:lesson")
	assert.Equal(t, len(titles)+len(deleted), strings.Count(one, "\n"), "a set, its deleted records too")
}

func TestCatmanduHarvestsEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	t.Parallel()
	perl(t, "Catmandu::Importer::OAI")
	s, titles, _ := provider(t)
	out := client(t, "catmandu", "convert", "OAI", "--url", s.URL+"/oai", "--metadataPrefix", "oai_dc", "--handler", "oai_dc", "to", "JSON", "--line_delimited", "1")
	found := map[string]string{}
	for line := range strings.Lines(out) {
		var record struct {
			ID    string   `json:"_id"`
			Title []string `json:"title"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		if len(record.Title) > 0 {
			found[record.ID] = record.Title[0]
		}
	}
	assert.Equal(t, titles, found)
}
