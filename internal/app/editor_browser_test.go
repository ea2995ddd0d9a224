package app_test

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// hand is a way to work on a page: with scripts or without, by mouse, or by the keyboard alone: then all that a test does is to
// open addresses and to press keys.
type hand struct {
	*browser.Page
	t        *testing.T
	scripts  bool
	keyboard bool
}

// reach moves the focus by the keyboard until it is on an element.
func (h hand) reach(selector string) {
	h.t.Helper()
	for range 120 {
		if h.Focused(selector) {
			return
		}
		h.Press("Tab")
	}
	h.t.Fatalf("the keyboard does not reach %s", selector)
}

// back moves the focus to an element that stands before it.
func (h hand) back(selector string) {
	h.t.Helper()
	for n := 0; h.keyboard && !h.Focused(selector); n++ {
		require.Less(h.t, n, 60, "the keyboard does not lead back to %s", selector)
		h.Press("Shift+Tab")
	}
}

func (h hand) follow(selector string) {
	h.t.Helper()
	if !h.keyboard {
		h.Follow(selector)
		return
	}
	h.reach(selector)
	h.PressToFollow("Enter")
}

func (h hand) fill(selector, text string) {
	h.t.Helper()
	if !h.keyboard {
		h.Fill(selector, text)
		return
	}
	h.reach(selector)
	h.Press("Control+a")
	h.Type(text)
}

// choose selects an option.
func (h hand) choose(selector, value string) {
	h.t.Helper()
	if !h.keyboard {
		h.Choose(selector, value)
		return
	}
	h.reach(selector)
	h.Press("Home")
	for range 60 {
		if h.Text(selector) == value {
			return
		}
		h.Press("ArrowDown")
	}
	h.t.Fatalf("the arrows do not reach %s in %s", value, selector)
}

// open opens what is folded.
func (h hand) open(summary string) {
	h.t.Helper()
	if !h.keyboard {
		h.Click(summary)
		return
	}
	h.reach(summary)
	h.Press("Enter")
}

// attach chooses a file.
func (h hand) attach(selector, file string) {
	h.t.Helper()
	if !h.keyboard {
		h.Attach(selector, file)
		return
	}
	h.reach(selector)
	h.PressToAttach("Enter", file)
}

// looks checks the page in two widths and both looks, and takes pictures of it into the folder in EDITOR_SHOTS, if that is set.
// It is the same page by the keyboard.
func (h hand) looks(name string) {
	h.t.Helper()
	if h.keyboard {
		silent(h.t, h.Page)
		return
	}
	for _, width := range []int{360, 1280} {
		for _, dark := range []bool{false, true} {
			h.SetViewport(width, 900, dark)
			fits(h.t, h.Page)
			if dir := os.Getenv("EDITOR_SHOTS"); dir != "" && h.scripts {
				h.Screenshot(filepath.Join(dir, fmt.Sprintf("%s-%d-%v.png", name, width, dark)))
			}
			if width == 1280 || !dark {
				accessible(h.t, h.Page)
			}
		}
	}
	h.SetViewport(1280, 900, false)
	silent(h.t, h.Page)
}

