package repository_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// suggest stores a commit on top of a resource's main as a suggestion, and returns its revision.
func (w *world) suggest(t *testing.T, r repository.Resource, text string) repository.Revision {
	t.Helper()
	store := gitstore.New(w.bucket, gitstore.Options{})
	at := gitstore.Location{Family: r.Family, Repository: string(r.Repository)}
	view, err := store.Open(t.Context(), at)
	require.NoError(t, err)
	_, rev, err := store.Save(t.Context(), at, gitstore.Save{
		Base: view, Ref: "refs/suggestions/1/head", Parents: []gitstore.Hash{view.Manifest().Refs["refs/heads/main"]},
		Tree: map[string]gitstore.File{"index.md": {Data: []byte(text)}}, Author: "Kim Lee", Email: "kim@example.org", Message: "Suggest",
		When: w.at, Record: view.Manifest().Record,
	})
	require.NoError(t, err)
	return rev
}

func TestASuggestionIsNotPublished(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "strips", lesson("Strips", "CC BY-NC 4.0", "")).Resource
	newest := w.publish(t, "strips", lesson("Cards", "CC BY-NC 4.0", "")).Resource
	offered := w.suggest(t, newest, string(lesson("Spam", "CC0", "")["index.md"].Data))

	_, err := w.At(t.Context(), newest.Address, offered)
	require.ErrorIs(t, err, kind.ErrNotFound)
	_, err = w.Changes(t.Context(), newest, newest.Revision, offered)
	require.ErrorIs(t, err, kind.ErrNotFound)
	for _, rev := range []repository.Revision{first.Revision, newest.Revision} {
		_, err = w.At(t.Context(), newest.Address, rev)
		assert.NoError(t, err)
	}

	unit := w.publish(t, "unit", lesson("Unit", "CC0", "parts: [{resource: rosa/strips, revision: "+offered+"}]\n")).Resource
	parts, err := w.Parts(t.Context(), unit)
	require.NoError(t, err)
	require.Len(t, parts, 1)
	assert.False(t, parts[0].Known, "pinned to %s as %q", offered, parts[0].Metadata.Title)
}
