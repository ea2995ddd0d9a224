package app_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// zeros is a compressed file of as many MiB of zeros, and its checksum.
func zeros(t *testing.T, mib int) (packed []byte, sum uint32) {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	crc := crc32.NewIEEE()
	chunk := make([]byte, 1<<20)
	for range mib {
		_, err := io.MultiWriter(w, crc).Write(chunk)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes(), crc.Sum32()
}

// entry adds a file whose directory says of its size what it likes.
func entry(t *testing.T, z *zip.Writer, name string, packed []byte, sum uint32, size uint64) {
	t.Helper()
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: sum, CompressedSize64: uint64(len(packed)), UncompressedSize64: size,
	})
	require.NoError(t, err)
	_, err = w.Write(packed)
	require.NoError(t, err)
}

// withIndex is an archive of a good lesson and something else.
func withIndex(t *testing.T, add func(z *zip.Writer)) []byte {
	t.Helper()
	return archive(t, func(z *zip.Writer) {
		put(t, z, &zip.FileHeader{Name: "index.md"}, lessonText("Planted", "Text."))
		add(z)
	})
}

func put(t *testing.T, z *zip.Writer, h *zip.FileHeader, text string) {
	t.Helper()
	w, err := z.CreateHeader(h)
	require.NoError(t, err)
	_, err = w.Write([]byte(text))
	require.NoError(t, err)
}

func named(t *testing.T, name string) []byte {
	t.Helper()
	return withIndex(t, func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: name}, "planted") })
}

func ofMode(t *testing.T, mode fs.FileMode) []byte {
	t.Helper()
	return withIndex(t, func(z *zip.Writer) {
		h := &zip.FileHeader{Name: "media/link"}
		h.SetMode(mode | 0o644)
		put(t, z, h, "../../../../etc/passwd")
	})
}

func TestHostileArchivesPublishNothing(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	token := s.Token(t, "rosa")
	before := seq(t, s)
	packed, sum := zeros(t, 60)
	tall := func(size uint64, n int) []byte {
		return withIndex(t, func(z *zip.Writer) {
			for i := range n {
				entry(t, z, fmt.Sprintf("data/%d.bin", i), packed, sum, size)
			}
		})
	}
	for name, file := range map[string][]byte{
		"more than a folder may hold":     tall(60<<20, 20),
		"a file larger than it says":      tall(100, 1),
		"a file smaller than it says":     tall(61<<20, 1),
		"a size that overflows":           tall(1<<63, 2),
		"an index.md of 60 MB of zeros":   archive(t, func(z *zip.Writer) { entry(t, z, "index.md", packed, sum, 60<<20) }),
		"too many files":                  withIndex(t, func(z *zip.Writer) { many(t, z, 20_001) }),
		"many files":                      withIndex(t, func(z *zip.Writer) { many(t, z, 6_000) }),
		"a path out of the folder":        named(t, "../../planted.md"),
		"a path out of it in the middle":  named(t, "media/../../planted.md"),
		"an absolute path":                named(t, "/etc/planted.md"),
		"a path for Windows":              named(t, `..\..\planted.md`),
		"a drive":                         named(t, `C:\planted.md`),
		"a name that is not UTF-8":        named(t, "media/\xff\xfe.png"),
		"a name with a line break":        named(t, "media/a\nb.png"),
		"a name with a zero":              named(t, "media/a\x00b.png"),
		"git's own folder, shouted":       named(t, ".GIT/hooks/post-checkout"),
		"git's own folder, below":         named(t, "media/.git/config"),
		"git's own folder, for Windows":   named(t, "GIT~1/config"),
		"git's own folder, for a Mac":     named(t, ".g\u200cit/config"),
		"a symbolic link":                 ofMode(t, fs.ModeSymlink),
		"a device":                        ofMode(t, fs.ModeDevice),
		"a pipe":                          ofMode(t, fs.ModeNamedPipe),
		"a file and a folder of one name": withIndex(t, func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: "index.md/x"}, "x") }),
		"two of one name":                 withIndex(t, func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: "index.md"}, lessonText("Other", "x")) }),
		"very deep folders":               named(t, strings.Repeat("a/", 200)+"planted.md"),
		"a very long name":                named(t, strings.Repeat("a", 5000)),
		"no index.md":                     archive(t, func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: "read.me"}, "x") }),
		"nothing":                         archive(t, func(*zip.Writer) {}),
		"half of it":                      named(t, "media/a.png")[:200],
		"no zip at all":                   []byte("PK\x03\x04 but no more"),
		"no bytes":                        {},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.Upload(t, http.MethodPost, "/api/v1/resources?slug=planted", token, "application/zip", file)
			require.Contains(t, []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, a.Status, a.Body)
			p := refused(t, a, a.Status)
			if a.Status != http.StatusRequestEntityTooLarge {
				assert.True(t, p.Detail != "" || len(p.Problems) > 0, "it says what is wrong: %s", a.Body)
			}
			if len(file) == 0 {
				return // the form then takes the text
			}
			mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "slug": "planted"}, "planted.zip", file)
			form := rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
			assert.Contains(t, []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, form.Status)
			has(t, form.Body, "</html>")
		})
	}
	assert.Equal(t, before, seq(t, s), "something was published")
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/r/rosa/planted").Status)
	s.Page(t, "/readyz")
}