// inEveryWay does something with scripts off and on, each by mouse and by keyboard alone; all must end in the same state.
func inEveryWay(t *testing.T, do func(t *testing.T, h hand, s *apptest.Server, name string) (state string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s := apptest.New(t).Server(t, "server", nil)
	s.ImportFrameworks(t)
	s.SignIn(t, "kim", accounts.Author)
	ends := map[string]string{}
	for _, way := range []string{"wayoff", "wayon", "waykeysoff", "waykeyson"} { // no part of other words
		t.Run(way, func(t *testing.T) {
			h := hand{b.Page(t), t, strings.HasSuffix(way, "on"), strings.HasPrefix(way, "waykeys")}
			if !h.scripts {
				h.DisableScripts()
			}
			h.SetViewport(1280, 900, false)
			h.Open(s.URL + "/sign-in")
			h.fill("#name", "kim")
			h.fill("#password", apptest.Password)
			h.follow(`form[action="/sign-in"] button`)
			ends[way] = do(t, h, s, way)
		})
	}
	require.Len(t, ends, 4)
	require.NotEmpty(t, ends["wayoff"])
	for way, end := range ends {
		assert.Equal(t, ends["wayoff"], end, way)
	}
}

func body(t *testing.T, s *apptest.Server, address string) string {
	t.Helper()
	_, text, _ := strings.Cut(strings.TrimPrefix(s.Page(t, address+"/raw/index.md"), "---\n"), "\n---\n")
	return text
}

func TestLessonIsEditedInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		s.Publish(t, "kim/lesson-"+way, lesson("Halves", "## Fold\n\nFold the paper twice.\n\n$\\frac{1$"))
		at := "/r/kim/lesson-" + way
		h.Open(s.URL + at + "/edit")
		if h.scripts {
			if h.keyboard {
				h.reach("#text")
				for _, key := range slices.Concat([]string{"Control+Home", "ArrowDown", "ArrowDown"}, slices.Repeat([]string{"ArrowRight"}, len("Fold the ")), slices.Repeat([]string{"Shift+ArrowRight"}, len("paper"))) {
					h.Press(key)
				}
				h.back(".tool.bold")
				h.Press("Enter")
			} else {
				h.Eval(`(() => { const t = document.querySelector('#text'), i = t.value.indexOf('paper'); t.focus(); t.setSelectionRange(i, i + 5) })()`, nil)
				h.Click(".tool.bold")
			}
			waitFor(t, h.Page, `document.querySelector('#text').value.includes('**paper**')`)
			waitFor(t, h.Page, `document.querySelector('#draft-state').textContent !== ''`)
			h.Open(s.URL + at + "/edit") // the draft is there
			assert.Contains(t, h.Text("#text"), "**paper**")
		} else {
			h.open(".aim summary")
			h.fill("#words", "paper")
			h.back(".tool.bold")
			h.follow(".tool.bold")
		}
		h.looks("edit")
		h.follow(`.bar button:not([name])`)
		assert.Contains(t, h.Text("[role=status]"), "Published")
		return stateOf(t, s, at, way)
	})
}

func TestLessonIsTranslatedInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		s.Publish(t, "kim/halves-"+way, lesson("Halves", "## Fold\n\nFold the paper twice."))
		h.Open(s.URL + "/r/kim/halves-" + way)
		h.follow(`a[href$="/translate"]`)
		h.choose("#to", "es")
		h.follow("main form button.button")
		h.fill("#title", "Mitades "+way)
		h.fill("[name=b0]", "## Doblar")
		h.fill("[name=b1]", "Dobla el papel dos veces.")
		h.follow("[name=do][value=draft]")
		assert.Equal(t, "## Doblar", h.Text("[name=b0]"))
		h.looks("translate")
		h.follow("#editor .bar button:not([name])")
		assert.Contains(t, h.Text("[role=status]"), "Published")
		return stateOf(t, s, "/r/kim/mitades-"+way, way)
	})
}

func TestUnitIsPublishedInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "unit.zip")
		f, err := os.Create(file) //nolint:gosec // a folder of the test
		require.NoError(t, err)
		z := zip.NewWriter(f)
		for name, text := range map[string]string{
			"index.md":        lessonText("Unit "+way, "All of it."),
			"01-one/index.md": lessonText("One", "Share 3 pizzas. This is 4.NF.B.4."), "02-two/index.md": lessonText("Two", "Count."),
		} {
			w, err := z.Create(name)
			require.NoError(t, err)
			_, err = w.Write([]byte(text))
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
		require.NoError(t, f.Close())
		h.Open(s.URL + "/new")
		h.attach("#file", file)
		h.follow("[name=do][value=review]")
		assert.Contains(t, h.Text("main"), "4.NF.B.4")
		if h.scripts && !h.keyboard {
			h.Eval(`(() => { const [a, b] = document.querySelectorAll('.movable'), y = a.getBoundingClientRect().y
				for (const [on, type] of [[b, 'dragstart'], [a, 'dragover'], [b, 'dragend']]) on.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, clientY: y})) })()`, nil)
		} else {
			h.follow(`[name=do][value="up:02-two"]`)
		}
		h.looks("unit")
		h.follow("[name=do][value=publish]")
		assert.Contains(t, h.Text("[role=status]"), "Published")
		return stateOf(t, s, "/r/kim/unit-"+way, way) + s.Page(t, "/r/kim/unit-"+way+"/01-one/raw/index.md")
	})
}
