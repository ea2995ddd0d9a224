package blobtest

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnAddressStaysFreeForItsTest(t *testing.T) {
	t.Parallel()
	StartPrograms(t)
	kept := map[string]bool{}
	for range 200 {
		address := FreeAddress(t)
		assert.False(t, kept[address], "two tests have %s", address)
		kept[address] = true
		_, err := net.Dial("tcp", address)
		require.Error(t, err, "nothing listens yet")
		for range 3 { // a server, and what comes back to its address
			l, err := Listen(t.Context(), address)
			require.NoError(t, err)
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			assert.False(t, kept[taken.Addr().String()], "the system gave %s away", taken.Addr())
			require.NoError(t, taken.Close())
			require.NoError(t, l.Close())
		}
	}
}
