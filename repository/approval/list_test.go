package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func upstream(version int, sum string) *approval.Upstream {
	return &approval.Upstream{
		URL: "https://state.example/lists/math", Title: "Mathematics", Key: "ssh-ed25519 AAAA",
		SHA256: (sum + "0000000000000000000000000000000000000000000000000000000000000000")[:64], Version: version,
	}
}

func following(kind approval.Kind, u *approval.Upstream) approval.Event {
	return approval.Event{Kind: kind, By: chair, Upstream: u}
}

// TestEveryStepInEveryStateOfAnEntry names, for each standing of a resource on a list, what becomes of each step.
func TestEveryStepInEveryStateOfAnEntry(t *testing.T) {
	t.Parallel()
	conditional := func(e *approval.Entry) { e.Result, e.Conditions = approval.Conditions, "Add captions." }
	short := func(e *approval.Entry) { e.Expires = today }
	steps := []struct {
		name  string
		event approval.Event
	}{
		{"create", created()}, {"describe", approval.Event{Kind: approval.Described, By: chair, About: &approval.About{Title: "Math"}}},
		{"add", added(1, "a1")}, {"add newer", added(1, "a9")}, {"accept newer", accepted(1, "a9")}, {"accept same", accepted(1, "a1")},
		{"accept older", accepted(1, "a0")}, {"hold newer", held(1, "a9")}, {"hold held", held(1, "a2")},
		{"fulfill", about(approval.Fulfilled, 1)}, {"renew", func() approval.Event {
			e := about(approval.Renewed, 1)
			e.Expires = today.AddDate(2, 0, 0)
			return e
		}()}, {"withdraw", about(approval.Withdrawn, 1)},
		{"follow", following(approval.Followed, upstream(3, "1"))}, {"sync", following(approval.Synced, upstream(4, "2"))},
		{"exclude", about(approval.Excluded, 7)}, {"include", about(approval.Included, 7)},
	}
	nothing := map[string]string{
		"create": "list-exists", "describe": "", "add": "", "add newer": "", "accept newer": "entry", "accept same": "entry", "accept older": "entry",
		"hold newer": "entry", "hold held": "entry", "fulfill": "entry", "renew": "entry", "withdraw": "entry", "follow": "", "sync": "follows-none",
		"exclude": "follows-none", "include": "follows-none",
	}
	with := func(base map[string]string, change map[string]string) map[string]string {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for k, v := range change {
			m[k] = v
		}
		return m
	}
	stands := with(nothing, map[string]string{
		"add": "listed", "accept newer": "", "accept same": "listed", "accept older": "", "hold newer": "", "hold held": "", "fulfill": "no-conditions",
		"renew": "", "withdraw": "",
	})
	states := []struct {
		name   string
		events []approval.Event
		want   map[string]string
	}{
		{"no list", nil, map[string]string{
			"create": "", "describe": "no-list", "add": "no-list", "add newer": "no-list", "accept newer": "no-list", "accept same": "no-list",
			"accept older": "no-list", "hold newer": "no-list", "hold held": "no-list", "fulfill": "no-list", "renew": "no-list", "withdraw": "no-list",
			"follow": "no-list", "sync": "no-list", "exclude": "no-list", "include": "no-list",
		}},
		{"empty", []approval.Event{created()}, nothing},
		{"approved", []approval.Event{created(), added(1, "a1")}, stands},
		{"with conditions", []approval.Event{created(), added(1, "a1", conditional)}, with(stands, map[string]string{"fulfill": ""})},
		{"held", []approval.Event{created(), added(1, "a1"), held(1, "a2")}, with(stands, map[string]string{"hold held": "held"})},
		{"superseded once", []approval.Event{created(), added(1, "a0"), accepted(1, "a1")}, with(stands, map[string]string{"accept older": "older"})},
		{"expired", []approval.Event{created(), added(1, "a1", short)}, with(stands, map[string]string{
			"add": "", "accept newer": "expired", "accept older": "expired", "fulfill": "expired",
		})},
		{"withdrawn", []approval.Event{created(), added(1, "a1"), about(approval.Withdrawn, 1)}, with(nothing, map[string]string{
			"accept newer": "withdrawn", "accept same": "withdrawn", "accept older": "withdrawn", "hold newer": "withdrawn", "hold held": "withdrawn",
			"fulfill": "withdrawn", "renew": "withdrawn", "withdraw": "withdrawn",
		})},
		{"following", []approval.Event{created(), following(approval.Followed, upstream(3, "1"))}, with(nothing, map[string]string{
			"sync": "", "exclude": "", "include": "included",
		})},
		{"leaving out", []approval.Event{created(), following(approval.Followed, upstream(3, "1")), about(approval.Excluded, 7)}, with(nothing, map[string]string{
			"sync": "", "exclude": "excluded", "include": "",
		})},
	}
	later := today.AddDate(0, 0, 3)
	for _, state := range states {
		l := list(t, state.events...)
		for _, s := range steps {
			s.event.At = later
			want, listed := state.want[s.name]
			require.True(t, listed, "%s has no line for %s", state.name, s.name)
			before := *l
			_, err := l.Next(s.event)
			assert.Equal(t, want, approval.Code(err), "%s: %s: %v", state.name, s.name, err)
			assert.Equal(t, want == "", err == nil, "%s: %s: %v", state.name, s.name, err)
			assert.Equal(t, before, *l, "%s: %s changed the list it began with", state.name, s.name)
			s.event.By = ana
			_, err = l.Next(s.event)
			require.ErrorIs(t, err, kind.ErrDenied, "%s: %s by a reviewer", state.name, s.name)
		}
	}
}

