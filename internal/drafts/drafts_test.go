package drafts

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func clock() time.Time { return time.Date(2026, 9, 1, 8, 0, 0, 5, time.UTC) }

func TestDraftSurvivesAndTwoWindowsMeet(t *testing.T) {
	ctx, bucket := t.Context(), new(blob.Memory)
	s := New(bucket, clock)
	_, _, err := s.Load(ctx, "maria", "r1")
	require.ErrorIs(t, err, kind.ErrNotFound)
	first, tag, err := s.Save(ctx, "maria", Draft{Resource: "r1", Base: "b", Fields: map[string]string{"text": "one"}}, "")
	require.NoError(t, err)
	assert.Equal(t, clock().Truncate(time.Second), first.Saved)

	_, _, err = s.Save(ctx, "maria", Draft{Resource: "r1", Fields: map[string]string{"text": "other window"}}, "")
	require.ErrorIs(t, err, kind.ErrConflict)
	_, newer, err := s.Save(ctx, "maria", Draft{Resource: "r1", Base: "b", Fields: map[string]string{"text": "two"}}, tag)
	require.NoError(t, err)
	_, _, err = s.Save(ctx, "maria", Draft{Resource: "r1", Fields: map[string]string{"text": "late"}}, tag)
	require.ErrorIs(t, err, kind.ErrConflict)

	d, at, err := New(bucket, clock).Load(ctx, "maria", "r1")
	require.NoError(t, err)
	assert.Equal(t, "two", d.Fields["text"])
	assert.Equal(t, newer, at)

	require.NoError(t, s.Discard(ctx, "maria", "r1"))
	require.NoError(t, s.Discard(ctx, "maria", "r1"))
	_, _, err = s.Save(ctx, "maria", Draft{Resource: "r1", Fields: map[string]string{"text": "still typing"}}, newer)
	require.NoError(t, err, "what was discarded elsewhere loses nobody's typing")
}

func TestADraftThatBeginsAnewMeetsAnotherThatDoes(t *testing.T) {
	ctx, bucket := t.Context(), new(blob.Memory)
	typed := func(text string) Draft { return Draft{Resource: "r1", Fields: map[string]string{"text": text}} }
	other := New(bucket, clock)
	_, tag, err := other.Save(ctx, "maria", typed("one"), "")
	require.NoError(t, err)
	require.NoError(t, other.Discard(ctx, "maria", "r1"))
	store := &blobtest.Overtaken{Store: bucket}
	store.Meanwhile = func() { // before the first put, which finds nothing to replace; then before the second
		store.Meanwhile = func() {
			_, _, err := other.Save(ctx, "maria", typed("two"), "")
			require.NoError(t, err)
		}
	}
	_, _, err = New(store, clock).Save(ctx, "maria", typed("three"), tag)
	require.ErrorIs(t, err, kind.ErrConflict)
	d, _, err := other.Load(ctx, "maria", "r1")
	require.NoError(t, err)
	assert.Equal(t, "two", d.Fields["text"])
}

func TestDraftsBelongToOneAccount(t *testing.T) {
	ctx := t.Context()
	s := New(new(blob.Memory), clock)
	for _, account := range []string{"maria", "maria-2"} {
		for _, r := range []string{"r1", "r2"} {
			_, _, err := s.Save(ctx, account, Draft{Resource: r}, "")
			require.NoError(t, err)
		}
	}
	list, err := s.Of(ctx, "maria")
	require.NoError(t, err)
	assert.Len(t, list, 2)
	require.NoError(t, s.Erase(ctx, "maria"))
	list, err = s.Of(ctx, "maria")
	require.NoError(t, err)
	assert.Empty(t, list)
	list, err = s.Of(ctx, "maria-2")
	require.NoError(t, err)
	assert.Len(t, list, 2)
	_, _, err = s.Load(ctx, "maria-2/r1", "x")
	require.ErrorIs(t, err, kind.ErrInvalid)
	_, _, err = s.Save(ctx, "", Draft{Resource: "r"}, "")
	require.ErrorIs(t, err, kind.ErrInvalid)
}

func TestDraftsAreBounded(t *testing.T) {
	ctx := t.Context()
	s := New(new(blob.Memory), clock)
	for i := range MaxDrafts {
		_, _, err := s.Save(ctx, "maria", Draft{Resource: fmt.Sprint("r", i)}, "")
		require.NoError(t, err)
	}
	_, _, err := s.Save(ctx, "maria", Draft{Resource: "more"}, "")
	require.ErrorIs(t, err, ErrFull)
	_, _, err = s.Save(ctx, "maria", Draft{Resource: "large", Fields: map[string]string{"text": string(make([]byte, maxDraft))}}, "x")
	require.ErrorIs(t, err, kind.ErrInvalid)
}
