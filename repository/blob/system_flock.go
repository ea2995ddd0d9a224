//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package blob

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// waitLock waits until this open file has the lock. Closing it frees the lock, and so does the end of the process.
func waitLock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// tryLock takes the lock if nobody has it.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func isNotFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// fileNumber tells two files of one time and size apart.
func fileNumber(st fs.FileInfo) string {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return "-" + strconv.FormatUint(sys.Ino, 36)
	}
	return ""
}
