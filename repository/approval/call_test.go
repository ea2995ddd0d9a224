package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// TestEveryStepInEveryStateOfACall names, for each state, what becomes of each step: "" is taken, all else is the code of
// the refusal. A kind of event that has no line fails.
func TestEveryStepInEveryStateOfACall(t *testing.T) {
	t.Parallel()
	steps := []struct {
		name  string
		event approval.Event
	}{
		{"open", open()}, {"extend", approval.Event{Kind: approval.Extended, By: chair, Closes: today.AddDate(0, 2, 0)}},
		{"submit the same", submit(1, "a1")}, {"submit another", submit(2, "a2")}, {"declare nothing", clear(ben)},
		{"declare an interest", interest(ben)}, {"review", reviewed(ana, 3)}, {"review undeclared", reviewed(approval.Actor{Name: "new", Reviewer: true}, 3)},
		{"vote", vote(ana, approval.Approve)}, {"leave", left(ana)}, {"decide", decide(chair, approval.Approve)}, {"retract", retract(author)},
	}
	states := []struct {
		name   string
		events []approval.Event
		want   map[string]string
	}{
		{"no call", nil, map[string]string{
			"open": "", "extend": "no-call", "submit the same": "no-call", "submit another": "no-call", "declare nothing": "no-call",
			"declare an interest": "no-call", "review": "no-call", "review undeclared": "no-call", "vote": "no-call", "leave": "no-call", "decide": "no-call", "retract": "no-call",
		}},
		{"open", []approval.Event{open()}, map[string]string{
			"open": "call-exists", "extend": "", "submit the same": "", "submit another": "", "declare nothing": "submission",
			"declare an interest": "submission", "review": "submission", "review undeclared": "submission", "vote": "submission", "leave": "submission",
			"decide": "submission", "retract": "submission",
		}},
		{"in review", reviewing(), map[string]string{
			"open": "call-exists", "extend": "", "submit the same": "submitted", "submit another": "", "declare nothing": "",
			"declare an interest": "", "review": "", "review undeclared": "undeclared", "vote": "vote-early", "leave": "left", "decide": "vote-early", "retract": "",
		}},
		{"in vote", voting(), map[string]string{
			"open": "call-exists", "extend": "", "submit the same": "submitted", "submit another": "", "declare nothing": "declared",
			"declare an interest": "", "review": "reviewed", "review undeclared": "undeclared", "vote": "", "leave": "left", "decide": "quorum", "retract": "",
		}},
		{"voted", append(voting(), vote(ana, approval.Approve), vote(ben, approval.Approve)), map[string]string{
			"open": "call-exists", "extend": "", "submit the same": "submitted", "submit another": "", "declare nothing": "declared",
			"declare an interest": "", "review": "reviewed", "review undeclared": "undeclared", "vote": "", "leave": "", "decide": "", "retract": "",
		}},
		{"voted otherwise", append(voting(), vote(ana, approval.Decline), vote(ben, approval.Approve)), map[string]string{
			"open": "call-exists", "extend": "", "submit the same": "submitted", "submit another": "", "declare nothing": "declared",
			"declare an interest": "", "review": "reviewed", "review undeclared": "undeclared", "vote": "", "leave": "", "decide": "tally", "retract": "",
		}},
		{"approved", decided(approval.Approve), closedStates("decided")},
		{"approved with conditions", decided(approval.Conditions), closedStates("decided")},
		{"declined", decided(approval.Decline), closedStates("decided")},
		{"retracted", append(reviewing(), retract(author)), closedStates("retracted")},
	}
	for _, state := range states {
		c := call(t, state.events...)
		for _, s := range steps {
			s.event.At = today.Add(time.Hour)
			want, listed := state.want[s.name]
			require.True(t, listed, "%s has no line for %s", state.name, s.name)
			before := *c
			_, err := c.Next(s.event)
			assert.Equal(t, want, approval.Code(err), "%s: %s: %v", state.name, s.name, err)
			assert.Equal(t, want == "", err == nil, "%s: %s: %v", state.name, s.name, err)
			assert.Equal(t, before, *c, "%s: %s changed the call it began with", state.name, s.name)
		}
	}
}

