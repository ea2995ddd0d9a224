package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// failure is what an error means to a client. kind names its words in the theme's messages.
type failure struct {
	status int
	kind   string
	detail string // safe to show
}

// awayText is what programs are told while the database is away.
const awayText = "The database of this server cannot be used at the moment. What was published is safe. Send the same again in a minute."

// classify is the one place where kinds of error become statuses.
func classify(err error) failure {
	var fe *fiber.Error
	denial, _ := errors.AsType[*accounts.Denial](err)
	switch {
	case denial != nil && denial.Reason == accounts.NotSignedIn, errors.Is(err, errSignIn):
		return failure{http.StatusUnauthorized, "denied", ""}
	case errors.Is(err, errCrossSite):
		return failure{http.StatusForbidden, "cross-site", ""}
	case errors.Is(err, errTooMany):
		return failure{http.StatusTooManyRequests, "too-many", ""}
	case errors.Is(err, errOverloaded):
		return failure{http.StatusServiceUnavailable, "overloaded", ""}
	case errors.Is(err, catalog.ErrAway):
		return failure{http.StatusServiceUnavailable, "away", ""}
	case errors.Is(err, errTooLarge):
		return failure{http.StatusRequestEntityTooLarge, "too-large", ""}
	case errors.Is(err, kind.ErrNotFound):
		return failure{http.StatusNotFound, "not-found", ""}
	case denial != nil && (denial.Reason == accounts.IsBlocked || denial.Reason == accounts.IsTakenDown):
		return failure{http.StatusForbidden, string(denial.Reason), ""}
	case errors.Is(err, kind.ErrDenied):
		return failure{http.StatusForbidden, "denied", ""}
	case errors.Is(err, kind.ErrConflict):
		return failure{http.StatusConflict, "conflict", innermost(err)}
	case errors.Is(err, kind.ErrInvalid), errors.Is(err, search.ErrCursor):
		return failure{http.StatusUnprocessableEntity, "invalid", innermost(err)}
	case errors.Is(err, kind.ErrUnavailable):
		return failure{http.StatusBadGateway, "unavailable", innermost(err)}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return failure{http.StatusServiceUnavailable, "busy", ""}
	case errors.As(err, &fe):
		return fromFiber(fe)
	}
	return failure{http.StatusInternalServerError, "internal", ""}
}

func fromFiber(fe *fiber.Error) failure {
	detail := ""
	if fe.Message != http.StatusText(fe.Code) && !strings.HasPrefix(fe.Message, "Cannot ") {
		detail = fe.Message
	}
	switch fe.Code {
	case http.StatusNotFound:
		return failure{fe.Code, "not-found", detail}
	case http.StatusMethodNotAllowed:
		return failure{fe.Code, "method", ""}
	case http.StatusForbidden:
		return failure{fe.Code, "denied", detail}
	case http.StatusRequestEntityTooLarge:
		return failure{fe.Code, "too-large", detail}
	case http.StatusServiceUnavailable:
		return failure{fe.Code, "unavailable", detail}
	}
	if fe.Code < 500 {
		return failure{fe.Code, "invalid", detail}
	}
	return failure{fe.Code, "internal", ""}
}

// innermost is what an error of a kind says without the operations around it.
func innermost(err error) string {
	var invalid *repository.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Problems.String()
	}
	return err.Error()
}

// failed answers a request whose handler returned an error: with a page, or with problem details where a program asked.
func (s *Server) failed(c *fiber.Ctx, err error) error {
	f := classify(err)
	switch f.kind {
	case "internal":
		s.o.Logger.Error("request failed", "request", requestID(c), "method", c.Method(), "route", c.Route().Path, "err", err)
	case "unavailable", "away":
		s.o.Logger.Warn("request failed", "request", requestID(c), "method", c.Method(), "route", c.Route().Path, "err", err)
	}
	if f.kind == "busy" || f.kind == "away" {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(laterTime)) // harvesters come again by themselves then (OAI-PMH 2.0, section 3.1.2.2)
	}
	// The request's own time is over: its handler has returned.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), failTime)
	defer cancel()
	c.SetUserContext(ctx)
	c.Status(f.status)
	path := c.Path()
	switch {
	case strings.HasPrefix(path, "/api/"):
		return s.problem(c, f, err)
	case isGit(c), isMedia(c), path == "/oai":
		c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
		return c.SendString(plainly(f, err) + "\n")
	case errors.Is(err, errSignIn) && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead):
		return redirect(c, "/sign-in?next="+escapeQuery(c.OriginalURL()))
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if f.kind == "overloaded" || f.kind == "away" {
		return s.busy(c, f.kind)
	}
	if perr := s.page(c, "error", themes.Frame{NoIndex: true}, themes.Error{Status: f.status, Kind: f.kind, Detail: f.detail}); perr != nil {
		s.o.Logger.Error("error page failed", "err", perr)
		return c.SendString(http.StatusText(f.status))
	}
	return nil
}
