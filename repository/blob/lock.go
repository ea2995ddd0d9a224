package blob

import (
	"context"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// stripes are locks by key, shared with other processes through files. Two keys may share a lock.
type stripes struct {
	folder string
	held   [256]sync.Mutex
}

func (s *stripes) lock(ctx context.Context, key string) (release func(), err error) {
	h := fnv.New32a()
	h.Write([]byte(key))
	n := h.Sum32() % uint32(len(s.held))
	s.held[n].Lock()
	if err := ctx.Err(); err != nil {
		s.held[n].Unlock()
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(s.folder, strconv.Itoa(int(n))), os.O_CREATE|os.O_RDWR, fileMode)
	if err == nil {
		if err = waitLock(file); err != nil {
			file.Close()
		}
	}
	if err != nil {
		s.held[n].Unlock()
		return nil, err
	}
	return func() {
		file.Close() // frees the lock on it
		s.held[n].Unlock()
	}, nil
}
