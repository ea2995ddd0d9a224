package app_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestATakedownIsToldAppealedAndLifted(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	r := s.At(t, "rosa/halves")
	mod := s.SignIn(t, "mod", accounts.Moderator)
	other := s.SignIn(t, "mod-two", accounts.Moderator)
	down := func(v *apptest.Visitor, basis, notice string) apptest.Answer {
		return v.Post(t, "/moderation/takedown", url.Values{"address": {"rosa/halves"}, "basis": {basis}, "notice": {notice}})
	}
	require.Equal(t, http.StatusForbidden, down(maria, "law", "x").Status)
	require.Equal(t, http.StatusUnprocessableEntity, down(mod, "law", "").Status, "readers are told why")
	require.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/halves").Status)

	require.Equal(t, "/moderation?notice=taken-down", down(mod, "law", "A court in Springfield said so.").Location())
	for path, status := range map[string]int{
		"/r/rosa/halves": 451, "/r/rosa/halves@" + r.Revision[:10]: 451, "/r/rosa/halves/raw/index.md": 451, "/r/rosa/halves/download.zip": 451,
		"/id/" + string(r.ID): 451, "/api/v1/resources/" + string(r.ID): 451, "/r/rosa/halves.git/info/refs?service=git-upload-pack": 404,
	} {
		a := s.Get(t, path)
		assert.Equal(t, status, a.Status, path)
		assert.NotContains(t, a.Body, "Fold the paper", path)
		if status == 451 {
			assert.Contains(t, a.Body, "A court in Springfield said so.", path)
		}
	}
	record := "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=" + url.QueryEscape(r.Identifier)
	assert.Contains(t, s.Page(t, record), `status="deleted"`)
	assert.Zero(t, search(t, s, "owner:rosa halves").Total)

	// Nobody publishes over it, by no way.
	token := s.Token(t, "rosa")
	files := map[string]any{"owner": "rosa", "slug": "halves", "files": map[string]string{"index.md": lessonText("Again", "x")}}
	a := s.Call(t, http.MethodPost, "/api/v1/resources", token, files)
	assert.Equal(t, http.StatusForbidden, a.Status, a.Body)
	_, err := s.App.Repository.Publish(t.Context(), publication("rosa", "halves", "Past the check"))
	require.NoError(t, err)
	assert.Equal(t, 451, s.Get(t, "/r/rosa/halves").Status, "what slips past the check is not shown either")

	// Its owner appeals; who took it down does not answer.
	has(t, rosa.Get(t, "/r/rosa/halves").Body, `action="/id/`+string(r.ID)+`/appeal"`)
	hasNot(t, maria.Get(t, "/r/rosa/halves").Body, "/appeal")
	appeal := func(v *apptest.Visitor, words string) apptest.Answer {
		return v.Post(t, "/id/"+string(r.ID)+"/appeal", url.Values{"words": {words}})
	}
	require.Equal(t, http.StatusForbidden, appeal(maria, "Mine!").Status)
	require.Equal(t, http.StatusUnprocessableEntity, appeal(rosa, "").Status)
	require.Equal(t, "/r/rosa/halves?notice=appealed", appeal(rosa, "The order was lifted.").Location())
	has(t, mod.Page(t, "/moderation"), "The order was lifted.", "somebody else answers")
	refuse := url.Values{"address": {"rosa/halves"}, "answer": {"Not yet."}}
	require.Equal(t, http.StatusForbidden, mod.Post(t, "/moderation/appeals", refuse).Status)
	require.Equal(t, http.StatusSeeOther, other.Post(t, "/moderation/appeals", refuse).Status)
	has(t, rosa.Get(t, "/r/rosa/halves").Body, "Not yet.", "/appeal")
	require.Equal(t, http.StatusSeeOther, appeal(rosa, "Here is the paper.").Status)

	before := strings.Count(s.Page(t, "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc"), "<identifier>")
	require.Equal(t, http.StatusForbidden, rosa.Post(t, "/moderation/restore", url.Values{"address": {"rosa/halves"}}).Status)
	require.Equal(t, "/moderation?notice=restored", other.Post(t, "/moderation/restore", url.Values{"address": {"rosa/halves"}, "why": {"The order was lifted."}}).Location())
	require.Equal(t, http.StatusNotFound, other.Post(t, "/moderation/restore", url.Values{"address": {"rosa/halves"}}).Status)
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/halves").Status)
	assert.Equal(t, r.ID, s.At(t, "rosa/halves").ID)
	hasNot(t, s.Page(t, record), `status="deleted"`)
	assert.Equal(t, before, strings.Count(s.Page(t, "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc"), "<identifier>"))
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/halves.git/info/refs?service=git-upload-pack").Status)

	admin := s.SignIn(t, "admin", accounts.Admin)
	has(t, admin.Page(t, "/audit"), "takedown.lift", "takedown.appeal", "takedown.refuse", "mod-two", "A court in Springfield said so.")
	log := admin.Page(t, "/audit.jsonl")
	_, _, err = accounts.VerifyAudit(strings.NewReader(log))
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, mod.Get(t, "/audit.jsonl").Status)
}

