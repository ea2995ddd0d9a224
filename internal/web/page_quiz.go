package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

// quizForm is the address that the quizzes of a page send their answers to; "" on paper.
func quizForm(l located, v themes.Resource) string {
	if l.place.Action == "print" {
		return ""
	}
	form := l.base() + "/quiz"
	if v.Alternate {
		form += "?view=" + viewName(v.Student)
	}
	return form
}

// quiz shows a resource again with what became of a reader's answers. They are compared, and then forgotten: nothing is
// stored, logged or set in the browser.
func (s *Server) quiz(c *fiber.Ctx, l located) error {
	b, err := body(c, tinyLimit)
	if err != nil {
		return err
	}
	fields, err := url.ParseQuery(string(b))
	if err != nil {
		return fiber.NewError(fiber.StatusBadRequest, "the form cannot be read")
	}
	v, extra, err := s.resourceView(c, l, &render.Answers{Fields: fields})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.page(c, "resource", themes.Frame{Styles: extra.styles}, v)
}
