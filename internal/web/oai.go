package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// oai answers harvesters, by GET and by POST.
func (s *Server) oai(c *fiber.Ctx) error {
	asked := string(c.Context().QueryArgs().QueryString())
	if c.Method() == fiber.MethodPost {
		b, err := body(c, tinyLimit)
		if err != nil {
			return err
		}
		if len(c.Context().QueryArgs().QueryString()) > 0 { // the protocol has no arguments in the address of a POST
			b = append(append(b, '&'), c.Context().QueryArgs().QueryString()...)
		}
		asked = string(b)
	}
	answer, err := s.o.OAI.AnswerQuery(c.UserContext(), asked)
	if err != nil {
		return err
	}
	if r, errs := oaipmh.ParseQuery(asked); len(errs) == 0 {
		s.o.Metrics.Harvesting(string(r.Verb))
	} else {
		s.o.Metrics.Harvesting("")
	}
	c.Status(answer.Status)
	c.Set(fiber.HeaderContentType, answer.Type)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAcceptEncoding)
	if len(answer.Body) >= compressFrom && oaipmh.AcceptsGzip(c.Get(fiber.HeaderAcceptEncoding)) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(gzipped(answer.Body, 5))
	}
	return s.body(c, answer.Body)
}

// oaiSchema is the schema of the element that LRMI metadata travels in.
func (s *Server) oaiSchema(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return s.send(c, federation.LRMISchema)
}
