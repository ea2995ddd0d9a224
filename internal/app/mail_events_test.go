package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// posting is what sends a server's mail, and returns what arrived since.
func posting(t *testing.T, s *apptest.Server, office *postOffice) func() []string {
	t.Helper()
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	return func() []string {
		t.Helper()
		_, err := server.Mail.Post(t.Context())
		require.NoError(t, err)
		return office.take(t)
	}
}

// wantsMail has an account's notices sent to an address, in English.
func wantsMail(t *testing.T, s *apptest.Server, account string) {
	t.Helper()
	require.NoError(t, s.App.Accounts.SetMail(t.Context(), account, account+"@school.example", "en"))
	require.NoError(t, s.App.Accounts.ConfirmMail(t.Context(), account, account+"@school.example"))
}

var (
	invitationLink = regexp.MustCompile(`/invitations/[A-Za-z0-9_-]+`)
	neverLink      = regexp.MustCompile(`/mail/-/[A-Za-z0-9_-]+`)
)

// forged is a link with another last character.
func forged(link string) string {
	begin, last := link[:len(link)-1], link[len(link)-1:]
	if last == "A" {
		return begin + "B"
	}
	return begin + "A"
}

func TestInvitationsGoOutByMailToWhoTakesThem(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	s := apptest.New(t).Server(t, "inviting", func(c *config.Config) { c.Mail = address })
	post := posting(t, s, office)
	require.NoError(t, s.App.Accounts.AddTeam(t.Context(), "math", "Mathematics"))
	lead, ana := s.SignIn(t, "lead", accounts.Author), s.SignIn(t, "ana", accounts.Author)
	require.NoError(t, s.App.Accounts.SetMember(t.Context(), "math", "lead", accounts.Maintainer))
	invite := func(to string) apptest.Answer {
		return lead.Post(t, "/teams/math", url.Values{"do": {"invite"}, "role": {"member"}, "note": {"See https://spam.example"}, "address": {to}})
	}
	for _, wrong := range []string{"ana@x\r\nBcc: all@x.example", "Ana <ana@x.example>", "ana@x.example, bo@x.example", "\"a b\"@x.example", "ana"} {
		assert.Equal(t, http.StatusUnprocessableEntity, invite(wrong).Status, wrong)
	}
	invitations, err := s.App.Accounts.Invitations(t.Context(), "math")
	require.NoError(t, err)
	assert.Empty(t, invitations, "a wrong address makes no invitation")
	assert.Empty(t, post())

	shown := invite("Ana@school.example")
	require.Equal(t, http.StatusOK, shown.Status)
	assertSecret(t, shown)
	sent := post()
	require.Len(t, sent, 1)
	assert.Contains(t, sent[0], "To: Ana@school.example")
	assert.Contains(t, sent[0], "invites you to Mathematics")
	assert.NotContains(t, sent[0], "spam.example", "what the inviter writes goes to nobody who has not asked")
	link := invitationLink.FindString(sent[0])
	require.NotEmpty(t, link)
	has(t, string(shown.Body), link)
	assertSecret(t, ana.Get(t, link))
	require.Equal(t, http.StatusSeeOther, ana.Post(t, link, url.Values{"do": {"accept"}}).Status)
	assert.Equal(t, http.StatusNotFound, ana.Post(t, link, url.Values{"do": {"accept"}}).Status, "once")

	never := neverLink.FindString(sent[0])
	require.NotEmpty(t, never)
	assert.NotContains(t, never, "school", "the address is not in the link")
	for _, wrong := range []string{forged(never), "/mail/-/" + strings.Repeat("a", 36), "/mail/-/x"} {
		assert.Equal(t, http.StatusNotFound, s.Post(t, wrong, url.Values{"do": {"off"}}).Status, wrong)
	}
	shown = s.Get(t, never)
	assertSecret(t, shown)
	has(t, shown.Body, `value="off"`)
	require.Equal(t, http.StatusOK, s.Post(t, never, url.Values{"List-Unsubscribe": {"One-Click"}}).Status)
	require.Equal(t, http.StatusOK, invite("ana@SCHOOL.example").Status)
	require.Equal(t, http.StatusSeeOther, lead.Post(t, "/account/mail", url.Values{"address": {"ana@school.example"}}).Status)
	assert.Empty(t, post(), "neither invitations nor questions")
	backup, err := s.App.Accounts.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, strings.ToLower(string(backup)), `"ana@school.example"],`, "refusals keep no address")
	require.Equal(t, http.StatusOK, s.Post(t, never, url.Values{"do": {"yes"}}).Status)
	require.Equal(t, http.StatusOK, invite("ana@school.example").Status)
	assert.Len(t, post(), 1)

	for i := 3; i < accounts.InvitationsByMail; i++ {
		require.Equal(t, http.StatusOK, invite(fmt.Sprintf("p%d@school.example", i)).Status)
	}
	post()
	enough := invite("one-more@school.example")
	has(t, enough.Body, "/invitations/", "enough went out for today")
	assert.Empty(t, post())
}

