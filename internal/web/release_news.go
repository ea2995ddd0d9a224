package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownNews bounds how many of an owner's resources the page of news looks at.
const shownNews = 100

// news tells a person of releases of what the person's resources were made from. It follows from the resources: nobody is
// followed, and nothing is kept.
func (s *Server) news(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	owners, err := s.owners(c, a)
	if err != nil {
		return err
	}
	var list []repository.Resource
	for _, o := range owners {
		if len(list) >= shownNews {
			break
		}
		more, err := s.o.Catalog.OfOwner(ctx, o, shownNews)
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	news, err := s.o.Repository.News(ctx, list[:min(len(list), shownNews)])
	if err != nil {
		return err
	}
	v := themes.NewsPage{}
	for _, one := range news {
		of := themes.Link{Label: one.Of.Metadata.Title, URL: pathOf(one.Of.Address, ""), Language: one.Of.Metadata.Language}
		v.List = append(v.List, themes.News{
			Release: releaseView(one.Source.Address.Root(), one.Release), Of: of, Pull: of.URL + "/pull",
			Source:      themes.Link{Label: one.Source.Metadata.Title, URL: pathOf(one.Source.Address, ""), Language: one.Source.Metadata.Language},
			Translation: one.Of.Metadata.TranslationOf != nil,
		})
	}
	return s.page(c, "news", themes.Frame{NoIndex: true}, v)
}
