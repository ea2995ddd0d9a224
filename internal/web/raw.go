package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/media"
)

// sandboxed keeps what an author uploaded from acting as this site: no script, no form, no origin of its own.
const sandboxed = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; frame-ancestors 'none'; sandbox"

// mediaTypes are those of the files that lessons are made of. Everything else is offered for download.
var mediaTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
	".svg": "image/svg+xml", ".md": "text/markdown; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".json": "application/json", ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".pdf": "application/pdf",
	".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".wav": "audio/wav", ".mp4": "video/mp4", ".webm": "video/webm",
	".vtt": "text/vtt; charset=utf-8", ".py": "text/plain; charset=utf-8", ".js": "text/plain; charset=utf-8", ".xml": "text/plain; charset=utf-8",
	".yaml": "text/plain; charset=utf-8", ".yml": "text/plain; charset=utf-8", ".tex": "text/plain; charset=utf-8",
}

// raw serves a file as its author wrote it.
func (s *Server) raw(c *fiber.Ctx, l located) error {
	name := path.Join(l.Resource.Address.Part, l.Rest)
	if !fs.ValidPath(name) || l.Rest == "" {
		return fiber.ErrNotFound
	}
	fsys, err := s.o.Repository.Files(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	ext := strings.ToLower(path.Ext(name))
	kind, known := mediaTypes[ext]
	if !known {
		kind = "application/octet-stream"
		c.Set(fiber.HeaderContentDisposition, `attachment; filename*=UTF-8''`+url.PathEscape(path.Base(name)))
	}
	c.Set(fiber.HeaderContentType, kind)
	if ext != ".pdf" { // browsers do not show a document in a sandbox, and it has no origin to act for
		c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	}
	if l.Pinned() != "" {
		c.Set(fiber.HeaderCacheControl, ofRevision)
	} else {
		c.Set(fiber.HeaderCacheControl, "public, max-age=60")
	}
	if info.Size() > media.Threshold {
		return s.large(c, l, name)
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "text/") || ext == ".svg" || ext == ".json" {
		return s.send(c, b)
	}
	if tagged(c, b) {
		return nil
	}
	return s.ranged(c, b)
}

// tagged gives a file's answer its tag, and reports whether the reader has the file: then that is the answer.
func tagged(c *fiber.Ctx, b []byte) bool {
	sum := sha256.Sum256(b)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
	c.Set(fiber.HeaderETag, tag)
	if !matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		return false
	}
	c.Response().Header.Del(fiber.HeaderContentType)
	c.Status(http.StatusNotModified)
	return true
}

// ranged answers with a file or the part of it that a player asks for, if that is of the file that it has the beginning of.
func (s *Server) ranged(c *fiber.Ctx, b []byte) error {
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	of := c.Get(fiber.HeaderIfRange)
	same := of == "" || of == string(c.Response().Header.Peek(fiber.HeaderETag))
	if header := c.Get(fiber.HeaderRange); same && strings.HasPrefix(header, "bytes=") && !strings.Contains(header, ",") {
		r, err := c.Range(len(b))
		if err != nil || len(r.Ranges) != 1 {
			c.Set(fiber.HeaderContentRange, "bytes */"+itoa(len(b)))
			return fiber.NewError(http.StatusRequestedRangeNotSatisfiable)
		}
		from, to := r.Ranges[0].Start, r.Ranges[0].End
		c.Set(fiber.HeaderContentRange, "bytes "+itoa(from)+"-"+itoa(to)+"/"+itoa(len(b)))
		c.Status(http.StatusPartialContent)
		b = b[from : to+1]
	}
	return s.body(c, b)
}

// rawPath is the address of a file beside a resource's text.
func rawPath(page, name string) string {
	var b strings.Builder
	b.WriteString(page + "/raw")
	for seg := range strings.SplitSeq(name, "/") {
		b.WriteString("/" + url.PathEscape(seg))
	}
	return b.String()
}

// logo is the theme's mark.
func (s *Server) logo(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "image/svg+xml")
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	c.Set(fiber.HeaderCacheControl, "public, max-age="+itoa(int((24*time.Hour).Seconds())))
	return s.send(c, s.theme(c).Logo())
}
