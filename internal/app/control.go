package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

// Socket is the file in a data folder at which the server that holds it answers other processes of the same person.
func Socket(data string) string { return filepath.Join(data, "control.sock") }

// maxSocketPath is what the smallest of the usual systems allows, without the terminating zero.
const maxSocketPath = 103

func listenControl(data string) (net.Listener, error) {
	file := Socket(data)
	if len(file) > maxSocketPath {
		return nil, fmt.Errorf("data folder %s: the path is too long for a socket in it; use one of at most %d characters",
			data, maxSocketPath-len(file)+len(data))
	}
	// The lock of the folder is ours, so a socket that is there was left by a process that died.
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", file)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return l, os.Chmod(file, 0o600)
}

// ControlClient reaches the server that holds a data folder. The host of its URLs does not matter.
func ControlClient(data string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", Socket(data))
		},
	}}
}
