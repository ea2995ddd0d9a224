package web

import (
	"archive/zip"
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

	pictures "github.com/commonplace-oer/commonplace/repository/picture"
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

	typed    int         // bytes of all fields
	inFolder bool        // files of a folder were chosen: file is an archive of them
	archive  *zip.Writer // of the folder, while it comes
	files    int         // in it
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
	for range 50 + unzippedFiles {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, u.finish()
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
	if part.FormName() == "folder" {
		return u.takeInto(part)
	}
	if len(u.fields) > 50 {
		return fiber.NewError(http.StatusBadRequest, "the form has too many fields")
	}
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
	b, err := io.ReadAll(io.LimitReader(part, int64(formLimit-u.typed)+1))
	if err != nil {
		return fiber.NewError(http.StatusBadRequest, "the form was cut off")
	}
	if u.typed += len(b); u.typed > formLimit {
		return errTooLarge
	}
	u.fields[part.FormName()] = typed(string(b))
	return nil
}

// takeInto puts a file of a chosen folder into the archive. Browsers send its path as the name of the file.
func (u *upload) takeInto(part *multipart.Part) error {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := strings.ReplaceAll(params["filename"], `\`, "/")
	if err != nil || name == "" || strings.HasPrefix(path.Base(name), ".") {
		return nil // no folder was chosen, or a file that a system hides
	}
	if u.files++; !fs.ValidPath(name) || u.files > unzippedFiles {
		return fiber.NewError(http.StatusUnprocessableEntity, "the folder holds "+name+", which cannot be taken")
	}
	if u.archive == nil {
		if u.file != nil {
			u.file.remove()
		}
		tmp, err := os.CreateTemp("", "commonplace-upload-")
		if err != nil {
			return err
		}
		u.file, u.archive, u.inFolder = &spooled{File: tmp}, zip.NewWriter(tmp), true
		u.name, _, _ = strings.Cut(name, "/")
	}
	w, err := u.archive.Create(name)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(part, unzippedFile+1))
	if err != nil {
		return fiber.NewError(http.StatusBadRequest, "the upload was cut off")
	}
	if n > unzippedFile {
		return errTooLarge
	}
	return nil
}

// finish closes the archive of a folder.
func (u *upload) finish() error {
	if u.archive == nil {
		return nil
	}
	if err := u.archive.Close(); err != nil {
		return err
	}
	var err error
	u.file.size, err = u.file.Seek(0, io.SeekEnd)
	return err
}

// cleaned is folder without what its pictures say of the places where they were taken, until done.
func (u *upload) cleaned() (files fs.FS, done func(), err error) {
	files, err = u.folder()
	if err != nil || u.file == nil || !hasPicture(files) {
		return files, func() {}, err
	}
	archive, err := archived(files, true)
	if err != nil {
		return nil, nil, err
	}
	if files, err = unzip(archive, archive.size); err != nil {
		archive.remove()
		return nil, nil, err
	}
	return files, archive.remove, nil
}

// hasPicture reports whether a folder that can be read has one. What cannot be read is told when it is published.
func hasPicture(files fs.FS) bool {
	found := false
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if found = err == nil && !d.IsDir() && pictures.IsPicture(name); found || err != nil {
			return fs.SkipAll
		}
		return nil
	})
	return found
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
