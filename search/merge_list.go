package search

import (
	"encoding/binary"
	"errors"

	zap "github.com/blevesearch/zapx/v17"
)

// entry is the list of a term in a source.
type entry struct {
	*cursor
	one          bool // of one document, see oneListed
	numbers, far uint64
	docs         int // how many are in the list
}

// merged writes the list of a term that those in m.same make, and gives what the dictionary is to say; false if no document
// is left.
func (m *merger) merged() (uint64, bool, error) {
	m.list, m.old = m.list[:0], m.old[:0]
	for i := range m.same {
		if err := m.documents(&m.same[i]); err != nil {
			return 0, false, err
		}
	}
	if len(m.list) == 0 {
		return 0, false, nil
	}
	if e := &m.same[0]; len(m.same) == 1 && e.one {
		return e.value&^(1<<31-1) | uint64(m.list[0]), true, nil
	}
	n, list := len(m.list), m.list
	m.begin(n)
	m.list = list
	old := m.old
	for i := range m.same {
		e := &m.same[i]
		if err := m.kept(e, old[:e.docs], n); err != nil {
			return 0, false, err
		}
		old = old[e.docs:]
	}
	if n == 1 && len(m.far) == 0 && len(m.tf) > 1 && m.tf[0] == 1<<1 && list[0] < oneMost {
		if norm, k := binary.Uvarint(m.tf[1:]); k == len(m.tf)-1 && norm < oneMost {
			return oneDocument | norm<<31 | uint64(list[0]), true, nil
		}
	}
	return m.listed(), true, nil
}

// oneMost is more than any document and norm that stand in a dictionary.
const oneMost = 1 << 31

// documents reads the documents of an entry.
func (m *merger) documents(e *entry) error {
	from := len(m.old)
	d, one, err := oneListed(e.value, e.source.docs)
	switch {
	case err != nil:
		return err
	case one:
		e.one, m.old = true, append(m.old, d)
	default:
		var b []byte
		if e.numbers, e.far, b, err = header(e.source.mem, e.value); err != nil {
			return err
		}
		if m.old, err = appendListedDocs(m.old, b, e.source.docs); err != nil {
			return err
		}
	}
	e.docs = len(m.old) - from
	to := e.source.to
	for _, d := range m.old[from:] {
		if n := to[d]; n != dropped {
			m.list = append(m.list, n)
		}
	}
	return nil
}

// kept copies what the list of an entry keeps of its documents; n is how many the merged list has.
func (m *merger) kept(e *entry, old []uint32, n int) error {
	to := e.source.to
	if e.one {
		if d := to[old[0]]; d != dropped {
			m.reach(uint64(d))
			_, norm := zap.FSTValDecode1Hit(e.value)
			m.tf = binary.AppendUvarint(append(m.tf, 1<<1), norm)
		}
		return nil
	}
	b, err := allChunks(e.source.mem, e.numbers, e.source.docs)
	if err != nil {
		return err
	}
	far, err := allChunks(e.source.mem, e.far, e.source.docs)
	if err != nil {
		return err
	}
	if len(far) > 0 && e.source.moved {
		if far, err = e.source.renumbered(far); err != nil {
			return err
		}
	}
	if n < docsPerChunk && e.source.whole {
		m.tf, m.far = append(m.tf, b...), append(m.far, far...)
		return nil
	}
	return m.keep(b, far, old, to)
}

// allChunks gives the bytes of all chunks, see readChunks.
func allChunks(mem []byte, at, most uint64) ([]byte, error) {
	c, err := readChunks(mem, at, most)
	if err != nil || c.data == nil {
		return nil, err
	}
	end := uint64(0)
	for b := c.ends; len(b) > 0; {
		n, k := binary.Uvarint(b)
		if k <= 0 || n < end {
			return nil, errList
		}
		end, b = n, b[k:]
	}
	if end > uint64(len(c.data)) {
		return nil, errList
	}
	return c.data[:end], nil
}

// keep copies what is kept of documents that stay, and ends chunks where they end now.
func (m *merger) keep(b, far []byte, old, to []uint32) error {
	at, from := 0, 0       // what is to be copied next, in b
	farAt, farFrom := 0, 0 // and in far
	copied := func() {
		m.tf, from = append(m.tf, b[from:at]...), at
		m.far, farFrom = append(m.far, far[farFrom:farAt]...), farAt
	}
	for _, o := range old {
		d := to[o]
		if d == dropped || uint64(d) >= m.limit {
			copied()
			if d != dropped {
				m.reach(uint64(d))
			}
		}
		size, places := keptSize(b[at:])
		if size == 0 {
			return errList
		}
		at += size
		if places {
			n, k := binary.Uvarint(far[farAt:])
			if k <= 0 || n > uint64(len(far)-farAt-k) {
				return errList
			}
			farAt += k + int(n)
		}
		if d == dropped {
			from, farFrom = at, farAt
		}
	}
	copied()
	if at != len(b) || farAt != len(far) {
		return errList
	}
	return nil
}

// keptSize is how many bytes there are of the next document, 0 if they are broken, and whether it has places elsewhere.
func keptSize(b []byte) (size int, places bool) {
	for size < len(b) && b[size] >= 0x80 {
		size++
	}
	if size++; size > len(b) || size > binary.MaxVarintLen64 {
		return 0, false
	}
	if b[0] > 1 { // a norm follows
		from := size
		for size < len(b) && b[size] >= 0x80 {
			size++
		}
		if size++; size > len(b) || size-from > binary.MaxVarintLen64 {
			return 0, false
		}
	}
	return size, b[0]&1 != 0
}

// renumbered gives places with the new number of their field.
func (o *source) renumbered(far []byte) ([]byte, error) {
	var out, one []byte
	for r := (decoder{mem: far}); r.at < uint64(len(far)); {
		l := decoder{mem: r.bytes(r.uvarint())}
		one = one[:0]
		for l.at < uint64(len(l.mem)) && l.err == nil {
			one = binary.AppendUvarint(one, o.number(&l))
			for range 3 { // position, start, end
				one = binary.AppendUvarint(one, l.uvarint())
			}
			more := l.uvarint()
			one = binary.AppendUvarint(one, more)
			for ; more > 0 && l.err == nil; more-- {
				one = binary.AppendUvarint(one, l.uvarint())
			}
		}
		if err := errors.Join(r.err, l.err); err != nil {
			return nil, err
		}
		out = append(binary.AppendUvarint(out, uint64(len(one))), one...)
	}
	return out, nil
}
