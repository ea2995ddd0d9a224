package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
)

// suggested is rosa's lesson with oscar's suggestion: another word, and a paragraph of his own. Rosa is signed in.
func suggested(t *testing.T) *world {
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.signIn("oscar", accounts.Author)
	require.Contains(t, w.get("/r/rosa/halves").body, `href="/r/rosa/halves/suggest"`)
	form := w.get("/r/rosa/halves/suggest")
	require.NoError(t, wellFormed(form.body))
	typed := fields(t, form.body)
	none := w.post("/r/rosa/halves/suggest", typed)
	require.Equal(t, http.StatusUnprocessableEntity, none.status)
	require.Contains(t, none.body, "Nothing is different")
	typed.Set("text", strings.Replace(typed.Get("text"), "twice", "two times", 1)+"\nAsk how many parts there are.\n")
	typed.Set("message", "Plainer words")
	typed.Set("do", "preview")
	written := typed.Get("text")
	typed.Set("text", written+"\n\n$\\frac{1$\n")
	for lang, says := range map[string]string{"en": "Checks", "es": "Una fórmula"} {
		checked := w.post("/r/rosa/halves/suggest?lang="+lang, typed)
		require.Equal(t, http.StatusOK, checked.status)
		assert.Contains(t, checked.body, `id="checks"`, "checks stand beside what is suggested, too")
		assert.Contains(t, checked.body, `<ol class="checks">`)
		assert.Contains(t, checked.body, says)
	}
	typed.Set("text", written)
	typed.Del("do")
	sent := w.post("/r/rosa/halves/suggest", typed)
	require.Equal(t, http.StatusSeeOther, sent.status)
	require.Equal(t, http.StatusSeeOther, w.post("/r/rosa/halves/suggest", typed).status, "sent twice, it is one")
	require.Contains(t, w.get("/r/rosa/halves/raw/index.md").body, "twice", "nothing is published by it")
	require.Equal(t, http.StatusForbidden, w.post("/r/rosa/halves/suggestions/1", url.Values{"do": {"accept"}}).status)
	w.cookies = map[string]string{}
	w.signIn("rosa", accounts.Author)
	return w
}

var checkbox = regexp.MustCompile(`<input type="checkbox" name="([^"]+)"`)

func boxesOf(page string) url.Values {
	v := hiddenFields(page)
	for _, m := range checkbox.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], "on")
	}
	return v
}

func TestSuggestionIsAcceptedByItsOwner(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	assert.Contains(t, w.get("/r/rosa/halves").body, "1 suggestion waits for you")
	list := w.get("/r/rosa/halves/suggestions").body
	assert.Contains(t, list, "Plainer words")
	page := w.get("/r/rosa/halves/suggestions/1")
	require.Equal(t, http.StatusOK, page.status)
	require.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "<ins>two times</ins>")
	sent := boxesOf(page.body)
	sent.Set("do", "accept")
	done := w.post("/r/rosa/halves/suggestions/1", sent)
	require.Equal(t, http.StatusSeeOther, done.status)
	raw := w.get("/r/rosa/halves/raw/index.md").body
	assert.Contains(t, raw, "two times")
	assert.Contains(t, raw, "Ask how many")
	again := w.get("/r/rosa/halves/suggestions/1").body
	assert.Contains(t, again, "accepted")
	assert.NotContains(t, again, `value="accept"`)
	assert.NotContains(t, w.get("/r/rosa/halves").body, "waits for you")
}

func TestSuggestionIsTakenInPart(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	sent := boxesOf(w.get("/r/rosa/halves/suggestions/1").body)
	var last string
	for name := range sent {
		if strings.HasPrefix(name, "block-") && name > last {
			last = name // the paragraph at the end
		}
	}
	sent.Del(last)
	sent.Set("do", "accept")
	require.Equal(t, http.StatusSeeOther, w.post("/r/rosa/halves/suggestions/1", sent).status)
	raw := w.get("/r/rosa/halves/raw/index.md").body
	assert.Contains(t, raw, "two times")
	assert.NotContains(t, raw, "Ask how many")
}

func TestSuggestionIsDeclinedWithAReason(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	done := w.post("/r/rosa/halves/suggestions/1", url.Values{"do": {"decline"}, "reason": {"It says so already."}})
	require.Equal(t, http.StatusSeeOther, done.status)
	assert.Contains(t, w.get("/r/rosa/halves/suggestions/1").body, "It says so already.")
	assert.Contains(t, w.get("/r/rosa/halves/raw/index.md").body, "twice")
	assert.Equal(t, http.StatusConflict, w.post("/r/rosa/halves/suggestions/1", url.Values{"do": {"accept"}, "newest": {"x"}}).status)
}

// What nobody has looked at yet is not shown to the world.
func TestSuggestionIsShownToThoseItConcerns(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	const list, page = "/r/rosa/halves/suggestions", "/r/rosa/halves/suggestions/1"
	jars := map[string]map[string]string{"": {}, "rosa": w.cookies}
	for _, who := range []string{"kim", "oscar"} {
		w.cookies = map[string]string{}
		if who == "kim" {
			w.signIn(who, accounts.Author)
		} else {
			w.post("/sign-in", url.Values{"name": {who}, "password": {"correct horse battery"}})
		}
		jars[who] = w.cookies
	}
	sees := func(who string) (listed bool, status int) {
		w.cookies = jars[who]
		return strings.Contains(w.get(list).body, "Plainer words"), w.get(page).status
	}
	for _, state := range []string{"open", "declined"} {
		if state == "declined" {
			w.cookies = jars["rosa"]
			require.Equal(t, http.StatusSeeOther, w.post(page, url.Values{"do": {"decline"}}).status)
		}
		for who, want := range map[string]int{"": http.StatusSeeOther, "kim": http.StatusNotFound, "oscar": http.StatusOK, "rosa": http.StatusOK} {
			listed, status := sees(who)
			assert.Equal(t, want, status, "%s, %s", who, state)
			assert.Equal(t, want == http.StatusOK, listed, "%s, %s", who, state)
		}
	}
}

