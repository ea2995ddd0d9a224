package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// needed skips a test on a machine that has not got a program.
func needed(t *testing.T, program, from string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "%s is needed: apt-get install %s", program, from)
		t.Skipf("%s is needed: apt-get install %s", program, from)
	}
}

// documented are the commands in the Containerfile, with a folder in the place of out.
func documented(t *testing.T, out string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations/Containerfile")
	require.NoError(t, err)
	var commands []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if command, ok := strings.CutPrefix(line, "#   "); ok {
			command, _, _ = strings.Cut(command, " # ")
			command = strings.Replace(command, "-trimpath ", "", 1) // with it everything is compiled once more
			commands = append(commands, regexp.MustCompile(`\bout\b`).ReplaceAllString(command, out))
		}
	}
	require.Len(t, commands, 2)
	return commands
}

// TestTheImageServes builds the image by the commands that its file tells, has it serve without any rights, and stops it.
func TestTheImageServes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds an image")
	}
	needed(t, "buildah", "buildah")
	if os.Getuid() != 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "this is a test for root")
		t.Skip("run it as root: without rights, buildah needs ranges of ids in /etc/subuid")
	}
	scratch := t.TempDir()
	storage := filepath.Join(scratch, "storage.conf")
	require.NoError(t, os.WriteFile(storage, fmt.Appendf(nil, "[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n",
		filepath.Join(scratch, "root"), filepath.Join(scratch, "run")), 0o600))
	environment := append(os.Environ(), "CONTAINERS_STORAGE_CONF="+storage, "BUILDAH_ISOLATION=chroot")
	run := func(program string, arguments ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, arguments...)
		cmd.Env, cmd.Dir = environment, "../.."
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		require.NoError(t, err, "%s: %s", cmd, &said)
		return strings.TrimSpace(string(out))
	}
	for _, command := range documented(t, filepath.Join(scratch, "out")) {
		run("sh", "-c", command)
	}
	container := run("buildah", "from", "--pull-never", "localhost/commonplace")
	t.Cleanup(func() {
		cmd := exec.CommandContext(context.Background(), "buildah", "rm", container)
		cmd.Env = environment
		assert.NoError(t, cmd.Run())
	})
	var image struct {
		OCIv1 struct {
			Config struct {
				User, StopSignal string
				Entrypoint       []string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(run("buildah", "inspect", container)), &image))
	assert.Equal(t, "65532:65532", image.OCIv1.Config.User)
	assert.Equal(t, "SIGTERM", image.OCIv1.Config.StopSignal)
	roots, err := os.ReadFile(filepath.Join(run("buildah", "mount", container), "etc/ssl/certs/ca-certificates.crt"))
	require.NoError(t, err)
	assert.Contains(t, string(roots), "BEGIN CERTIFICATE", "whom peers are believed to be")

	address := blobtest.FreeAddress(t)
	arguments := append([]string{"run", container, "--"}, image.OCIv1.Config.Entrypoint...)
	cmd := exec.Command("buildah", append(arguments, "--listen", address)...)
	cmd.Env = environment
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if server := serving(address); server != 0 {
			_ = syscall.Kill(server, syscall.SIGKILL)
		}
	})
	ready := func() bool {
		answer, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
	for deadline := time.Now().Add(3 * time.Minute); !ready(); time.Sleep(50 * time.Millisecond) {
		select {
		case <-ended:
			if strings.Contains(said.String(), "operation not permitted") {
				require.NotEqual(t, "true", os.Getenv("CI"), "the image cannot be run: %s", &said)
				t.Skip("the image is built; to run it, this machine would have to allow mounts: ", said.String())
			}
			require.Fail(t, "it does not serve", said.String())
		default:
			require.True(t, time.Now().Before(deadline), "it is not ready: %s", &said)
		}
	}
	server := serving(address)
	require.NotZero(t, server)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server))
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^Uid:\s+65532\s+65532`, string(status))
	require.NoError(t, syscall.Kill(server, syscall.SIGTERM))
	select {
	case err := <-ended:
		assert.NoError(t, err, "it stops as it should: %s", &said)
	case <-time.After(3 * time.Minute):
		require.Fail(t, "it does not stop", said.String())
	}
}

// serving is the process that serves at an address, in a container or not; 0 where there is none.
func serving(address string) int {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range lines {
		b, err := os.ReadFile(file)
		if err != nil || !bytes.HasPrefix(b, []byte("/commonplace\x00serve\x00")) || !bytes.Contains(b, []byte("\x00"+address+"\x00")) {
			continue
		}
		id, _ := strconv.Atoi(strings.Split(file, "/")[2])
		return id
	}
	return 0
}

// TestSystemdTakesTheUnit as it is, but for the program's place.
func TestSystemdTakesTheUnit(t *testing.T) {
	needed(t, "systemd-analyze", "systemd")
	text, err := os.ReadFile("../../docs/operations/commonplace.service")
	require.NoError(t, err)
	program, err := os.Executable()
	require.NoError(t, err)
	verify := func(unit string) (string, error) {
		file := filepath.Join(t.TempDir(), "commonplace.service")
		require.NoError(t, os.WriteFile(file, []byte(unit), 0o600))
		said, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", file).CombinedOutput()
		return string(said), err
	}
	unit := strings.ReplaceAll(string(text), "/usr/local/bin/commonplace", program)
	said, err := verify(unit)
	assert.NoError(t, err)
	assert.Empty(t, said)
	said, _ = verify(strings.Replace(unit, "StateDirectory=", "StateFolder=", 1))
	assert.Contains(t, said, "StateFolder", "it finds what is wrong")
}
