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

const (
	unzippedLimit = 1 << 30
	unzippedFiles = 20_000
)

// unzip is the folder in an archive: its root, or the one folder that holds everything. Sizes are what the archive says
// of itself; reading never gives more than that, and a file that has another size cannot be read.
func (f *spooled) unzip() (fs.FS, error) {
	z, err := zip.NewReader(f, f.size)
	if err != nil {
		return nil, fiber.NewError(http.StatusUnprocessableEntity, "the file is not a zip archive that can be read: "+err.Error())
	}
	if len(z.File) > unzippedFiles {
		return nil, fmt.Errorf("%w: the archive holds %d files", errTooLarge, len(z.File))
	}
	var total uint64
	top := ""
	single := true
	for _, entry := range z.File {
		if !fs.ValidPath(strings.TrimSuffix(entry.Name, "/")) {
			return nil, fiber.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("the archive holds %q, which is outside of it", entry.Name))
		}
		if mode := entry.Mode(); !mode.IsRegular() && !mode.IsDir() {
			return nil, fiber.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("the archive holds %q, which is neither a file nor a folder", entry.Name))
		}
		if total += entry.UncompressedSize64; total > unzippedLimit {
			return nil, errTooLarge
		}
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
	return unzippedFile{f}, nil
}

type unzippedFile struct{ fs.File }

// Read implements io.Reader.
func (f unzippedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func damaged(err error) error {
	return fmt.Errorf("%w: the archive is damaged, or is not what it says of itself (%w): make it again", kind.ErrInvalid, err)
}
