package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrLocked says that another process holds the data folder.
var ErrLocked = errors.New("the data folder is in use by another process")

// folderLock is the lock on a data folder.
type folderLock struct{ file *os.File }

// lockFolder takes the data folder for this process. The kernel gives it back when the process ends, however it ends.
func lockFolder(folder string) (folderLock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return folderLock{}, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return folderLock{}, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return folderLock{}, fmt.Errorf("%s: %w", folder, ErrLocked)
		}
		return folderLock{}, fmt.Errorf("lock %s: %w", folder, err)
	}
	return folderLock{f}, nil
}

// Close gives the folder back. Closing the file would not do at once: a program that this process is just starting has a copy
// of it until it runs.
func (l folderLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
