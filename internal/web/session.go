package web

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// errSignIn says that one must be signed in for this.
var errSignIn = errors.New("sign in first")

// visitor is who is signed in in this browser; the zero Account is a reader.
func (s *Server) visitor(c *fiber.Ctx) accounts.Account {
	if a, ok := c.Locals("visitor").(accounts.Account); ok {
		return a
	}
	var a accounts.Account
	if secret := c.Cookies(s.sessionCookie()); secret != "" {
		found, err := s.o.Accounts.Session(c.UserContext(), secret)
		switch {
		case err == nil:
			a = found
			s.actsAs(c, a, nil)
		case !errors.Is(err, kind.ErrDenied):
			s.o.Logger.Warn("session not read", "err", err)
			c.Locals("visitor-unknown", err)
		}
	}
	c.Locals("visitor", a)
	return a
}

// sessionCookie is the name of the session's cookie.
func (s *Server) sessionCookie() string { return s.cookieName("session") }

// cookieName is a cookie's name; with TLS browsers keep it to this host and path.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// author is who is signed in, or errSignIn, or why that is not known.
func (s *Server) author(c *fiber.Ctx) (accounts.Account, error) {
	a := s.visitor(c)
	if unknown, ok := c.Locals("visitor-unknown").(error); ok {
		return a, unknown
	}
	if a.Name == "" {
		return a, errSignIn
	}
	return a, nil
}

// admin is who is signed in as an administrator.
func (s *Server) admin(c *fiber.Ctx) (accounts.Account, error) {
	a, err := s.author(c)
	if err == nil {
		err = s.may(c, a, accounts.Administer, accounts.OnSite())
	}
	return a, err
}

// bearer is the account of the request's token, which must have the scope.
func (s *Server) bearer(c *fiber.Ctx, scope accounts.Scope) (accounts.Account, error) {
	scheme, secret, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return accounts.Account{}, errSignIn
	}
	a, token, err := s.o.Accounts.Token(c.UserContext(), strings.TrimSpace(secret))
	if errors.Is(err, kind.ErrDenied) {
		return a, errSignIn
	}
	if err == nil && !token.May(scope) {
		err = kind.ErrDenied
	}
	if err == nil {
		s.actsAs(c, a, &token)
	}
	return a, err
}

// actsAs has what the request changes ascribed to an account, and its rights narrowed by the token that it came with.
func (s *Server) actsAs(c *fiber.Ctx, a accounts.Account, token *accounts.Token) {
	c.Locals("token", token)
	c.SetUserContext(accounts.As(c.UserContext(), a.Name))
}

// may refuses who has not the right to do something.
func (s *Server) may(c *fiber.Ctx, a accounts.Account, do accounts.Action, on accounts.Object) error {
	token, _ := c.Locals("token").(*accounts.Token)
	return s.o.Accounts.May(c.UserContext(), accounts.Actor{Account: a, Token: token}, do, on)
}

// allowed is may as an answer for a page that shows what its visitor can do; readers can do nothing.
func (s *Server) allowed(c *fiber.Ctx, do accounts.Action, on accounts.Object) (bool, error) {
	a := s.visitor(c)
	if a.Name == "" {
		return false, nil
	}
	return accounts.Allowed(s.may(c, a, do, on))
}

// mayWrite refuses who may not publish in an owner's namespace.
func (s *Server) mayWrite(c *fiber.Ctx, a accounts.Account, owner string) error {
	return s.may(c, a, accounts.Publish, accounts.OnOwner(owner))
}

// mayRevise refuses who may not publish a revision at an address, which need not exist yet.
func (s *Server) mayRevise(c *fiber.Ctx, a accounts.Account, owner, slug string) error {
	return s.may(c, a, accounts.Revise, accounts.OnResource(owner, slug))
}

// owners are the namespaces that an account may publish under.
func (s *Server) owners(c *fiber.Ctx, a accounts.Account) ([]string, error) {
	list, err := s.o.Accounts.Writable(c.UserContext(), a)
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.Name
	}
	return names, err
}

// namespace is where a form or a program publishes: in the namespace that it names, which must exist, or else in the account's own.
func (s *Server) namespace(c *fiber.Ctx, a accounts.Account, named string) (string, error) {
	if named == "" {
		named = a.Name
	}
	if err := s.mayWrite(c, a, named); err != nil {
		return named, err
	}
	return named, s.ownerExists(c, named)
}

func (s *Server) actor(a accounts.Account) repository.Actor {
	return repository.Actor{Name: a.Name, Display: a.Display}
}

// changed lets what follows the catalog catch up, so that a change is found at once.
func (s *Server) changed(c *fiber.Ctx) { s.o.Changed(c.UserContext()) }
