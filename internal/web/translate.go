package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

var translationTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// translating is a translation that somebody works on.
type translating struct {
	source repository.Resource
	made   *located // the translation; nil before it is published
	to     string   // its language
}

// draftName names what is written and not published.
func (t translating) draftName() string {
	if t.made != nil {
		return string(t.made.ID)
	}
	return string(t.source.ID) + "." + t.to
}

// translation finds out what is translated: by the address of a translation, or by that of an original and a language. Who
// has begun that already is sent on to it; where no language is given yet, chosen is false.
func (s *Server) translation(c *fiber.Ctx, a accounts.Account, l located) (t translating, onward string, chosen bool, err error) {
	ctx := c.UserContext()
	t.to = c.Query("to")
	if pin := l.Metadata.TranslationOf; pin != nil && (t.to == "" || t.to == l.Metadata.Language) {
		if t.source, err = s.o.Repository.ByIdentifier(ctx, pin.ID); err != nil {
			return t, "", false, err
		}
		if !t.source.Own() || t.source.Deleted {
			return t, "", false, fmt.Errorf("%w: the original is not kept here", kind.ErrInvalid)
		}
		t.made, t.to = &l, l.Metadata.Language
		return t, "", true, s.mayRevise(c, a, l.place.Owner, l.place.Slug)
	}
	t.source = l.Resource
	if !translationTag.MatchString(t.to) || t.to == l.Metadata.Language {
		return t, "", false, nil
	}
	list, err := s.o.Repository.Translations(ctx, l.Resource)
	if err != nil {
		return t, "", false, err
	}
	for _, r := range list {
		if !r.Own() || r.Metadata.Language != t.to || r.Metadata.TranslationOf == nil || r.Metadata.TranslationOf.ID != l.Identifier {
			continue
		}
		switch err := s.mayRevise(c, a, r.Address.Owner, r.Address.Slug); {
		case err == nil:
			return t, pathOf(r.Address, "") + "/translate", true, nil
		case !errors.Is(err, kind.ErrDenied):
			return t, "", false, err
		}
	}
	return t, "", true, nil
}

// translateShow is the page for translating, block by block.
func (s *Server) translateShow(c *fiber.Ctx, l located) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	t, onward, chosen, err := s.translation(c, a, l)
	if err != nil || onward != "" {
		return orRedirect(c, onward, err)
	}
	if !chosen {
		v := themes.Translate{Title: l.Metadata.Title, URL: l.base(), Action: l.base() + "/translate", SourceLanguage: l.Metadata.Language}
		for _, choice := range s.choices(themes.Fields{}, language(c)).Languages {
			if choice.Value != l.Metadata.Language {
				v.Choose = append(v.Choose, choice)
			}
		}
		return s.page(c, "translate", themes.Frame{}, v)
	}
	v, err := s.translateView(c, a, l, t)
	if err != nil {
		return err
	}
	return s.page(c, "translate", themes.Frame{}, v)
}

func orRedirect(c *fiber.Ctx, onward string, err error) error {
	if err != nil {
		return err
	}
	return redirect(c, onward)
}

// blocksOf is the text of a resource, cut into blocks.
func (s *Server) blocksOf(ctx context.Context, r repository.Resource) ([]textBlock, error) {
	doc, err := s.o.Repository.Source(ctx, r)
	return cutBlocks(string(doc.Body)), err
}