func TestAuthorsDoNotApproveTheirOwn(t *testing.T) {
	t.Parallel()
	rosa := approval.Actor{Name: author.Name, Chair: true}
	l := list(t, created(), added(1, "a1"))
	for _, e := range []approval.Event{added(2, "b1"), accepted(1, "a2"), held(1, "a2"), about(approval.Renewed, 1)} {
		e.By, e.At, e.Authors = rosa, today.Add(time.Hour), []string{"rosa"}
		_, err := l.Next(e)
		assert.Equal(t, "author", approval.Code(err), "%s: %v", e.Kind, err)
	}
	end := about(approval.Withdrawn, 1)
	end.By, end.At = rosa, today.Add(time.Hour)
	_, err := l.Next(end)
	require.NoError(t, err, "taking one's own off the list is no approval")
}

func TestANewerRevisionChangesNothingUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	first := work(1, "a1")
	l := list(t, created(), added(1, "a1"), held(1, "a2"))
	e, ok := l.Entry(first.Identifier)
	require.True(t, ok)
	assert.Equal(t, first.Revision, e.Revision)
	assert.Equal(t, hash("a2"), e.Held.Revision)

	l = list(t, created(), added(1, "a1"), held(1, "a2"), accepted(1, "a3"))
	e, _ = l.Entry(first.Identifier)
	assert.Equal(t, hash("a3"), e.Revision)
	assert.Nil(t, e.Held)
	past := l.Past(first.Identifier)
	require.Len(t, past, 1)
	assert.Equal(t, approval.Superseded, past[0].Standing(today))
	assert.Equal(t, first.Revision, past[0].Revision, "the log keeps what was approved before")
	assert.Len(t, l.Entries, 1)
}

func TestAnApprovalEndsAfterItsLastDay(t *testing.T) {
	t.Parallel()
	l := list(t, created(), added(1, "a1", func(e *approval.Entry) { e.Expires = time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC) }))
	e := l.Entries[0]
	assert.Equal(t, approval.Stands, e.Standing(time.Date(2026, 6, 30, 23, 59, 59, 0, time.UTC)))
	assert.Equal(t, approval.Expired, e.Standing(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
}

func TestAListFollowsOneKey(t *testing.T) {
	t.Parallel()
	l := list(t, created(), following(approval.Followed, upstream(3, "1")))
	for _, c := range []struct {
		name, code string
		change     func(*approval.Upstream)
	}{
		{"another key", "key", func(u *approval.Upstream) { u.Key = "ssh-ed25519 BBBB" }},
		{"another list", "key", func(u *approval.Upstream) { u.URL = "https://other.example/lists/math" }},
		{"an older state", "older", func(u *approval.Upstream) { u.Version = 2 }},
		{"the same", "same", func(u *approval.Upstream) { u.SHA256 = upstream(3, "1").SHA256 }},
		{"a newer one", "", func(*approval.Upstream) {}},
	} {
		u := upstream(4, "2")
		c.change(u)
		e := following(approval.Synced, u)
		e.At = today.Add(time.Hour)
		_, err := l.Next(e)
		assert.Equal(t, c.code, approval.Code(err), "%s: %v", c.name, err)
	}
}
