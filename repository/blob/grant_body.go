package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Body is the body of a request for the Put that the grant allows. It is read as it comes, once; reading it ends with
// ErrChecksum, so that nothing is stored, where it has other bytes than announced. It can be sought only before it is read: a
// Memory or a Folder takes it, a store that reads a body twice does not.
func (g Grant) Body(r io.Reader) io.ReadSeeker {
	return &grantBody{r: r, left: g.Size, size: g.Size, want: g.SHA256, hash: sha256.New()}
}

type grantBody struct {
	r    io.Reader
	left int64
	size int64
	want string
	hash hash.Hash
	read bool
	end  error // what every further Read answers
}

// Read implements io.Reader.
func (b *grantBody) Read(p []byte) (int, error) {
	b.read = true
	if b.end != nil {
		return 0, b.end
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.left == 0 {
		b.end = b.verdict()
		return 0, b.end
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.hash.Write(p[:n])
	b.left -= int64(n)
	switch {
	case err == nil, err == io.EOF && b.left == 0:
		return n, nil
	case err == io.EOF:
		err = fmt.Errorf("%w: %d bytes less", ErrChecksum, b.left)
	}
	b.end = err
	return n, err
}

// verdict compares all that was announced, when so many bytes have come.
func (b *grantBody) verdict() error {
	var more [1]byte
	switch n, err := io.ReadFull(b.r, more[:]); {
	case n > 0:
		return fmt.Errorf("%w: more than %d bytes", ErrChecksum, b.size)
	case !errors.Is(err, io.EOF):
		return err
	case hex.EncodeToString(b.hash.Sum(nil)) != b.want:
		return fmt.Errorf("%w: their SHA-256 is %x", ErrChecksum, b.hash.Sum(nil))
	}
	return io.EOF
}

// Seek implements io.Seeker.
func (b *grantBody) Seek(offset int64, whence int) (int64, error) {
	switch {
	case offset != 0 || whence == io.SeekCurrent:
	case b.read:
		return 0, errors.New("a request's body can be read only once")
	case whence == io.SeekEnd:
		return b.size, nil
	case whence == io.SeekStart:
		return 0, nil
	}
	return 0, fmt.Errorf("seek of a request's body: %d from %d", offset, whence)
}
