package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

func (s *Server) remixForm(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	return s.remixShow(c, r)
}

func (s *Server) remixSend(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	return s.remixPublish(c, r.ID)
}

// remixShow is the form, filled in so that it can be sent as it is.
func (s *Server) remixShow(c *fiber.Ctx, r repository.Resource) error {
	if refused, err := s.remixRefused(c, r); refused || err != nil {
		return err
	}
	a, err := s.author(c)
	if err != nil {
		return err
	}
	v, _, err := s.remixPlan(c, r.ID, a, nil)
	if err != nil {
		return err
	}
	switch {
	case v.Blocked != nil:
		c.Status(http.StatusUnprocessableEntity)
	case v.Away != "":
		c.Status(http.StatusBadGateway)
	}
	return s.page(c, "remix", themes.Frame{}, v)
}

// remixPlan makes the form's view, with what was typed where something was. If the source's home cannot be reached, the
// view names it, and has no text but what was typed.
func (s *Server) remixPlan(c *fiber.Ctx, id repository.ID, a accounts.Account, typed url.Values) (themes.Remix, repository.RemixPlan, error) {
	ctx, lang := c.UserContext(), language(c)
	owners, err := s.owners(c, a)
	if err != nil {
		return themes.Remix{}, repository.RemixPlan{}, err
	}
	v := themes.Remix{Action: c.Path()}
	if v.Owner, err = s.namespace(c, a, typed.Get("owner")); err != nil {
		return v, repository.RemixPlan{}, err
	}
	v.Owners = with(owners, v.Owner)
	plan, err := s.o.Repository.PlanRemix(ctx, id, v.Owner, s.actor(a))
	var refused *repository.LicenseError
	if errors.As(err, &refused) {
		source, err := s.o.Repository.ByID(ctx, id)
		if err != nil {
			return v, plan, err
		}
		v.Source, v.Rights = s.card(source, lang, nil), rightsView(source, lang)
		v.Blocked = reasons(refused.Reasons, lang)
		return v, plan, nil
	}
	if errors.Is(err, kind.ErrInvalid) {
		return s.notGiven(c, id, v, err)
	}
	if errors.Is(err, kind.ErrUnavailable) {
		err = s.away(c, plan.Source, &v, err)
	}
	if err != nil {
		return v, plan, err
	}
	v.Source = s.card(plan.Source, lang, nil)
	v.Title, v.Text, v.Language, v.Free = plan.Metadata.Title, plan.Body, plan.Metadata.Language, plan.Slug
	chosen := plan.License()
	if typed != nil {
		v.Free = orElse(typed.Get("free"), plan.Slug)
		v.Title, v.Text, v.Changes = strings.TrimSpace(typed.Get("title")), typed.Get("text"), typed.Get("changes")
		if id := licensing.ID(typed.Get("license")); id != "" {
			chosen = id
		}
	}
	if v.Away == "" {
		v.Credit = creditView(s.o.Repository.Credit(plan, chosen, lang))
	}
	for _, o := range plan.Options {
		choice := themes.LicenseChoice{License: licenseView(o.ID, lang), Checked: o.ID == chosen, Reasons: reasons(o.Reasons, lang)}
		switch {
		case !o.Offered():
			v.Refused = append(v.Refused, choice)
		case remixable(o.ID) || choice.Checked:
			v.Licenses = append(v.Licenses, choice)
		default:
			v.More = append(v.More, choice)
		}
	}
	return v, plan, nil
}

// notGiven says that the home of a harvested resource gives nothing away to work on.
func (s *Server) notGiven(c *fiber.Ctx, id repository.ID, v themes.Remix, cause error) (themes.Remix, repository.RemixPlan, error) {
	source, err := s.o.Repository.ByID(c.UserContext(), id)
	if err != nil || source.Origin == nil {
		return v, repository.RemixPlan{}, cause
	}
	peers, err := s.o.Catalog.PeerTitles(c.UserContext())
	if err != nil {
		return v, repository.RemixPlan{}, err
	}
	lang := language(c)
	v.Source, v.Rights = s.card(source, lang, nil), rightsView(source, lang)
	v.Blocked = []string{s.theme(c).Text(lang, "harvested.read", "Source", orElse(peers[source.Origin.Peer], source.Origin.Peer))}
	return v, repository.RemixPlan{}, nil
}

