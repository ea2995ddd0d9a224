package gitstore

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// put stores objects of what was received: the pack as it came where it is all wanted and stands for itself, and otherwise a
// pack of those objects, in which what were deltas of objects beyond it are whole.
func (p *receiving) put(ps *packs, list []*unpackedEntry) (ref PackRef, err error) {
	s := p.store
	if len(list) == len(p.got.all) && len(p.got.bases) == 0 {
		ref = PackRef{ID: newID(s.o.Now()), Size: p.got.size, Index: int64(len(p.index.stored)), Objects: p.index.count}
		tail := binary.BigEndian.AppendUint64(append([]byte(nil), p.index.stored...), uint64(ref.Size))
		if _, err := p.file.WriteAt(tail, ref.Size); err != nil {
			return ref, err
		}
		if _, err := p.file.Seek(0, io.SeekStart); err != nil {
			return ref, err
		}
		if _, err := s.blobs.Put(p.ctx, packKey(p.at.Family, ref.ID), p.file, blob.IfAbsent()); err != nil {
			return ref, err
		}
		return ref, s.adopt(p.at.Family, ref, p.file)
	}
	received, err := ps.open(p.ctx, len(ps.refs)-1)
	if err != nil {
		return ref, err
	}
	plan := newComposition(ps)
	for _, e := range list {
		if _, err := plan.add(e.id, received, e.offset); err != nil {
			return ref, err
		}
	}
	if err := plan.settle(); err != nil {
		return ref, err
	}
	spool, err := s.newSpool(plan.estimate())
	if err != nil {
		return ref, err
	}
	defer spool.close()
	if ref, err = plan.write(p.ctx, spool); err != nil {
		return ref, err
	}
	body, err := spool.reader()
	if err != nil {
		return ref, err
	}
	ref.ID = newID(s.o.Now())
	if _, err := s.blobs.Put(p.ctx, packKey(p.at.Family, ref.ID), body, blob.IfAbsent()); err != nil {
		return ref, err
	}
	return ref, s.adoptSpool(p.at.Family, ref, spool)
}

// adopt keeps what was just stored from a file, so that nobody has to fetch it.
func (s *Store) adopt(family string, ref PackRef, file *os.File) error {
	key := packKey(family, ref.ID)
	if ref.stored() <= wholeInMemory || s.inMemory() && ref.stored() <= spooled {
		raw := make([]byte, ref.stored())
		if _, err := file.ReadAt(raw, 0); err != nil {
			return err
		}
		_, err := s.fromMemory(key, ref, raw)
		return err
	}
	if s.disk != nil {
		s.disk.adopt(key, file.Name(), ref.stored())
	}
	return nil
}

// inMemory tells whether packs are on no disk of this machine.
func (s *Store) inMemory() bool {
	_, local := s.blobs.(blob.Local)
	return !local && s.disk == nil
}

// adoptBytes is adopt of what was made in memory.
func (s *Store) adoptBytes(family string, ref PackRef, raw []byte) error {
	key := packKey(family, ref.ID)
	switch {
	case len(raw) <= wholeInMemory, s.inMemory():
		_, err := s.fromMemory(key, ref, raw)
		return err
	case s.disk == nil:
		return nil
	}
	file, err := os.CreateTemp(s.disk.folder, "get-")
	if err != nil {
		return nil // it will be fetched
	}
	defer os.Remove(file.Name())
	if _, err = file.Write(raw); errors.Join(err, file.Close()) == nil {
		s.disk.adopt(key, file.Name(), ref.stored())
	}
	return nil
}

func (s *Store) adoptSpool(family string, ref PackRef, from *spool) error {
	if from.file != nil {
		return s.adopt(family, ref, from.file)
	}
	return s.adoptBytes(family, ref, from.memory.Bytes())
}
