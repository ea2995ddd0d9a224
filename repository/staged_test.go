package repository_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A page of a preview has many files, and whoever has its address asks for them.
func TestAFileOfWhatIsStagedIsReadWithoutTheGate(t *testing.T) {
	w := newWorld(t)
	files := unit("01-strips")
	files["01-strips/a.svg"] = &fstest.MapFile{Data: []byte("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")}
	r := w.publish(t, "unit", files).Resource
	st, err := w.StageRevision(t.Context(), r.Address, r.Revision)
	require.NoError(t, err)
	drawing, err := fs.ReadFile(st.Files, "01-strips/a.svg")
	require.NoError(t, err)
	assert.Equal(t, files["01-strips/a.svg"].Data, drawing)
	assert.True(t, st.Report.Made.IsZero())
	assert.Empty(t, st.Root.Parts)
	require.NoError(t, st.Check())
	assert.False(t, st.Report.Made.IsZero())
	assert.Len(t, st.Root.Parts, 1)
}
