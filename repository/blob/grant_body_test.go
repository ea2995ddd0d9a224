package blob_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

func TestGrantBodyStoresWhatWasAnnouncedOrNothing(t *testing.T) {
	t.Parallel()
	const announced = "a picture of a plant cell"
	gone := errors.New("the client went away")
	for name, c := range map[string]struct {
		body io.Reader
		want error
	}{
		"as announced":    {strings.NewReader(announced), nil},
		"byte by byte":    {iotest.OneByteReader(strings.NewReader(announced)), nil},
		"end with data":   {iotest.DataErrReader(strings.NewReader(announced)), nil},
		"other bytes":     {strings.NewReader(strings.ToUpper(announced)), blob.ErrChecksum},
		"a byte more":     {strings.NewReader(announced + "s"), blob.ErrChecksum},
		"a byte less":     {strings.NewReader(announced[1:]), blob.ErrChecksum},
		"nothing":         {strings.NewReader(""), blob.ErrChecksum},
		"cut off":         {io.MultiReader(strings.NewReader("a pic"), iotest.ErrReader(gone)), gone},
		"cut at its end":  {io.MultiReader(strings.NewReader(announced), iotest.ErrReader(gone)), gone},
		"cut and checked": {iotest.TimeoutReader(iotest.HalfReader(strings.NewReader(announced))), iotest.ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			up := upload(announced)
			grant := blob.Grant{Key: "k", SHA256: up.SHA256, Size: up.Size}
			s := openFolder(t, t.TempDir())
			_, err := s.Put(t.Context(), "k", grant.Body(c.body), blob.IfAbsent())
			if c.want == nil {
				require.NoError(t, err)
				require.Equal(t, announced, string(readAll(t, s, "k", blob.GetOptions{})))
				return
			}
			require.ErrorIs(t, err, c.want)
			_, err = s.Get(t.Context(), "k", blob.GetOptions{})
			require.ErrorIs(t, err, blob.ErrNotFound)
		})
	}
}

func TestGrantBodyIsReadOnce(t *testing.T) {
	t.Parallel()
	up := upload("x")
	body := blob.Grant{SHA256: up.SHA256, Size: up.Size}.Body(strings.NewReader("x"))
	_, err := new(blob.Memory).Put(t.Context(), "k", body, blob.IfAbsent())
	require.NoError(t, err)
	_, err = body.Seek(0, io.SeekStart)
	require.Error(t, err)
	_, err = body.Seek(3, io.SeekStart)
	require.Error(t, err)
}
