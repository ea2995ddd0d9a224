package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// pipe speaks the DevTools protocol with a browser: JSON messages that end with NUL, over two pipes.
type pipe struct {
	w io.WriteCloser

	mu     sync.Mutex
	lastID int64
	calls  map[int64]chan message                   // answers that somebody waits for
	hears  map[string]func(string, json.RawMessage) // who hears events, by session
	gone   bool
}

type message struct {
	ID        int64           `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

var errGone = errors.New("the browser is gone")

// params are the parameters of a command.
type params map[string]any

func newPipe(w io.WriteCloser, r io.Reader) *pipe {
	p := &pipe{w: w, calls: map[int64]chan message{}, hears: map[string]func(string, json.RawMessage){}}
	go p.read(bufio.NewReaderSize(r, 1<<20))
	return p
}

// read hands on answers and events in the order in which they come, until the browser is gone.
func (p *pipe) read(r *bufio.Reader) {
	for {
		line, err := r.ReadBytes(0)
		if err != nil {
			break
		}
		var m message
		if json.Unmarshal(line[:len(line)-1], &m) != nil {
			continue
		}
		p.mu.Lock()
		answer, hear := p.calls[m.ID], p.hears[m.SessionID]
		delete(p.calls, m.ID)
		p.mu.Unlock()
		switch {
		case m.Method != "" && hear != nil:
			hear(m.Method, m.Params)
		case m.Method == "" && answer != nil:
			answer <- m
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	for _, answer := range p.calls {
		close(answer)
	}
	clear(p.calls)
}

// hear sends the events of a session to f, which may not block.
func (p *pipe) hear(session string, f func(method string, params json.RawMessage)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hears[session] = f
}

// forget has nobody hear the events of a session that ended.
func (p *pipe) forget(session string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.hears, session)
}

func (p *pipe) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// call sends a command and decodes its result into result, where that is not nil.
func (p *pipe) call(ctx context.Context, session, method string, args params, result any) error {
	answer := make(chan message, 1)
	if err := p.send(session, method, args, answer); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: %w", method, errGone)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result == nil || m.Result == nil:
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

func (p *pipe) send(session, method string, args params, answer chan message) error {
	if args == nil {
		args = params{}
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return errGone
	}
	p.lastID++
	line, err := json.Marshal(message{ID: p.lastID, SessionID: session, Method: method, Params: raw})
	if err != nil {
		return err
	}
	p.calls[p.lastID] = answer
	_, err = p.w.Write(append(line, 0))
	return err
}