func many(t *testing.T, z *zip.Writer, n int) {
	t.Helper()
	for i := range n {
		put(t, z, &zip.FileHeader{Name: fmt.Sprintf("data/%d.txt", i), Method: zip.Store}, "x")
	}
}

func TestHostileBodiesPublishNothing(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	token, r := s.Token(t, "rosa"), s.At(t, "rosa/halves")
	before := seq(t, s)
	large := bytes.Repeat([]byte("a"), 50<<20)
	file := func(name, text string) string {
		return fmt.Sprintf(`{"slug": "planted", "files": {%q: %q}}`, name, text)
	}
	for name, c := range map[string]struct {
		mediaType, body string
		status          int
		detail          string
	}{
		"50 MB":                      {"application/json", `{"files": {"index.md": "` + string(large) + `"}}`, http.StatusRequestEntityTooLarge, ""},
		"a field that there is not":  {"application/json", `{"slug": "planted", "licence": "CC-BY-4.0", "files": {}}`, http.StatusBadRequest, "licence"},
		"another type":               {"application/json", `{"slug": 7}`, http.StatusBadRequest, "slug"},
		"no object":                  {"application/json", `["index.md"]`, http.StatusBadRequest, "JSON"},
		"half an object":             {"application/json", `{"slug": "planted"`, http.StatusBadRequest, "JSON"},
		"two objects":                {"application/json", file("index.md", lessonText("Planted", "x")) + ` {}`, http.StatusBadRequest, "goes on"},
		"nothing":                    {"application/json", ``, http.StatusBadRequest, "JSON"},
		"very deep":                  {"application/json", strings.Repeat(`{"files":`, 100_000), http.StatusBadRequest, ""},
		"no UTF-8":                   {"application/json", "{\"slug\": \"\xff\xfe\"}", http.StatusBadRequest, "UTF-8"},
		"another media type":         {"text/plain", "hello", http.StatusUnsupportedMediaType, "application/zip"},
		"a path out of the folder":   {"application/json", file("../planted.md", "x"), http.StatusUnprocessableEntity, "../planted.md"},
		"an absolute path":           {"application/json", file("/planted.md", "x"), http.StatusUnprocessableEntity, "/planted.md"},
		"front matter that is none":  {"application/json", file("index.md", "---\ntitle: [\n---\n"), http.StatusUnprocessableEntity, ""},
		"an alias bomb":              {"application/json", file("index.md", yamlBomb()), http.StatusUnprocessableEntity, ""},
		"an address that is a route": {"application/json", `{"slug": "../../api", "files": {}}`, http.StatusUnprocessableEntity, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := refused(t, s.Upload(t, http.MethodPost, "/api/v1/resources", token, c.mediaType, []byte(c.body)), c.status)
			assert.Contains(t, p.Detail, c.detail)
		})
	}
	t.Run("a form of 50 MB", func(t *testing.T) {
		for _, path := range []string{"/r/rosa/halves/edit", "/r/rosa/halves/remix"} {
			a := rosa.Post(t, path, url.Values{"base": {r.Revision}, "title": {"Planted"}, "text": {string(large)}})
			assert.Equal(t, http.StatusRequestEntityTooLarge, a.Status)
		}
	})
	t.Run("a body without an end", func(t *testing.T) {
		endless := io.LimitReader(always('a'), 64<<20) // no length is told
		a := s.Do(t, http.MethodPost, "/api/v1/resources", endless, "Content-Type", "application/json", "Authorization", "Bearer "+token)
		assert.Equal(t, http.StatusRequestEntityTooLarge, a.Status)
	})
	assert.Equal(t, before, seq(t, s), "something was published")
	s.Page(t, "/readyz")
}

// always reads the same byte for ever.
type always byte

func (a always) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(a)
	}
	return len(p), nil
}

