package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

// Printer makes documents of pages.
type Printer interface {
	// Print returns the page that server answers a path with as a PDF. It reaches nothing but the server.
	Print(ctx context.Context, server http.Handler, path string) ([]byte, error)
}

const (
	pdfTime = 45 * time.Second
	pdfKept = 64      // documents in memory
	pdfLong = 2 << 20 // bytes of a document that is not kept
)

// printedPDF answers with the print of a resource, all of it, as one file. The same print is made once.
func (s *Server) printedPDF(c *fiber.Ctx, l located) error {
	if s.o.Printer == nil {
		c.Status(http.StatusNotFound)
		c.Set(fiber.HeaderCacheControl, "no-store")
		return s.page(c, "error", themes.Frame{NoIndex: true}, themes.Error{Status: http.StatusNotFound, Kind: "no-pdf", Link: l.base() + "/print"})
	}
	path := l.base() + "/print?sheet=all&lang=" + language(c)
	if v := c.Query("view"); v == "student" || v == "teacher" {
		path += "&view=" + v
	}
	host := string(c.Request().Host())
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answerPrinter(w, r, host) })
	page, err := s.paper(c.UserContext(), server, path)
	if err != nil {
		return err
	}
	key := sha256.Sum256(page)
	b, kept := s.pdfs.Get(key)
	if !kept {
		if b, err = s.o.Printer.Print(c.UserContext(), server, path); err != nil {
			s.o.Logger.Warn("not printed", "resource", l.ID, "err", err)
			c.Set(fiber.HeaderRetryAfter, "60")
			c.Status(http.StatusServiceUnavailable)
			c.Set(fiber.HeaderCacheControl, "no-store")
			return s.page(c, "error", themes.Frame{NoIndex: true}, themes.Error{
				Status: http.StatusServiceUnavailable, Kind: "no-pdf", Link: l.base() + "/print",
			})
		}
		if len(b) <= pdfLong {
			s.pdfs.Add(key, b)
		}
	}
	c.Set(fiber.HeaderContentType, "application/pdf")
	c.Set(fiber.HeaderContentDisposition, `inline; filename*=UTF-8''`+url.PathEscape(l.place.Slug)+`.pdf`)
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return s.wholeFile(c, b)
}

// wholeFile answers with a file that has a tag and may be asked for in ranges.
func (s *Server) wholeFile(c *fiber.Ctx, b []byte) error {
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	if tagged(c, b) {
		return nil
	}
	return s.ranged(c, b)
}

// paper is the page that is to be printed, as it is now.
func (s *Server) paper(ctx context.Context, server http.Handler, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	var w recorder
	server.ServeHTTP(&w, r)
	if w.status != http.StatusOK {
		return nil, fiber.NewError(w.status)
	}
	return w.body, nil
}

// answerPrinter answers a request for a page or a picture of this server without a network.
func (s *Server) answerPrinter(w http.ResponseWriter, r *http.Request, host string) {
	inner := r.Clone(r.Context())
	inner.Host, inner.Body = host, http.NoBody
	inner.ContentLength = 0
	resp, err := s.app.Test(inner, int(pdfTime/time.Millisecond))
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for _, name := range []string{fiber.HeaderContentType, fiber.HeaderContentSecurityPolicy, fiber.HeaderXContentTypeOptions} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(resp.Body, uploadLimit))
}

// recorder keeps an answer.
type recorder struct {
	status int
	head   http.Header
	body   []byte
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header {
	if w.head == nil {
		w.head = http.Header{}
	}
	return w.head
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if len(w.body)+len(p) > uploadLimit {
		return 0, errors.New("the page is too large")
	}
	w.body = append(w.body, p...)
	return len(p), nil
}