// closedStates are the answers once a submission is settled.
func closedStates(why string) map[string]string {
	same := map[string]string{"decided": "submitted", "retracted": ""}[why] // what was taken back may be handed in again
	return map[string]string{
		"open": "call-exists", "extend": "", "submit the same": same, "submit another": "", "declare nothing": why,
		"declare an interest": why, "review": why, "review undeclared": why, "vote": why, "leave": why, "decide": why, "retract": why,
	}
}

func TestWhoMayDoWhatInACall(t *testing.T) {
	t.Parallel()
	all := append(voting(), vote(ana, approval.Approve), vote(ben, approval.Approve))
	authorChair := approval.Actor{Name: author.Name, Chair: true}
	eveChair := approval.Actor{Name: eve.Name, Chair: true}
	for _, c := range []struct {
		name  string
		event approval.Event
		code  string
	}{
		{"a reviewer opens a call", approval.Event{Kind: approval.Opened, By: ana, Terms: terms()}, "call-exists"},
		{"a reviewer extends it", approval.Event{Kind: approval.Extended, By: ana, Closes: today.AddDate(0, 2, 0)}, "chair"},
		{"a stranger declares", clear(stranger), "reviewer"},
		{"a stranger reviews", reviewed(stranger, 3), "reviewer"},
		{"a stranger votes", vote(stranger, approval.Approve), "reviewer"},
		{"the author reviews", reviewed(author, 3), "author"},
		{"the author votes", vote(author, approval.Approve), "author"},
		{"the author decides", decide(authorChair, approval.Approve), "author"},
		{"who has an interest reviews", reviewed(eve, 3), "conflict"},
		{"who has an interest votes", vote(eve, approval.Approve), "conflict"},
		{"who has an interest decides", decide(eveChair, approval.Approve), "conflict"},
		{"who has an interest has none any more", clear(eve), "conflict"},
		{"a reviewer decides", decide(ana, approval.Approve), "chair"},
		{"a reviewer takes back", retract(ana), "submitter"},
		{"a reviewer has another leave", func() approval.Event { e := left(ben); e.By = ana; return e }(), "chair"},
		{"a chair has themselves leave", left(chair), "left"},
		{"nobody votes", approval.Event{Kind: approval.Voted, Submission: 1, Vote: approval.Approve}, "nobody"},
		{"conditions without saying which", func() approval.Event { e := vote(ana, approval.Conditions); e.Note = " "; return e }(), "vote-note"},
		{"a vote for something else", vote(ana, "perhaps"), "vote"},
	} {
		c.event.At = today.Add(time.Hour)
		_, err := call(t, all...).Next(c.event)
		assert.Equal(t, c.code, approval.Code(err), "%s: %v", c.name, err)
	}
	_, err := new(approval.Call).Next(approval.Event{Kind: approval.Opened, By: ana, Terms: terms()})
	require.ErrorIs(t, err, kind.ErrDenied)
}

func TestAnInterestTakesBackReviewAndVote(t *testing.T) {
	t.Parallel()
	c := call(t, append(voting(), vote(ana, approval.Approve), interest(ana))...)
	s := c.Submissions[0]
	assert.Empty(t, s.Votes)
	_, reviewed := s.Review(ana.Name)
	assert.False(t, reviewed)
	assert.Equal(t, approval.InReview, s.State(), "one review is left, and two are needed")
}

func TestTheVoteOfWhoHasLeftDoesNotCount(t *testing.T) {
	t.Parallel()
	c := call(t, append(voting(), vote(ana, approval.Decline), vote(ben, approval.Approve), left(ana))...)
	s := c.Submissions[0]
	assert.Equal(t, approval.Tally{Approve: 1}, approval.Count(s.Votes))
	e := decide(chair, approval.Approve)
	e.At = today.Add(time.Hour)
	_, err := c.Next(e)
	assert.Equal(t, "quorum", approval.Code(err), "it does not count for the quorum either")
	_, reviewed := s.Review(ana.Name)
	assert.True(t, reviewed, "what was reviewed is")
}