func publication(owner, slug, title string) repository.Publication {
	return repository.Publication{
		Owner: owner, Slug: slug, Files: folder(map[string]string{"index.md": lessonText(title, "x")}),
		Actor: repository.Actor{Name: owner, Display: owner},
	}
}

func TestReadersReportWithoutLeavingATrace(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	r := s.At(t, "rosa/halves")
	form := "/id/" + string(r.ID) + "/report"
	has(t, s.Page(t, "/r/rosa/halves"), `href="`+form+`"`)
	page := s.Get(t, form)
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, http.StatusUnprocessableEntity, s.Post(t, form, url.Values{"why": {"nothing"}}).Status)
	a := s.Post(t, form, url.Values{"why": {"personal"}, "words": {"A student's name in the photo."}})
	require.Equal(t, "/r/rosa/halves?notice=reported", a.Location(), a.Body)
	assert.Empty(t, a.Header.Values("Set-Cookie"))

	mod := s.SignIn(t, "mod", accounts.Moderator)
	queue := mod.Get(t, "/moderation")
	has(t, queue.Body, "A student&#39;s name in the photo.", "/moderation/takedown?address=rosa%2Fhalves")
	exported, err := s.App.Accounts.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(exported), "127.0.0.1")
	values := queue.Form(t, "/moderation/reports")
	values.Set("outcome", "The owner mended it.")
	require.Equal(t, "/moderation?notice=moderated", mod.Post(t, "/moderation/reports", values).Location())
	hasNot(t, mod.Page(t, "/moderation"), "A student")

	status := 0
	for range 8 {
		if status = s.Post(t, form, url.Values{"why": {"spam"}}).Status; status == http.StatusTooManyRequests {
			break
		}
	}
	assert.Equal(t, http.StatusTooManyRequests, status)
}

func TestFirstPublicationsOfNewAccountsWait(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "careful", func(c *config.Config) { c.ReviewNew = true })
	newcomer := s.SignIn(t, "newcomer", accounts.Author)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	token := s.Token(t, "newcomer")
	publish := func(slug string) apptest.Answer {
		return s.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{
			"owner": "newcomer", "slug": slug, "files": map[string]string{"index.md": lessonText("A first lesson", slug)},
		})
	}
	require.Equal(t, http.StatusCreated, publish("first").Status)
	require.Equal(t, http.StatusCreated, publish("second").Status)
	for _, v := range []*apptest.Visitor{s.Visitor, newcomer} {
		a := v.Get(t, "/r/newcomer/first")
		assert.Equal(t, http.StatusNotFound, a.Status)
		has(t, a.Body, "looked at by a moderator")
	}
	hasNot(t, s.Get(t, "/r/newcomer/first").Body, "A first lesson")
	has(t, newcomer.Get(t, "/r/newcomer/first").Body, "A first lesson")
	assert.Zero(t, search(t, s, "lesson").Total)
	hasNot(t, s.Page(t, "/feed.atom"), "A first lesson")
	has(t, mod.Page(t, "/moderation"), "A first lesson", "newcomer/first", "newcomer/second")
	has(t, mod.Page(t, "/moderation/takedown?address=newcomer%2Ffirst"), "title: A first lesson")
	require.Equal(t, http.StatusForbidden, newcomer.Get(t, "/moderation/takedown?address=newcomer%2Ffirst").Status)

	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/restore", url.Values{"address": {"newcomer/first"}}).Status)
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/newcomer/first").Status)
	assert.Equal(t, 1, search(t, s, "lesson").Total)
	require.Equal(t, http.StatusCreated, publish("third").Status)
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/newcomer/third").Status, "one look is enough")
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{"address": {"newcomer/second"}, "basis": {"rules"}, "notice": {"Advertising."}}).Status)
	a := s.Get(t, "/r/newcomer/second")
	assert.Equal(t, http.StatusGone, a.Status)
	has(t, a.Body, "Advertising.")
}

