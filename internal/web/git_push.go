package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// pushLimit is the most that one push may send, packed or not.
const pushLimit = 1 << 30

// pusher is who pushes, and whether that account may publish at the address. Git learns from the 401 to ask for name and token.
func (s *Server) pusher(c *fiber.Ctx, p place) (accounts.Account, bool, error) {
	a, err := s.lfsAccount(c)
	if errors.Is(err, errSignIn) {
		c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="Commonplace: name and token", charset="UTF-8"`)
	}
	if err != nil {
		return a, false, err
	}
	err = s.mayRevise(c, a, p.Owner, p.Slug)
	if errors.Is(err, kind.ErrDenied) { // it may suggest, unless it is blocked
		return a, false, s.may(c, a, accounts.Suggest, accounts.OnResource(p.Owner, p.Slug))
	}
	return a, err == nil, err
}

// gitPushRefs answers the first request of git push.
func (s *Server) gitPushRefs(c *fiber.Ctx, p place) error {
	_, may, err := s.pusher(c, p)
	if err != nil {
		return err
	}
	if err := s.ownerExists(c, p.Owner); err != nil {
		return err
	}
	at, err := s.o.Repository.PushLocation(c.UserContext(), p.Owner, p.Slug, may)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.o.Git.AdvertiseRefs(c.UserContext(), at, "git-receive-pack", c.Get(gitProtocol), &b); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/x-git-receive-pack-advertisement")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(b.Bytes())
}

// ownerExists refuses a namespace that nobody has: an administrator may write to any, but a typing error makes none.
func (s *Server) ownerExists(c *fiber.Ctx, owner string) error {
	_, err := s.o.Accounts.Owner(c.UserContext(), owner)
	return err
}

// gitReceive takes a push. What is wrong with it git prints to the pusher.
func (s *Server) gitReceive(c *fiber.Ctx, p place) error {
	a, may, err := s.pusher(c, p)
	if err != nil {
		return err
	}
	if p.Part != "" {
		return fiber.NewError(http.StatusForbidden, "push to the unit: a part is a folder of it")
	}
	if err := s.ownerExists(c, p.Owner); err != nil {
		return err
	}
	sent, err := s.patiently(c, pushLimit)
	if err != nil {
		return err
	}
	body := io.Reader(sent)
	if c.Get(fiber.HeaderContentEncoding) == "gzip" {
		if body, err = gzip.NewReader(body); err != nil {
			return fiber.NewError(http.StatusBadRequest, "the body is not gzip")
		}
	}
	var answer bytes.Buffer
	err = s.o.Repository.Push(c.UserContext(), repository.Push{
		Owner: p.Owner, Slug: p.Slug, Actor: s.actor(a), MayWrite: may, Body: io.LimitReader(body, pushLimit), Answer: &answer,
		Done: func(ctx context.Context) { s.o.Changed(ctx) },
	})
	if err != nil && (answer.Len() == 0 || errors.Is(err, catalog.ErrAway)) {
		if sent.err != nil {
			return fiber.NewError(http.StatusBadRequest, "the push was cut off")
		}
		return err
	}
	if err != nil {
		s.o.Logger.Error("push failed", "resource", p.Address.String(), "err", err)
	}
	c.Set(fiber.HeaderContentType, "application/x-git-receive-pack-result")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(answer.Bytes())
}
