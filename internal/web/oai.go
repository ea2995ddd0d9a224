package web

import (
	"context"

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
	answer, err := s.harvest(c.UserContext(), asked)
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
		return c.Send(gzipped(answer.Body))
	}
	return s.body(c, answer.Body)
}

// harvestsAtOnce is how many answers to harvesters are made at the same time for each processor. A page of records is a few
// hundred kilobytes of XML, and as much while it is read: thousands who ask at one moment, and take their time to read, would
// have thousands of them made.
const harvestsAtOnce = 4

// harvest makes an answer when it is its turn.
func (s *Server) harvest(ctx context.Context, asked string) (federation.Answer, error) {
	select {
	case s.oaiTurns <- struct{}{}:
		defer func() { <-s.oaiTurns }()
	case <-ctx.Done():
		return federation.Answer{}, ctx.Err()
	}
	return s.o.OAI.AnswerQuery(ctx, asked)
}

// oaiSchema is the schema of the element that LRMI metadata travels in.
func (s *Server) oaiSchema(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return s.send(c, federation.LRMISchema)
}
