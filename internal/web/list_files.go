package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// listsIndex is what this server says of its lists to programs.
func (s *Server) listsIndex(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	x, err := b.Index(c.UserContext())
	if err != nil {
		return err
	}
	return s.json(c, fiber.StatusOK, x)
}

// allowedSigners is the file that ssh-keygen -Y verify takes as allowed signers.
func (s *Server) allowedSigners(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	return s.send(c, []byte(approval.AllowedSigner(b.Principal(), b.Key())+"\n"))
}

// listGet is a list as a page or as data: /lists/{slug}, .html, .json, .json.sig, .csv, .atom.
func (s *Server) listGet(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	slug, form, _ := strings.Cut(c.Params("slug"), ".")
	switch form {
	case "":
		return s.listPage(c, slug)
	case "html":
		return redirect(c, "/lists/"+slug)
	case "atom":
		return s.listFeed(c, slug)
	case "json", "json.sig", "csv":
	default:
		return fiber.ErrNotFound
	}
	signed, err := b.Signed(c.UserContext(), slug)
	if err != nil {
		return err
	}
	body, kindOf := signed.JSON, "application/ld+json; charset=utf-8"
	switch form {
	case "json.sig":
		body, kindOf = signed.Signature, "text/plain; charset=utf-8"
	case "csv":
		body, kindOf = signed.CSV, "text/csv; charset=utf-8"
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+slug+`.csv"`)
	}
	c.Set(fiber.HeaderContentType, kindOf)
	return s.send(c, body)
}
