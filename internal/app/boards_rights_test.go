package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

// Who comes to a board's routes. rosa wrote and hands in; far reviews for and farchair chairs another board.
var (
	boardPeople = []string{"visitor", "other", "rosa", "maintainer", "reviewer", "chair", "far", "farchair", "moderator", "admin"}
	boardJury   = []string{"reviewer", "chair"}
	boardChairs = []string{"chair"}
	boardRosa   = []string{"rosa"}
)

// boardWorld is a board with a list, and another board with one.
type boardWorld struct {
	*apptest.Server
	t       *testing.T
	people  map[string]*apptest.Visitor
	reading map[string]string // tokens that only read
	lesson  repository.Resource
	calls   int
}

func newBoardWorld(t *testing.T) *boardWorld {
	t.Helper()
	w := &boardWorld{Server: apptest.New(t).Server(t, "server", nil), t: t, people: map[string]*apptest.Visitor{}, reading: map[string]string{}}
	w.people["visitor"] = w.Browser()
	roles := map[string]accounts.Role{"moderator": accounts.Moderator, "admin": accounts.Admin}
	for _, name := range boardPeople[1:] {
		role := roles[name]
		if role == "" {
			role = accounts.Author
		}
		w.people[name] = w.SignIn(t, name, role)
		w.reading[name] = w.Token(t, name, accounts.ScopeRead)
	}
	w.SignIn(t, "prior", accounts.Author)
	ctx, a := t.Context(), w.App.Accounts
	require.NoError(t, a.AddTeam(ctx, "team", ""))
	require.NoError(t, a.AddBoard(ctx, "board", "State board"))
	require.NoError(t, a.AddBoard(ctx, "farboard", "Far board"))
	require.NoError(t, a.SetMember(ctx, "team", "maintainer", accounts.Maintainer))
	for name, role := range map[string]accounts.MemberRole{"reviewer": accounts.Reviewer, "prior": accounts.Reviewer, "chair": accounts.BoardChair} {
		require.NoError(t, a.SetMember(ctx, "board", name, role))
	}
	require.NoError(t, a.SetMember(ctx, "farboard", "far", accounts.Reviewer))
	require.NoError(t, a.SetMember(ctx, "farboard", "farchair", accounts.BoardChair))
	for slug, board := range map[string]string{"math": "board", "far": "farboard"} {
		_, err := w.App.Boards.CreateList(ctx, approval.About{Slug: slug, Board: board, Title: slug}, boardChair)
		require.NoError(t, err)
	}
	w.lesson = w.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	return w
}

// actor is what a board lets somebody do, as the pages would find out.
func (w *boardWorld) actor(name string) approval.Actor {
	return approval.Actor{Name: name, Display: name, Reviewer: slices.Contains([]string{"reviewer", "prior", "chair"}, name), Chair: name == "chair"}
}

// priorWords are in a review that not everybody may read.
const priorWords = "Words of a reviewer"

// call opens a call with one submission of rosa's lesson, in a state.
func (w *boardWorld) call(state string) string {
	w.t.Helper()
	w.calls++
	id := fmt.Sprintf("call-%d", w.calls)
	terms := approval.Terms{
		ID: id, Board: "board", Title: id, Rubric: approval.Achieve("en"), Opens: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Reviews: 1, Quorum: 1, List: "math",
	}
	work, _, err := w.App.Boards.Work(w.t.Context(), w.lesson)
	require.NoError(w.t, err)
	on := func(kind approval.Kind, who string) approval.Event {
		return approval.Event{Kind: kind, By: w.actor(who), Submission: 1}
	}
	submitted := on(approval.Submitted, "rosa")
	submitted.Work, submitted.Authors = &work, []string{"rosa"}
	events := []approval.Event{on(approval.Opened, "chair"), submitted}
	events[0].Terms = &terms
	declare := func(who, interest string) {
		e := on(approval.Declared, who)
		e.Declaration = &approval.Declaration{Conflict: interest != "", Text: interest}
		events = append(events, e)
	}
	review := func() {
		e := on(approval.Reviewed, "prior")
		e.Review = &approval.Review{Comment: priorWords}
		for _, k := range terms.Rubric.Criteria {
			e.Review.Marks = append(e.Review.Marks, approval.Mark{Criterion: k.ID, Score: 2})
		}
		events = append(events, e)
	}
	vote := func(choice approval.Choice) {
		e := on(approval.Voted, "prior")
		e.Vote, e.Note = choice, "Add captions"
		events = append(events, e)
	}
	decide := func(o approval.Outcome) {
		e := on(approval.Decided, "chair")
		e.Outcome = &o
		events = append(events, e)
	}
	if state == "reviewer-wrote" {
		submitted.Authors = []string{"reviewer"}
		events[1] = submitted
		declare("prior", "")
		review()
		vote(approval.Approve)
	} else {
		for _, who := range []string{"prior", "reviewer"} {
			declare(who, "")
		}
		if state == "interest" {
			declare("chair", "My sister wrote it")
		} else {
			declare("chair", "")
		}
	}
	switch state {
	case "empty":
		events = events[:1]
	case "closed":
		terms.Closes = terms.Opens.AddDate(0, 1, 0)
		events = events[:1]
	case "one-review":
		terms.Reviews = 2
		review()
	case "vote":
		review()
	case "quorum", "interest":
		review()
		vote(approval.Approve)
	case "approved":
		review()
		vote(approval.Approve)
		decide(approval.Outcome{Result: approval.Approve})
	case "conditions":
		review()
		vote(approval.Conditions)
		decide(approval.Outcome{Result: approval.Conditions, Conditions: "Add captions"})
	case "declined":
		review()
		vote(approval.Decline)
		decide(approval.Outcome{Result: approval.Decline})
	case "retracted":
		events = append(events, on(approval.Retracted, "rosa"))
	}
	_, err = w.App.Boards.OnCall(w.t.Context(), id, func(*approval.Call) ([]approval.Event, error) { return events, nil })
	require.NoError(w.t, err, state)
	return id
}

