package web

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownNews bounds how many of an owner's resources the page of news looks at.
const shownNews = 100

// news tells a person of releases of what the person's resources were made from, here and at peers, and of what the person's
// boards have on lists. It follows from the resources and the lists: nothing is kept of who was told.
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
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	v := themes.NewsPage{}
	for _, one := range news {
		if e := one.Source.Released; !one.Source.Own() && e != nil {
			item := themes.News{
				Release: themes.Release{Version: e.Version, URL: linkOf(one.Source), At: e.At}, Peer: orElse(peers[one.Source.Origin.Peer], one.Source.Origin.Peer),
			}
			if there := web(e.URL); there != "" {
				item.URL = there
			}
			v.List = append(v.List, newsOf(item, one))
			continue
		}
		v.List = append(v.List, newsOf(themes.News{Release: releaseView(one.Source.Address.Root(), one.Release)}, one))
	}
	if v.Boards, err = s.boardNews(c, a); err != nil {
		return err
	}
	return s.page(c, "news", themes.Frame{}, v)
}

// newsOf is news with the remix and the source that it is about.
func newsOf(v themes.News, one repository.News) themes.News {
	v.Of = themes.Link{Label: one.Of.Metadata.Title, URL: pathOf(one.Of.Address, ""), Language: one.Of.Metadata.Language}
	v.Source = themes.Link{Label: one.Source.Metadata.Title, URL: linkOf(one.Source), Language: one.Source.Metadata.Language}
	v.Pull, v.Translation = v.Of.URL+"/pull", one.Of.Metadata.TranslationOf != nil
	return v
}

// shownBoardNews bounds how many releases of what is on lists the page names, and reads.
const shownBoardNews = 50

// boardNews are releases of what is on the lists of a person's boards, where the list has an earlier revision.
func (s *Server) boardNews(c *fiber.Ctx, a accounts.Account) (news []themes.BoardNews, err error) {
	if s.o.Boards == nil {
		return nil, nil
	}
	ctx := c.UserContext()
	memberships, err := s.o.Accounts.Memberships(ctx, a.Name)
	if err != nil {
		return nil, err
	}
	chairs := map[string]bool{} // the boards that the person is in
	for _, m := range memberships {
		if m.Role == accounts.Reviewer || m.Role == accounts.BoardChair {
			chairs[m.Team] = m.Role == accounts.BoardChair
		}
	}
	if len(chairs) == 0 {
		return nil, nil
	}
	lists, err := s.o.Boards.Lists(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		chairs, mine := chairs[l.Board]
		if !mine || len(news) >= shownBoardNews {
			continue
		}
		pinned := make(map[string]string, len(l.Entries))
		for _, e := range l.Entries {
			if e.Withdrawn.IsZero() {
				pinned[e.Identifier] = e.Revision
			}
		}
		newest, err := s.o.Boards.Newest(ctx, pinned)
		if err != nil {
			return nil, err
		}
		for _, identifier := range slices.Sorted(maps.Keys(newest)) {
			if len(news) >= shownBoardNews {
				break
			}
			one, is, err := s.boardNewsOf(ctx, identifier, pinned[identifier])
			if err != nil {
				return nil, err
			}
			if !is {
				continue
			}
			one.List = themes.Link{Label: l.Title, URL: listPath(l.Slug)}
			if chairs {
				one.Judge = one.List.URL + "/newer"
			}
			news = append(news, one)
		}
	}
	return news, nil
}

// boardNewsOf is the newest release of what is on a list, unless that is the revision on the list or one before it.
func (s *Server) boardNewsOf(ctx context.Context, identifier, pin string) (v themes.BoardNews, is bool, err error) {
	r, err := s.o.Repository.ByIdentifier(ctx, identifier)
	if errors.Is(err, kind.ErrNotFound) {
		return v, false, nil
	}
	if err != nil || r.Deleted || r.Released == nil {
		return v, false, err
	}
	v = themes.BoardNews{
		Release: themes.Release{Version: r.Released.Version, URL: linkOf(r), At: r.Released.At}, Approved: short(pin),
		Source: themes.Link{Label: r.Metadata.Title, URL: linkOf(r), Language: r.Metadata.Language},
	}
	if !r.Own() {
		if there := web(r.Released.URL); there != "" {
			v.URL = there
		}
		return v, r.Released.Revision != pin, nil
	}
	one, newer, err := s.o.Repository.NewerRelease(ctx, r, pin)
	if err != nil || !newer {
		return v, false, err
	}
	v.Release = releaseView(r.Address.Root(), one)
	labels, err := s.o.Repository.Labels(ctx, r.Address)
	v.Approved = labels.Of(pin)
	return v, true, err
}
