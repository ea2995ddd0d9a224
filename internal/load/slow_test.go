package load_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/load"
)

// readersVariable has this test binary be slow readers, as it says in JSON, until its standard input ends: a process has an
// open file for each, and the server one more.
const readersVariable = "COMMONPLACE_LOAD_READERS"

// eachProcess is how many slow readers one process is.
const eachProcess = 2500

type readers struct {
	Node  string
	Paths []string
	N     int
}

// beReaders says "begun" when all are connected, and at the end how many are, and how many were hung up on or told to come again.
func beReaders(settings string) error {
	var r readers
	if err := json.Unmarshal([]byte(settings), &r); err != nil {
		return err
	}
	s, err := load.NewSlowReaders(context.Background(), r.Node, r.Paths, r.N)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println("begun")
	_, err = io.Copy(io.Discard, os.Stdin)
	s.Close() // so that none ends between the figures
	fmt.Println(s.Open.Load(), s.Ended.Load(), s.Again.Load())
	return err
}

// slowReaders starts so many in processes of their own, and returns when all have the beginning of their answers. The
// function says at the end how many are connected, how many were hung up on, and how often one was told to come again.
func slowReaders(t *testing.T, node string, paths []string, n int) (end func() (open, ended, again int)) {
	t.Helper()
	var ends []func() (open, ended, again int)
	var begun []*bufio.Reader
	for ; n > 0; n -= eachProcess {
		settings, err := json.Marshal(readers{node, paths, min(n, eachProcess)})
		require.NoError(t, err)
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), readersVariable+"="+string(settings), "GOMAXPROCS=1")
		var said strings.Builder
		cmd.Stderr = &said
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewReader(out)
		begun = append(begun, lines)
		ends = append(ends, func() (open, ended, again int) {
			assert.NoError(t, in.Close())
			_, err := fmt.Fscanln(lines, &open, &ended, &again)
			assert.NoError(t, err)
			assert.NoError(t, cmd.Wait(), "%s", &said)
			return open, ended, again
		})
	}
	for _, lines := range begun {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "begun\n", line)
	}
	return func() (open, ended, again int) {
		for _, end := range ends {
			a, b, c := end()
			open, ended, again = open+a, ended+b, again+c
		}
		return open, ended, again
	}
}

// TestSlowReadersHoldUpNobody has many clients read one byte a second: pages, and lists for harvesters.
func TestSlowReadersHoldUpNobody(t *testing.T) {
	s, plan := madeServer(t)
	started(t, s)
	alone := run(t, plan, s)
	t.Logf("with %s", s.memory())
	end := slowReaders(t, s.URL, []string{"/", "/search?q=fractions", "/standards", "/oai?verb=ListRecords&metadataPrefix=oai_dc"}, *slow)
	plan.Seed++
	beside := run(t, plan, s)
	memory := s.memory()
	open, ended, again := end()
	t.Logf("%d slow readers at the end, %d were hung up on, %d times one was told to come again; p99 %s alone, %s beside them; %s",
		open, ended, again, ms(alone.All.Quantile(.99)), ms(beside.All.Quantile(.99)), memory)
	assert.Equal(t, *slow, open+ended)
	assert.Zero(t, beside.All.Errors, beside.Errors)
	within(t, 2*alone.All.Quantile(.99), beside.All.Quantile(.99), "at most doubled")
}