func TestModeratorsHearOfReportsOnceAnHour(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	w := apptest.New(t)
	s := w.Server(t, "reported", func(c *config.Config) { c.Mail = address })
	post := posting(t, s, office)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	s.SignIn(t, "mod", accounts.Moderator)
	s.SignIn(t, "quiet", accounts.Moderator)
	wantsMail(t, s, "mod")
	assert.Empty(t, post())
	report := func() {
		t.Helper()
		a := s.Browser().Post(t, "/id/"+string(s.At(t, "rosa/halves").ID)+"/report", url.Values{"why": {"mistake"}, "words": {"Secret words."}})
		require.Equal(t, http.StatusSeeOther, a.Status, read(a.Body))
	}
	report()
	report()
	w.Pass(3 * time.Second)
	sent := post()
	require.Len(t, sent, 1, "one for both, to who wants mail")
	assert.Contains(t, sent[0], "New reports of readers: 2")
	assert.Contains(t, sent[0], s.URL+"/moderation")
	assert.NotContains(t, sent[0], "Secret words")
	report()
	w.Pass(10 * time.Minute)
	assert.Empty(t, post(), "not more often than once an hour")
	w.Pass(time.Hour)
	sent = post()
	require.Len(t, sent, 1)
	assert.Contains(t, sent[0], "New reports of readers: 1")
	w.Pass(2 * time.Hour)
	assert.Empty(t, post())
}

func TestAReleaseElsewhereIsToldByMailOnce(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	_, state, district := twoServers(t, func(c *config.Config) { c.Mail = address })
	post := posting(t, district, office)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	district.SignIn(t, "ana", accounts.Author)
	wantsMail(t, district, "kim")
	wantsMail(t, district, "ana")
	require.Equal(t, http.StatusSeeOther, kim.Post(t, page+"/remix", kim.Get(t, page+"/remix").Form(t, page+"/remix")).Status)
	assert.Empty(t, post())

	source := state.At(t, "state-math/sharing-fairly")
	release(t, state, "state-math/sharing-fairly", "v1", "")
	district.Harvest(t, state)
	assert.Empty(t, post(), "the remix was made from that revision")

	files, err := state.App.Repository.Files(t.Context(), source)
	require.NoError(t, err)
	state.Publish(t, "state-math/sharing-fairly", edited(t, files, "index.md", "Will each friend get a whole pizza?", "Will each friend get a whole pie?"))
	release(t, state, "state-math/sharing-fairly", "v2", "Pies.")
	district.Harvest(t, state)
	sent := post()
	require.Len(t, sent, 1, "kim made something from it, ana did not")
	assert.Contains(t, sent[0], "To: kim@school.example")
	assert.Contains(t, sent[0], "Sharing pizzas fairly v2 is released on")
	assert.Contains(t, sent[0], district.URL+"/id/")

	state.Publish(t, "state-math/sharing-fairly", edited(t, files, "index.md", "Will each friend get a whole pizza?", "Will each friend get a whole cake?"))
	district.Harvest(t, state)
	assert.Empty(t, post(), "its record came again, with the same release")
}

func TestMailThatWaitsIsNotSentToWhoWantsNoneAnyMore(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	s := apptest.New(t).Server(t, "waiting", func(c *config.Config) { c.Mail = address })
	post := posting(t, s, office)
	for _, name := range []string{"kim", "lea"} {
		s.SignIn(t, name, accounts.Author)
		wantsMail(t, s, name)
	}
	assert.Empty(t, post())
	office.setBusy(true)
	for _, at := range []string{"kim/mine", "lea/hers"} {
		require.NoError(t, s.App.Accounts.TakeDown(t.Context(), at, accounts.ByRules, "Advertising."))
	}
	assert.Empty(t, post(), "one was tried, the other waits its turn")
	for _, name := range []string{"kim", "lea"} {
		require.NoError(t, s.App.Accounts.ForgetMail(t.Context(), name))
	}
	office.setBusy(false)
	assert.Empty(t, post())
}