// away notes on the form that the home of its source does not do its part.
func (s *Server) away(c *fiber.Ctx, source repository.Resource, v *themes.Remix, cause error) error {
	if source.Origin == nil {
		return cause
	}
	s.o.Logger.Warn("remix source not fetched", "resource", source.ID, "peer", source.Origin.Peer, "err", cause)
	peers, err := s.o.Catalog.PeerTitles(c.UserContext())
	if err != nil {
		return err
	}
	if v.Away = peers[source.Origin.Peer]; v.Away == "" {
		v.Away = source.Origin.Peer
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return nil
}

// reasons are sentences for people, each once.
func reasons(list []licensing.Reason, lang string) []string {
	var texts []string
	for _, r := range list {
		if text := r.In(lang); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// remixPublish previews or publishes what the form brings.
func (s *Server) remixPublish(c *fiber.Ctx, id repository.ID) error {
	a, typed, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	v, plan, err := s.remixPlan(c, id, a, typed)
	if err != nil {
		return err
	}
	again := func(status int) error {
		c.Status(status)
		return s.page(c, "remix", themes.Frame{}, v)
	}
	if v.Blocked != nil {
		return again(http.StatusUnprocessableEntity)
	}
	made := repository.Remix{
		Source: id, Owner: v.Owner, License: licensing.ID(typed.Get("license")), Title: &v.Title, Body: &v.Text, Changes: v.Changes, Actor: s.actor(a), Free: v.Free,
	}
	if typed.Get("do") == "preview" {
		var f themes.Frame
		v.Preview, f.Styles = s.previewWhole(v.Text, v.Language, linkBase(plan.Source), "")
		v.Checking = s.checkedRemix(c, plan, made, v.Language)
		return s.page(c, "remix", f, v)
	}
	if v.Away != "" {
		return again(http.StatusBadGateway)
	}
	out, err := s.o.Repository.Remix(c.UserContext(), made)
	var invalid *repository.InvalidError
	var refused *repository.LicenseError
	switch {
	case errors.As(err, &invalid):
		v.Problems = s.spoken(invalid.Problems, language(c))
		return again(http.StatusUnprocessableEntity)
	case errors.As(err, &refused):
		for _, text := range reasons(refused.Reasons, language(c)) {
			v.Problems = append(v.Problems, themes.Problem{Message: text})
		}
		return again(http.StatusUnprocessableEntity)
	case errors.Is(err, kind.ErrUnavailable):
		if err := s.away(c, plan.Source, &v, err); err != nil {
			return err
		}
		return again(http.StatusBadGateway)
	case err != nil:
		return err
	}
	s.changed(c)
	return redirect(c, pathOf(out.Resource.Address, "")+"?notice=published")
}

// preview renders a text that is not published yet.
func (s *Server) preview(text, language, base string) (template.HTML, []string) {
	page, err := s.previewed(text, language, base)
	if err != nil {
		return template.HTML(template.HTMLEscapeString(err.Error())), nil //nolint:gosec // escaped
	}
	return page.HTML, stylesOf(page)
}

// previewWhole is preview of all the text of the resource in a folder of its repository, which is checked next: the text of the
// root is not rendered again for that.
func (s *Server) previewWhole(text, language, base, folder string) (template.HTML, []string) {
	if folder == "" {
		if page, err := s.previewed(text, language, base); err == nil {
			s.o.Repository.Rendered([]byte(text), language, page)
			return page.HTML, stylesOf(page)
		}
	}
	return s.preview(text, language, base)
}

func (s *Server) previewed(text, language, base string) (render.Page, error) {
	return s.o.Renderer.Render([]byte(text), render.View{Audience: render.Teacher, Base: base, Language: language, Source: "index.md"})
}

// linkBase is the address that relative links of a resource start from.
func linkBase(r repository.Resource) string {
	if r.Own() {
		return pathOf(r.Address, "")
	}
	return "/id/" + string(r.ID)
}