// steps counts all that boards have done.
func (w *boardWorld) steps() (n int) {
	w.t.Helper()
	ctx, b := w.t.Context(), w.App.Boards
	calls, err := b.Calls(ctx)
	require.NoError(w.t, err)
	for _, c := range calls {
		n += c.Steps
	}
	lists, err := b.Lists(ctx)
	require.NoError(w.t, err)
	for _, l := range lists {
		n += l.Version
	}
	rubrics, err := b.Rubrics(ctx, "en")
	require.NoError(w.t, err)
	return n + len(rubrics)
}

// refuses reports whether somebody was turned away, whatever they asked for.
func refuses(a apptest.Answer) bool {
	return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || strings.HasPrefix(a.Location(), "/sign-in")
}

// TestEveryRoleReadsWhatItMay tries the pages of lists, calls and boards that there are.
func TestEveryRoleReadsWhatItMay(t *testing.T) {
	t.Parallel()
	w := newBoardWorld(t)
	approved(t, w.Server, "rosa/halves")
	open, reviewed := w.call("empty"), w.call("one-review")
	entry := "/lists/math/" + string(w.lesson.ID)
	for path, may := range map[string][]string{
		"/lists": boardPeople, "/lists.json": boardPeople, "/lists/math": boardPeople, "/lists/math.json": boardPeople, "/lists/math.json.sig": boardPeople,
		"/lists/math.csv": boardPeople, "/lists/math/letter": boardPeople, "/lists/math/log": boardPeople, "/lists/math/savings": boardPeople, entry: boardPeople,
		"/lists/math/newer": boardChairs, "/lists/far/newer": {"farchair"}, "/lists/new": {"chair", "farchair"},
		"/calls/" + open: boardPeople, "/calls/" + open + "/log": boardPeople, "/calls/" + open + "/sheet.csv": boardJury, "/calls/" + open + "/sheet": boardJury,
		"/calls/" + reviewed + "/1": boardPeople, "/boards/board": boardJury, "/boards/farboard": {"far", "farchair"},
		"/boards/board/calls/new": boardChairs, "/boards/board/rubrics/new": boardChairs, "/boards/board/rubrics/achieve-oer": boardPeople,
	} {
		for _, who := range boardPeople {
			a := w.people[who].Get(t, path)
			if slices.Contains(may, who) {
				assert.Equal(t, http.StatusOK, a.Status, "%s: %s", path, who)
			} else {
				assert.True(t, refuses(a), "%s: %s is let in: %d", path, who, a.Status)
			}
			if slices.Contains(may, who) && len(may) < len(boardPeople) {
				assert.True(t, refuses(w.Get(t, path, "Authorization", "Bearer "+w.reading[who])), "%s: %s is let in with a token that reads", path, who)
			}
		}
	}
}

