package repository_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

func (w *world) release(t *testing.T, a repository.Address, version, notes string) repository.Release {
	t.Helper()
	r, err := w.Release(t.Context(), repository.Releasing{Address: a, Version: version, Notes: notes, Actor: rosa})
	require.NoError(t, err)
	return r
}

func TestAReleaseIsATagThatStays(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "unit", unit("01-strips", "02-recipes")).Resource
	v1 := w.release(t, first.Address, "v1", "The first one.\r\n\r\nWith two lessons.")
	assert.Equal(t, first.Revision, v1.Revision)
	assert.Equal(t, "Rosa Delgado", v1.By)
	assert.Equal(t, v1, w.release(t, first.Address, "v1", "The first one.\n\nWith two lessons."), "the same again changes nothing")
	_, err := w.Release(t.Context(), repository.Releasing{Address: first.Address, Version: "v1", Notes: "Another.", Actor: rosa})
	assert.ErrorIs(t, err, kind.ErrConflict)

	files := unit("01-strips", "03-film")
	files["01-strips/index.md"].Data = append(files["01-strips/index.md"].Data, "\nFold again.\n"...)
	second := w.publish(t, "unit", files).Resource
	w.release(t, second.Address, "v2", "")
	list, err := w.Releases(t.Context(), repository.Address{Owner: "rosa", Slug: "unit", Part: "01-strips"})
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, "v2", list[0].Version)
	assert.Equal(t, "v3", repository.NextVersion(list))
	assert.Equal(t, "The first one.\n\nWith two lessons.", list[1].Notes)

	one, before, err := w.FindRelease(t.Context(), second.Address, "v2")
	require.NoError(t, err)
	assert.Equal(t, "v1", before.Version)
	changed, err := w.WhatChanged(t.Context(), second, before.Revision)
	require.NoError(t, err)
	assert.Equal(t, one.Revision, changed.To)
	assert.Equal(t, []string{"03-film"}, changed.LessonsAdded)
	assert.Equal(t, []string{"02-recipes"}, changed.LessonsRemoved)
	assert.Contains(t, changed.Reworded, repository.Reworded{Path: "01-strips/index.md", Blocks: 1})

	_, _, err = w.FindRelease(t.Context(), second.Address, "v9")
	assert.ErrorIs(t, err, kind.ErrNotFound)
	w.restart(t) // the bucket alone is left
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	again, err := w.Releases(t.Context(), second.Address)
	require.NoError(t, err)
	assert.Equal(t, list, again)
}

func TestOnlyWhatIsPublishedIsReleased(t *testing.T) {
	w := newWorld(t)
	r := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	_, err := w.Release(t.Context(), repository.Releasing{Address: r.Address, Revision: strings.Repeat("1", 40), Version: "v1"})
	assert.ErrorIs(t, err, kind.ErrNotFound)
	for _, v := range []string{"", "-v", "a b", "a..b", "v1.lock", "x/y", "v1.", strings.Repeat("v", 41), "v~1", "releases.atom"} {
		_, err := w.Release(t.Context(), repository.Releasing{Address: r.Address, Version: v})
		assert.ErrorIs(t, err, kind.ErrInvalid, v)
	}
	_, err = w.Release(t.Context(), repository.Releasing{Address: r.Address, Version: "v1", DryRun: true, Actor: rosa})
	require.NoError(t, err)
	list, err := w.Releases(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Empty(t, list)
	require.NoError(t, w.Withdraw(t.Context(), r.Address, ""))
	_, err = w.Release(t.Context(), repository.Releasing{Address: r.Address, Version: "v1"})
	assert.ErrorIs(t, err, kind.ErrNotFound)
}

func TestTheGateRefusesARevisionWithErrors(t *testing.T) {
	w := newWorld(t)
	r := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	report := `{"format":1,"revision":"` + r.Revision + `","problems":[{"file":"index.md","line":3,"severity":"error","code":"license-refused","message":"m","remedy":"r"}],"resources":[]}`
	_, err := w.bucket.Put(t.Context(), "reports/"+string(r.Repository)+"/"+r.Revision, strings.NewReader(report), blob.Condition{})
	require.NoError(t, err)
	_, err = w.Release(t.Context(), repository.Releasing{Address: r.Address, Version: "v1", Actor: rosa})
	require.ErrorIs(t, err, kind.ErrInvalid)
	assert.Contains(t, err.Error(), "index.md:3")
}

func TestVersionsFollowOneAnother(t *testing.T) {
	for last, next := range map[string]string{"v1": "v2", "1.9": "1.10", "2026.1-rc9": "2026.1-rc10", "spring": "spring-2", "v99999999999999999999": "v99999999999999999999-2"} {
		assert.Equal(t, next, repository.NextVersion([]repository.Release{{Version: last}}), last)
	}
	assert.Equal(t, "v1", repository.NextVersion(nil))
}

func TestRemixesHearOfReleasesUntilTheyTakeThemIn(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	kim := repository.Actor{Name: "kim", Display: "Kim"}
	made, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Actor: kim, Changes: "shorter"})
	require.NoError(t, err)
	remix := made.Resource
	other := w.publish(t, "other", lesson("Other", "CC BY 4.0", "")).Resource
	news := func() []repository.News {
		now, err := w.Resource(t.Context(), remix.Address)
		require.NoError(t, err)
		list, err := w.News(t.Context(), []repository.Resource{now, other})
		require.NoError(t, err)
		return list
	}
	w.release(t, source.Address, "v1", "")
	assert.Empty(t, news(), "it was made from that release")
	w.publish(t, "strips", lesson("Strips, again", "CC BY 4.0", ""))
	assert.Empty(t, news(), "what is not released is no news")
	w.release(t, source.Address, "v2", "")
	list := news()
	require.Len(t, list, 1)
	assert.Equal(t, "v2", list[0].Release.Version)
	assert.Equal(t, remix.ID, list[0].Of.ID)
	assert.Equal(t, source.ID, list[0].Source.ID)
	_, err = w.Pull(t.Context(), repository.Pull{Address: remix.Address, Actor: kim, Rest: merge.Theirs})
	require.NoError(t, err)
	assert.Empty(t, news(), "it has taken that in")
}
