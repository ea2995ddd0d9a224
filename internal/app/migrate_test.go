package app

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

const oldEdition = `{"CFDocument":{"identifier":"d","title":"T","version":"1"},"CFItems":[
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000001","humanCodingScheme":"XY.Q.1","fullStatement":"One"},
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000002","humanCodingScheme":"XY.Q.2","fullStatement":"Two","uri":"https://s.example/2"}]}`

const newEdition = `{"CFDocument":{"identifier":"d","title":"T","version":"2"},"CFItems":[
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000011","humanCodingScheme":"XY.Q.8","fullStatement":"One"},
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000012","humanCodingScheme":"XY.Q.9","fullStatement":"Two","uri":"https://s.example/9"}],
	"CFAssociations":[
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000021","associationType":"replacedBy","originNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000000001"},"destinationNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000000011"}},
	{"identifier":"7d9c9c2e-0000-4000-8000-000000000022","associationType":"replacedBy","originNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000000002"},"destinationNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000000012"}}]}`

// migrating is an app with two editions, and a lesson for each alignment, which is written as it is given.
func migrating(t *testing.T, alignments ...string) (*App, []repository.Resource) {
	t.Helper()
	c := config.Default()
	c.Data = t.TempDir()
	a, err := Open(t.Context(), c, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close(context.WithoutCancel(t.Context()))) })
	for _, p := range []string{oldEdition, newEdition} {
		_, err := a.ImportFramework(t.Context(), standards.About{Name: "xy"}, strings.NewReader(p))
		require.NoError(t, err)
	}
	var list []repository.Resource
	for i, alignment := range alignments {
		text := "---\ntitle: Lesson\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\nalignments: {teaches: [" + alignment + "]}\n---\nText.\n"
		o, err := a.Repository.Publish(t.Context(), repository.Publication{
			Owner: "rosa", Slug: "l" + string(rune('a'+i)), Files: fstest.MapFS{"index.md": {Data: []byte(text)}}, Actor: operator,
		})
		require.NoError(t, err)
		list = append(list, o.Resource)
	}
	require.NoError(t, a.CatchUp(t.Context()))
	return a, list
}

func (a *App) teaches(t *testing.T, r repository.Resource) []string {
	t.Helper()
	r, err := a.Repository.ByID(t.Context(), r.ID)
	require.NoError(t, err)
	return r.Metadata.Alignments.Teaches
}

func TestMigrateKeepsTheManner(t *testing.T) {
	written := map[string]string{
		"XY.Q.1":                               "[XY.Q.8]",
		`"https://s.example/2"`:                "[https://s.example/9]",
		"7d9c9c2e-0000-4000-8000-000000000001": "[7d9c9c2e-0000-4000-8000-000000000011]",
		"XY.Q.1, XY.Q.8":                       "[XY.Q.8]", // what is there already is not said twice
		"XY.Q.2, 5.NF.B.3":                     "[XY.Q.9 5.NF.B.3]",
		"XY.Q.8":                               "[XY.Q.8]",
		`"XY.Q.1, XY.Q.2"`:                     "[XY.Q.1, XY.Q.2]", // two codes in one entry are left to people
	}
	var alignments, want []string
	for before, after := range written {
		alignments, want = append(alignments, before), append(want, after)
	}
	a, list := migrating(t, alignments...)
	_, err := a.Migrate(t.Context(), "xy@1", "xy", "", nil)
	require.NoError(t, err)
	for i, r := range list {
		assert.Equal(t, want[i], "["+strings.Join(a.teaches(t, r), " ")+"]", alignments[i])
	}
}

func TestBrokenOffMigrationGoesOnAndIsUndone(t *testing.T) {
	a, list := migrating(t, "XY.Q.1", "XY.Q.2", "XY.Q.1")
	ctx, cancel := context.WithCancel(t.Context())
	first, err := a.Migrate(ctx, "xy@1", "xy", "", func(Realignment) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.NotEmpty(t, first.Run)

	// A server that dies after a revision is published has not noted it yet.
	var entries []runEntry
	for e, err := range a.runEntries(t.Context(), first.Run) {
		require.NoError(t, err)
		entries = append(entries, e)
	}
	require.Len(t, entries, 1)
	require.Equal(t, Realigned, entries[0].State)
	revision := entries[0].Revision
	entries[0].State, entries[0].Revision = Planned, ""
	require.NoError(t, a.putRun(t.Context(), first.Run, string(entries[0].ID), entries[0]))

	second, err := a.Migrate(t.Context(), "xy@1", "xy", "", nil)
	require.NoError(t, err)
	assert.Equal(t, first.Run, second.Run, "it is the same run")
	require.Len(t, second.Resources, 3)
	var revisions []string
	for _, r := range second.Resources {
		assert.Equal(t, Realigned, r.State)
		revisions = append(revisions, r.Revision)
	}
	assert.Contains(t, revisions, revision)

	third, err := a.Migrate(t.Context(), "xy@1", "xy", "", nil)
	require.NoError(t, err)
	assert.NotEqual(t, first.Run, third.Run, "a run that has ended is not taken up")
	assert.Empty(t, third.Resources)

	undone, err := a.UndoMigration(t.Context(), first.Run, nil)
	require.NoError(t, err)
	for _, r := range undone.Resources {
		assert.Equal(t, Restored, r.State)
	}
	for i, want := range []string{"XY.Q.1", "XY.Q.2", "XY.Q.1"} {
		assert.Equal(t, []string{want}, a.teaches(t, list[i]))
	}
}

func TestDamagedMigrationLogIsNotGuessed(t *testing.T) {
	a, _ := migrating(t, "XY.Q.1")
	m, err := a.Migrate(t.Context(), "xy@1", "xy", "", nil)
	require.NoError(t, err)
	_, err = a.bucket.Put(t.Context(), runKey(m.Run, "run"), strings.NewReader(`{"format":1}`), blob.Always())
	require.NoError(t, err)
	_, err = a.UndoMigration(t.Context(), m.Run, nil)
	require.ErrorContains(t, err, "is damaged")
	_, err = a.UndoMigration(t.Context(), "20260101-000000-aaaa", nil)
	require.ErrorIs(t, err, kind.ErrNotFound)
}