func TestReviewersWorkAlone(t *testing.T) {
	t.Parallel()
	one := call(t, append(reviewing(), clear(ben), reviewed(ana, 3))...).Submissions[0]
	assert.Len(t, one.Shows(ana), 1, "her own")
	assert.Empty(t, one.Shows(ben), "his is not in yet")
	assert.Empty(t, one.Shows(chair))
	assert.Empty(t, one.Shows(stranger))
	both := call(t, voting()...).Submissions[0]
	assert.Len(t, both.Shows(ben), 2)
	assert.Len(t, both.Shows(chair), 2, "the chair decides about it")
	assert.Empty(t, both.Shows(eve))
	assert.Empty(t, both.Shows(author))
	done := call(t, decided(approval.Approve)...).Submissions[0]
	assert.Len(t, done.Shows(stranger), 2)
}

func TestACallTakesWhatItAsksFor(t *testing.T) {
	t.Parallel()
	c := call(t, open())
	for _, x := range []struct {
		name, code string
		change     func(*approval.Event)
	}{
		{"before the first day", "closed", func(e *approval.Event) { e.At = today.AddDate(0, 0, -1) }},
		{"after the last day", "closed", func(e *approval.Event) { e.At = today.AddDate(0, 1, 1) }},
		{"on the last day", "", func(e *approval.Event) { e.At = today.AddDate(0, 1, 0).Add(14 * time.Hour) }},
		{"another license", "license", func(e *approval.Event) { e.Work.License = "CC-BY-NC-4.0" }},
		{"no license", "license-not-cleared", func(e *approval.Event) { e.Work.License = "" }},
		{"half a revision", "work", func(e *approval.Event) { e.Work.Revision = "a1" }},
		{"no tree", "work", func(e *approval.Event) { e.Work.Tree = "" }},
		{"a path out of the repository", "work", func(e *approval.Event) { e.Work.Path = "../other" }},
		{"an address that runs", "url", func(e *approval.Event) { e.Work.URL = "javascript:alert(1)" }},
		{"a title that hides", "text", func(e *approval.Event) { e.Work.Title = "A\x1b[2J" }},
	} {
		e := submit(1, "a1")
		e.At = today.Add(time.Hour)
		x.change(&e)
		_, err := c.Next(e)
		assert.Equal(t, x.code, approval.Code(err), "%s: %v", x.name, err)
	}
}

func TestWhatTheVotesSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tally approval.Tally
		want  approval.Choice
	}{
		{approval.Tally{Approve: 2, Decline: 1}, approval.Approve},
		{approval.Tally{Approve: 1, Decline: 1}, approval.Decline},
		{approval.Tally{Approve: 1, Conditions: 1, Decline: 1}, approval.Conditions},
		{approval.Tally{Conditions: 2, Decline: 1}, approval.Conditions},
		{approval.Tally{Approve: 1, Abstain: 9}, approval.Approve},
		{approval.Tally{Abstain: 3}, approval.Decline},
		{approval.Tally{Approve: 2, Conditions: 2}, approval.Conditions},
	} {
		assert.Equal(t, c.want, c.tally.Result(), "%+v", c.tally)
	}
}

func TestAReviewScoresEveryCriterion(t *testing.T) {
	t.Parallel()
	r := rubric()
	r.Criteria[0].Needed = true
	for _, x := range []struct {
		name, code string
		change     func(*approval.Review)
	}{
		{"whole", "", func(*approval.Review) {}},
		{"one missing", "score-missing", func(v *approval.Review) { v.Marks = v.Marks[1:] }},
		{"one twice", "criterion-twice", func(v *approval.Review) { v.Marks[1] = v.Marks[0] }},
		{"one that is not there", "criterion", func(v *approval.Review) { v.Marks[0].Criterion = "charm" }},
		{"4", "score", func(v *approval.Review) { v.Marks[0].Score = 4 }},
		{"-2", "score", func(v *approval.Review) { v.Marks[0].Score = -2 }},
		{"NA where it is needed", "score-needed", func(v *approval.Review) { v.Marks[0].Score = approval.NotApplicable }},
		{"NA elsewhere", "", func(v *approval.Review) { v.Marks[1].Score = approval.NotApplicable }},
	} {
		v := review(2)
		x.change(v)
		assert.Equal(t, x.code, approval.Code(v.Check(r)), x.name)
	}
}
