package web

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Bounds of what an archive may unpack to.
const (
	unzippedTotal = 256 << 20
	unzippedFile  = 100 << 20
	unzippedFiles = 20_000
)

// unzip is the folder in an archive: its root, or the one folder that holds everything. Sizes are what the archive says
// of itself, and nothing is unpacked if they are too large; reading never gives more than that, and a file that has
// another size cannot be read.
func unzip(r io.ReaderAt, size int64) (fs.FS, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fiber.NewError(http.StatusUnprocessableEntity, "the file is not a zip archive that can be read: "+err.Error())
	}
	if len(z.File) > unzippedFiles {
		return nil, fmt.Errorf("%w: the archive holds %d files", errTooLarge, len(z.File))
	}
	left := uint64(unzippedTotal)
	top := ""
	single := true
	for _, entry := range z.File {
		if !fs.ValidPath(strings.TrimSuffix(entry.Name, "/")) {
			return nil, fiber.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("the archive holds %q, which is outside of it", entry.Name))
		}
		if mode := entry.Mode(); !mode.IsRegular() && !mode.IsDir() {
			return nil, fiber.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("the archive holds %q, which is neither a file nor a folder", entry.Name))
		}
		if entry.UncompressedSize64 > unzippedFile {
			return nil, fiber.NewError(http.StatusRequestEntityTooLarge, fmt.Sprintf("%q in the archive is larger than %d MB: make it smaller, or link to it where it is", entry.Name, unzippedFile>>20))
		}
		if entry.UncompressedSize64 > left {
			return nil, fiber.NewError(http.StatusRequestEntityTooLarge, fmt.Sprintf("the archive unpacks to more than %d MB: publish it in parts, or with git", unzippedTotal>>20))
		}
		left -= entry.UncompressedSize64
		if strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		first, _, inFolder := strings.Cut(entry.Name, "/")
		if top == "" {
			top = first
		}
		single = single && inFolder && first == top
	}
	if single && top != "" {
		return fs.Sub(unzipped{z}, top)
	}
	return unzipped{z}, nil
}

// unzipped is an archive whose damage is the sender's fault: kind.ErrInvalid.
type unzipped struct{ *zip.Reader }

// Open implements fs.FS.
func (z unzipped) Open(name string) (fs.File, error) {
	f, err := z.Reader.Open(name)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) {
		return nil, damaged(err)
	}
	if err != nil {
		return nil, err
	}
	if _, folder := f.(fs.ReadDirFile); folder {
		return f, nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &unzippedEntry{File: f, left: info.Size()}, nil
}

// unzippedEntry gives no more bytes than its archive says that it has.
type unzippedEntry struct {
	fs.File
	left int64
}

// Read implements io.Reader.
func (f *unzippedEntry) Read(p []byte) (int, error) {
	n, err := f.File.Read(p[:min(int64(len(p)), f.left+1)]) // one more, for the end with its checksum
	if int64(n) > f.left {
		return int(f.left), damaged(zip.ErrFormat)
	}
	f.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func damaged(err error) error {
	return fmt.Errorf("%w: the archive is damaged, or is not what it says of itself (%w): make it again", kind.ErrInvalid, err)
}
