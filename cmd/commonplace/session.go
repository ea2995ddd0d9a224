package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Exit codes, as the documentation promises.
const (
	exitDone    = 0
	exitFailed  = 1
	exitInvalid = 2
)

// session is one invocation: of this process, or one that another process had this server carry out.
type session struct {
	args     []string
	in       io.Reader
	out, err io.Writer
	environ  []string
	terminal bool   // err is one: progress may be drawn
	dir      string // what relative paths start from; "" is this process's folder

	app      *app.App // the open data folder, where a server carries the invocation out
	config   config.Config
	file     string // settings file
	json     bool
	verbose  bool
	consumed bytes.Buffer // what was read of in, for the server that carries it out
}

// exitError ends the program with a code; what there was to say has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is wrong usage: of flags, or of arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes the invocation and returns its exit code.
func run(ctx context.Context, s *session) int {
	root := newRoot(s)
	root.SetArgs(s.args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	fmt.Fprintln(s.err, "commonplace: "+err.Error())
	if strings.HasPrefix(err.Error(), "unknown command") { // cobra has no kind for it
		fmt.Fprintln(s.err, "see commonplace --help")
		return exitInvalid
	}
	if _, ok := errors.AsType[usageError](err); ok || errors.Is(err, kind.ErrInvalid) {
		return exitInvalid
	}
	return exitFailed
}

// logger writes what a server reports to standard error.
func (s *session) logger() *slog.Logger {
	level := slog.LevelWarn
	if s.verbose {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.config.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.err, options))
	}
	return slog.New(slog.NewTextHandler(s.err, options))
}

// withApp opens the data folder for f, or has the server that holds it carry out the whole invocation.
func (s *session) withApp(ctx context.Context, f func(*app.App) error) (err error) {
	if s.app != nil {
		return f(s.app)
	}
	a, err := app.Open(ctx, s.config, app.Options{Logger: s.logger()})
	if errors.Is(err, app.ErrLocked) {
		return s.forward(ctx)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	return f(a)
}

// path makes a path of the invoker's absolute.
func (s *session) path(p string) string {
	if s.dir == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, p)
}

// input is standard input; what is read of it is kept for the server that may have to carry the invocation out.
func (s *session) input() io.Reader { return io.TeeReader(s.in, &s.consumed) }

// printf writes a line of output for people.
func (s *session) printf(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

// printJSON writes one value as a line of JSON.
func (s *session) printJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := s.out.Write(b.Bytes())
	return err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