// translateView is the page with what is published, or with the draft that its visitor left.
func (s *Server) translateView(c *fiber.Ctx, a accounts.Account, l located, t translating) (themes.Translate, error) {
	ctx := c.UserContext()
	v, err := s.translateFrame(c, a, l, t)
	if err != nil {
		return v, err
	}
	now, err := s.blocksOf(ctx, t.source)
	if err != nil {
		return v, err
	}
	began, target := t.source.Revision, []string(nil)
	if t.made != nil {
		began = t.made.Metadata.TranslationOf.Revision
		v.Name, v.Description = t.made.Metadata.Title, t.made.Metadata.Description
	}
	if s.o.Drafts != nil {
		d, tag, err := s.o.Drafts.Load(ctx, a.Name, t.draftName())
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			return v, err
		}
		if err == nil {
			began = d.Base
			v.Draft, v.Saved, v.Name, v.Description = string(tag), d.Saved, d.Fields["title"], d.Fields["description"]
			if base := d.Fields["base"]; base != "" {
				v.Base = base
			}
			if err := json.Unmarshal([]byte(d.Fields["blocks"]), &target); err != nil {
				return v, err
			}
		}
	}
	old := now
	if began != t.source.Revision {
		switch r, err := s.o.Repository.At(ctx, t.source.Address, began); {
		case err == nil:
			if old, err = s.blocksOf(ctx, r); err != nil {
				return v, err
			}
			if v.Behind, err = s.behind(ctx, t.source, began); err != nil {
				return v, err
			}
		case !errors.Is(err, kind.ErrNotFound):
			return v, err
		}
	}
	if target == nil && t.made != nil {
		made, err := s.blocksOf(ctx, t.made.Resource)
		if err != nil {
			return v, err
		}
		target = laid(old, made)
	}
	v.Rows = rowViews(translationRows(old, target, now))
	return v, nil
}

// translateFrame is the page without its texts.
func (s *Server) translateFrame(c *fiber.Ctx, a accounts.Account, l located, t translating) (themes.Translate, error) {
	v := themes.Translate{
		Title: l.Metadata.Title, URL: l.base(), Action: c.Path() + "?to=" + url.QueryEscape(t.to), SourceTitle: t.source.Metadata.Title, SourceURL: linkOf(t.source),
		SourceDescription: t.source.Metadata.Description, SourceLanguage: t.source.Metadata.Language, Language: t.to, Pin: t.source.Revision, Drafts: s.o.Drafts != nil,
	}
	if t.made != nil {
		v.Base = t.made.Newest
		return v, nil
	}
	var err error
	if v.Owners, err = s.owners(c, a); err != nil {
		return v, err
	}
	v.Owner = a.Name
	v.Owners = with(v.Owners, v.Owner)
	plan, err := s.o.Repository.PlanRemix(c.UserContext(), t.source.ID, a.Name, s.actor(a))
	var refused *repository.LicenseError
	if errors.As(err, &refused) {
		v.Blocked = reasons(refused.Reasons, language(c))
		return v, nil
	}
	if err != nil {
		return v, err
	}
	for _, o := range plan.Options {
		if o.Offered() && (remixable(o.ID) || o.ID == plan.License()) {
			v.Licenses = append(v.Licenses, themes.LicenseChoice{License: licenseView(o.ID, language(c)), Checked: o.ID == plan.License()})
		}
	}
	return v, nil
}

// translateSend saves or publishes what was translated.
func (s *Server) translateSend(c *fiber.Ctx, l located) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	t, onward, chosen, err := s.translation(c, a, l)
	if err != nil || !chosen {
		return orRedirect(c, l.base()+"/translate", err)
	}
	typed, err := form(c)
	if err != nil {
		return err
	}
	if onward != "" {
		if strings.HasPrefix(c.Get(fiber.HeaderAccept), "application/json") { // a script, which keeps what is typed
			return redirect(c, onward)
		}
		return s.translatedMeanwhile(c, a, onward, typed)
	}
	v, err := s.translateFrame(c, a, l, t)
	if err != nil {
		return err
	}
	shown := t.source // as the page showed it
	if pin := typed.Get("pin"); pin != t.source.Revision {
		if shown, err = s.o.Repository.At(c.UserContext(), t.source.Address, pin); err != nil {
			return err
		}
	}
	old, err := s.blocksOf(c.UserContext(), shown)
	if err != nil {
		return err
	}
	texts := make([]string, len(old))
	for i := range texts {
		texts[i] = strings.TrimSpace(typed.Get("b" + strconv.Itoa(i)))
	}
	for i := 0; typed.Has("x" + strconv.Itoa(i)); i++ { // what has nothing beside it in the original
		if text := strings.TrimSpace(typed.Get("x" + strconv.Itoa(i))); text != "" {
			texts = append(texts, text)
		}
	}
	v.Name, v.Description, v.Draft = strings.TrimSpace(typed.Get("title")), strings.TrimSpace(typed.Get("description")), typed.Get("draft")
	v.Pin, v.Base = shown.Revision, typed.Get("base")
	v.Rows = rowViews(translationRows(old, texts, old))
	if typed.Get("do") == "draft" {
		return s.translateDraft(c, a, t, v, texts, licensing.ID(typed.Get("license")))
	}
	if v.Owner, err = s.namespace(c, a, typed.Get("owner")); err != nil {
		return err
	}
	return s.translatePublish(c, a, t, v, joinBlocks(texts), licensing.ID(typed.Get("license")))
}

