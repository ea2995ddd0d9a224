//go:build linux

package search_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// fullDisk names the folder in which this process is to index while nothing can be written, in place of running tests.
const fullDisk = "COMMONPLACE_TEST_INDEX_ON_FULL_DISK"

// TestAFullDiskLeavesTheOldIndex runs a process that cannot write any more for a while. The limit of a file's size stands
// for the full disk: it needs no rights, and writes fail in the same places.
func TestAFullDiskLeavesTheOldIndex(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), fullDisk+"="+filepath.Join(t.TempDir(), "index"))
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func indexOnFullDisk(ctx context.Context, dir string) error {
	l, why, err := search.OpenLive(dir, search.Options{})
	if err != nil || why != nil {
		return fmt.Errorf("open: %w, %w", err, why)
	}
	s := &series{}
	s.last.Store(200)
	if err := l.CatchUp(ctx, s); err != nil {
		return err
	}
	before, err := l.Count()
	if err != nil {
		return err
	}
	same := func(when string) error {
		got, err := l.Search(ctx, search.Request{Size: 5, Facets: search.FacetFields()})
		if err != nil || got.Total != before {
			return fmt.Errorf("%s: %d of %d found: %w", when, got.Total, before, err)
		}
		return nil
	}

	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	full := limit
	full.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	err = l.Rebuild(ctx, s)
	if err == nil {
		return errors.New("a rebuild succeeds without room")
	}
	if err := same("after a rebuild without room"); err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 3 {
		return fmt.Errorf("left behind: %v %w", entries, err)
	}
	s.last.Store(203)
	if err := l.CatchUp(ctx, s); err == nil {
		return errors.New("a change is indexed without room")
	}
	if seq := l.Seq(); seq != 200 {
		return fmt.Errorf("changes up to %d are said to be indexed", seq)
	}
	if _, err := l.Search(ctx, search.Request{}); err != nil {
		return fmt.Errorf("search without room: %w", err)
	}

	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := errors.Join(l.CatchUp(ctx, s), l.Rebuild(ctx, s)); err != nil {
		return fmt.Errorf("once there is room: %w", err)
	}
	if seq := l.Seq(); seq != 203 {
		return fmt.Errorf("changes up to %d are indexed once there is room", seq)
	}
	if err := l.Close(); err != nil {
		return err
	}
	if l, why, err = search.OpenLive(dir, search.Options{}); err != nil || why != nil || l.Seq() != 203 {
		return fmt.Errorf("open afterwards: %w, %w", err, why)
	}
	return l.Close()
}
