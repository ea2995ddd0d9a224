package app_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// TestSlowReadersKeepNobodyWaiting has readers that take a byte a second beside others, who are all answered. How long those
// wait is measured by TestSlowReadersHoldUpNobody of internal/load.
func TestSlowReadersKeepNobodyWaiting(t *testing.T) {
	const readers, rounds = 200, 40
	server := apptest.New(t).Server(t, "server", nil)
	server.PublishSamples(t)
	address := server.URL
	paths := []string{"/", "/search?q=fractions", "/standards", "/oai?verb=ListRecords&metadataPrefix=oai_dc"}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	t.Cleanup(client.CloseIdleConnections)
	ask := func() {
		for i := range rounds {
			answer, err := client.Get(address + paths[i%len(paths)])
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(t, err)
			answer.Body.Close()
			require.Equal(t, 200, answer.StatusCode)
		}
	}
	ask()

	stop := make(chan struct{})
	var all sync.WaitGroup
	defer func() { close(stop); all.Wait() }()
	host := strings.TrimPrefix(address, "http://")
	for i := range readers {
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err, "reader %d", i)
		require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(2048))
		_, err = io.WriteString(conn, "GET "+paths[i%len(paths)]+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		require.NoError(t, err)
		all.Go(func() {
			defer conn.Close()
			one := make([]byte, 1)
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				if _, err := conn.Read(one); err != nil {
					return
				}
			}
		})
	}
	ask()
}