// translatedMeanwhile lets a translation that was begun as a new one meet the one that was published since: by its author, who
// sent the form twice, or by somebody of the same team.
func (s *Server) translatedMeanwhile(c *fiber.Ctx, a accounts.Account, onward string, typed url.Values) error {
	at, ok := parsePlace(strings.TrimPrefix(onward, "/r/"))
	if !ok {
		return fiber.ErrNotFound
	}
	at.Action = ""
	made, err := s.locatePlace(c.UserContext(), at)
	if err != nil {
		return err
	}
	var texts []string
	for i := 0; typed.Has("b" + strconv.Itoa(i)); i++ {
		texts = append(texts, strings.TrimSpace(typed.Get("b"+strconv.Itoa(i))))
	}
	e := s.editView(c, made, s.fields(made.Metadata, language(c)))
	e.Text, e.Fields.Title, e.Fields.Description = joinBlocks(texts), strings.TrimSpace(typed.Get("title")), strings.TrimSpace(typed.Get("description"))
	return s.overtaken(c, a, made, e)
}

func (s *Server) translateDraft(c *fiber.Ctx, a accounts.Account, t translating, v themes.Translate, texts []string, license licensing.ID) error {
	if s.o.Drafts == nil {
		return fiber.ErrNotFound
	}
	b, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	d := drafts.Draft{Resource: t.draftName(), Base: v.Pin, Fields: map[string]string{"title": v.Name, "description": v.Description, "blocks": string(b), "base": v.Base}}
	script := strings.HasPrefix(c.Get(fiber.HeaderAccept), "application/json")
	ctx, lang := c.UserContext(), language(c)
	d, tag, err := s.o.Drafts.Save(ctx, a.Name, d, drafts.Tag(v.Draft))
	if errors.Is(err, kind.ErrConflict) {
		if script {
			return s.json(c, http.StatusConflict, map[string]string{"status": s.theme(c).Text(lang, "draft.elsewhere")})
		}
		_, newer, err := s.o.Drafts.Load(ctx, a.Name, t.draftName())
		if err != nil {
			return err
		}
		v.Draft, v.Problems = string(newer), []themes.Problem{{Message: s.theme(c).Text(lang, "draft.two.save")}}
		c.Status(http.StatusConflict)
		return s.page(c, "translate", themes.Frame{}, v)
	}
	if err != nil {
		return err
	}
	if script {
		return s.json(c, http.StatusOK, map[string]string{"draft": string(tag), "status": s.theme(c).Text(lang, "draft.saved")})
	}
	v.Draft, v.Saved = string(tag), d.Saved
	if v.Checking, err = s.translateChecks(c, a, t, v, joinBlocks(texts), license); err != nil {
		return err
	}
	return s.page(c, "translate", themes.Frame{}, v)
}

// translated is a new translation.
func (s *Server) translated(c *fiber.Ctx, a accounts.Account, t translating, v themes.Translate, body string, license licensing.ID) repository.Remix {
	return repository.Remix{
		Source: t.source.ID, Owner: v.Owner, License: license, Title: &v.Name, Body: &body, Actor: s.actor(a),
		Translation: &repository.Translation{Language: t.to, Revision: v.Pin, Description: v.Description},
		Changes:     s.theme(c).Text(t.to, "translate.change"),
	}
}

// retranslated is what changes of a translation that there is.
func retranslated(t translating, v themes.Translate, body string) metadata.Edit {
	sources := slices.Clone(t.made.Metadata.Sources)
	for i := range sources {
		if sources[i].ID == t.source.Identifier {
			sources[i].Revision = v.Pin
		}
	}
	pin := metadata.Pin{ID: t.source.Identifier, Revision: v.Pin}
	return metadata.Edit{Title: &v.Name, Description: &v.Description, Body: &body, TranslationOf: &pin, Sources: &sources}
}