func TestABlockedOwnerPublishesNowhere(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	token := s.Token(t, "rosa")
	block := func(do string) int {
		return mod.Post(t, "/moderation/blocks", url.Values{"owner": {"rosa"}, "reason": {"Spam."}, "do": {do}}).Status
	}
	publish := func() int {
		return s.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{"slug": "more", "files": map[string]string{"index.md": lessonText("More", "x")}}).Status
	}
	require.Equal(t, http.StatusSeeOther, block("block"))
	assert.Equal(t, http.StatusForbidden, publish())
	a := rosa.Get(t, "/r/rosa/halves/edit")
	assert.Equal(t, http.StatusForbidden, a.Status)
	has(t, a.Body, "Moderators have blocked")
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/halves").Status, "what is published stays")
	require.Equal(t, http.StatusSeeOther, block("lift"))
	assert.Equal(t, http.StatusCreated, publish())
}

func TestTeamsInviteAndManageThemselves(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	admin := s.SignIn(t, "admin", accounts.Admin)
	require.Equal(t, http.StatusForbidden, rosa.Post(t, "/teams", url.Values{"name": {"math"}}).Status)
	require.Equal(t, "/teams/math?notice=team-made", admin.Post(t, "/teams", url.Values{"name": {"math"}, "title": {"Mathematics"}, "kind": {"team"}}).Location())
	require.Equal(t, http.StatusConflict, admin.Post(t, "/teams", url.Values{"name": {"math"}}).Status)
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/teams/math", url.Values{"do": {"role"}, "account": {"rosa"}, "role": {"maintainer"}}).Status)

	a := rosa.Post(t, "/teams/math", url.Values{"do": {"invite"}, "role": {"member"}, "note": {"Maria"}})
	require.Equal(t, http.StatusOK, a.Status)
	link := a.Body[strings.Index(a.Body, s.URL+"/invitations/")+len(s.URL):]
	link = link[:strings.IndexAny(link, "<\"")]
	assert.Equal(t, http.StatusForbidden, maria.Post(t, "/teams/math", url.Values{"do": {"invite"}, "role": {"member"}}).Status)
	hasNot(t, maria.Page(t, "/teams/math"), "Rosa") // members are for members
	assert.Equal(t, "/sign-in?next="+url.QueryEscape(link), s.Get(t, link).Location())
	has(t, maria.Page(t, link), "Mathematics", "rosa")
	require.Equal(t, "/teams/math?notice=team-joined", maria.Post(t, link, url.Values{"do": {"accept"}}).Location())
	require.Equal(t, http.StatusNotFound, maria.Get(t, link).Status)
	has(t, maria.Page(t, "/teams/math"), "Rosa", "Maria")
	require.Equal(t, http.StatusOK, maria.Get(t, "/new").Status)
	has(t, maria.Page(t, "/new"), ">math</option>")
	require.Equal(t, http.StatusSeeOther, maria.Post(t, "/teams/math", url.Values{"do": {"leave"}}).Status)
	hasNot(t, maria.Page(t, "/new"), ">math</option>")

	// A single resource is shared with somebody who then revises it, and nothing else.
	require.Equal(t, http.StatusForbidden, maria.Get(t, "/r/rosa/halves/edit").Status)
	require.Equal(t, http.StatusForbidden, maria.Get(t, "/r/rosa/halves/share").Status)
	require.Equal(t, http.StatusUnprocessableEntity, rosa.Post(t, "/r/rosa/halves/share", url.Values{"do": {"add"}, "account": {"nobody"}}).Status)
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, "/r/rosa/halves/share", url.Values{"do": {"add"}, "account": {"maria"}}).Status)
	require.Equal(t, http.StatusOK, maria.Get(t, "/r/rosa/halves/edit").Status)
	require.Equal(t, http.StatusForbidden, maria.Get(t, "/r/rosa/halves/withdraw").Status)
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, "/r/rosa/halves/share", url.Values{"do": {"remove"}, "account": {"maria"}}).Status)
	require.Equal(t, http.StatusForbidden, maria.Get(t, "/r/rosa/halves/edit").Status)
}

