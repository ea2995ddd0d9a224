package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

func TestTwoEditorsLoseNothing(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	const page, edit = "/r/rosa/halves", "/r/rosa/halves/edit"
	mine, theirs := rosa.Get(t, edit).Form(t, edit), rosa.Get(t, edit).Form(t, edit)

	theirs.Set("text", "What they wrote.\n")
	theirs.Set("description", "How they describe it.")
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, edit, theirs).Status)
	between := s.At(t, "rosa/halves").Revision

	mine.Set("text", "What I wrote.\n")
	mine.Set("title", "My title")
	mine.Set("message", "My reason")
	met := rosa.Post(t, edit, mine)
	require.Equal(t, http.StatusConflict, met.Status)
	has(t, met.Body, "What I wrote.", "What they wrote.", "My title", "My reason")
	has(t, met.Body, "How they describe it.") // theirs is more than a text
	assert.Equal(t, between, s.At(t, "rosa/halves").Revision, "nothing was replaced")

	// What both changed must be decided; then it becomes the newest revision, and theirs is the one before.
	again := met.Form(t, edit)
	assert.Equal(t, "What I wrote.\n", again.Get("text"))
	again.Set("do", "merge")
	open := rosa.Post(t, edit, again)
	require.Equal(t, http.StatusConflict, open.Status)
	has(t, open.Body, "What I wrote.", "What they wrote.", "My title", "My reason")
	again = decided(t, open, edit, "mine")
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, edit, again).Status)
	assert.Equal(t, "How they describe it.", s.At(t, "rosa/halves").Metadata.Description, "what only they changed came in")
	has(t, s.Page(t, page), "What I wrote.", "My title")
	has(t, s.Page(t, page+"@"+between), "What they wrote.")
	has(t, s.Page(t, page+"/history"), "My reason")
	newest := s.At(t, "rosa/halves").Revision
	has(t, s.Page(t, page+"/compare/"+between+".."+newest), "<del>they</del>", "<ins>I</ins>")

	// A preview of an edit that was overtaken does not tell lies: publishing it is still a conflict.
	mine.Set("text", "What I wrote then.\n")
	mine.Set("do", "preview")
	preview := rosa.Post(t, edit, mine)
	require.Equal(t, http.StatusOK, preview.Status)
	assert.Equal(t, http.StatusConflict, rosa.Post(t, edit, preview.Form(t, edit)).Status)
}

// TestAFormThatIsSentTwiceMeetsNobody sends what people send who press a button twice, or reload.
func TestAFormThatIsSentTwiceMeetsNobody(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	const page, edit = "/r/rosa/halves", "/r/rosa/halves/edit"
	twice := func(form url.Values) {
		t.Helper()
		first := rosa.Post(t, edit, form)
		require.Equal(t, http.StatusSeeOther, first.Status)
		published := s.At(t, "rosa/halves").Revision
		again := rosa.Post(t, edit, form)
		require.Equal(t, http.StatusSeeOther, again.Status, "its own text is no conflict")
		assert.Equal(t, first.Location(), again.Location())
		assert.Equal(t, published, s.At(t, "rosa/halves").Revision, "and no new version")
	}
	mine, theirs := rosa.Get(t, edit).Form(t, edit), rosa.Get(t, edit).Form(t, edit)
	theirs.Set("text", "What they wrote.\n")
	twice(theirs)
	mine.Set("text", "What I wrote.\n")
	met := rosa.Post(t, edit, mine)
	require.Equal(t, http.StatusConflict, met.Status)
	twice(decided(t, met, edit, "mine"))
	has(t, s.Page(t, page), "What I wrote.")
	require.Equal(t, http.StatusConflict, rosa.Post(t, edit, theirs).Status, "what was replaced meanwhile does not come back")

	send := func(text string) apptest.Answer {
		mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "text": lessonText("Quarters", text)}, "", nil)
		return rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
	}
	sent := send("Fold twice.")
	require.Equal(t, http.StatusSeeOther, sent.Status)
	again := send("Fold twice.")
	require.Equal(t, http.StatusSeeOther, again.Status)
	assert.Equal(t, sent.Location(), again.Location())
	assert.Equal(t, http.StatusConflict, send("Fold once.").Status, "another lesson is at this address")
}

