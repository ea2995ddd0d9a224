package load_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/load"
)

// echo answers every line with itself.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestProxyMakesFaultsAndHeals(t *testing.T) {
	t.Parallel()
	p, err := load.NewProxy("tcp", echo(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	dial := func() (net.Conn, *bufio.Reader) {
		c, err := net.Dial("tcp", p.Addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c, bufio.NewReader(c)
	}
	ask := func(c net.Conn, r *bufio.Reader, patience time.Duration) error {
		if _, err := c.Write([]byte("hello\n")); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		_, err := r.ReadString('\n')
		return err
	}
	c, r := dial()
	require.NoError(t, ask(c, r, time.Minute))

	p.Set(load.Stall, 0)
	var late net.Error
	require.ErrorAs(t, ask(c, r, 50*time.Millisecond), &late)
	assert.True(t, late.Timeout(), "nothing passes, and the connection is open")
	p.Set(load.Pass, 0)
	line, err := r.ReadString('\n')
	require.ErrorAs(t, err, &late, "the deadline is over")
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	if line == "" {
		_, err = r.ReadString('\n')
		require.NoError(t, err, "what was held back comes")
	}

	p.Set(load.Slow, 20*time.Millisecond)
	before := time.Now()
	require.NoError(t, ask(c, r, time.Minute))
	assert.GreaterOrEqual(t, time.Since(before), 40*time.Millisecond, "there and back")

	p.Set(load.Cut, 0)
	require.Error(t, ask(c, r, time.Minute))
	if n, err := net.Dial("tcp", p.Addr); err == nil { // or the reset came already
		require.Error(t, ask(n, bufio.NewReader(n), time.Minute), "new ones too")
		require.NoError(t, n.Close())
	}
	p.Set(load.Pass, 0)
	n, nr := dial()
	require.NoError(t, ask(n, nr, time.Minute))
}