func TestLeaversTakeTheirDataAndAreCreditedAsTheySay(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	s.Publish(t, "rosa/mine", folder(map[string]string{"index.md": strings.Replace(lessonText("Mine", "x"), "Rosa Delgado", "Rosa", 1)}))
	before := s.At(t, "rosa/mine")
	a := rosa.Get(t, "/account/export")
	require.Equal(t, http.StatusOK, a.Status)
	has(t, a.Body, `"name": "rosa"`, `"git": "`+s.URL+`/r/rosa/mine.git"`, `"account.add"`)
	hasNot(t, a.Body, "argon2id")
	require.Equal(t, http.StatusUnprocessableEntity, rosa.Post(t, "/account/erase", url.Values{"credit": {"pseudonym"}, "pseudonym": {"R. D."}, "sure": {"maria"}}).Status)
	require.Equal(t, "/?notice=left", rosa.Post(t, "/account/erase", url.Values{"credit": {"pseudonym"}, "pseudonym": {"R. D."}, "sure": {"rosa"}}).Location())
	assert.Equal(t, http.StatusSeeOther, rosa.Get(t, "/account").Status)
	_, err := s.App.Accounts.Account(t.Context(), "rosa")
	require.ErrorIs(t, err, kind.ErrNotFound)
	now := s.At(t, "rosa/mine")
	assert.NotEqual(t, before.Revision, now.Revision, "published revisions are not rewritten")
	assert.Equal(t, "R. D.", now.Metadata.Creators[0].Name)
	has(t, s.Page(t, "/r/rosa/mine"), "R. D.")
	_, err = s.App.Accounts.Add(t.Context(), "rosa", "", accounts.Author, "")
	require.ErrorIs(t, err, kind.ErrConflict, "nobody else gets her addresses")
	exported, err := s.App.Accounts.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(exported), "argon2id$v=19$m=19456,t=2,p=1$rosa")

	s.Publish(t, "maria/hers", folder(map[string]string{"index.md": lessonText("Hers", "x")}))
	kept := s.At(t, "maria/hers")
	require.Equal(t, "/?notice=left", maria.Post(t, "/account/erase", url.Values{"credit": {"name"}, "sure": {"maria"}}).Location())
	assert.Equal(t, kept.Revision, s.At(t, "maria/hers").Revision)
	admin := s.SignIn(t, "admin", accounts.Admin)
	require.Equal(t, http.StatusConflict, admin.Post(t, "/account/erase", url.Values{"credit": {"name"}, "sure": {"admin"}}).Status)
}

func TestAdministratorsEraseWhatTheLawDemands(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	s.Publish(t, "rosa/photo", folder(map[string]string{"index.md": lessonText("A photo", "x"), "names.txt": "Ana, Ben"}))
	old := s.At(t, "rosa/photo").Revision
	s.Publish(t, "rosa/photo", folder(map[string]string{"index.md": lessonText("A photo", "x")}))
	has(t, s.Page(t, "/r/rosa/photo@"+old+"/raw/names.txt"), "Ana")
	admin, mod := s.SignIn(t, "admin", accounts.Admin), s.SignIn(t, "mod", accounts.Moderator)
	values := url.Values{"address": {"rosa/photo"}, "paths": {"names.txt"}, "why": {"An order."}, "sure": {"1"}}
	require.Equal(t, http.StatusForbidden, mod.Post(t, "/moderation/erase", values).Status)
	require.Equal(t, http.StatusUnprocessableEntity, admin.Post(t, "/moderation/erase", url.Values{"address": {"rosa/photo"}, "paths": {"names.txt"}}).Status)
	require.Equal(t, "/moderation?notice=erased", admin.Post(t, "/moderation/erase", values).Location())
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/r/rosa/photo@"+old+"/raw/names.txt").Status)
	assert.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/photo").Status)
	has(t, admin.Page(t, "/audit"), "An order.", "names.txt")
}

func TestModeratorsDoNotDecideTheirOwnCase(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	mod, other := s.SignIn(t, "mod", accounts.Moderator), s.SignIn(t, "mod-two", accounts.Moderator)
	s.Publish(t, "mod/offer", folder(map[string]string{"index.md": lessonText("An offer", "x")}))
	at := url.Values{"address": {"mod/offer"}, "basis": {"rules"}, "notice": {"Advertising."}, "answer": {"It stays."}, "words": {"It is not."}}
	require.Equal(t, http.StatusSeeOther, other.Post(t, "/moderation/takedown", at).Status)
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/id/"+string(s.At(t, "mod/offer").ID)+"/appeal", at).Status)
	assert.Equal(t, http.StatusForbidden, mod.Post(t, "/moderation/restore", at).Status)
	assert.Equal(t, http.StatusForbidden, mod.Post(t, "/moderation/appeals", at).Status)
	assert.Equal(t, http.StatusGone, s.Get(t, "/r/mod/offer").Status)
	require.Equal(t, http.StatusSeeOther, other.Post(t, "/moderation/restore", at).Status)
}