func TestARemixThatIsSentTwiceIsOne(t *testing.T) {
	t.Parallel()
	_, _, maria := oneServer(t)
	const at = "/r/rosa/halves/remix"
	form := maria.Get(t, at).Form(t, at)
	changed := func(title, text string) url.Values {
		v := url.Values{}
		for name, list := range form {
			v[name] = list
		}
		v.Set("title", title)
		v.Set("text", text)
		return v
	}
	// Where a button is pressed twice, the browser shows the answer to the last of two that are under way together.
	together := func(forms ...url.Values) (led map[string]int) {
		t.Helper()
		answers := make([]apptest.Answer, len(forms))
		var all sync.WaitGroup
		for i, f := range forms {
			all.Go(func() { answers[i] = maria.Post(t, at, f) })
		}
		all.Wait()
		led = map[string]int{}
		for _, a := range answers {
			require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
			led[a.Location()]++
		}
		return led
	}
	assert.Equal(t, map[string]int{"/r/maria/halves?notice=published": 3}, together(form, form, form))
	assert.Equal(t, map[string]int{"/r/maria/halves?notice=published": 1}, together(form), "sent again later, as by the back button")
	mine := changed("Thirds", "Fold it into three.")
	assert.Equal(t, map[string]int{"/r/maria/thirds?notice=published": 2}, together(mine, mine))
	assert.Equal(t, map[string]int{"/r/maria/thirds?notice=published": 1}, together(mine))

	// What differs is another remix, and nothing that was typed is lost where both come at once.
	assert.Len(t, together(changed("Fifths", "One way."), changed("Fifths", "Another way.")), 2)
	// Who opens the form again and publishes it wants another copy.
	again := maria.Get(t, at).Form(t, at)
	assert.Equal(t, map[string]int{"/r/maria/halves-2?notice=published": 2}, together(again, again))
	const translate = "/r/rosa/halves/translate?to=es"
	spanish := maria.Get(t, translate).Form(t, translate)
	spanish.Set("title", "Mitades")
	spanish.Set("b0", "Dobla el papel dos veces.")
	answers := make([]apptest.Answer, 3)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = maria.Post(t, translate, spanish) })
	}
	all.Wait()
	for _, a := range answers {
		require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
		assert.Equal(t, "/r/maria/mitades?notice=published", a.Location())
	}
	// What was withdrawn is no answer.
	shown := maria.Get(t, "/r/maria/halves-2?notice=published")
	require.Equal(t, http.StatusSeeOther, maria.Post(t, "/r/maria/halves-2/undo", shown.Form(t, "/r/maria/halves-2/undo")).Status)
	assert.Equal(t, map[string]int{"/r/maria/halves-3?notice=published": 1}, together(again))
}

var undecided = regexp.MustCompile(`name="(take-[^"]+)" value="mine"`)

// decided is the form of a page with conflicts, with one answer to all of them.
func decided(t *testing.T, met apptest.Answer, action, take string) url.Values {
	t.Helper()
	form := met.Form(t, action)
	asked := undecided.FindAllStringSubmatch(met.Body, -1)
	require.NotEmpty(t, asked)
	for _, m := range asked {
		form.Set(m[1], take)
	}
	form.Set("do", "merge")
	return form
}

func TestStaleRevisionIsAConflictInTheAPI(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	token, first := s.Token(t, "rosa"), s.At(t, "rosa/halves")
	put := func(base, text string) apptest.Answer {
		return s.Call(t, http.MethodPut, "/api/v1/resources/"+string(first.ID), token,
			map[string]any{"files": map[string]string{"index.md": lessonText("Halves", text)}}, "If-Match", base)
	}
	refused(t, put("", "No revision."), http.StatusPreconditionRequired)
	require.Equal(t, http.StatusOK, put(`"`+first.Revision+`"`, "The second.").Status)
	second := s.At(t, "rosa/halves").Revision

	stale := put(`"`+first.Revision+`"`, "Too late.")
	p := refused(t, stale, http.StatusConflict)
	assert.Equal(t, second, p.Revision)
	assert.Equal(t, s.URL+"/r/rosa/halves", p.Current)
	assert.Equal(t, `"`+second+`"`, stale.Header.Get("ETag"))
	has(t, s.Page(t, "/r/rosa/halves"), "The second.")
	refused(t, put(`"0000000000000000000000000000000000000000"`, "Of nothing."), http.StatusConflict)
	assert.Equal(t, http.StatusOK, put(stale.Header.Get("ETag"), "The third.").Status)

	// A title that is taken does not replace what is there; an address that is given does, and what was there stays readable.
	third := s.At(t, "rosa/halves").Revision
	post := func(in map[string]any) apptest.Answer {
		in["files"] = map[string]string{"index.md": lessonText("Halves", "The fourth.")}
		return s.Call(t, http.MethodPost, "/api/v1/resources", token, in)
	}
	refused(t, post(map[string]any{}), http.StatusConflict)
	assert.Equal(t, third, s.At(t, "rosa/halves").Revision)
	assert.Equal(t, http.StatusOK, post(map[string]any{"slug": "halves"}).Status)
	has(t, s.Page(t, "/r/rosa/halves"), "The fourth.")
	has(t, s.Page(t, "/r/rosa/halves@"+third), "The third.")
}

