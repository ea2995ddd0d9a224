package repository_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestUndoBringsBackTheRevisionBefore(t *testing.T) {
	w := newWorld(t)
	a := repository.Address{Owner: "rosa", Slug: "halves"}
	first := w.publish(t, "halves", lesson("Halves", "CC BY 4.0", "")).Resource
	second := w.publish(t, "halves", lesson("Thirds", "CC BY 4.0", "")).Resource

	_, err := w.Undo(t.Context(), a, first.Revision, rosa)
	require.ErrorIs(t, err, kind.ErrConflict, "it is not the newest any more")
	withdrawn, err := w.Undo(t.Context(), a, second.Revision, rosa)
	require.NoError(t, err)
	assert.False(t, withdrawn)
	now := w.get(t, "rosa/halves")
	assert.Equal(t, "Halves", now.Metadata.Title)
	assert.Equal(t, first.ID, now.ID)
	log, err := w.History(t.Context(), now, 10)
	require.NoError(t, err)
	require.Len(t, log, 3, "nothing that was published is lost")
	assert.Equal(t, second.Revision, log[1].Hash)
}

func TestUndoOfAFirstRevisionWithdraws(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "halves", lesson("Halves", "CC BY 4.0", "")).Resource
	remix, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Actor: repository.Actor{Name: "kim", Display: "Kim"}})
	require.NoError(t, err)
	withdrawn, err := w.Undo(t.Context(), remix.Resource.Address, remix.Resource.Revision, rosa)
	require.NoError(t, err)
	assert.True(t, withdrawn, "the source's revision does not become the remix's")
	assert.True(t, w.get(t, "kim/halves").Deleted)
	assert.False(t, w.get(t, "rosa/halves").Deleted)
	_, err = w.Undo(t.Context(), remix.Resource.Address, remix.Resource.Revision, rosa)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestUndoOfAPartBringsBackTheUnit(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "fractions", unit("one", "two"))
	changed := unit("one", "two")
	changed["two/index.md"] = lesson("Other", "CC BY-SA 4.0", "")["index.md"]
	root := w.publish(t, "fractions", changed).Resource
	require.Equal(t, "Other", w.get(t, "rosa/fractions/two").Metadata.Title)
	part := w.get(t, "rosa/fractions/two")
	_, err := w.Undo(t.Context(), part.Address, root.Revision, rosa)
	require.NoError(t, err)
	assert.NotEqual(t, "Other", w.get(t, "rosa/fractions/two").Metadata.Title)
}
