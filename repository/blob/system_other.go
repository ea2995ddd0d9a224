//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package blob

import (
	"io/fs"
	"os"
)

// Without flock a folder has one process that writes to it.

func waitLock(*os.File) error { return nil }

func tryLock(*os.File) bool { return true }

func syncFolder(string) error { return nil } // the system offers none

func isNotFolder(error) bool { return false }

func fileNumber(fs.FileInfo) string { return "" }
