package app_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

var (
	boardChair = approval.Actor{Name: "okafor", Display: "Ms. Okafor", Chair: true}
	boardAna   = approval.Actor{Name: "ana", Display: "Ana", Reviewer: true}
	boardBen   = approval.Actor{Name: "ben", Display: "Ben", Reviewer: true}
)

// withBoard gives a server a board with a list and two lessons of rosa's.
func withBoard(t *testing.T, s *apptest.Server) map[string]*apptest.Visitor {
	t.Helper()
	on := map[string]*apptest.Visitor{}
	ctx := t.Context()
	require.NoError(t, s.App.Accounts.AddBoard(ctx, "board", "State board"))
	for name, role := range map[string]accounts.MemberRole{"okafor": accounts.BoardChair, "ana": accounts.Reviewer, "ben": accounts.Reviewer} {
		on[name] = s.SignIn(t, name, accounts.Author)
		require.NoError(t, s.App.Accounts.SetMember(ctx, "board", name, role))
	}
	_, err := s.App.Boards.CreateList(ctx, approval.About{Slug: "math", Board: "board", BoardTitle: "State board", Title: "Mathematics"}, boardChair)
	require.NoError(t, err)
	return on
}

// approved puts the newest revision of a resource on the list.
func approved(t *testing.T, s *apptest.Server, address string) repository.Resource {
	t.Helper()
	r := s.At(t, address)
	require.NoError(t, s.App.Boards.Add(t.Context(), "math", r, boardChair, approval.Outcome{Result: approval.Approve, Note: "Minutes of March 2"}))
	return r
}

func allowing(hosts ...*apptest.Server) fetch.Options {
	o := fetch.Options{}
	for _, s := range hosts {
		o.Allow = append(o.Allow, strings.TrimPrefix(s.App.Config.BaseURL, "http://"))
	}
	return o
}

func TestACallFromSubmissionToList(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	withBoard(t, s)
	ctx, b := t.Context(), s.App.Boards
	r := s.At(t, "rosa/halves")
	terms := approval.Terms{
		ID: "spring", Board: "board", Title: "Spring", Rubric: approval.Achieve("en"), Opens: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Reviews: 1, Quorum: 2, List: "math", Months: 12,
	}
	_, err := b.OnCall(ctx, "spring", func(*approval.Call) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Opened, By: boardChair, Terms: &terms}}, nil
	})
	require.NoError(t, err)
	rosa := approval.Actor{Name: "rosa", Display: "Rosa"}
	sub, err := b.Submit(ctx, "spring", r, rosa, "Please")
	require.NoError(t, err)
	assert.Equal(t, r.Revision, sub.Work.Revision)
	assert.Contains(t, sub.Authors, "rosa")
	var checks []string
	for _, f := range sub.Findings {
		checks = append(checks, f.Check)
	}
	assert.Equal(t, []string{"license", "metadata", "accessibility", "coverage", "changes"}, checks)

	step := func(e approval.Event) error {
		_, err := b.OnCall(ctx, "spring", func(*approval.Call) ([]approval.Event, error) { e.Submission = 1; return []approval.Event{e}, nil })
		return err
	}
	review := &approval.Review{}
	for _, c := range terms.Rubric.Criteria {
		review.Marks = append(review.Marks, approval.Mark{Criterion: c.ID, Score: 3})
	}
	for _, who := range []approval.Actor{boardAna, boardBen, boardChair} {
		require.NoError(t, step(approval.Event{Kind: approval.Declared, By: who, Declaration: &approval.Declaration{}}))
	}
	require.NoError(t, step(approval.Event{Kind: approval.Reviewed, By: boardAna, Review: review}))
	for _, who := range []approval.Actor{boardAna, boardBen} {
		require.NoError(t, step(approval.Event{Kind: approval.Voted, By: who, Vote: approval.Approve}))
	}
	_, err = b.Decide(ctx, "spring", 1, boardChair, approval.Outcome{Result: approval.Approve})
	require.NoError(t, err)
	l, err := b.List(ctx, "math")
	require.NoError(t, err)
	require.Len(t, l.Entries, 1)
	e := l.Entries[0]
	assert.Equal(t, r.Revision, e.Revision)
	assert.Equal(t, "spring", e.Call)
	assert.False(t, e.Expires.IsZero(), "12 months")
	require.NoError(t, b.Settle(ctx))
	again, err := b.List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, l.Version, again.Version, "what is on the list already is not entered again")
	assert.Equal(t, 1, search(t, s, "list:math").Total, "it is found by its list")
	members, err := s.App.Catalog.List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, []string{r.Identifier}, members)
}

