package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// errCrossSite says that another site made the browser send a form.
var errCrossSite = errors.New("the request came from another site")

// errTooLarge says that a body is larger than its route takes.
var errTooLarge = errors.New("the request is too large")

// recovered turns a panic of a handler into a page, and into a line of the log with its place.
func (s *Server) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Logger.Error("panic", "request", requestID(c), "route", c.Route().Path, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fiber.ErrInternalServerError
		}
	}()
	return c.Next()
}

// headers are those that every answer has; a handler may replace them.
func (s *Server) headers(c *fiber.Ctx) error {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	return c.Next()
}

// sameOrigin refuses a request that changes something if another site made the browser send it. Browsers have said where
// a request comes from since 2020 (Chrome 76, Firefox 90, Safari 16.4), and the Origin of a POST for longer. What says
// neither is no browser, and has no cookie that it did not choose to send.
func (s *Server) sameOrigin(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return c.Next()
	case "":
		origin := c.Get(fiber.HeaderOrigin)
		if origin == "" {
			return c.Next()
		}
		if u, err := url.Parse(origin); err == nil && (u.Host == string(c.Request().Host()) || u.Host == s.host) {
			return c.Next()
		}
	}
	return errCrossSite
}

// measure gives every request the deadline of its route and writes a line about it to the log, without who asked.
func (s *Server) measure(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline(c))
	defer cancel()
	c.SetUserContext(ctx)
	began := time.Now()
	err := c.Next()
	s.o.Logger.Debug("request", "request", requestID(c), "method", c.Method(), "route", c.Route().Path, "took", time.Since(began), "err", err)
	return err
}

func deadline(c *fiber.Ctx) time.Duration {
	path := c.Path()
	switch {
	case strings.HasPrefix(path, "/r/") && strings.HasSuffix(path, "/download.zip"):
		return uploadTime
	case strings.HasSuffix(path, "/print.pdf"):
		return pdfTime
	case strings.HasSuffix(path, "/remix"): // a peer may have to be asked
		return remixTime
	case c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead:
		return pageTime
	case isMedia(c):
		return gitTime
	case strings.HasPrefix(path, "/r/") && (strings.HasSuffix(path, "/git-upload-pack") || strings.HasSuffix(path, "/git-receive-pack")):
		return gitTime
	case strings.HasPrefix(path, "/api/v1/resources"), path == "/new", path == "/new/unit", strings.HasPrefix(c.Get(fiber.HeaderContentType), "multipart/"):
		return uploadTime
	default:
		return writeTime
	}
}