func TestAcceptedSuggestionIsShownToEverybody(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	sent := boxesOf(w.get("/r/rosa/halves/suggestions/1").body)
	sent.Set("do", "accept")
	require.Equal(t, http.StatusSeeOther, w.post("/r/rosa/halves/suggestions/1", sent).status)
	w.cookies = map[string]string{}
	assert.Contains(t, w.get("/r/rosa/halves/suggestions").body, "Plainer words")
	assert.Equal(t, http.StatusOK, w.get("/r/rosa/halves/suggestions/1").status)
}

func TestRemovedSuggestionHasNoText(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	const page = "/r/rosa/halves/suggestions/1"
	shown := w.get(page).body
	assert.Contains(t, shown, `value="remove"`)
	require.Equal(t, http.StatusSeeOther, w.post(page, url.Values{"do": {"remove"}, "reason": {"Not for schools."}}).status)
	gone := w.get(page)
	require.Equal(t, http.StatusOK, gone.status)
	require.NoError(t, wellFormed(gone.body))
	assert.Contains(t, gone.body, "Not for schools.")
	for _, words := range []string{"Plainer words", "two times", "Ask how many", "Oscar"} {
		assert.NotContains(t, gone.body, words)
		assert.NotContains(t, w.get("/r/rosa/halves/suggestions").body, words)
	}
	assert.Equal(t, http.StatusConflict, w.post(page, url.Values{"do": {"remove"}}).status)
}

// What is suggested from an old version is compared with that version: it does not take back what came since.
func TestSuggestionFromAnOldVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.publish("rosa/halves", lessonFiles())
	files := lessonFiles()
	files["index.md"].Data = []byte(strings.Replace(lessonText, "The answer is four.", "The answer is four parts.", 1))
	w.publish("rosa/halves", files)
	w.signIn("oscar", accounts.Author)
	form := w.get("/r/rosa/halves@" + old.Revision + "/suggest")
	require.Equal(t, http.StatusOK, form.status)
	typed := fields(t, form.body)
	require.NotContains(t, typed.Get("text"), "four parts")
	typed.Set("text", strings.Replace(typed.Get("text"), "twice", "two times", 1))
	require.Equal(t, http.StatusSeeOther, w.post("/r/rosa/halves/suggest", typed).status)
	_, err := w.repo.Accept(t.Context(), repository.Review{Address: old.Address, Number: 1, Actor: repository.Actor{Name: "rosa", Display: "Rosa"}})
	require.NoError(t, err)
	raw := w.get("/r/rosa/halves/raw/index.md").body
	assert.Contains(t, raw, "two times")
	assert.Contains(t, raw, "four parts")
}

func TestSuggestionNeedsAPublishedBase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.signIn("oscar", accounts.Author)
	typed := fields(t, w.get("/r/rosa/halves/suggest").body)
	for base, status := range map[string]int{
		"": http.StatusBadRequest, strings.Repeat("z", 40): http.StatusUnprocessableEntity, strings.Repeat("0", 40): http.StatusNotFound,
	} {
		typed.Set("base", base)
		assert.Equal(t, status, w.post("/r/rosa/halves/suggest", typed).status, base)
	}
}

func TestSuggestionMeetsANewerVersion(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	sent := boxesOf(w.get("/r/rosa/halves/suggestions/1").body)
	sent.Set("do", "accept")
	files := lessonFiles()
	files["index.md"].Data = []byte(strings.Replace(lessonText, "twice", "2 times", 1))
	w.publish("rosa/halves", files)
	met := w.post("/r/rosa/halves/suggestions/1", sent)
	require.Equal(t, http.StatusConflict, met.status)
	require.NoError(t, wellFormed(met.body))
	assert.Contains(t, met.body, "Look again")
	take := regexp.MustCompile(`name="(take-[^"]+)" value="theirs"`).FindStringSubmatch(met.body)
	require.NotNil(t, take)
	decided := hiddenFields(met.body)
	decided.Set("do", "accept")
	decided.Set(take[1], "theirs")
	require.Equal(t, http.StatusSeeOther, w.post("/r/rosa/halves/suggestions/1", decided).status)
	assert.Contains(t, w.get("/r/rosa/halves/raw/index.md").body, "two times")
}

func TestSuggestionThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	for _, n := range []string{"2", "0", "-1", "x", "1/2"} {
		assert.Equal(t, http.StatusNotFound, w.get("/r/rosa/halves/suggestions/"+n).status, n)
	}
}

func TestASuggestionTooManyStaysInItsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.signIn("oscar", accounts.Author)
	const at = "/r/rosa/halves/suggest"
	typed := fields(t, w.get(at).body)
	for n := range 300 {
		typed.Set("text", "Words of number "+strconv.Itoa(n)+".\n")
		a := w.post(at+"?lang=es", typed)
		if a.status == http.StatusSeeOther {
			continue
		}
		require.Equal(t, http.StatusUnprocessableEntity, a.status)
		assert.Contains(t, a.body, "Ya esperan demasiadas sugerencias")
		assert.Equal(t, typed.Get("text"), fields(t, a.body).Get("text"))
		return
	}
	require.Fail(t, "one person may suggest without end")
}