// TestTheBoardThatDecidesIsTheOneOfThatDay takes a reviewer off the board after the vote.
func TestTheBoardThatDecidesIsTheOneOfThatDay(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	chair, ana, ben := withCall(t, s, rosa)
	const at = "/calls/spring/1"
	for _, v := range []*apptest.Visitor{ana, ben, chair} {
		require.Equal(t, http.StatusSeeOther, v.Post(t, at, reviewOf(t, v.Get(t, at), "3")).Status)
	}
	for v, choice := range map[*apptest.Visitor]string{ana: "decline", ben: "approve"} {
		require.Equal(t, http.StatusSeeOther, v.Post(t, at, url.Values{"do": {"vote"}, "vote": {choice}}).Status)
	}
	assert.Contains(t, read(chair.Page(t, at)), "The votes say: Declined")
	require.NoError(t, s.App.Accounts.RemoveMember(t.Context(), "board", "ana"))
	page := read(chair.Page(t, at))
	assert.Contains(t, page, "1 vote does not count: who gave it has left the board.")
	assert.Contains(t, page, "1 vote more is needed.")
	assert.Equal(t, http.StatusConflict, chair.Post(t, at, url.Values{"do": {"decide"}, "result": {"decline"}}).Status, "a quorum of two")
	require.Equal(t, http.StatusSeeOther, chair.Post(t, at, url.Values{"do": {"vote"}, "vote": {"approve"}}).Status)
	require.Equal(t, http.StatusSeeOther, chair.Post(t, at, url.Values{"do": {"decide"}, "result": {"approve"}}).Status)
	assert.Contains(t, read(s.Page(t, "/calls/spring/log")), "A vote that does not count: who gave it has left the board #1 ana")
	l, err := s.App.Boards.List(t.Context(), "math")
	require.NoError(t, err)
	assert.Len(t, l.Entries, 1)
}

func TestANewReleaseWaitsForTheBoard(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	withBoard(t, s)
	ctx, b := t.Context(), s.App.Boards
	old := approved(t, s, "rosa/halves")
	l, err := b.List(ctx, "math")
	require.NoError(t, err)
	newer, err := b.Newer(ctx, l, false)
	require.NoError(t, err)
	assert.Empty(t, newer)

	r := s.Publish(t, "rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonText("Halves, second edition", "Cut it in two."))}})
	l, err = b.List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, old.Revision, l.Entries[0].Revision, "a release changes nothing by itself")
	newer, err = b.Newer(ctx, l, false)
	require.NoError(t, err)
	require.Len(t, newer, 1)
	assert.Equal(t, r.Revision, newer[0].Revision)
	diff, err := s.App.Repository.WhatChanged(ctx, r, old.Revision)
	require.NoError(t, err)
	assert.Positive(t, diff.Blocks)

	require.NoError(t, b.Judge(ctx, "math", r.Identifier, r.Revision, false, boardChair, "Next year"))
	l, err = b.List(ctx, "math")
	require.NoError(t, err)
	newer, err = b.Newer(ctx, l, false)
	require.NoError(t, err)
	assert.Empty(t, newer, "held")
	require.ErrorIs(t, b.Judge(ctx, "math", r.Identifier, old.Revision, true, boardChair, ""), kind.ErrConflict, "not what was read about")
	require.NoError(t, b.Judge(ctx, "math", r.Identifier, r.Revision, true, boardChair, ""))
	l, err = b.List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, r.Revision, l.Entries[0].Revision)
	for _, revision := range []string{old.Revision, r.Revision} {
		assert.Equal(t, 200, s.Get(t, "/r/rosa/halves@"+revision).Status, "both editions stay")
	}
}

func TestListsAreVerifiedFromOutside(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	withBoard(t, s)
	r := approved(t, s, "rosa/halves")
	ctx := t.Context()
	c := fetch.New(allowing(s))
	f, sums, key, err := app.FetchList(ctx, c, s.App.Config.BaseURL+"/lists/math")
	require.NoError(t, err)
	assert.Equal(t, s.App.Boards.Key(), key)
	text := s.Get(t, "/lists/math.json").Body
	assert.Equal(t, approval.Hash([]byte(text)), sums.SHA256)
	var found []app.PinProblem
	check := func(f approval.File) []app.PinProblem {
		found = nil
		n, err := app.VerifyPins(ctx, f, app.Verifying{Client: c, Report: func(p app.PinProblem) { found = append(found, p) }})
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		return found
	}
	assert.Empty(t, check(f))
	f.Items[0].Item.Tree = strings.Repeat("a", 40)
	require.Len(t, check(f), 1)
	assert.Contains(t, found[0].String(), r.Identifier)
	f.Items[0].Item.Revision = strings.Repeat("b", 40)
	require.Len(t, check(f), 1)
	assert.Contains(t, found[0].Problem, "does not serve this revision")

	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "ssh-keygen is missing: apt-get install openssh-client")
		t.Skip("ssh-keygen is missing: apt-get install openssh-client")
	}
	dir := t.TempDir()
	for name, path := range map[string]string{"allowed_signers": "/lists/allowed_signers", "list.json.sig": "/lists/math.json.sig"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(s.Get(t, path).Body), 0o600))
	}
	cmd := exec.CommandContext(ctx, keygen, "-Y", "verify", "-f", "allowed_signers", "-I", s.App.Boards.Principal(), "-n", approval.Namespace, "-s", "list.json.sig")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestADamagedRevisionIsNamed flips a byte in the pack that holds a pinned revision.
func TestADamagedRevisionIsNamed(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	withBoard(t, s)
	r := approved(t, s, "rosa/halves")
	var list approval.File
	s.Restart(t, func(folder string) {
		packs, err := filepath.Glob(filepath.Join(folder, "bucket", "f", r.Family, "p", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, packs)
		for _, pack := range packs {
			b, err := os.ReadFile(pack)
			require.NoError(t, err)
			b[len(b)/3] ^= 1
			require.NoError(t, os.WriteFile(pack, b, 0o600))
		}
	})
	signed, err := s.App.Boards.Signed(t.Context(), "math")
	require.NoError(t, err)
	list = signed.File
	var found []app.PinProblem
	_, err = app.VerifyPins(t.Context(), list, app.Verifying{Client: fetch.New(allowing(s)), Report: func(p app.PinProblem) { found = append(found, p) }})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, r.Identifier, found[0].Identifier)
}
