package gitstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestAnAnnotatedTagIsReadByGit(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{})
	at := gitstore.Location{Family: "f", Repository: "r"}
	when := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	r, rev, err := s.Save(t.Context(), at, gitstore.Save{Ref: "refs/heads/main", Tree: map[string]gitstore.File{"a.txt": {Data: []byte("a\n")}}, Author: "Rosa", Message: "One", When: when})
	require.NoError(t, err)
	want := gitstore.Tag{Name: "v1", Target: rev, By: "Rosa <Delgado>", Email: "rosa@x", When: when, Message: "Release v1\n\nNotes."}
	r, made, err := s.Tag(t.Context(), at, r.Tag(), want, nil)
	require.NoError(t, err)
	tags, err := r.Tags(t.Context())
	require.NoError(t, err)
	require.Equal(t, []gitstore.Tag{{Name: "v1", Inner: "v1", Hash: made.Hash, Target: rev, By: "Rosa Delgado", Email: "rosa@x", When: when, Message: "Release v1\n\nNotes.\n"}}, tags)

	dir := t.TempDir()
	git(t, dir, "clone", "-q", pushServer(t, s, at, gitstore.Push{}), "clone")
	require.Equal(t, "Release v1\n\nNotes.", git(t, dir, "-C", "clone", "for-each-ref", "--format=%(contents)", "refs/tags/v1"))
	require.Equal(t, rev, git(t, dir, "-C", "clone", "rev-parse", "v1^{commit}"))
	git(t, dir, "-C", "clone", "fsck", "--strict")

	_, _, err = s.Tag(t.Context(), at, r.Tag(), want, nil)
	require.ErrorIs(t, err, kind.ErrConflict, "the name is taken")
	want.Name = "a b"
	_, _, err = s.Tag(t.Context(), at, r.Tag(), want, nil)
	require.ErrorIs(t, err, kind.ErrInvalid)
	want.Name, want.Target = "v2", "1111111111111111111111111111111111111111"
	_, _, err = s.Tag(t.Context(), at, r.Tag(), want, nil)
	require.ErrorIs(t, err, kind.ErrNotFound)
	want.Target = rev
	_, _, err = s.Tag(t.Context(), at, "old", want, nil)
	require.ErrorIs(t, err, kind.ErrConflict)
}
