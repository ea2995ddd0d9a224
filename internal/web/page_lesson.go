package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

// lesson shows a resource of this server.
func (s *Server) lesson(c *fiber.Ctx, l located) error {
	v, extra, err := s.resourceView(c, l, nil)
	if err != nil {
		return err
	}
	s.pictures(c, l, &v, extra.files)
	f := themes.Frame{Lede: l.Metadata.Description, Styles: extra.styles}
	address := s.o.BaseURL + pathOf(l.place.Address, "")
	v.Links.SMS, v.Links.Mail = shareLinks(v.Title, address)
	f.Embeds.JSON, f.Embeds.XML = s.discovery(address)
	f.Offline = !v.Pinned
	v.Links.Tree = l.base() + "/remixes"
	f.Preview = s.linkPreview(l, extra.images)
	v.Access = accessKeys(l.Resource.Access)
	if f.JSONLD, err = s.pageJSONLD(c.UserContext(), l); err != nil {
		return err
	}
	s.signposts(c, l)
	return s.page(c, "resource", f, v)
}