func TestNewPageDoesNotReplaceWhatIsThere(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	before := s.At(t, "rosa/halves").Revision
	mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "text": lessonText("Halves", "Another lesson of the same name.")}, "", nil)
	a := rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
	assert.Equal(t, before, s.At(t, "rosa/halves").Revision, "the title alone gave the address, and what was there was replaced")
	switch a.Status {
	case http.StatusSeeOther:
		assert.NotEqual(t, "/r/rosa/halves?notice=published", a.Location())
	default:
		assert.Equal(t, http.StatusConflict, a.Status)
		has(t, a.Body, "Another lesson of the same name.") // what was typed is not lost
	}
}

func TestOneOfManyWritersWins(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	token, first := s.Token(t, "rosa"), s.At(t, "rosa/halves")
	const writers = 8
	statuses := make([]int, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			statuses[i] = s.Call(t, http.MethodPut, "/api/v1/resources/"+string(first.ID), token,
				map[string]any{"files": map[string]string{"index.md": lessonText("Halves", fmt.Sprintf("Of writer %d.", i))}},
				"If-Match", `"`+first.Revision+`"`).Status
		})
	}
	all.Wait()
	won := -1
	for i, status := range statuses {
		if status == http.StatusOK {
			require.Equal(t, -1, won, "two won: %v", statuses)
			won = i
		} else {
			require.Equal(t, http.StatusConflict, status)
		}
	}
	require.NotEqual(t, -1, won, "%v", statuses)
	has(t, s.Page(t, "/r/rosa/halves"), fmt.Sprintf("Of writer %d.", won))
	assert.Equal(t, 2, strings.Count(s.Page(t, "/r/rosa/halves/history"), "<time"))
}

func TestInvalidPublicationNamesEveryProblem(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	token, r := s.Token(t, "rosa"), s.At(t, "rosa/halves")
	before := seq(t, s)
	bad := strings.NewReplacer("license: CC BY-SA 4.0\n", "license: Free for schools\n", "creators: [{name: Rosa Delgado}]\n", "").
		Replace(lessonText("Bad", "[a link](../../etc/passwd) and ![a picture](media/none.png)"))
	for _, try := range []apptest.Answer{
		s.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{"slug": "bad", "files": map[string]string{"index.md": bad}}),
		s.Call(t, http.MethodPut, "/api/v1/resources/"+string(r.ID), token, map[string]any{"files": map[string]string{"index.md": bad}}, "If-Match", `"`+r.Revision+`"`),
	} {
		p := refused(t, try, http.StatusUnprocessableEntity)
		var said []string
		for _, problem := range p.Problems {
			assert.Equal(t, "index.md", problem.File)
			assert.NotEmpty(t, problem.Message)
			assert.NotEmpty(t, problem.Remedy, problem.Message)
			said = append(said, fmt.Sprintf("%s:%d", problem.Code, problem.Line))
		}
		all := strings.Join(said, " ")
		assert.Regexp(t, `license[a-z-]*:6\b`, all, "the unknown license, with its line")
		assert.Contains(t, all, "creator")
		assert.GreaterOrEqual(t, len(p.Problems), 4, "all at once: %s", all)
	}
	mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "slug": "bad", "text": bad}, "", nil)
	page := rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	has(t, page.Body, "Free for schools", "index.md") // what was typed, and where it is wrong
	assert.Equal(t, before, seq(t, s))
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/r/rosa/bad").Status)
}

func TestOfManyNewResourcesOfOneTitleOneIsMade(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	token := s.Token(t, "rosa")
	for name, create := range map[string]func(title, text string) int{
		"by programs": func(title, text string) int {
			return s.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{
				"files": map[string]string{"index.md": lessonText(title, text)},
			}).Status
		},
		"in the browser": func(title, text string) int {
			mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "text": lessonText(title, text)}, "", nil)
			return rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin").Status
		},
	} {
		t.Run(name, func(t *testing.T) {
			const writers = 12
			statuses := make([]int, writers)
			var all sync.WaitGroup
			for i := range writers {
				all.Go(func() { statuses[i] = create("Thirds "+name, fmt.Sprintf("Of writer %d.", i)) })
			}
			all.Wait()
			won := -1
			for i, status := range statuses {
				if status != http.StatusConflict {
					require.Equal(t, -1, won, "two won: %v", statuses)
					require.Contains(t, []int{http.StatusCreated, http.StatusSeeOther}, status)
					won = i
				}
			}
			require.NotEqual(t, -1, won, "%v", statuses)
			page := "/r/rosa/thirds-" + strings.ReplaceAll(name, " ", "-")
			has(t, s.Page(t, page), fmt.Sprintf("Of writer %d.", won))
			assert.Equal(t, 1, strings.Count(s.Page(t, page+"/history"), "<time"), "nothing was replaced")
		})
	}
}
