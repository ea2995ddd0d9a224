package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"commonplace": main})
}

// TestScripts runs the program as people do: the real binary, real git and curl, servers on free ports of this machine.
func TestScripts(t *testing.T) {
	for _, tool := range []string{"git", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is needed: apt-get install %s", tool, tool)
			}
			t.Skipf("%s is needed: apt-get install %s", tool, tool)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			// A data folder holds a socket, whose path must be short; the folders of scripts are not.
			short, err := os.MkdirTemp("", "cp")
			if err != nil {
				return err
			}
			e.Defer(func() { _ = os.RemoveAll(short) })
			e.Setenv("SHORT", short)
			e.Setenv("SOON", time.Now().AddDate(0, 1, 0).Format("2006-01-02T15:04")) // a time to plan for
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			e.Setenv("GIT_TERMINAL_PROMPT", "0")
			e.Setenv("NO_PROXY", "127.0.0.1")
			e.Values["servers"] = map[string]*exec.Cmd{}
			return nil
		},
		Condition: func(what string) (bool, error) {
			if what != "postgres" {
				return false, fmt.Errorf("unknown condition %q", what)
			}
			return sqldbtest.Installed(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"postgres": func(ts *testscript.TestScript, _ bool, args []string) { // postgres NAME: $NAME is the address of a new database
				ts.Setenv(args[0], sqldbtest.EmptyPostgres(t))
			},
			"server": startServer, "halt": stopServer, "field": saveField, "wait-for": waitFor,
		},
	})
}

// startServer runs `commonplace serve` in the background: server NAME [flags…]. Its address becomes $NAME, its data folder
// is $SHORT/NAME.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("use: server NAME [flags…]")
	}
	name := args[0]
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "commonplace", append([]string{"serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(ts.Getenv("SHORT"), name)}, args[1:]...)...)
	path, err := exec.LookPath("commonplace")
	ts.Check(err)
	c.Path = path
	c.Dir = ts.MkAbs(".")
	c.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"))
	var said strings.Builder
	c.Stderr = &said
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	ts.Defer(func() { cancel(); _ = c.Wait() })
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if _, address, ok := strings.Cut(line, "(listening on "); ok {
			ts.Setenv(name, "http://"+strings.TrimSuffix(strings.TrimSpace(address), ")"))
			break
		}
		if err != nil {
			_ = c.Wait()
			ts.Fatalf("server %s did not start: %s", name, said.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	ts.Value("servers").(map[string]*exec.Cmd)[name] = c
}

// stopServer stops a server: halt NAME, or halt NAME kill, or halt NAME twice, which is by a second signal while it drains. The stop of testscript itself ends the script.
func stopServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("use: halt NAME [kill]")
	}
	c := ts.Value("servers").(map[string]*exec.Cmd)[args[0]]
	if c == nil {
		ts.Fatalf("no server %s", args[0])
	}
	if len(args) > 1 && args[1] == "kill" {
		ts.Check(c.Process.Kill())
		_ = c.Wait()
		return
	}
	ts.Check(c.Process.Signal(syscall.SIGTERM))
	if len(args) > 1 {
		draining := func() bool {
			answer, err := http.Get(ts.Getenv(args[0]) + "/readyz")
			ts.Check(err)
			return answer.Body.Close() == nil && answer.StatusCode == http.StatusServiceUnavailable
		}
		for !draining() {
			time.Sleep(5 * time.Millisecond)
		}
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		if len(args) == 1 {
			ts.Check(err)
		} else if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
			ts.Fatalf("server %s was not ended by the second signal: %v", args[0], err)
		}
	case <-time.After(3 * time.Minute):
		ts.Fatalf("server %s does not stop", args[0])
	}
}

// saveField puts a value of the JSON object that the last command printed into a variable: field VARIABLE key.
func saveField(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("use: field VARIABLE key")
	}
	out := ts.ReadFile("stdout")
	_, rest, ok := strings.Cut(out, fmt.Sprintf("%q:\"", args[1]))
	value, _, closed := strings.Cut(rest, "\"")
	if !ok || !closed {
		ts.Fatalf("no %q in %s", args[1], out)
	}
	ts.Setenv(args[0], value)
}

// waitFor repeats a command until it succeeds, for two minutes and more: wait-for PROGRAM args…
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("use: wait-for PROGRAM args…")
	}
	var err error
	for range 600 {
		if err = ts.Exec(args[0], args[1:]...); err == nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	ts.Check(errors.Join(errors.New("it never succeeded"), err))
}
