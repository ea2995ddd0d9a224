package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

func TestListsAndCallsAreRead(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	_, ana, ben := withCall(t, s, rosa)
	s.Publish(t, "rosa/thirds", lesson("Thirds", "Fold it in three."))
	old := approved(t, s, "rosa/halves")
	approved(t, s, "rosa/thirds")
	released := func(r repository.Resource, version string) {
		_, err := s.App.Repository.Release(t.Context(), repository.Releasing{Address: r.Address, Version: version, Notes: "Notes", Actor: repository.Actor{Name: "rosa"}})
		require.NoError(t, err)
	}
	assert.NotContains(t, read(s.Page(t, "/lists/math")), "v3")
	released(old, "v3")
	assert.Contains(t, read(s.Page(t, "/lists/math")), "Approved v3")
	r := s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice and cut it."))

	assert.Contains(t, read(s.Page(t, "/lists/math")), "Approved v3 · newer: "+r.Revision[:7]+" not reviewed")
	released(r, "v4")
	assert.Contains(t, read(s.Page(t, "/lists/math")), "Approved v3 · newer: v4 not reviewed")
	feed := s.Get(t, "/lists/math.atom")
	assert.Contains(t, feed.Header.Get("Content-Type"), "application/atom+xml")
	has(t, feed.Body, "<title>Halves: v4 is newer than v3, and not reviewed</title>", "<title>Halves: v3 approved</title>", "Minutes of March 2")
	var lists struct {
		Lists []struct {
			Slug, Set string
			Entries   int
		}
	}
	s.Get(t, "/api/v1/lists").JSON(t, &lists)
	require.Len(t, lists.Lists, 1)
	assert.Equal(t, "math", lists.Lists[0].Set)
	assert.Equal(t, 2, lists.Lists[0].Entries)

	type part struct {
		Total, Next int
		Entries     []struct {
			Position         int
			Standing, Newest string
			Release, Newer   string
			Item             struct{ Name, Revision string }
		}
		Counts map[string]int
	}
	var first, second, found part
	s.Get(t, "/api/v1/lists/math?limit=1").JSON(t, &first)
	require.Len(t, first.Entries, 1)
	assert.Equal(t, old.Revision, first.Entries[0].Item.Revision)
	assert.Equal(t, r.Revision, first.Entries[0].Newest, "nobody has decided about it")
	assert.Equal(t, "approved", first.Entries[0].Standing)
	assert.Equal(t, "v3 v4", first.Entries[0].Release+" "+first.Entries[0].Newer)
	assert.Equal(t, map[string]int{"approved": 2}, first.Counts)
	s.Get(t, "/api/v1/lists/math?limit=1&after="+itoa(first.Next)).JSON(t, &second)
	require.Len(t, second.Entries, 1)
	assert.Equal(t, 2, second.Entries[0].Position)
	assert.Zero(t, second.Next)
	s.Get(t, "/api/v1/lists/math?q=THIRDS&state=approved").JSON(t, &found)
	assert.Equal(t, 1, found.Total)
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/api/v1/lists/nothing").Status)

	const at = "/calls/spring/1"
	require.Equal(t, http.StatusSeeOther, ana.Post(t, at, reviewOf(t, ana.Get(t, at), "3")).Status)
	call := s.Get(t, "/api/v1/calls/spring")
	assert.NotContains(t, call.Body, "ana", "reviewers work alone")
	assert.NotContains(t, call.Body, "Fine.")
	var one struct {
		Open  bool
		Items []struct {
			State          string
			Reviews, Votes int
			Outcome        *approval.Outcome
			Scores         []approval.Mean
		}
	}
	call.JSON(t, &one)
	require.Len(t, one.Items, 1)
	assert.True(t, one.Open)
	assert.Equal(t, "review", one.Items[0].State)
	assert.Equal(t, 1, one.Items[0].Reviews)
	assert.Empty(t, one.Items[0].Scores)
	require.Equal(t, http.StatusSeeOther, ben.Post(t, at, reviewOf(t, ben.Get(t, at), "2")).Status)
	for _, voter := range []*apptest.Visitor{ana, ben} {
		require.Equal(t, http.StatusSeeOther, voter.Post(t, at, url.Values{"do": {"vote"}, "vote": {"decline"}}).Status)
	}
	_, err := s.App.Boards.OnCall(t.Context(), "spring", func(*approval.Call) ([]approval.Event, error) {
		return []approval.Event{
			{Kind: approval.Declared, By: boardChair, Submission: 1, Declaration: &approval.Declaration{}},
			{Kind: approval.Decided, By: boardChair, Submission: 1, Outcome: &approval.Outcome{Result: approval.Decline}},
		}, nil
	})
	require.NoError(t, err)
	s.Get(t, "/api/v1/calls/spring").JSON(t, &one)
	assert.Equal(t, "declined", one.Items[0].State)
	assert.Len(t, one.Items[0].Scores, 8)
	assert.Empty(t, one.Items[0].Outcome.By, "accounts are the board's own business")
	var calls struct{ Calls []struct{ ID string } }
	s.Get(t, "/api/v1/calls?open=1&board=board").JSON(t, &calls)
	assert.Len(t, calls.Calls, 1)
	calls.Calls = nil
	s.Get(t, "/api/v1/calls?board=other").JSON(t, &calls)
	assert.Empty(t, calls.Calls)
}