// TestReviewsAreReadInTheirTime says in which state of a submission who reads what a reviewer wrote.
func TestReviewsAreReadInTheirTime(t *testing.T) {
	t.Parallel()
	w := newBoardWorld(t)
	for state, readers := range map[string][]string{
		"one-review": {}, "vote": boardJury, "quorum": boardJury, "interest": {"reviewer"}, "reviewer-wrote": {}, "approved": boardPeople, "declined": boardPeople,
	} {
		at := "/calls/" + w.call(state)
		for _, who := range boardPeople {
			has := strings.Contains(w.people[who].Page(t, at+"/1"), priorWords)
			assert.Equal(t, slices.Contains(readers, who), has, "%s: %s", state, who)
			assert.NotContains(t, w.people[who].Page(t, at), priorWords, "%s: %s", state, who)
			if len(readers) < len(boardPeople) {
				assert.NotContains(t, w.people[who].Page(t, at+"/log"), "prior", "%s: %s", state, who)
			}
		}
	}
}

// boardStep is a form that is sent, and who gets their way with it; for everybody else nothing may come of it.
type boardStep struct {
	state string // of the call in the path, made anew for each who gets their way
	path  string // {call}
	form  url.Values
	may   []string
}

// TestEveryRoleTakesTheStepsItMay tries every step on calls in every state, and every step on lists.
func TestEveryRoleTakesTheStepsItMay(t *testing.T) {
	t.Parallel()
	w := newBoardWorld(t)
	review := url.Values{"do": {"review"}, "none": {"1"}}
	for _, k := range approval.Achieve("en").Criteria {
		review.Set("score-"+k.ID, "3")
	}
	submission := map[string]url.Values{
		"review": review, "interest": {"do": {"interest"}, "note": {"My brother wrote it"}}, "vote": {"do": {"vote"}, "vote": {"approve"}},
		"decide": {"do": {"decide"}, "result": {"approve"}}, "retract": {"do": {"retract"}},
	}
	var table []boardStep
	for state, may := range map[string]map[string][]string{ // who is not named gets nowhere
		"one-review":     {"review": boardJury, "interest": boardJury, "retract": boardRosa},
		"vote":           {"review": boardJury, "interest": boardJury, "vote": boardJury, "retract": boardRosa},
		"quorum":         {"review": boardJury, "interest": boardJury, "vote": boardJury, "decide": boardChairs, "retract": boardRosa},
		"interest":       {"review": {"reviewer"}, "interest": {"reviewer"}, "vote": {"reviewer"}, "retract": boardRosa},
		"reviewer-wrote": {"review": boardChairs, "interest": boardJury, "retract": boardRosa}, // the chair has not declared yet, and cannot vote
		"approved":       {}, "conditions": {}, "declined": {}, "retracted": {},
	} {
		for do, form := range submission {
			table = append(table, boardStep{state, "/calls/{call}/1", form, may[do]})
		}
	}
	sheet := url.Values{"do": {"send"}, "sheet": {"{sheet}"}}
	table = append(table,
		boardStep{"empty", "/calls/{call}", url.Values{"resource": {"rosa/halves"}}, boardRosa},
		boardStep{"closed", "/calls/{call}", url.Values{"resource": {"rosa/halves"}}, nil},
		boardStep{"retracted", "/calls/{call}", url.Values{"resource": {"rosa/halves"}}, boardRosa},
		boardStep{"empty", "/calls/{call}", url.Values{"do": {"extend"}, "closes": {"2099-01-01"}}, boardChairs},
		boardStep{"closed", "/calls/{call}", url.Values{"do": {"extend"}, "closes": {"2099-01-01"}}, boardChairs},
		boardStep{"one-review", "/calls/{call}/sheet", sheet, boardJury},
		boardStep{"approved", "/calls/{call}/sheet", sheet, nil},
		boardStep{"", "/boards/board/calls", url.Values{
			"title": {"Spring"}, "list": {"math"}, "rubric": {approval.AchieveID}, "opens": {"2020-01-01"}, "quorum": {"2"}, "reviews": {"2"},
		}, boardChairs},
		boardStep{"", "/boards/board/calls", url.Values{
			"title": {"Fall"}, "list": {"far"}, "rubric": {approval.AchieveID}, "opens": {"2020-01-01"}, "quorum": {"2"}, "reviews": {"2"},
		}, nil}, // the list is of the other board
		boardStep{"", "/boards/board/rubrics", url.Values{"title": {"Ours"}, "title-1": {"Clear"}}, boardChairs},
		boardStep{"", "/lists", url.Values{"board": {"board"}, "title": {"Science"}, "slug": {"science"}}, boardChairs},
	)
	for _, step := range table {
		id := ""
		if step.state != "" {
			id = w.call(step.state)
		}
		send := func(who, id string, headers ...string) apptest.Answer {
			form := url.Values{}
			for name, values := range step.form {
				form[name] = slices.Clone(values)
			}
			if form.Get("sheet") != "" {
				form.Set("sheet", w.sheet(id))
			}
			v := w.people[who]
			if len(headers) > 0 {
				v = w.Visitor
			}
			return v.Post(t, strings.ReplaceAll(step.path, "{call}", id), form, headers...)
		}
		what := step.state + " " + step.path + " " + step.form.Get("do")
		before := w.steps()
		for _, who := range boardPeople {
			if !slices.Contains(step.may, who) {
				a := send(who, id)
				assert.True(t, refuses(a) || a.Status >= 400 && a.Status < 500, "%s: %s: %d %s", what, who, a.Status, a.Location())
			}
		}
		for _, who := range step.may {
			assert.True(t, refuses(send(who, id, "Authorization", "Bearer "+w.reading[who])), "%s: %s is let in with a token that reads", what, who)
		}
		assert.Equal(t, before, w.steps(), "%s: something came of it", what)
		for _, who := range step.may {
			if step.state != "" {
				id = w.call(step.state)
			}
			before := w.steps()
			a := send(who, id)
			assert.Equal(t, http.StatusSeeOther, a.Status, "%s: %s: %.300s", what, who, a.Body)
			assert.False(t, refuses(a), "%s: %s is sent to sign in", what, who)
			assert.Greater(t, w.steps(), before, "%s: %s: nothing came of it", what, who)
		}
	}
}

