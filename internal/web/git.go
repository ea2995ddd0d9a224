package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// gitProtocol is the header by which a git client says which versions of its protocol it knows.
const gitProtocol = "Git-Protocol"

// isGit reports whether a git client asks: it reads plain text only.
func isGit(c *fiber.Ctx) bool {
	path := c.Path()
	return strings.HasPrefix(path, "/r/") && (strings.HasSuffix(path, "/git-upload-pack") ||
		strings.HasSuffix(path, "/git-receive-pack") || strings.HasSuffix(path, "/info/refs"))
}

// plainly is what a git client prints, or who looks at what a harvester got.
func plainly(f failure, err error) string {
	if f.detail != "" {
		return f.detail
	}
	if errors.Is(err, errOverloaded) {
		return "the server is busy: try again in some seconds"
	}
	if f.kind == "away" {
		return awayText
	}
	if errors.Is(err, kind.ErrNotFound) {
		return "there is no repository at this address"
	}
	return http.StatusText(f.status)
}

// gitRefs answers the first request of git clone and git fetch. A part is cloned with its unit: git follows the
// redirect and takes the unit's address for all that follows.
func (s *Server) gitRefs(c *fiber.Ctx, p place) error {
	service := c.Query("service")
	switch service {
	case "git-upload-pack":
	case "git-receive-pack":
		return s.gitPushRefs(c, p)
	default:
		return fiber.NewError(http.StatusForbidden, "this server speaks git's smart HTTP protocol only: update your git")
	}
	if p.Part != "" {
		return redirect(c, pathOf(p.Root(), "")+".git/info/refs?service="+service)
	}
	at, err := s.o.Repository.Location(c.UserContext(), p.Owner, p.Slug)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.o.Git.AdvertiseRefs(c.UserContext(), at, service, c.Get(gitProtocol), &b); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/x-"+service+"-advertisement")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(b.Bytes())
}

// gitUpload sends a pack as it is made. Its work goes on after the handler has returned, within its own deadline.
func (s *Server) gitUpload(c *fiber.Ctx, p place) error {
	at, err := s.o.Repository.Location(c.UserContext(), p.Owner, p.Slug)
	if err != nil {
		return err
	}
	wants, err := body(c, gitLimit)
	if err != nil {
		return err
	}
	if c.Get(fiber.HeaderContentEncoding) == "gzip" {
		if wants, err = gunzip(wants, gitLimit); err != nil {
			return err
		}
	}
	protocol := c.Get(gitProtocol)
	c.Set(fiber.HeaderContentType, "application/x-git-upload-pack-result")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(context.Background(), gitTime)
		defer cancel()
		if err := s.o.Git.UploadPack(ctx, at, protocol, bytes.NewReader(wants), w); err != nil {
			s.o.Logger.Warn("git fetch broken off", "resource", p.Address.String(), "err", err)
		}
		_ = w.Flush()
	})
	return nil
}

// gunzip unpacks a body within a bound.
func gunzip(b []byte, limit int64) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fiber.NewError(http.StatusBadRequest, "the body is not gzip")
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, fiber.NewError(http.StatusBadRequest, "the body is not whole")
	}
	if int64(len(out)) > limit {
		return nil, errTooLarge
	}
	return out, nil
}
