package web

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/media"
)

// downloadLimit bounds a zip made for one reader; larger resources are cloned.
const downloadLimit = 256 << 20

// download answers with the resource's folder as a zip. The same revision gives the same bytes.
func (s *Server) download(c *fiber.Ctx, l located) error {
	if l.Size > downloadLimit {
		return errTooLarge
	}
	fsys, err := s.o.Repository.Files(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	root, name := ".", l.place.Slug
	if part := l.Resource.Address.Part; part != "" {
		root, name = part, path.Base(part)
	}
	b, err := os.CreateTemp("", "commonplace-download-")
	if err != nil {
		return err
	}
	file := &spooled{File: b}
	sent := false
	defer func() {
		if !sent {
			file.remove()
		}
	}()
	z := zip.NewWriter(b)
	err = fs.WalkDir(fsys, root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inside := strings.TrimPrefix(strings.TrimPrefix(file, l.Resource.Address.Part), "/")
		return addToZip(z, fsys, file, path.Join(name, inside), l.Modified)
	})
	if err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	size, err := b.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = b.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	sent = true
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+fileName(name)+`.zip"`)
	c.Set(fiber.HeaderCacheControl, "public, max-age=60")
	return c.SendStream(finishing{b, func() error { file.remove(); return nil }}, int(size))
}

func addToZip(z *zip.Writer, fsys fs.FS, file, name string, when time.Time) error {
	f, err := fsys.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: when.UTC()}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, isMedia := info.Sys().(media.Pointer); isMedia {
		header.Method = zip.Store // films and sounds are compressed already
	}
	w, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// fileName is a name that every system takes.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, name)
}
