package blob_test

import (
	"bytes"
	"io"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// BenchmarkStore measures the folder and S3 in one run, on the same disk.
func BenchmarkStore(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"400B", 400}, {"4KB", 4 << 10}, {"20MB", 20 << 20}} {
		data := randomBytes(size.bytes)
		for _, where := range []struct {
			name string
			open func(b *testing.B) blob.Store
		}{
			{"folder", func(b *testing.B) blob.Store {
				s, err := blob.OpenFolder(b.TempDir())
				require.NoError(b, err)
				return s
			}},
			{"S3", func(b *testing.B) blob.Store { return blobtest.VersityGW(b).Open(b) }},
		} {
			b.Run("Put/"+size.name+"/"+where.name, func(b *testing.B) {
				s := where.open(b)
				b.SetBytes(int64(size.bytes))
				for i := 0; b.Loop(); i++ {
					_, err := s.Put(b.Context(), "f/a/p/"+strconv.Itoa(i%50), bytes.NewReader(data), blob.Always())
					require.NoError(b, err)
				}
			})
			b.Run("Replace/"+size.name+"/"+where.name, func(b *testing.B) {
				s := where.open(b)
				b.SetBytes(int64(size.bytes))
				var tag blob.Tag
				for i := 0; b.Loop(); i++ {
					data[0] = byte(i)
					next, err := s.Put(b.Context(), "f/a/r/b/manifest", bytes.NewReader(data), blob.IfMatch(tag))
					require.NoError(b, err)
					tag = next
				}
			})
			b.Run("Get/"+size.name+"/"+where.name, func(b *testing.B) {
				s := where.open(b)
				_, err := s.Put(b.Context(), "k", bytes.NewReader(data), blob.Always())
				require.NoError(b, err)
				b.SetBytes(int64(size.bytes))
				for b.Loop() {
					obj, err := s.Get(b.Context(), "k", blob.GetOptions{})
					require.NoError(b, err)
					n, err := io.Copy(io.Discard, obj.Body)
					require.NoError(b, err)
					require.EqualValues(b, size.bytes, n)
					obj.Body.Close()
				}
			})
			if size.bytes > 400 {
				continue
			}
			b.Run("GetUnchanged/"+size.name+"/"+where.name, func(b *testing.B) {
				s := where.open(b)
				tag, err := s.Put(b.Context(), "k", bytes.NewReader(data), blob.Always())
				require.NoError(b, err)
				for b.Loop() {
					_, err := s.Get(b.Context(), "k", blob.GetOptions{IfNoneMatch: tag})
					require.ErrorIs(b, err, blob.ErrNotModified)
				}
			})
		}
	}
}
