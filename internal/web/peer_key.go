package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// listKey is the other key that a peer signs its lists with, for an administrator to take; nil where there is none.
func (s *Server) listKey(ctx context.Context, peer string) (*themes.ListKey, error) {
	if s.o.Boards == nil {
		return nil, nil
	}
	refused, err := s.o.Boards.RefusedKey(ctx, peer)
	if err != nil || refused.Key == "" {
		return nil, err
	}
	v := &themes.ListKey{Action: peerPath(peer) + "/key", Key: refused.Key, Now: fingerprint(refused.Key), Before: fingerprint(refused.Before), Since: refused.At}
	return v, nil
}

// fingerprint names a key as ssh-keygen -l does.
func fingerprint(authorized string) string {
	key, err := approval.ParseAuthorizedKey(authorized)
	if err != nil {
		return ""
	}
	return approval.Fingerprint(key)
}

// peerKey has the lists of a peer be signed with the key that the form was about, and looks at them.
func (s *Server) peerKey(c *fiber.Ctx) error {
	h, err := s.harvests(c)
	if err != nil {
		return err
	}
	b, err := s.boards()
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	ctx, name, who := c.UserContext(), c.Params("name"), s.visitor(c).Name
	if err := b.TakeKey(ctx, name, values.Get("key"), who); err != nil {
		return err
	}
	s.o.Logger.Info("key of a peer's lists taken", "peer", name, "actor", who)
	detail := map[string]string{"key": fingerprint(values.Get("key"))}
	if err := s.o.Accounts.Record(accounts.As(ctx, who), "peer.key", "peer "+name, detail); err != nil {
		s.o.Logger.Error("key of a peer's lists not in the audit log", "err", err)
	}
	if err := h.Start(ctx, name); err != nil {
		return err
	}
	return redirect(c, peerPath(name)+"?notice=harvesting")
}