func TestWhoIsBlockedSuggestsNothing(t *testing.T) {
	t.Parallel()
	s, _, maria := oneServer(t)
	mod, token := s.SignIn(t, "mod", accounts.Moderator), s.Token(t, "maria")
	typed := maria.Get(t, "/r/rosa/halves/suggest").Form(t, "/r/rosa/halves/suggest")
	typed.Set("text", "Buy this.")
	suggest := func() int { return maria.Post(t, "/r/rosa/halves/suggest", typed).Status }
	push := func() int {
		return s.Get(t, "/r/rosa/halves.git/info/refs?service=git-receive-pack", "Authorization", "Bearer "+token).Status
	}
	require.Equal(t, http.StatusOK, push())
	block := url.Values{"owner": {"maria"}, "reason": {"Spam."}, "do": {"block"}}
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/blocks", block).Status)
	assert.Equal(t, http.StatusForbidden, suggest())
	assert.Equal(t, http.StatusForbidden, push())
	block.Set("do", "lift")
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/blocks", block).Status)
	assert.Equal(t, http.StatusSeeOther, suggest())
}

func TestNoFormBringsBackWhatWasTakenDown(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	r := s.At(t, "rosa/halves")
	mod := s.SignIn(t, "mod", accounts.Moderator)
	down := url.Values{"address": {"rosa/halves"}, "basis": {"law"}, "notice": {"An order."}}
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", down).Status)
	for _, path := range []string{
		"/r/rosa/halves/suggest", "/r/rosa/halves@" + r.Revision + "/suggest", "/r/rosa/halves/translate?to=es", "/r/rosa/halves/remix", "/r/rosa/halves/quiz",
		"/r/rosa/halves/edit", "/r/rosa/halves/pull", "/r/rosa/halves/undo", "/r/rosa/halves/suggestions/1", "/r/rosa/halves/share", "/r/rosa/halves/withdraw",
	} {
		for name, v := range map[string]*apptest.Visitor{"owner": rosa, "somebody": maria} {
			for _, do := range []string{"", "preview", "tool"} {
				a := v.Post(t, path, url.Values{"do": {do}, "base": {r.Revision}, "revision": {r.Revision}, "to": {"es"}})
				assert.Equal(t, http.StatusUnavailableForLegalReasons, a.Status, "%s: %s %s", name, path, do)
				assert.NotContains(t, a.Body, "Fold the paper", "%s: %s %s", name, path, do)
			}
		}
	}
	a := maria.Post(t, "/id/"+string(r.ID)+"/remix", url.Values{"do": {"preview"}})
	assert.Equal(t, http.StatusNotFound, a.Status)
	for _, path := range []string{"/oembed?url=" + url.QueryEscape(s.URL+"/r/rosa/halves"), "/r/rosa/halves/embed", "/r/rosa/halves/print", "/r/rosa/halves/remixes",
		"/r/rosa/halves/history", "/r/rosa/halves/metadata.jsonld", "/feed.atom", "/sitemap-1.xml", "/resourcesync/resourcelist.xml", "/search?q=paper", "/search.atom?q=paper",
		"/api/v1/search?q=paper", "/api/v1/suggest?q=Halv", "/statistics", "/r/rosa/halves/compare/" + r.Revision + ".." + r.Revision} {
		assert.NotContains(t, s.Get(t, path).Body, "Fold the paper", path)
	}
}

func TestAnotherSiteLinksNoSignIn(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", func(c *config.Config) {
		c.OIDC = []config.OIDC{{Name: "district", Issuer: "http://127.0.0.1:1", ClientID: "x"}}
	})
	rosa := s.SignIn(t, "rosa", accounts.Author)
	for _, from := range []string{"cross-site", "same-site"} {
		a := rosa.Get(t, "/sign-in/with/district?link=1", "Sec-Fetch-Site", from)
		assert.Equal(t, http.StatusForbidden, a.Status, from)
		assert.Empty(t, a.Header.Values("Set-Cookie"), from)
	}
	// Its own page may, and only then is the provider asked, which is not there.
	assert.Equal(t, http.StatusBadGateway, rosa.Get(t, "/sign-in/with/district?link=1", "Sec-Fetch-Site", "same-origin").Status)
}

// folder is a folder with texts.
func folder(texts map[string]string) fs.FS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}
