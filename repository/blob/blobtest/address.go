package blobtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FreeAddress is one of this machine, host:port, at which nothing listens and which is the test's own until it ends, however
// often a server of it starts and stops there. A socket that is bound to it and never listens keeps it: the system gives such
// a port to nobody who asks for any, and lets whoever names it listen, as both say SO_REUSEADDR.
func FreeAddress(t testing.TB) string {
	t.Helper()
	syscall.ForkLock.RLock() // programs that are started just now must not inherit it
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Close(socket)) })
	require.NoError(t, syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	require.NoError(t, syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	at, err := syscall.Getsockname(socket)
	require.NoError(t, err)
	return fmt.Sprint("127.0.0.1:", at.(*syscall.SockaddrInet4).Port)
}

// Listen listens at an address at which another server may have listened a moment ago. A program that is being started has
// a copy of its socket until it runs, and until then the address is taken.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			return l, err
		}
	}
}

// StartPrograms starts programs all the time until the test ends, as a server does with git, pandoc and Chromium. While one
// is being started it has a copy of every socket and file of this process.
func StartPrograms(t testing.TB) {
	t.Helper()
	var starters sync.WaitGroup
	t.Cleanup(starters.Wait)
	for range 4 {
		starters.Go(func() {
			for t.Context().Err() == nil {
				assert.NoError(t, exec.Command("true").Run())
			}
		})
	}
}
