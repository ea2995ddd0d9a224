package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
)

// immutable is for what this program brings along, whose address pins it.
const immutable = "public, max-age=31536000, immutable"

// ofRevision is for files whose address pins a revision. They never change, but they are taken down: caches that many share ask
// again after five minutes, which costs a 304, and keep what they have where this server does not answer at all. A refusal
// is an answer.
const ofRevision = "public, max-age=3600, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"

var errNoMedia = fiber.NewError(http.StatusNotFound, "there is no such file")

// isMedia reports whether a program moves a large file.
func isMedia(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/"+media.Prefix) }

// mediaQuery is what an address of media is signed with.
func mediaQuery(c *fiber.Ctx) url.Values {
	q, err := url.ParseQuery(string(c.Context().URI().QueryString()))
	if err != nil {
		return nil // nothing is signed like that
	}
	return q
}

// mediaGet answers a signed address with the file, or the part of it that is asked for.
func (s *Server) mediaGet(c *fiber.Ctx) error {
	id := media.OID(c.Params("oid"))
	if s.o.Media == nil || !id.Valid() {
		return errNoMedia
	}
	if err := s.o.Media.AuthorizeDownload(id, mediaQuery(c)); err != nil {
		return err
	}
	size, err := s.o.Media.Size(c.UserContext(), id)
	if errors.Is(err, kind.ErrNotFound) {
		return errNoMedia
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/octet-stream")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+string(id)+`"`)
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	c.Set(fiber.HeaderCacheControl, "private, max-age=300") // the address is somebody's, and for a while
	ctx, cancel := context.WithTimeout(context.Background(), gitTime)
	return stream(c, s.o.Media.File(ctx, media.Pointer{OID: id, Size: size}), size, id, cancel)
}

// mediaPut stores what a signed address announced, as it comes.
func (s *Server) mediaPut(c *fiber.Ctx) error {
	id := media.OID(c.Params("oid"))
	if s.o.Media == nil || !id.Valid() {
		return errNoMedia
	}
	p, err := s.o.Media.AuthorizeUpload(id, mediaQuery(c))
	if err != nil {
		return err
	}
	body, err := s.patiently(c, p.Size)
	if err != nil {
		return err
	}
	if err = s.o.Media.Put(c.UserContext(), p, body); err != nil && body.err != nil {
		return fiber.NewError(http.StatusBadRequest, "the upload was cut off")
	}
	return err
}

// mediaVerify says whether an upload has arrived, as the git LFS API has it.
func (s *Server) mediaVerify(c *fiber.Ctx) error {
	id := media.OID(c.Params("oid"))
	if s.o.Media == nil || !id.Valid() {
		return errNoMedia
	}
	if err := s.o.Media.AuthorizeVerification(id, mediaQuery(c)); err != nil {
		return err
	}
	b, err := body(c, tinyLimit)
	if err != nil {
		return err
	}
	var asked media.Object
	if json.Unmarshal(b, &asked) != nil || asked.OID != id {
		return fiber.NewError(http.StatusUnprocessableEntity, "the object is not the one that the address is for")
	}
	size, err := s.o.Media.Size(c.UserContext(), id)
	switch {
	case errors.Is(err, kind.ErrNotFound):
		return errNoMedia
	case err != nil:
		return err
	case size != asked.Size:
		return fiber.NewError(http.StatusUnprocessableEntity, "the object has "+strconv.FormatInt(size, 10)+" bytes")
	}
	c.Set(fiber.HeaderContentType, media.MediaType)
	return c.SendString("{}")
}

// large streams a file of a resource.
func (s *Server) large(c *fiber.Ctx, l located, name string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), gitTime) // goes on after the handler
	defer func() {
		if err != nil {
			cancel()
		}
	}()
	fsys, err := s.o.Repository.Files(ctx, l.Resource)
	if err != nil {
		return err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	p, _ := info.Sys().(media.Pointer)
	if p.OID != "" && s.o.Media != nil {
		if _, err := s.o.Media.Size(ctx, p.OID); err != nil {
			return err
		}
	}
	content, ok := f.(io.ReadSeekCloser)
	if !ok {
		return errors.Join(&fs.PathError{Op: "seek", Path: name, Err: errors.ErrUnsupported}, f.Close())
	}
	return stream(c, content, info.Size(), p.OID, cancel)
}

// stream answers with content, or the part of it that is asked for, and calls done when it is sent or given up. The id, if
// there is one, is its entity tag.
func stream(c *fiber.Ctx, content io.ReadSeekCloser, size int64, id media.OID, done func()) error {
	finish := func() error { defer done(); return content.Close() }
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	tag := ""
	if id != "" {
		tag = `"` + string(id) + `"`
		c.Set(fiber.HeaderETag, tag)
		if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
			c.Response().Header.Del(fiber.HeaderContentType)
			c.Status(http.StatusNotModified)
			return finish()
		}
	}
	start, length := int64(0), size
	if condition := c.Get(fiber.HeaderIfRange); condition == "" || condition == tag {
		var part, ok bool
		if start, length, part, ok = byteRange(c.Get(fiber.HeaderRange), size); !ok {
			c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(size, 10))
			return errors.Join(fiber.NewError(http.StatusRequestedRangeNotSatisfiable), finish())
		}
		if part {
			c.Status(http.StatusPartialContent)
			c.Set(fiber.HeaderContentRange, "bytes "+strconv.FormatInt(start, 10)+"-"+strconv.FormatInt(start+length-1, 10)+"/"+strconv.FormatInt(size, 10))
		}
	}
	if _, err := content.Seek(start, io.SeekStart); err != nil {
		return errors.Join(err, finish())
	}
	return c.SendStream(finishing{io.LimitReader(content, length), finish}, int(length))
}

type finishing struct {
	io.Reader
	finish func() error
}

// Close implements io.Closer.
func (f finishing) Close() error { return f.finish() }

// byteRange reads a Range header (RFC 9110, section 14.2). What is not one range of bytes asks for the whole, as the RFC
// allows; not ok is one that begins beyond the end.
func byteRange(header string, size int64) (start, length int64, part, ok bool) {
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	first, last, isRange := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !isRange || strings.Contains(spec, ",") {
		return 0, size, false, true
	}
	from, errFrom := strconv.ParseUint(first, 10, 62)
	to, errTo := strconv.ParseUint(last, 10, 62)
	switch {
	case first == "" && errTo == nil: // the last so many
		n := min(int64(to), size)
		return size - n, n, true, n > 0
	case errFrom != nil || last != "" && (errTo != nil || to < from):
		return 0, size, false, true
	case int64(from) >= size:
		return 0, 0, true, false
	case last == "" || int64(to) >= size:
		to = uint64(size) - 1
	}
	return int64(from), int64(to-from) + 1, true, true
}
