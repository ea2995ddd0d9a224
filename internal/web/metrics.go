package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

// clocked counts a request and its time, by the pattern that answered it.
func (s *Server) clocked(c *fiber.Ctx) error {
	began := time.Now()
	done := s.o.Metrics.Begin()
	defer done()
	err := c.Next()
	status := c.Response().StatusCode()
	if err != nil {
		status = classify(err).status
	}
	s.o.Metrics.Request(methodOf(c), routeOf(c), status, time.Since(began))
	return err
}

// methodOf is the request's method, if it is one that is used here.
func methodOf(c *fiber.Ctx) string {
	switch m := c.Method(); m {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodOptions:
		return m
	}
	return "other"
}

// routeOf is the pattern that answered a request, with the action where that is one of a resource's; "none" where nothing
// answers it. Whatever is asked for, there are no more of them than there are routes and actions.
func routeOf(c *fiber.Ctx) string {
	route := c.Route().Path
	switch {
	case route == "/" && c.Path() != "/":
		return "none"
	case route == "/r/:owner/*":
		if p, ok := parsePlace(strings.TrimPrefix(c.Path(), "/r/")); ok && p.Action != "" {
			return route + " " + p.Action
		}
	}
	return route
}

// metrics answers Prometheus, for administrators: by a session, or by a token that may manage. Behind a proxy of the same
// machine everybody comes from loopback, so that where a request comes from lets nobody in.
func (s *Server) metrics(c *fiber.Ctx) error {
	if s.o.MetricsElsewhere {
		return fiber.ErrNotFound
	}
	if c.Get(fiber.HeaderAuthorization) != "" {
		a, err := s.bearer(c, accounts.ScopeManage)
		if err == nil {
			err = s.may(c, a, accounts.Administer, accounts.OnSite())
		}
		if err != nil {
			return err
		}
	} else if _, err := s.admin(c); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return adaptor.HTTPHandler(s.o.Metrics.Handler())(c)
}
