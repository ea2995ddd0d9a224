package repository_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

func TestRevisionsAreCalledByTheNewestOfTheirReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.publish(t, "unit", unit("01-strips")).Resource
	none, err := w.Labels(t.Context(), first.Address)
	require.NoError(t, err)
	assert.Equal(t, first.Revision[:7], none.Of(first.Revision))
	w.release(t, first.Address, "v1", "")
	w.release(t, first.Address, "v1.1", "The same again.")
	second := w.publish(t, "unit", unit("01-strips", "02-recipes")).Resource
	labels, err := w.Labels(t.Context(), repository.Address{Owner: "rosa", Slug: "unit", Part: "01-strips"})
	require.NoError(t, err)
	assert.Equal(t, "v1.1", labels.Of(first.Revision))
	assert.Equal(t, second.Revision[:7], labels.Of(second.Revision))
	assert.Empty(t, labels.Of(""))
}
