package gitstore

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"

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
	key := packKey(p.at.Family, ref.ID)
	if _, err := s.blobs.Put(p.ctx, key, body, blob.IfAbsent()); err != nil {
		return ref, err
	}
	if spool.file != nil {
		return ref, s.adopt(p.at.Family, ref, spool.file)
	}
	if spool.memory.Len() <= wholeInMemory {
		_, err = s.fromMemory(key, ref, spool.memory.Bytes())
	}
	return ref, err
}

// adopt keeps what was just stored from a file, so that nobody has to fetch it.
func (s *Store) adopt(family string, ref PackRef, file *os.File) error {
	key := packKey(family, ref.ID)
	if ref.stored() <= wholeInMemory {
		raw := make([]byte, ref.stored())
		if _, err := file.ReadAt(raw, 0); err != nil {
			return err
		}
		_, err := s.fromMemory(key, ref, raw)
		return err
	}
	if s.disk == nil {
		return nil
	}
	name := strings.ReplaceAll(key, "/", "_") + packSuffix
	if err := os.Link(file.Name(), filepath.Join(s.disk.folder, name)); err != nil {
		return nil // it will be fetched
	}
	s.disk.files.add(name, struct{}{}, ref.stored())
	return nil
}
