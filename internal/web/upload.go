package web

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strings"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"
)

// spooled is an upload in a temporary file.
type spooled struct {
	*os.File
	size int64
}

// spool writes at most limit bytes to a temporary file, which the caller removes. It leaves none when it fails.
func spool(r io.Reader, limit int64) (*spooled, error) {
	tmp, err := os.CreateTemp("", "commonplace-upload-")
	if err != nil {
		return nil, err
	}
	f := &spooled{File: tmp}
	f.size, err = io.Copy(tmp, io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		err = fiber.NewError(http.StatusBadRequest, "the upload was cut off")
	case f.size > limit:
		err = errTooLarge
	default:
		return f, nil
	}
	f.remove()
	return nil, err
}

func (f *spooled) remove() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// isZip reports whether the upload begins as zip archives do.
func (f *spooled) isZip() bool {
	var head [4]byte
	_, err := f.ReadAt(head[:], 0)
	return err == nil && bytes.Equal(head[:2], []byte("PK"))
}

// upload is what the form for publishing brings: fields, and a file where one was chosen.
type upload struct {
	fields map[string]string
	name   string
	file   *spooled
}

func (u *upload) remove() {
	if u.file != nil {
		u.file.remove()
	}
}

// readUpload reads a multipart form, its file into a temporary one.
func (s *Server) readUpload(c *fiber.Ctx) (u *upload, err error) {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != "multipart/form-data" {
		return nil, fiber.NewError(http.StatusBadRequest, "the form cannot be read")
	}
	r, err := s.patiently(c, uploadLimit+formLimit)
	if err != nil {
		return nil, err
	}
	u = &upload{fields: map[string]string{}}
	defer func() {
		if err != nil {
			u.remove()
		}
	}()
	parts := multipart.NewReader(io.LimitReader(r, uploadLimit+formLimit+1), params["boundary"])
	for range 50 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err != nil {
			return u, fiber.NewError(http.StatusBadRequest, "the form was cut off")
		}
		if err := u.take(part); err != nil {
			return u, err
		}
	}
	return u, fiber.NewError(http.StatusBadRequest, "the form has too many fields")
}

func (u *upload) take(part *multipart.Part) error {
	if part.FormName() == "file" && part.FileName() != "" && u.file == nil {
		f, err := spool(part, uploadLimit)
		if err != nil {
			return err
		}
		if f.size == 0 {
			f.remove()
			return nil
		}
		u.name, u.file = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), f
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(part, formLimit+1))
	if err != nil {
		return fiber.NewError(http.StatusBadRequest, "the form was cut off")
	}
	if len(b) > formLimit {
		return errTooLarge
	}
	u.fields[part.FormName()] = strings.ReplaceAll(string(b), "\r\n", "\n")
	return nil
}

// folder is what was uploaded or typed, as a folder with an index.md.
func (u *upload) folder() (fs.FS, error) {
	if u.file == nil {
		return fstest.MapFS{"index.md": {Data: []byte(u.fields["text"]), Mode: 0o644}}, nil
	}
	if u.file.isZip() {
		return unzip(u.file, u.file.size)
	}
	if u.file.size > formLimit {
		return nil, errTooLarge
	}
	b := make([]byte, u.file.size)
	if _, err := u.file.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return fstest.MapFS{"index.md": {Data: b, Mode: 0o644}}, nil
}
