package gitstore

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

// newID makes a ULID in lower case: milliseconds in 48 bits, then 80 random ones. Ids made later sort later.
func newID(now time.Time) string {
	var b [20]byte // 4 zero bits short of what base32 would need: pad in front so that 130 bits are read
	binary.BigEndian.PutUint64(b[4:], uint64(now.UnixMilli())<<16)
	rand.Read(b[10:])
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(b[:])[6:]
}
