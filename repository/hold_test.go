package repository_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestAHeldPublicationIsStoredAndNotShown(t *testing.T) {
	w := newWorld(t)
	reason, asked := "waits for a moderator", repository.Held{}
	w.hold = func(_ context.Context, p repository.Held) (string, error) { asked = p; return reason, nil }
	a := repository.Address{Owner: "rosa", Slug: "fractions"}
	out := w.publish(t, "fractions", unit("one", "two"))
	assert.Equal(t, repository.Held{Address: a, Actor: rosa, New: true}, asked)
	assert.True(t, out.Resource.Deleted)
	held := w.get(t, "rosa/fractions")
	assert.True(t, held.Deleted)
	assert.NotEmpty(t, held.Metadata.Title, "its tombstone has its name")
	_, err := w.Location(t.Context(), "rosa", "fractions")
	require.ErrorIs(t, err, kind.ErrNotFound, "git does not serve it")
	files, err := w.HeldSource(t.Context(), a)
	require.NoError(t, err)
	assert.Len(t, files, 3)

	w.publish(t, "fractions", unit("one", "two", "three"))
	assert.True(t, w.get(t, "rosa/fractions").Deleted, "a second one does not slip through")

	w.restart(t)
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.True(t, w.get(t, "rosa/fractions").Deleted, "the bucket knows that it is held")

	require.NoError(t, w.Reinstate(t.Context(), a))
	shown := w.get(t, "rosa/fractions")
	assert.False(t, shown.Deleted)
	assert.Equal(t, held.ID, shown.ID)
	assert.Len(t, shown.Parts, 3)
	assert.False(t, w.get(t, "rosa/fractions/three").Deleted)
	require.NoError(t, w.Reinstate(t.Context(), a), "a second time changes nothing")

	reason = ""
	w.publish(t, "fractions", unit("one"))
	assert.False(t, asked.New)
	assert.False(t, w.get(t, "rosa/fractions").Deleted)

	broken := errors.New("planted")
	w.hold = func(context.Context, repository.Held) (string, error) { return "", broken }
	_, err = w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "fractions", Files: unit("two"), Actor: rosa})
	require.ErrorIs(t, err, broken)
	assert.True(t, w.get(t, "rosa/fractions/two").Deleted, "nothing is written where it cannot be decided")
}

func TestReinstatingBringsTheSameRevisionsBackUnderNewDatestamps(t *testing.T) {
	w := newWorld(t)
	before := w.publish(t, "halves", lesson("Halves", "CC BY 4.0", "")).Resource
	require.NoError(t, w.Withdraw(t.Context(), before.Address, "taken down"))
	gone := w.get(t, "rosa/halves")
	require.NoError(t, w.Reinstate(t.Context(), before.Address))
	after := w.get(t, "rosa/halves")
	assert.False(t, after.Deleted)
	assert.Equal(t, before.ID, after.ID)
	assert.Equal(t, before.Revision, after.Revision)
	assert.Equal(t, before.Modified, after.Modified)
	assert.Greater(t, after.Seq, gone.Seq, "those that follow the feed see it again")
	require.ErrorIs(t, w.Reinstate(t.Context(), repository.Address{Owner: "rosa", Slug: "nothing"}), kind.ErrNotFound)
}
