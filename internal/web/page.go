package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

// page answers with a page of the theme.
func (s *Server) page(c *fiber.Ctx, name string, f themes.Frame, view any) (err error) {
	theme := s.theme(c)
	f.Language = language(c)
	f.Look = look(c)
	if f.Site = theme.Site(); f.Site == "" {
		f.Site = s.o.SiteName
	}
	if s.visitor(c).Role == accounts.Admin {
		f.Trouble = s.o.Theme.Stale()
	}
	f.Path = c.OriginalURL()
	f.Account = s.visitor(c).Display
	if notice := c.Query("notice"); f.Notice == "" && theme.Label(f.Language, "notice", notice) != notice {
		f.Notice = notice // one of ours: an address must not put words into this site's mouth
	}
	f.Lede = clip(f.Lede, ledeLength)
	s.canonical(c, &f, theme.Languages())
	scripts := ""
	switch {
	case name == "home" || name == "search":
		f.Script = suggestPath
		scripts = "; script-src 'self'"
	case f.Offline:
		f.Script, f.Whole = offlinePath, name == "offline" // which makes a list
		scripts = "; script-src 'self'; worker-src 'self'"
	}
	if editing[name] {
		f.Script, f.Whole = editorPath, true
		scripts = "; script-src 'self'"
	}
	if scripts != "" {
		scripts += "; manifest-src 'self'" // which the head names beside the script
	}
	made := func() (b []byte, p shown, err error) {
		var out bytes.Buffer
		p.style, err = theme.Page(&out, name, f, view)
		p.sum = sha256.Sum256(out.Bytes())
		return out.Bytes(), p, err
	}
	var ready []byte
	content, same := theme.Content(name, f, view)
	key := pageKey{theme, content}
	p, known := s.pages.Get(key)
	if !same || !known {
		if ready, p, err = made(); err != nil {
			return err
		}
	}
	if same && !known {
		s.pages.Add(key, p)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, policy(p.style, scripts))
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	if len(c.Response().Header.Peek(fiber.HeaderCacheControl)) == 0 {
		c.Set(fiber.HeaderCacheControl, cacheable(s.visitor(c).Name == ""))
	}
	return s.answer(c, p.sum, func() ([]byte, error) {
		if ready == nil {
			ready, _, err = made()
		}
		return ready, err
	})
}

// pagesKept bounds how many pages are known by what they show.
const pagesKept = 4096

// pageKey is all that a page shows: its content, in the templates and words of a theme.
type pageKey struct {
	theme   *themes.Theme
	content [sha256.Size]byte
}

// shown is what an answer says of a page that was made before. The page itself need not be made again for who has it, and for
// who gets it compressed where that is still there.
type shown struct {
	style string // source expression of its style sheet
	sum   [sha256.Size]byte
}

// policy is what a page may load, with the style and the scripts that it has.
func policy(style, scripts string) string {
	return "default-src 'none'; style-src " + style +
		"; img-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'" + scripts
}

func cacheable(anybody bool) string {
	if anybody {
		return "public, no-cache" // may be kept, must be asked about: a 304 costs nothing
	}
	return "private, no-cache"
}

// compressed bodies shorter than this would not be shorter.
const compressFrom = 400

// send answers with a body that readers may keep: with its tag, compressed, or as "not modified".
func (s *Server) send(c *fiber.Ctx, b []byte) error {
	return s.answer(c, sha256.Sum256(b), func() ([]byte, error) { return b, nil })
}

// answer is send for a body with a hash that is made only where it is needed.
func (s *Server) answer(c *fiber.Ctx, sum [32]byte, body func() ([]byte, error)) error {
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
	c.Set(fiber.HeaderETag, tag)
	if len(c.Response().Header.Peek(fiber.HeaderCacheControl)) == 0 {
		c.Set(fiber.HeaderCacheControl, "public, no-cache")
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	if c.Response().StatusCode() == fiber.StatusOK && matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Response().Header.Del(fiber.HeaderContentType)
		c.Status(fiber.StatusNotModified)
		return nil
	}
	encoding := ""
	if c.Get(fiber.HeaderAcceptEncoding) != "" {
		for _, e := range []string{"br", "gzip"} { // browsers name all that they read, in no order that means anything
			if c.AcceptsEncodings(e) == e {
				encoding = e
				break
			}
		}
	}
	if encoding != "" {
		if packed, ok := s.packed.done(encoding, sum); ok {
			c.Set(fiber.HeaderContentEncoding, encoding)
			return s.body(c, packed)
		}
	}
	b, err := body()
	if err != nil {
		return err
	}
	if encoding != "" && len(b) >= compressFrom {
		c.Set(fiber.HeaderContentEncoding, encoding)
		b = s.packed.pack(encoding, sum, b)
	}
	return s.body(c, b)
}

// matches reports whether an If-None-Match header names the tag.
func matches(header, tag string) bool {
	if header == "*" {
		return true
	}
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// redirect sends the browser on with a GET. The address is of this server: it must begin with one slash.
func redirect(c *fiber.Ctx, to string) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Redirect(local(to), fiber.StatusSeeOther)
}

// local is an address of this server, or the first page where the text is anything else.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t\x00") {
		return "/"
	}
	return to
}

func escapeQuery(s string) string { return url.QueryEscape(s) }

// withQuery is an address with one parameter set.
func withQuery(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// jsonLD is a data block for a page. The bytes are JSON that json.Marshal has escaped, so no "<" is left in them.
func jsonLD(b []byte) template.HTML {
	if len(b) == 0 || bytes.ContainsAny(b, "<>") {
		return ""
	}
	return template.HTML(`<script type="application/ld+json">` + string(b) + `</script>`) //nolint:gosec // no "<"
}

// gzipped has room from the beginning for what pages become.
func gzipped(b []byte, level int) []byte {
	return fasthttp.AppendGzipBytesLevel(make([]byte, 0, len(b)/3), b, level)
}

func itoa(n int) string { return strconv.Itoa(n) }
