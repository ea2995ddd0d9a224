package gitstore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

const overtakenFamily = "0192f0c1-7d2a-7000-8000-00000000000a"

func TestPacksThatAreForgivenAtTheSameTimeAllAre(t *testing.T) {
	ctx, bucket := t.Context(), new(blob.Memory)
	other := New(bucket, Options{})
	require.NoError(t, other.writeMarks(ctx, overtakenFamily, marks{Unlisted: map[string]int64{"a": 1, "b": 1, "c": 1}}, ""))
	s := New(&blobtest.Overtaken{Store: bucket, Meanwhile: func() {
		require.NoError(t, other.forgive(ctx, overtakenFamily, []PackRef{{ID: "b"}}))
	}}, Options{})
	require.NoError(t, s.forgive(ctx, overtakenFamily, []PackRef{{ID: "a"}}))
	m, _, err := s.readMarks(ctx, overtakenFamily)
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{"c": 1}, m.Unlisted)
}

func TestContentsThatAreErasedAtTheSameTimeAllAre(t *testing.T) {
	ctx, bucket := t.Context(), new(blob.Memory)
	hash := func(digit string) oid {
		id, err := parseHash(strings.Repeat(digit, 40))
		require.NoError(t, err)
		return id
	}
	s := New(&blobtest.Overtaken{Store: bucket, Meanwhile: func() {
		_, err := New(bucket, Options{}).addErased(ctx, overtakenFamily, map[oid]bool{hash("b"): true})
		require.NoError(t, err)
	}}, Options{})
	version, err := s.addErased(ctx, overtakenFamily, map[oid]bool{hash("a"): true})
	require.NoError(t, err)
	gone, err := s.erased(ctx, overtakenFamily, Manifest{Erased: version})
	require.NoError(t, err)
	assert.Equal(t, map[oid]bool{hash("a"): true, hash("b"): true}, gone)
}
