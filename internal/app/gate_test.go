package app_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

// gateRows has a lesson with one defect for each check of the release gate.
var gateRows = map[string]struct {
	refused bool
	old     string // in the text of a good lesson
	new     string
	files   map[string]string
}{
	"license":    {refused: true, old: "license: CC BY-SA 4.0", new: "license: CC BY-SA 4.0\nsources: [{id: \"oai:x.example:1\", license: CC BY-NC-ND 4.0, creators: [{name: Ana}]}]"},
	"metadata":   {refused: true, old: "title: Gate\n", new: ""},
	"alignments": {old: "5.NF.B.3", new: "5.ZZ.Q.9"},
	"links":      {old: "Fold.", new: "Fold [this](none.md)."},
	"alt":        {old: "Fold.", new: "![](a.svg)", files: map[string]string{"a.svg": plainDrawing}},
	"headings":   {old: "Fold.", new: "## Do\n\n#### Too deep\n\nFold."},
	"contrast":   {old: "Fold.", new: "![A drawing](a.svg)", files: map[string]string{"a.svg": strings.Replace(plainDrawing, "#000", "#eee", 1)}},
	"captions":   {old: "Fold.", new: "![The fold](fold.mp4)", files: map[string]string{"fold.mp4": "film"}},
	"reading":    {old: "Fold.", new: strings.Repeat("Notwithstanding institutional heterogeneity, comprehensive epistemological considerations necessitate multidimensional interpretation of interdisciplinary methodologies throughout contemporary educational administration. ", 20)},
	"sizes":      {old: "Fold.", new: "![A drawing](a.png)", files: map[string]string{"a.png": strings.Repeat("x", 2<<20)}},
	"offline":    {old: "Fold.", new: "![A strip](https://elsewhere.example/a.png)"},
}

const plainDrawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#fff"/><text x="9" y="50" fill="#000">Half</text></svg>`

// TestEveryCheckOfTheGateIsAskedAtUploadPushAndRelease has an error refuse, and a warning go into the report.
func TestEveryCheckOfTheGateIsAskedAtUploadPushAndRelease(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	s.ImportFrameworks(t)
	token := s.Token(t, "rosa")
	for _, c := range (repository.Report{}).Checks() {
		assert.Contains(t, gateRows, c.Name, "a check without a row")
	}
	state := func(t *testing.T, address, name string) repository.CheckState {
		t.Helper()
		report, err := s.App.Repository.Report(t.Context(), s.At(t, address))
		require.NoError(t, err)
		for _, c := range report.Checks() {
			if c.Name == name {
				return c.State
			}
		}
		return ""
	}
	for name, row := range gateRows {
		t.Run(name, func(t *testing.T) {
			good := lessonText("Gate", "Fold.")
			require.Contains(t, good, row.old)
			files := map[string]string{"index.md": strings.Replace(good, row.old, row.new, 1)}
			for file, text := range row.files {
				files[file] = text
			}
			// upload
			a := s.Upload(t, http.MethodPost, "/api/v1/resources?owner=rosa&slug=up-"+name, token, "application/zip", zipped(t, files))
			if row.refused {
				require.Equal(t, http.StatusUnprocessableEntity, a.Status, a.Body)
				assert.Contains(t, a.Body, "index.md")
			} else {
				require.Equal(t, http.StatusCreated, a.Status, a.Body)
				assert.Equal(t, repository.CheckWarned, state(t, "rosa/up-"+name, name))
			}
			// push
			dir := t.TempDir()
			git := func(args ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=Rosa", "-c", "user.email=r@x"}, args...)...)
				cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			must := func(args ...string) {
				t.Helper()
				out, err := git(args...)
				require.NoError(t, err, out)
			}
			write := func(files map[string]string) {
				t.Helper()
				for file, text := range files {
					require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
				}
				must("add", ".")
				must("commit", "-qm", name)
			}
			must("init", "-qb", "main")
			write(files)
			address := strings.Replace(s.URL, "://", "://rosa:"+token+"@", 1) + "/r/rosa/push-" + name + ".git"
			out, err := git("push", address, "main")
			if row.refused {
				require.Error(t, err)
				assert.Regexp(t, `index\.md(:\d+)?: `, out)
				must("tag", "-a", "v1", "-m", "First")
				out, err = git("push", address, "main", "v1")
				require.Error(t, err, "nor with a tag: %s", out)
				// The revision may be published as one before the newest; it is no release, neither at once nor later.
				write(map[string]string{"index.md": good})
				for _, refs := range [][]string{{"main", "v1"}, {"main"}, {"v1"}} {
					out, err = git(append([]string{"push", address}, refs...)...)
					if len(refs) == 1 && refs[0] == "main" {
						require.NoError(t, err, out)
						continue
					}
					require.Error(t, err, out)
					assert.Regexp(t, `index\.md(:\d+)?: `, out)
					assert.Contains(t, out, "the report of v1 has errors")
					out, _ = git("ls-remote", address) // there may be nothing yet
					assert.NotContains(t, out, "refs/tags/")
					assert.Equal(t, len(refs) == 1, strings.Contains(out, "refs/heads/main"), "main came alone")
				}
				list, err := s.App.Repository.Releases(t.Context(), s.At(t, "rosa/push-"+name).Address)
				require.NoError(t, err)
				assert.Empty(t, list)
				return
			}
			require.NoError(t, err, out)
			assert.Regexp(t, `Report: +\S+/report`, out)
			assert.Equal(t, repository.CheckWarned, state(t, "rosa/push-"+name, name))
			// release
			made := s.Call(t, http.MethodPost, "/api/v1/resources/"+string(s.At(t, "rosa/up-"+name).ID)+"/releases", token, map[string]any{"version": "v1"})
			require.Equal(t, http.StatusCreated, made.Status, made.Body)
			has(t, made.Body, s.At(t, "rosa/up-"+name).Revision)
			must("tag", "-a", "v1", "-m", "First")
			must("push", address, "v1")
		})
	}
}
