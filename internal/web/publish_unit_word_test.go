package web

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

var regexpPicture = regexp.MustCompile(`<img src="([^"]+)" alt="A gray`)

// pandoc is the program, where there is one. Where CI=true it must be there.
func pandoc(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("pandoc")
	if err != nil {
		const missing = "no pandoc in PATH: apt-get install -y pandoc"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return program
}

// wordOf is a Word document that pandoc writes of Markdown, with a picture dot.png beside it.
func wordOf(t *testing.T, markdown string) []byte {
	t.Helper()
	dir := t.TempDir()
	var dot bytes.Buffer
	require.NoError(t, png.Encode(&dot, image.NewGray(image.Rect(0, 0, 40, 30))))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dot.png"), dot.Bytes(), 0o600))
	cmd := exec.Command(pandoc(t), "--from=markdown", "--to=docx", "--output=lesson.docx") //nolint:gosec // found in PATH
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(markdown)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	b, err := os.ReadFile(filepath.Join(dir, "lesson.docx"))
	require.NoError(t, err)
	return b
}

// stuffed is a Word document whose text is as long as no person writes it: 200 MB, in less than one on the wire.
func stuffed(t *testing.T, honest []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(honest), int64(len(honest)))
	require.NoError(t, err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range r.File {
		from, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(from)
		require.NoError(t, err)
		to, err := z.Create(f.Name)
		require.NoError(t, err)
		if f.Name == "word/document.xml" {
			before, after, found := bytes.Cut(text, []byte("<w:p>"))
			require.True(t, found)
			_, err = to.Write(before)
			require.NoError(t, err)
			paragraphs := bytes.Repeat([]byte("<w:p><w:r><w:t>spam and eggs</w:t></w:r></w:p>"), 20_000)
			for range 200_000_000 / len(paragraphs) {
				_, err = to.Write(paragraphs)
				require.NoError(t, err)
			}
			text = append([]byte("<w:p>"), after...)
		}
		_, err = to.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestRealWordDocumentsArePublished(t *testing.T) {
	if testing.Short() {
		t.Skip("pandoc takes its time")
	}
	t.Parallel()
	sample, err := os.ReadFile("../../content-samples/state-math/sharing-fairly/index.md")
	require.NoError(t, err)
	_, body, found := strings.Cut(strings.TrimPrefix(string(sample), "---\n"), "\n---\n")
	require.True(t, found)
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	send := func(name string, word []byte) answer {
		return w.uploads("/new", url.Values{"owner": {"maria"}, "text": {""}}, map[string][]byte{name: word})
	}
	publish := func(name string, word []byte) {
		t.Helper()
		page := send(name, word)
		require.Equal(t, http.StatusOK, page.status, page.body)
		typed := unitFields(t, page.body)
		typed.Set("do", "publish")
		done := w.post("/new/unit", typed)
		require.Equal(t, http.StatusSeeOther, done.status, done.body)
	}

	publish("sample.docx", wordOf(t, "# Sharing by paper strips\n\n"+body))
	text := w.get("/r/maria/sharing-by-paper-strips/raw/index.md").body
	for _, paragraph := range strings.Split(body, "\n\n")[:3] {
		assert.Contains(t, text, strings.Join(strings.Fields(strings.TrimLeft(paragraph, "# ")), " "))
	}

	publish("rich.docx", wordOf(t, "# Halves and tables\n\nHalf is $\\frac{1}{2}$:\n\n$$x^2 + y^2 = z^2$$\n\n"+
		"| strip | parts |\n|---|---|\n| red | 2 |\n\n![A gray strip of paper](dot.png)\n\n1. Fold.\n2. Count.\n\n> Say why.\n"))
	page := w.get("/r/maria/halves-and-tables").body
	for _, want := range []string{"<mfrac", "<msup", ">strip</th>", ">red</td>", `alt="A gray strip of paper"`, "<ol>", "<blockquote>"} {
		assert.Contains(t, page, want)
	}
	picture := regexpPicture.FindStringSubmatch(page)
	require.NotNil(t, picture, page)
	got := w.get(picture[1])
	assert.Equal(t, http.StatusOK, got.status)
	_, err = png.Decode(strings.NewReader(got.body))
	assert.NoError(t, err, "the picture came along")

	refused := send("stuffed.docx", stuffed(t, wordOf(t, "Text.")))
	assert.Equal(t, http.StatusRequestEntityTooLarge, refused.status)
	assert.Contains(t, send("torn.docx", wordOf(t, "Text.")[:2000]).body, "not a zip archive")
}
