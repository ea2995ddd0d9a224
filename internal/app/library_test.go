package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// packageOf is a CASE package with what a model would lose: order, precision, unknown members, blanks.
func packageOf(version string, codes ...string) []byte {
	var items []string
	for _, c := range codes {
		items = append(items, fmt.Sprintf("{\"identifier\":%q, \"humanCodingScheme\":%q,\"fullStatement\":\"<b>%s</b>\\u00e9\",\"ext:x\":{\"n\":1.000000000000000000001,\"a\":1e400}}", "id-"+c, c, c))
	}
	return []byte("{\n\t\"CFItems\":[" + strings.Join(items, " , ") + "],\"CFRubrics\":[{\"z\":1,\"a\":2}],\"CFDocument\":{\"identifier\":\"d\",\"title\":\"T\",\"version\":\"" + version + "\"}}\n\n")
}

func loaded(t *testing.T, bucket blob.Store) *frameworks {
	t.Helper()
	f, err := loadFrameworks(t.Context(), bucket, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return f
}

func (f *frameworks) names() (out []string) {
	for _, e := range f.library.Load().Editions("x") {
		out = append(out, e.Name)
	}
	return out
}

func TestEditionsStayAcrossARestart(t *testing.T) {
	bucket := new(blob.Memory)
	f := loaded(t, bucket)
	first, second, third := packageOf("1", "A", "B"), packageOf("2", "A", "C"), packageOf("2", "A")
	about := standards.About{Name: "x"}

	got, err := f.add(t.Context(), about, bytes.NewReader(first))
	require.NoError(t, err)
	assert.True(t, got.Imported)
	assert.Nil(t, got.Changes)
	assert.Equal(t, "x", got.Name)

	got, err = f.add(t.Context(), about, bytes.NewReader(first))
	require.NoError(t, err)
	assert.False(t, got.Imported, "the same again changes nothing")

	got, err = f.add(t.Context(), about, bytes.NewReader(second))
	require.NoError(t, err)
	assert.True(t, got.Imported)
	assert.Equal(t, "x@1", got.Compared)
	require.NotNil(t, got.Changes)
	assert.Equal(t, "C", got.Changes.Added[0].Code)
	assert.Equal(t, "B", got.Changes.Removed[0].Code)
	_, err = f.add(t.Context(), about, bytes.NewReader(third))
	require.NoError(t, err)

	for _, f := range []*frameworks{f, loaded(t, bucket)} {
		assert.Equal(t, []string{"x", "x@2", "x@1"}, f.names())
		for name, want := range map[string][]byte{"x": third, "x@2-2": third, "x@2": second, "x@1": first} {
			raw, err := f.export(t.Context(), name)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(raw), name)
		}
		_, err := f.export(t.Context(), "x@3")
		require.ErrorIs(t, err, kind.ErrNotFound)
		got, err := f.add(t.Context(), about, bytes.NewReader(first))
		require.NoError(t, err)
		assert.False(t, got.Imported, "an older edition does not come back as the newest")
		assert.Equal(t, "x@1", got.Name)
	}

	f = loaded(t, bucket)
	require.NoError(t, f.remove(t.Context(), "x@2"))
	assert.Equal(t, []string{"x", "x@1"}, f.names())
	assert.Equal(t, []string{"x", "x@1"}, loaded(t, bucket).names())
	require.ErrorIs(t, f.remove(t.Context(), "x@2-2"), kind.ErrNotFound, "labels follow from what is there")
	require.NoError(t, f.remove(t.Context(), "x"))
	assert.Empty(t, loaded(t, bucket).library.Load().Frameworks())
	require.ErrorIs(t, f.remove(t.Context(), "x"), kind.ErrNotFound)
}

func TestAFrameworkOfTheTimeBeforeEditionsIsTheFirst(t *testing.T) {
	bucket := new(blob.Memory)
	old := packageOf("1", "A")
	_, err := bucket.Put(t.Context(), "standards/x.json", bytes.NewReader(old), blob.Always())
	require.NoError(t, err)
	f := loaded(t, bucket)
	assert.Equal(t, []string{"x"}, f.names())
	_, err = f.add(t.Context(), standards.About{Name: "x"}, bytes.NewReader(packageOf("2", "B")))
	require.NoError(t, err)
	f = loaded(t, bucket)
	assert.Equal(t, []string{"x", "x@1"}, f.names())
	raw, err := f.export(t.Context(), "x@1")
	require.NoError(t, err)
	assert.Equal(t, old, raw)
}

func TestADamagedEditionHidesNoOther(t *testing.T) {
	bucket := new(blob.Memory)
	f := loaded(t, bucket)
	_, err := f.add(t.Context(), standards.About{Name: "x"}, bytes.NewReader(packageOf("1", "A")))
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "standards/x/0002.json.gz", strings.NewReader("nonsense"), blob.Always())
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "standards/x/note.txt", strings.NewReader("nonsense"), blob.Always())
	require.NoError(t, err)
	f = loaded(t, bucket)
	assert.Equal(t, []string{"x"}, f.names())
	_, err = f.add(t.Context(), standards.About{Name: "x"}, bytes.NewReader(packageOf("3", "A")))
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "x@1"}, loaded(t, bucket).names(), "what cannot be read is not written over")
}

func TestARefusedImportChangesNothing(t *testing.T) {
	bucket := new(blob.Memory)
	f := loaded(t, bucket)
	for _, tt := range []struct{ name, in string }{
		{"x", "code,statement,parent\nA,a,\nB,b,Z\n"}, {"x", `{"CFDocument":`}, {"x", ""}, {"../x", string(packageOf("1", "A"))}, {"x@1", string(packageOf("1", "A"))},
	} {
		_, err := f.add(t.Context(), standards.About{Name: tt.name}, strings.NewReader(tt.in))
		require.ErrorIs(t, err, kind.ErrInvalid, tt.in)
	}
	for info, err := range bucket.List(t.Context(), "") {
		require.NoError(t, err)
		t.Errorf("%s was stored", info.Key)
	}
}

func TestTwoServersDoNotWriteOverEachOther(t *testing.T) {
	bucket := new(blob.Memory)
	a, b := loaded(t, bucket), loaded(t, bucket)
	_, err := a.add(t.Context(), standards.About{Name: "x"}, bytes.NewReader(packageOf("1", "A")))
	require.NoError(t, err)
	_, err = b.add(t.Context(), standards.About{Name: "x"}, bytes.NewReader(packageOf("2", "B")))
	require.ErrorIs(t, err, kind.ErrConflict)
	raw, err := a.export(t.Context(), "x")
	require.NoError(t, err)
	assert.Equal(t, packageOf("1", "A"), raw)
}
