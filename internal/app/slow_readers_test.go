package app_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// slowReadersVariable is how many slow readers there are, and has the times of others compared:
//
//	COMMONPLACE_SLOW_READERS=10000 COMMONPLACE_SLOW_SERVER=http://127.0.0.1:8080 go test ./internal/app -run TestSlowReadersKeepNobodyWaiting -v
//
// against a server with some lessons, such as `commonplace demo --listen 127.0.0.1:8080`. Both processes need an open file for
// each reader: ulimit -n 20000.
const (
	slowReadersVariable = "COMMONPLACE_SLOW_READERS"
	slowServerVariable  = "COMMONPLACE_SLOW_SERVER"
)

// TestSlowReadersKeepNobodyWaiting has readers that take a byte a second beside others, who are all answered. Told by the
// variable, it also compares how long those wait: their p99 at most doubles.
func TestSlowReadersKeepNobodyWaiting(t *testing.T) {
	readers, address := 200, os.Getenv(slowServerVariable)
	measured := os.Getenv(slowReadersVariable) != ""
	if measured {
		var err error
		readers, err = strconv.Atoi(os.Getenv(slowReadersVariable))
		require.NoError(t, err)
	}
	if address == "" {
		s := apptest.New(t).Server(t, "server", nil)
		s.PublishSamples(t)
		address = s.URL
	}
	paths := []string{"/", "/search?q=fractions", "/standards", "/oai?verb=ListRecords&metadataPrefix=oai_dc"}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	t.Cleanup(client.CloseIdleConnections)
	ask := func(n int) (p99 time.Duration) {
		var took []time.Duration
		for i := range n {
			began := time.Now()
			answer, err := client.Get(address + paths[i%len(paths)])
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(t, err)
			answer.Body.Close()
			require.Equal(t, 200, answer.StatusCode)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	rounds := 40
	if measured {
		rounds = 2000
	}
	ask(rounds) // what is cached is cached on both sides
	alone := ask(rounds)

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
	beside := ask(rounds)
	if measured {
		t.Logf("p99 of others: %s alone, %s beside %d slow readers", alone, beside, readers)
		assert.LessOrEqual(t, beside, 2*alone)
	}
}
