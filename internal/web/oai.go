package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// oai answers harvesters, by GET and by POST.
func (s *Server) oai(c *fiber.Ctx) error {
	var answer federation.Answer
	var err error
	if c.Method() == fiber.MethodPost {
		var b []byte
		if b, err = body(c, tinyLimit); err != nil {
			return err
		}
		if len(c.Context().QueryArgs().QueryString()) > 0 { // the protocol has no arguments in the address of a POST
			b = append(append(b, '&'), c.Context().QueryArgs().QueryString()...)
		}
		answer, err = s.o.OAI.AnswerQuery(c.UserContext(), string(b))
	} else {
		answer, err = s.o.OAI.AnswerQuery(c.UserContext(), string(c.Context().QueryArgs().QueryString()))
	}
	if err != nil {
		return err
	}
	c.Status(answer.Status)
	c.Set(fiber.HeaderContentType, answer.Type)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAcceptEncoding)
	if len(answer.Body) >= compressFrom && oaipmh.AcceptsGzip(c.Get(fiber.HeaderAcceptEncoding)) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(gzipped(answer.Body))
	}
	return c.Send(answer.Body)
}

// oaiSchema is the schema of the element that LRMI metadata travels in.
func (s *Server) oaiSchema(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return s.send(c, federation.LRMISchema)
}