// translateChecks is what publishing the translation would say of its text. Its lines are in many fields, so that they are
// told by their words alone.
func (s *Server) translateChecks(c *fiber.Ctx, a accounts.Account, t translating, v themes.Translate, body string, license licensing.ID) (themes.Checking, error) {
	var made themes.Checking
	if t.made == nil {
		if v.Owner == "" {
			v.Owner = a.Name
		}
		plan, err := s.o.Repository.PlanRemix(c.UserContext(), t.source.ID, v.Owner, s.actor(a))
		if err != nil {
			return made, nil //nolint:nilerr // it is told when it is to be published
		}
		made = s.checkedRemix(c, plan, s.translated(c, a, t, v, body, license), t.to)
	} else {
		e := themes.Edit{Base: v.Base, Text: body, Fields: s.fields(t.made.Metadata, language(c))}
		e.Fields.Title, e.Fields.Description = v.Name, v.Description
		if err := s.checked(c, *t.made, &e); err != nil {
			return made, err
		}
		made = e.Checking
	}
	for i := range made.Checks {
		made.Checks[i].Row = 0
	}
	return made, nil
}

// translatePublish publishes a translation: a resource of its own the first time, and then a revision of it.
func (s *Server) translatePublish(c *fiber.Ctx, a accounts.Account, t translating, v themes.Translate, body string, license licensing.ID) error {
	ctx, lang := c.UserContext(), language(c)
	var out repository.Outcome
	var err error
	if t.made == nil {
		out, err = s.o.Repository.Remix(ctx, s.translated(c, a, t, v, body, license))
	} else {
		out, err = s.o.Repository.Revise(ctx, repository.Edit{Address: t.made.place.Address, Base: v.Base, Actor: s.actor(a), Change: retranslated(t, v, body)})
	}
	var invalid *repository.InvalidError
	var refused *repository.LicenseError
	switch {
	case errors.As(err, &invalid):
		v.Problems = s.spoken(invalid.Problems, lang)
	case errors.As(err, &refused):
		for _, text := range reasons(refused.Reasons, lang) {
			v.Problems = append(v.Problems, themes.Problem{Message: text})
		}
	case errors.Is(err, kind.ErrConflict) && t.made != nil:
		// Somebody else published the translation: what was typed meets that in the editor's page for it.
		e := s.editView(c, *t.made, s.fields(t.made.Metadata, lang))
		e.Base, e.Text, e.Fields.Title, e.Fields.Description = v.Base, body, v.Name, v.Description
		return s.overtaken(c, a, *t.made, e)
	case err != nil:
		return err
	default:
		s.changed(c)
		if s.o.Drafts != nil {
			if err := s.o.Drafts.Discard(ctx, a.Name, t.draftName()); err != nil {
				s.o.Logger.Warn("draft not discarded", "resource", t.source.ID, "err", err)
			}
		}
		return redirect(c, pathOf(out.Resource.Address, "")+"?notice=published")
	}
	c.Status(http.StatusUnprocessableEntity)
	return s.page(c, "translate", themes.Frame{}, v)
}

// behindMost is how many versions are counted.
const behindMost = 100

// behind is how many revisions an own resource has had since one of them; 0 where that is not known.
func (s *Server) behind(ctx context.Context, r repository.Resource, since repository.Revision) (int, error) {
	if since == "" || since == r.Revision || !r.Own() || r.Deleted {
		return 0, nil
	}
	list, err := s.o.Repository.History(ctx, r, behindMost)
	if err != nil {
		return 0, err
	}
	for i, commit := range list {
		if commit.Hash == since {
			return i, nil
		}
	}
	return 0, nil
}

// translationView is a translation as a lesson's page names it, with how far it is behind the lesson, or the lesson
// behind it.
func (s *Server) translationView(ctx context.Context, r, t repository.Resource) (v themes.Translation, err error) {
	v = themes.Translation{Language: t.Metadata.Language, Title: t.Metadata.Title, URL: linkOf(t)}
	if pin := t.Metadata.TranslationOf; pin != nil && pin.ID == r.Identifier {
		v.Behind, err = s.behind(ctx, r, pin.Revision)
	} else if pin := r.Metadata.TranslationOf; pin != nil && pin.ID == t.Identifier {
		v.Ahead, err = s.behind(ctx, t, pin.Revision)
	}
	return v, err
}
