package app_test

import (
	"crypto/ed25519"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// kindsOfAuthors are the pages on which lessons are written, tried and handed on. kim/own has two versions.
func kindsOfAuthors(t *testing.T, s *apptest.Server, kim *apptest.Visitor, first repository.Resource) []kindOfPage {
	t.Helper()
	const own = "/r/kim/own"
	release(t, s, "kim/own", "v1", "For the spring: the second task is new.")
	s.Publish(t, "kim/quiz", lesson("Quiz", "Fold.\n\n::: quiz\nHow much is $1 \\div 2$?\n= 1/2\n> One of two.\n\nWhich is more?\n\n- [ ] a third\n- [x] three eighths\n:::\n"))
	answers := kim.Get(t, "/r/kim/quiz").Form(t, "/r/kim/quiz/quiz#n-q1")
	answers.Set("q1", "1/2")
	answers.Set("q2", "1")
	edit := kim.Get(t, own+"/edit").Form(t, own+"/edit")
	with := func(v url.Values, pairs ...string) url.Values {
		out := url.Values{}
		for name, list := range v {
			out[name] = list
		}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	text := "Fold [here](nowhere.png).\n\n#### Too deep"
	remix := kim.Get(t, "/r/state-math/sharing-fairly/remix").Form(t, "/r/state-math/sharing-fairly/remix")
	suggest := kim.Get(t, "/r/state-math/sharing-fairly/suggest").Form(t, "/r/state-math/sharing-fairly/suggest")
	multipart, zip := multipartForm(t, map[string]string{"do": "review"}, "unit.zip", zipped(t, map[string]string{
		"index.md":           lessonText("Fair shares", "Two lessons."),
		"01-strips/index.md": lessonText("Strips", "Fold. ![](photo.png)"),
		"02-count/index.md":  lessonText("Count", "Count the parts of 5.NF.B.3."),
	}))
	checked := kim.Do(t, http.MethodPost, "/new", strings.NewReader(string(zip)), "Content-Type", multipart, "Sec-Fetch-Site", "same-origin", "Origin", s.URL)
	require.Equal(t, http.StatusOK, checked.Status, checked.Body)
	unit := checked.Form(t, "/new/unit")
	return []kindOfPage{
		{name: "release", path: own + "/releases/v1"},
		{name: "releases of one's own", path: own + "/releases", member: true},
		{name: "quiz", path: "/r/kim/quiz", script: true},
		{name: "quiz with answers", path: "/r/kim/quiz/quiz", form: answers},
		{name: "editor with a preview", path: own + "/edit", form: with(edit, "text", text, "do", "preview"), member: true, script: true},
		{name: "merge", path: own + "/edit", form: with(edit, "text", "Fold once.", "base", first.Revision), member: true, failed: true},
		{name: "remix form with a preview", path: "/r/state-math/sharing-fairly/remix", form: with(remix, "do", "preview"), member: true},
		{name: "suggest form", path: "/r/state-math/sharing-fairly/suggest", member: true, script: true},
		{name: "suggest form with a preview", path: "/r/state-math/sharing-fairly/suggest", form: with(suggest, "text", text, "do", "preview"), member: true, script: true},
		{name: "translate: choose", path: own + "/translate", member: true, script: true},
		{name: "translate", path: own + "/translate?to=es", member: true, script: true},
		{name: "unit that was uploaded", path: "/new/unit", form: unit, member: true, script: true},
		{name: "share", path: own + "/share", member: true},
		{name: "previews", path: own + "/previews", member: true},
		{name: "preview", path: previewed(t, kim, own, "revision"), fresh: true},
		{name: "preview of a part", path: previewed(t, kim, "/r/state-math/fractions-as-division", "revision") + "/01-strips", fresh: true},
		{name: "sign-in with a form that waits", path: own + "/edit", form: with(edit, "text", text), failed: true},
		{name: "form that waited", path: "/sign-in", form: url.Values{
			"name": {"kim"}, "password": {apptest.Password}, "resume": {own + "/edit"}, "carry.text": {text}, "carry.title": {"Own"},
		}, member: true},
		{name: "newcomer", path: "/sign-in/name", cookie: "arrival=" + arrival(t, s), fresh: true},
	}
}

// arrival is the secret of somebody whom a provider vouched for.
func arrival(t *testing.T, s *apptest.Server) string {
	t.Helper()
	secret, err := s.App.Accounts.Arrive(t.Context(), accounts.Identity{Issuer: "https://id.example", Subject: "1", Provider: "district", Proposed: "ada", Display: "Ada"})
	require.NoError(t, err)
	return secret
}

// kindsOfBoards are the pages of calls and lists, which kim leads.
func kindsOfBoards(t *testing.T, s *apptest.Server) []kindOfPage {
	t.Helper()
	rosa := s.SignIn(t, "rosa", accounts.Author)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	_, ana, ben := withCall(t, s, rosa)
	require.NoError(t, s.App.Accounts.SetMember(t.Context(), "board", "kim", accounts.BoardChair))
	require.NoError(t, s.App.Boards.Add(t.Context(), "math", s.At(t, "rosa/halves"), boardChair, approval.Outcome{Result: approval.Approve, Note: "Minutes of March 2"}))
	old := approved(t, s, "state-math/sharing-fairly")
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper three times."))
	for _, v := range []*apptest.Visitor{ana, ben} {
		v.Post(t, "/calls/spring/1", reviewOf(t, v.Get(t, "/calls/spring/1"), "3"))
	}
	return []kindOfPage{
		{name: "lists", path: "/lists"},
		{name: "list", path: "/lists/math"},
		{name: "search of a list", path: "/lists/math?q=halves"},
		{name: "entry of a list", path: "/lists/math/" + string(old.ID)},
		{name: "lesson on a list", path: "/r/rosa/halves", script: true},
		{name: "letter of a list", path: "/lists/math/letter"},
		{name: "log of a list", path: "/lists/math/log"},
		{name: "savings of a list", path: "/lists/math/savings"},
		{name: "newer versions on a list", path: "/lists/math/newer", member: true},
		{name: "new list", path: "/lists/new", member: true},
		{name: "grants", path: "/grants"},
		{name: "board", path: "/boards/board", member: true},
		{name: "rubric", path: "/boards/board/rubrics/achieve-oer"},
		{name: "new rubric", path: "/boards/board/rubrics/new?from=achieve-oer", member: true},
		{name: "new call", path: "/boards/board/calls/new", member: true},
		{name: "call", path: "/calls/spring"},
		{name: "call of a chair", path: "/calls/spring", member: true},
		{name: "sheet of a call", path: "/calls/spring/sheet", member: true},
		{name: "log of a call", path: "/calls/spring/log"},
		{name: "submission", path: "/calls/spring/1"},
		{name: "submission of a chair", path: "/calls/spring/1", member: true},
		{name: "list that waits for a key", path: rekeyed(t, s), member: true},
	}
}

// rekeyed is a list that follows one which is signed with another key by now.
func rekeyed(t *testing.T, s *apptest.Server) (path string) {
	t.Helper()
	p := newListPeer(t)
	p.fill(1, 0)
	about := approval.About{Slug: "followed", Board: "board", BoardTitle: "State board", Title: "What another state approved"}
	_, err := s.App.Boards.Adopt(t.Context(), about, p.url+"/lists/math", boardChair)
	require.NoError(t, err)
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p.mu.Lock()
	p.key = key
	p.mu.Unlock()
	_, err = s.App.Boards.Sync(t.Context(), "followed")
	require.ErrorIs(t, err, kind.ErrDenied)
	has(t, s.SignIn(t, "kim", "").Page(t, "/lists/followed"), `name="do" value="key"`)
	return "/lists/followed"
}

// kindsOfPeople are the pages of accounts, teams and moderators.
func kindsOfPeople(t *testing.T, s *apptest.Server, kim *apptest.Visitor, office *postOffice) []kindOfPage {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, s.App.Accounts.AddTeam(ctx, "team", "Mathematics of the district of Springfield"))
	for _, name := range []string{"rosa", "kim"} {
		require.NoError(t, s.App.Accounts.SetMember(ctx, "team", name, accounts.Maintainer))
	}
	invited := kim.Post(t, "/teams/team", url.Values{"do": {"invite"}, "role": {"member"}, "note": {"Ana"}, "address": {"ana@school.example"}})
	require.Equal(t, http.StatusOK, invited.Status, invited.Body)
	reported := "/id/" + string(s.At(t, "rosa/halves").ID) + "/report"
	require.Equal(t, http.StatusSeeOther, kim.Post(t, reported, url.Values{"why": {"rights"}, "words": {"A photo."}}).Status)
	down := s.Publish(t, "rosa/down", lesson("Down", "Fold the paper."))
	require.Equal(t, http.StatusSeeOther, kim.Post(t, "/moderation/takedown", url.Values{"address": {"rosa/down"}, "basis": {"law"}, "notice": {"A court said so."}}).Status)
	s.SignIn(t, "maria", accounts.Author)
	require.NoError(t, s.App.Accounts.BlockOwner(ctx, "maria", "Spam."))
	require.Equal(t, http.StatusSeeOther, kim.Post(t, "/account/mail", url.Values{"address": {"kim@school.example"}, "language": {"es"}}).Status)
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	_, err = server.Mail.Post(ctx)
	require.NoError(t, err)
	mails := office.take(t)
	require.Len(t, mails, 2)
	written := strings.Join(mails, "\n")
	never := neverLink.FindString(written)
	asked := mailLink.FindString(strings.ReplaceAll(written, never, ""))
	has(t, kim.Page(t, "/teams/team"), `name="address"`) // for the mail of an invitation
	has(t, s.Page(t, never), `value="off"`)
	return []kindOfPage{
		{name: "mail", path: "/account/mail", member: true},
		{name: "link of a mail", path: asked, fresh: true},
		{name: "link against mail", path: never, fresh: true},
		{name: "leaving", path: "/account/erase", member: true},
		{name: "teams", path: "/teams", member: true},
		{name: "team", path: "/teams/team", member: true},
		{name: "invitation", path: invitationLink.FindString(written), member: true},
		{name: "report to moderators", path: reported},
		{name: "taken down", path: "/id/" + string(down.ID), failed: true},
		{name: "moderation", path: "/moderation", member: true},
		{name: "takedown", path: "/moderation/takedown?address=rosa%2Fdown", member: true},
		{name: "erasing", path: "/moderation/erase?address=rosa%2Fdown", member: true},
		{name: "audit", path: "/audit", member: true},
		{name: "status", path: "/status", member: true},
	}
}

// kindsOfPeers are the pages of an administrator's peers, and of a letter to one of them.
func kindsOfPeers(t *testing.T, s, other *apptest.Server, kim *apptest.Visitor) []kindOfPage {
	t.Helper()
	other.Publish(t, "lee/thirds", lesson("Folding thirds elsewhere", "Fold."))
	s.Harvest(t, other)
	there := harvested(t, s, "Folding thirds elsewhere")
	ctx := t.Context()
	p, err := s.App.Catalog.Peer(ctx, "estado-2")
	require.NoError(t, err)
	at := p.Added.Add(time.Hour)
	run, err := s.App.Catalog.Begin(ctx, federation.Run{Peer: p.Name, Started: at})
	require.NoError(t, err)
	bad := federation.Quarantined{Identifier: "oai:estado-2.example.org:1", Prefix: "oai_dc", Reason: "its metadata cannot be read: the record describes no work", Raw: []byte("<dc>" + strings.Repeat("x", 300) + "</dc>")}
	_, err = s.App.Catalog.Commit(ctx, federation.Page{Run: run.ID, Peer: p.Name, At: at, State: p.State, Quarantine: []federation.Quarantined{bad}})
	require.NoError(t, err)
	run.Finished, run.Error = at.Add(time.Minute), "http://127.0.0.1/oai: HTTP status 403 Forbidden"
	_, err = s.App.Catalog.End(ctx, federation.Ending{Run: run, State: p.State})
	require.NoError(t, err)
	letter := kim.Get(t, there+"/suggest").Form(t, there+"/suggest")
	letter.Set("do", "preview")
	return []kindOfPage{
		{name: "letter", path: there + "/suggest", member: true, script: true},
		{name: "letter with a preview", path: there + "/suggest", form: letter, member: true, script: true},
		{name: "preview of a peer", path: "/peers/preview", form: url.Values{"url": {other.URL}}, member: true},
		{name: "peer that is refused", path: "/peers/preview", form: url.Values{"url": {"https://10.0.0.7/oai"}}, member: true, failed: true},
		{name: "peer's quarantine", path: "/peers/estado-2/quarantine", member: true},
		{name: "peer that is to go", path: "/peers/estado-2/remove", member: true},
	}
}