// sheet is a score sheet of a call with everything filled in.
func (w *boardWorld) sheet(id string) string {
	w.t.Helper()
	c, err := w.App.Boards.Call(w.t.Context(), id)
	require.NoError(w.t, err)
	b, err := approval.Sheet(c, c.Submissions)
	require.NoError(w.t, err)
	return strings.ReplaceAll(strings.ReplaceAll(string(b), ",,\n", ",2,\n"), "overall,,2,", "overall,,,Good")
}

// TestOnlyTheChairChangesAList tries every step on a list that there is.
func TestOnlyTheChairChangesAList(t *testing.T) {
	t.Parallel()
	w := newBoardWorld(t)
	b, ctx := w.App.Boards, t.Context()
	w.Publish(t, "rosa/thirds", lesson("Thirds", "Fold it."))
	old := approved(t, w.Server, "rosa/halves")
	require.NoError(t, b.Add(ctx, "math", w.At(t, "rosa/thirds"), boardChair, approval.Outcome{Result: approval.Conditions, Conditions: "Captions", Note: "Minutes"}))
	second := w.Publish(t, "rosa/halves", lesson("Halves", "Fold it thrice."))
	w.Publish(t, "rosa/fourths", lesson("Fourths", "Fold it again."))
	thirds := w.At(t, "rosa/thirds").Identifier
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{"/judge", url.Values{"do": {"hold"}, "resource": {old.Identifier}, "revision": {second.Revision}}},
		{"/judge", url.Values{"do": {"accept"}, "resource": {old.Identifier}, "revision": {second.Revision}}},
		{"/add", url.Values{"resource": {"/r/rosa/fourths"}, "note": {"Minutes of May 4"}}},
		{"/entry", url.Values{"do": {"fulfill"}, "resource": {thirds}}},
		{"/entry", url.Values{"do": {"renew"}, "resource": {thirds}, "expires": {"2099-01-01"}}},
		{"/entry", url.Values{"do": {"withdraw"}, "resource": {thirds}, "note": {"Out of print"}}},
	} {
		before := w.steps()
		for _, who := range boardPeople {
			if who == "chair" {
				continue
			}
			a := w.people[who].Post(t, "/lists/math"+step.path, step.form)
			assert.True(t, refuses(a), "%s %s: %s is let in: %d", step.path, step.form.Get("do"), who, a.Status)
		}
		a := w.Post(t, "/lists/math"+step.path, step.form, "Authorization", "Bearer "+w.reading["chair"])
		assert.True(t, refuses(a), "%s: the chair's token only reads", step.path)
		assert.Equal(t, before, w.steps(), "%s %s: something came of it", step.path, step.form.Get("do"))
		a = w.people["chair"].Post(t, "/lists/math"+step.path, step.form)
		assert.Equal(t, http.StatusSeeOther, a.Status, "%s %s: %.300s", step.path, step.form.Get("do"), a.Body)
		assert.Equal(t, before+1, w.steps(), "%s %s", step.path, step.form.Get("do"))
	}
}
