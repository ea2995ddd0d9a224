package gitstore

import (
	"bytes"
	"io"
	"os"
)

// spooled is the size up to which a pack is composed in memory.
const spooled = 4 << 20

// spool takes a pack while it is made: in memory, or in a file where it will be large.
type spool struct {
	memory bytes.Buffer
	file   *os.File // nil for memory
}

// scratch is the folder for large temporary files.
func (s *Store) scratch() string {
	if s.disk != nil {
		return s.disk.folder // where there is room for packs
	}
	return os.TempDir()
}

func (s *Store) newSpool(estimate int64) (*spool, error) {
	if estimate <= spooled {
		return &spool{}, nil
	}
	file, err := os.CreateTemp(s.scratch(), "get-")
	return &spool{file: file}, err
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.memory.Write(p)
}

func (s *spool) reader() (io.ReadSeeker, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
