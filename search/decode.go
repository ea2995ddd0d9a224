package search

import "encoding/binary"

// decoder reads numbers from bytes until there is an error.
type decoder struct {
	mem []byte
	at  uint64
	err error
}

func (r *decoder) bytes(n uint64) []byte {
	if r.err != nil || r.at > uint64(len(r.mem)) || n > uint64(len(r.mem))-r.at {
		r.err = errList
		return nil
	}
	b := r.mem[r.at : r.at+n]
	r.at += n
	return b
}

func (r *decoder) uvarint() uint64 {
	if r.err != nil || r.at > uint64(len(r.mem)) {
		r.err = errList
		return 0
	}
	n, k := binary.Uvarint(r.mem[r.at:])
	if k <= 0 {
		r.err = errList
		return 0
	}
	r.at += uint64(k)
	return n
}

func (r *decoder) fixed() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *decoder) short() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}