func TestNoticesAreNotSentAgainWhereTheNextOneFails(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	s := apptest.New(t).Server(t, "failing", func(c *config.Config) { c.Mail = address })
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	s.SignIn(t, "kim", accounts.Author)
	s.SignIn(t, "lea", accounts.Author)
	wantsMail(t, s, "kim")
	require.NoError(t, s.App.Accounts.SetMail(t.Context(), "lea", "nowhere", "en"))
	require.NoError(t, s.App.Accounts.ConfirmMail(t.Context(), "lea", "nowhere"))
	_, err = server.Mail.Post(t.Context())
	require.NoError(t, err)
	for _, at := range []string{"kim/mine", "lea/hers"} {
		require.NoError(t, s.App.Accounts.TakeDown(t.Context(), at, accounts.ByRules, "Advertising."))
	}
	_, err = server.Mail.Post(t.Context())
	require.Error(t, err)
	assert.Len(t, office.take(t), 1)
	_, err = server.Mail.Post(t.Context())
	require.Error(t, err)
	assert.Empty(t, office.take(t), "kim has it")
}

// TestOwnersHearByMailOfBlocksAndTakedowns has the owner of the work hear of every decision about it, once, and of no reason:
// that is read by who signs in. Others, and owners who asked for no mail, hear nothing.
func TestOwnersHearByMailOfBlocksAndTakedowns(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	s := apptest.New(t).Server(t, "deciding", func(c *config.Config) { c.Mail = address })
	post := posting(t, s, office)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	rosa, mod, other := s.SignIn(t, "rosa", accounts.Author), s.SignIn(t, "mod", accounts.Moderator), s.SignIn(t, "other", accounts.Moderator)
	require.NoError(t, s.App.Accounts.AddTeam(t.Context(), "math", "Mathematics"))
	for name, role := range map[string]accounts.MemberRole{"lead": accounts.Maintainer, "ana": accounts.Member, "silent": accounts.Member} {
		s.SignIn(t, name, accounts.Author)
		require.NoError(t, s.App.Accounts.SetMember(t.Context(), "math", name, role))
	}
	s.Publish(t, "math/thirds", lesson("Thirds", "Fold it in three."))
	s.SignIn(t, "stranger", accounts.Author)
	for _, name := range []string{"rosa", "lead", "ana", "stranger"} { // silent asks for none
		wantsMail(t, s, name)
	}
	assert.Empty(t, post())
	do := func(v *apptest.Visitor, path string, pairs ...string) {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		a := v.Post(t, path, form)
		require.Equal(t, http.StatusSeeOther, a.Status, "%s: %s", path, read(a.Body))
	}
	// told has exactly these people get a mail about something, with the page to answer on.
	told := func(about, page string, people ...string) {
		t.Helper()
		sent := post()
		require.Len(t, sent, len(people), about)
		all := strings.Join(sent, "\n")
		for _, name := range people {
			assert.Contains(t, all, "To: "+name+"@school.example\n")
		}
		for _, one := range sent {
			assert.Contains(t, one, "Moderators decided something about "+about+".")
			assert.Contains(t, one, "to appeal: "+s.URL+page)
			assert.NotContains(t, one, "Secret")
		}
		assert.Empty(t, post(), "once")
	}
	id := string(s.At(t, "rosa/halves").ID)
	takedown := []string{"address", "rosa/halves", "basis", "rules", "notice", "Secret reason."}
	do(mod, "/moderation/takedown", takedown...)
	told("rosa/halves", "/r/rosa/halves", "rosa")
	do(rosa, "/id/"+id+"/appeal", "words", "It is mine.")
	assert.Empty(t, post(), "moderators asked for no mail")
	do(other, "/moderation/appeals", "address", "rosa/halves", "answer", "Secret answer.")
	told("rosa/halves", "/r/rosa/halves", "rosa")
	do(other, "/moderation/restore", "address", "rosa/halves", "why", "Secret change of mind.")
	told("rosa/halves", "/r/rosa/halves", "rosa")

	do(mod, "/moderation/blocks", "owner", "rosa", "reason", "Secret spam.", "do", "block")
	told("rosa", "/account", "rosa")
	do(mod, "/moderation/blocks", "owner", "rosa", "do", "lift")
	told("rosa", "/account", "rosa")

	do(mod, "/moderation/takedown", "address", "math/thirds", "basis", "law", "notice", "Secret order.")
	told("math/thirds", "/r/math/thirds", "lead", "ana")
	do(mod, "/moderation/blocks", "owner", "math", "reason", "Secret spam.", "do", "block")
	told("math", "/account", "lead", "ana")
}
