//go:build !linux && !darwin

package app

import "errors"

func freeBytes(string) (free, total uint64, err error) {
	return 0, 0, errors.New("free room is not known on this system")
}
