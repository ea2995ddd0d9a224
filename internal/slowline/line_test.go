package slowline

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoundsOfSlowStart(t *testing.T) {
	for bytes, rounds := range map[int]int{0: 1, 1: 1, 14_600: 1, 14_601: 2, 43_800: 2, 43_801: 3, 102_200: 3, 102_201: 4} {
		assert.Equal(t, rounds, Rounds(bytes), bytes)
	}
}

func TestTimeOfAnAnswer(t *testing.T) {
	// Two round trips for TCP and TLS, one for the request, and 5,000 bytes at 50,000 bytes a second.
	assert.Equal(t, 1300*time.Millisecond, Slow3G.Time(5_000))
	assert.Equal(t, 1800*time.Millisecond+800*time.Millisecond, Edge.Time(5_000))
	fast := Line{RTT: time.Second, Bits: 1e12, Handshakes: 1}
	assert.InDelta(t, 2.0, fast.Time(14_600).Seconds(), .001)
	assert.InDelta(t, 3.0, fast.Time(14_601).Seconds(), .001, "it waits for the acknowledgment")
	assert.InDelta(t, 3.0, fast.Time(3*14_600).Seconds(), .001, "the window has doubled")
	assert.InDelta(t, 4.0, fast.Time(3*14_600+1).Seconds(), .001)
	assert.Less(t, Slow3G.Time(10_000), Slow3G.Time(10_001))
}

// TestConnectionIsNoFasterThanItsLine sends 20 segments: they need the handshake, the request's way and a second window.
func TestConnectionIsNoFasterThanItsLine(t *testing.T) {
	inner, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	line := Line{RTT: 40 * time.Millisecond, Bits: 8e6, Handshakes: 2}
	l := Listen(inner, line)
	t.Cleanup(l.Cut)
	answer := bytes.Repeat([]byte("a"), 20*Segment)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 100))
		_, _ = c.Write(answer)
		_ = c.Close()
	}()
	began := time.Now()
	c, err := net.Dial("tcp", inner.Addr().String())
	require.NoError(t, err)
	_, err = c.Write([]byte("GET"))
	require.NoError(t, err)
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Equal(t, answer, got)
	assert.GreaterOrEqual(t, time.Since(began), line.Time(len(answer))-5*time.Millisecond, "never faster; how much slower depends on the machine")
	sent, connections := l.Sent()
	assert.Equal(t, len(answer), sent)
	assert.Equal(t, 1, connections)
}
