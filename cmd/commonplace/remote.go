package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/commonplace-oer/commonplace/internal/app"
)

// request is an invocation that another process hands to the server holding the data folder.
type request struct {
	Args     []string `json:"args"`
	Dir      string   `json:"dir"`
	Stdin    []byte   `json:"stdin,omitempty"`
	Terminal bool     `json:"terminal,omitempty"`
}

// frame is a piece of its answer: output, or at last the exit code.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

const maxRequest = 16 << 20

// forward has the server that holds the data folder carry out this invocation, and repeats what it answers.
func (s *session) forward(ctx context.Context) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	body, err := json.Marshal(request{Args: s.args, Dir: dir, Stdin: s.consumed.Bytes(), Terminal: s.terminal})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server/run", bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := app.ControlClient(s.config.Data).Do(r)
	if err != nil {
		return fmt.Errorf("another process holds the data folder %s and does not answer commands; wait until it has ended, or stop it (%w)", s.config.Data, err)
	}
	defer answer.Body.Close()
	for d := json.NewDecoder(answer.Body); ; {
		var f frame
		if err := d.Decode(&f); err != nil {
			return fmt.Errorf("the server that holds %s ended before it had answered: %w", s.config.Data, err)
		}
		if f.Exit != nil {
			if *f.Exit == exitDone {
				return nil
			}
			return exitError(*f.Exit)
		}
		if _, err := s.out.Write(f.Out); err != nil {
			return err
		}
		if _, err := s.err.Write(f.Err); err != nil {
			return err
		}
	}
}

// control carries out other processes' invocations with the data folder that this server holds. Only who can reach the
// socket in the folder can call it.
func control(a *app.App, environ []string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		var asked request
		if err := json.NewDecoder(io.LimitReader(r.Body, maxRequest)).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		frames := &frameWriter{w: w}
		code := run(r.Context(), &session{
			args: asked.Args, in: bytes.NewReader(asked.Stdin), environ: environ, terminal: asked.Terminal, dir: asked.Dir, app: a,
			out: writerFunc(func(b []byte) error { return frames.write(frame{Out: b}) }),
			err: writerFunc(func(b []byte) error { return frames.write(frame{Err: b}) }),
		})
		_ = frames.write(frame{Exit: &code}) // who asked has gone if this fails
	})
	return mux
}

// frameWriter writes frames as they come.
type frameWriter struct {
	mu sync.Mutex
	w  http.ResponseWriter
}

func (f *frameWriter) write(v frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := json.NewEncoder(f.w).Encode(v); err != nil {
		return err
	}
	if err := http.NewResponseController(f.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

type writerFunc func([]byte) error

func (f writerFunc) Write(b []byte) (int, error) {
	if err := f(b); err != nil {
		return 0, err
	}
	return len(b), nil
}
