package repository

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// TestWhatIsKeptOfTextsIsWhatAFreshLookSees checks folders that differ in one thing each, over and over, with one looker that
// keeps and with a new one each time.
func TestWhatIsKeptOfTextsIsWhatAFreshLookSees(t *testing.T) {
	r, err := render.New(render.Options{})
	require.NoError(t, err)
	folder := func(name, front, body string, more ...string) fs.FS {
		files := fstest.MapFS{"index.md": {Data: []byte("---\ntitle: Strips\ntype: unit\nlicense: CC-BY-4.0\ncreators: [{name: Rosa}]\n---\nTwo lessons.\n")}}
		files[name+"/index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Strips\ntype: lesson\n" + front + "\n---\n" + body)}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
		}
		return files
	}
	const faulty, film = "# A\n\n#### B\n\n[x](nowhere.md) ![](p.png) $\\frac{1}{2$", "![the film](clip.mp4)"
	hard := strings.Repeat("Notwithstanding considerable methodological heterogeneity, interdisciplinary investigations consistently demonstrate extraordinarily multidimensional characteristics. ", 12)
	const faint = `<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9" fill="#fff"/><text fill="#eee">a</text></svg>`
	folders := []fs.FS{
		folder("a", "language: en", faulty), folder("b", "language: en", faulty), folder("a", "language: es", faulty),
		folder("a", "language: en\ndescription: one line more", faulty), folder("a", "language: en", faulty, "a/nowhere.md", "x", "a/p.png", "x"),
		folder("a", "language: en", film, "a/clip.mp4", "x"), folder("a", "language: en", film, "a/clip.mp4", "x", "a/clip.vtt", "WEBVTT\n"),
		folder("a", "language: en\ngrades: [2]", hard), folder("a", "language: en\ngrades: [HE]", hard), folder("a", "language: es\ngrades: [2]", hard),
		folder("a", "language: en", "Text.", "a/x.svg", faint), folder("a", "language: en", "Text.", "a/y.svg", faint),
		folder("a", "language: en", "Text.", "a/x.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`),
	}
	keeps := newLooker(r)
	different := map[string]bool{}
	for range 2 {
		for i, files := range folders {
			tree, problems := keeps.check(files, metadata.CheckOptions{})
			_, fresh := Check(files, metadata.CheckOptions{}, r)
			require.Equal(t, fresh, problems, "folder %d", i)
			for _, n := range tree.Root.All() {
				seen, err := keeps.look(files, n)
				require.NoError(t, err)
				anew, err := looker{renderer: r}.look(files, n)
				require.NoError(t, err)
				assert.Equal(t, anew, seen, "folder %d", i)
				assert.Equal(t, looker{}.access(files, n), keeps.access(files, n), "folder %d", i)
				assert.Equal(t, render.Text(n.Body), keeps.text(n.Body))
			}
			different[fmt.Sprint(problems)] = true
		}
	}
	assert.Greater(t, len(different), 8, "the folders tell nothing apart")
	assert.Positive(t, keeps.looks.Len())
	assert.Positive(t, keeps.drawings.Len())
}

// TestWhatAPageShowsNeedNotBeRenderedAgain checks folders after a page was made of their text elsewhere, and without.
func TestWhatAPageShowsNeedNotBeRenderedAgain(t *testing.T) {
	r, err := render.New(render.Options{})
	require.NoError(t, err)
	const film, faulty = "![the film](clip.mp4)\n", "# A\n\n#### B\n\n[x](nowhere.md) [y](../z) ![](p.png) $\\frac{1}{2$\n\n::: teacher\nNo.\n"
	for _, body := range []string{"Fold.\n", faulty, film, "", strings.Repeat("Fold the paper. ", 5000)} {
		for _, more := range []string{"", "description: a line more\n"} {
			files := fstest.MapFS{
				"index.md": {Data: []byte("---\ntitle: Strips\ntype: lesson\nlanguage: en\nlicense: CC-BY-4.0\n" + more + "creators: [{name: Rosa}]\n---\n\n" + body)},
				"clip.mp4": {Data: []byte("x")}, "clip.vtt": {Data: []byte("WEBVTT\n")},
			}
			page, err := r.Render([]byte(body), render.View{Audience: render.Teacher, Base: "/r/rosa/strips", Language: "en", Source: "other.md"})
			require.NoError(t, err)
			keeps := newLooker(r)
			(&Service{looker: keeps}).Rendered([]byte(body), "en", page)
			kept := keeps.looks.Len()
			assert.Equal(t, body != film && len(body) < keptText, kept == 1, "%.20q", body)
			tree, problems := keeps.check(files, metadata.CheckOptions{})
			_, fresh := Check(files, metadata.CheckOptions{}, r)
			assert.Equal(t, fresh, problems, "%.20q", body)
			assert.Equal(t, kept, keeps.looks.Len(), "%.20q was found again", body)
			assert.Equal(t, looker{}.access(files, tree.Root), keeps.access(files, tree.Root), "%.20q", body)
			seen, err := keeps.look(files, tree.Root)
			require.NoError(t, err)
			anew, err := looker{renderer: r}.look(files, tree.Root)
			require.NoError(t, err)
			assert.Equal(t, anew, seen, "%.20q", body)
		}
	}
}
