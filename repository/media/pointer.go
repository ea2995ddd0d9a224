package media

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// OID names a file by its content: the SHA-256 in 64 lower-case hexadecimal digits.
type OID string

// Key is where the bucket holds the file.
func (o OID) Key() string { return Prefix + string(o) }

// Valid reports whether the name has the form of a SHA-256.
func (o OID) Valid() bool { return len(o) == 64 && strings.Trim(string(o), "0123456789abcdef") == "" }

// Pointer stands for a file in a git tree.
type Pointer struct {
	OID  OID
	Size int64 // bytes of the file
}

const pointerVersion = "version https://git-lfs.github.com/spec/v1\n"

// The sizes that a pointer file can have.
const (
	minPointer = len(pointerVersion) + len("oid sha256:") + 64 + len("\nsize ") + 1 + len("\n")
	maxPointer = minPointer + 18
)

// Bytes is the pointer file, as the git LFS specification (docs/spec.md, "The Pointer") has it.
func (p Pointer) Bytes() []byte {
	return fmt.Appendf(nil, "%soid sha256:%s\nsize %d\n", pointerVersion, p.OID, p.Size)
}

// ParsePointer reads a pointer file. Only the one canonical form of a pointer is one: no extensions, no other version, no
// byte more or less. Anything else is a file like any other.
func ParsePointer(b []byte) (Pointer, bool) {
	if !MayPoint(int64(len(b))) {
		return Pointer{}, false
	}
	rest, ok := strings.CutPrefix(string(b), pointerVersion+"oid sha256:")
	if !ok {
		return Pointer{}, false
	}
	id, rest, _ := strings.Cut(rest, "\nsize ")
	size, err := strconv.ParseInt(strings.TrimSuffix(rest, "\n"), 10, 64)
	p := Pointer{OID: OID(id), Size: size}
	if err != nil || size <= 0 || !p.OID.Valid() || !bytes.Equal(p.Bytes(), b) {
		return Pointer{}, false
	}
	return p, true
}

// MayPoint reports whether a file of the size can be a pointer, so that others need not be read.
func MayPoint(size int64) bool { return size >= int64(minPointer) && size <= int64(maxPointer) }