func yamlBomb() string {
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return b.String() + "---\n"
}

// TestTwoGigabytesAreRefusedBeforeTheyCome promises 2 GB, sends a little of them, and waits for the answer.
func TestTwoGigabytesAreRefusedBeforeTheyCome(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	token := s.Token(t, "rosa")
	for _, mediaType := range []string{"application/zip", "application/json"} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
		_, err = fmt.Fprintf(c, "POST /api/v1/resources?slug=planted HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: 2147483648\r\n\r\n%s",
			token, mediaType, strings.Repeat("a", 70<<10))
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err, "%s: no answer before the body", mediaType)
		defer resp.Body.Close()
		assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode, mediaType)
		assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
	}
}

func TestFolderOfACloneIsPublishedWithoutItsGit(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	a := s.Upload(t, http.MethodPost, "/api/v1/resources?slug=cloned", s.Token(t, "rosa"), "application/zip", named(t, ".git/config"))
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/r/rosa/cloned/raw/.git/config").Status)
	into := t.TempDir()
	gitOf(t)("clone", "--quiet", s.URL+"/r/rosa/cloned", into)
	assert.Equal(t, "index.md", strings.TrimSpace(gitOf(t)("-C", into, "ls-tree", "-r", "--name-only", "HEAD")))
}

func TestStrangeAddressesAreAnswered(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	s.ImportFrameworks(t)
	long := strings.Repeat("a", 6000)
	for _, path := range []string{
		"/search?q=%ff%fe", "/search?q=" + long, "/search?q=((((((", "/search?q=%22", "/search?q=standard:", "/search?q=-", "/search?q=a%00b", "/search?q=*",
		"/search?q=" + strings.Repeat("a%20", 1500), "/search?q=" + url.QueryEscape(strings.Repeat("standard:5.NF ", 300)),
		"/search?page=-1", "/search?page=99999999999999999999", "/search?page=1000000", "/search?sort=none", "/search?grade=%ff", "/search?license=none",
		"/api/v1/search?size=0", "/api/v1/search?size=1000000", "/api/v1/search?cursor=" + long, "/api/v1/search?cursor=%ff", "/api/v1/changes?after=-1",
		"/api/v1/changes?after=x", "/api/v1/resources/x", "/api/v1/none",
		"/id/x", "/id/00000000-0000-0000-0000-000000000000", "/id/%2e%2e%2f", "/r/rosa", "/r/nobody", "/r/rosa/", "/r//", "/r/rosa/halves@", "/r/rosa/halves@zzz",
		"/r/rosa/halves@0000000000000000000000000000000000000000", "/r/rosa/halves/compare/a..b", "/r/rosa/halves/compare/..", "/r/rosa/halves/compare/",
		"/r/rosa/halves/raw/%2e%2e/%2e%2e/etc/passwd", "/r/rosa/halves/raw/", "/r/rosa/halves/../../etc", "/r/%00/%00", "/r/rosa/halves/%ff", "/r/" + long,
		"/r/rosa/halves.git", "/r/rosa/halves.git/info/refs", "/r/rosa/halves.git/HEAD", "/r/rosa/halves.git/info/refs?service=git-upload-pack%00",
		"/standards/none", "/standards/ccss-math/none", "/standards/ccss-math/%ff", "/standards/%2e%2e/x", "/peers/none", "/?lang=xx", "/?notice=" + long,
		"/oai", "/oai?verb=None", "/oai?verb=ListRecords&resumptionToken=" + long, "/oai?verb=GetRecord&identifier=%ff&metadataPrefix=oai_dc",
		"/oai?verb=ListRecords&metadataPrefix=oai_dc&from=x", "/oai?verb=ListRecords&metadataPrefix=oai_dc&from=9999-12-31", "/oai?verb=Identify&verb=Identify",
		"/sign-in?next=//evil.example", "/sign-in?next=%0d%0aSet-Cookie:%20a=b", "/%2e%2e/%2e%2e/etc/passwd", "/.git/config", "/wp-login.php",
	} {
		for _, v := range []*apptest.Visitor{s.Visitor, rosa} {
			a := v.Get(t, path)
			assert.Less(t, a.Status, 500, "%.100s: %.300s", path, read(a.Body))
			assert.NotContains(t, a.Body, "root:x:0", path)
			assert.NotContains(t, a.Header.Get("Location"), "evil.example", path)
			assert.Empty(t, a.Header.Values("Set-Cookie"), path)
		}
	}
	assert.NotContains(t, s.Log(), "level=ERROR")
}
