//go:build linux || darwin

package app

import "golang.org/x/sys/unix"

// freeBytes is how much a disk has left for this user, and how large it is, in bytes.
func freeBytes(path string) (free, total uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, 0, err
	}
	size := uint64(st.Bsize) //nolint:gosec,unconvert // never negative; its type is the system's
	return st.Bavail * size, st.Blocks * size, nil
}
