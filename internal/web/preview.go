package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

const previewPath = "/preview/"

// secretly is for what is behind a secret address: nothing keeps it, lists it, or tells others where it is.
func secretly(c *fiber.Ctx) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
}

// previewGet shows what is not published to whoever has its secret address: the text, its files, and what the release gate says.
func (s *Server) previewGet(c *fiber.Ctx) error {
	secretly(c)
	ctx, secret := c.UserContext(), c.Params("secret")
	p, err := s.o.Accounts.Preview(ctx, secret)
	if err != nil {
		return err
	}
	// Who may not revise the resource any more shows it to nobody.
	who, err := s.o.Accounts.Account(ctx, p.Account)
	if err != nil {
		return err
	}
	at, ok := repository.ParseAddress(p.Address)
	if !ok {
		return fiber.ErrNotFound
	}
	if err := s.previewMay(c, who, at, p.Kind); err != nil {
		if errors.Is(err, kind.ErrDenied) {
			err = fiber.ErrNotFound
		}
		return err
	}
	st, err := s.staged(c, p, at)
	if err != nil {
		return err
	}
	rest := strings.Trim(c.Params("*"), "/")
	if rest, err = url.PathUnescape(rest); err != nil {
		return fiber.ErrNotFound
	}
	if name, ok := strings.CutPrefix(rest, "raw/"); ok {
		return s.previewFile(c, st.Files, name)
	}
	return s.previewText(c, p, st, previewPath+secret, rest)
}

// previewMay refuses an account that may not revise what is previewed. What is held its owner may show, though it is not
// published, but not while the account or the owner is blocked: appeals are theirs then, and nothing else.
func (s *Server) previewMay(c *fiber.Ctx, a accounts.Account, at repository.Address, what accounts.PreviewKind) error {
	ctx, who, on := c.UserContext(), accounts.Signed(a), accounts.OnResource(at.Owner, at.Slug)
	if what != accounts.PreviewHeld {
		return s.o.Accounts.May(ctx, who, accounts.Revise, on)
	}
	if err := s.o.Accounts.May(ctx, who, accounts.Appeal, on); err != nil {
		return err
	}
	return s.o.Accounts.May(ctx, who, accounts.Publish, accounts.OnOwner(at.Owner))
}

// staged is what a preview shows, as it is now.
func (s *Server) staged(c *fiber.Ctx, p accounts.Preview, at repository.Address) (repository.Staged, error) {
	ctx := c.UserContext()
	switch p.Kind {
	case accounts.PreviewRevision:
		return s.o.Repository.StageRevision(ctx, at, p.Revision)
	case accounts.PreviewHeld:
		t, err := s.o.Accounts.Takedown(ctx, p.Address)
		if err == nil && t.Basis != accounts.ByReview {
			err = kind.ErrNotFound // what was taken down is shown to nobody
		}
		if err != nil {
			return repository.Staged{}, err
		}
		return s.o.Repository.StageHeld(ctx, at)
	case accounts.PreviewDraft:
		at.Part = p.Part
		return s.stagedDraft(c, p, at)
	}
	return repository.Staged{}, fiber.ErrNotFound
}

// stagedDraft is a resource with the draft of whoever made the preview.
func (s *Server) stagedDraft(c *fiber.Ctx, p accounts.Preview, at repository.Address) (st repository.Staged, err error) {
	if s.o.Drafts == nil {
		return st, fiber.ErrNotFound
	}
	ctx := c.UserContext()
	d, _, err := s.o.Drafts.Load(ctx, p.Account, p.Resource)
	if err != nil {
		return st, err // it was published or discarded
	}
	r, err := s.o.Repository.Resource(ctx, at)
	if err != nil {
		return st, err
	}
	doc, err := s.o.Repository.Source(ctx, r)
	if err != nil {
		return st, err
	}
	typed := url.Values{}
	for name, value := range d.Fields {
		typed.Set(name, value)
	}
	lang := language(c)
	change := s.change(s.fields(r.Metadata, lang), s.typedFields(typed, lang), r.Metadata, string(doc.Body), d.Fields["text"])
	return s.o.Repository.StageEdit(ctx, at, change)
}

// previewFile is a file beside a text that is not published.
func (s *Server) previewFile(c *fiber.Ctx, files fs.FS, name string) error {
	if !fs.ValidPath(name) {
		return fiber.ErrNotFound
	}
	info, err := fs.Stat(files, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (info.IsDir() || info.Size() > previewBytes) {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	kindOf, known := mediaTypes[strings.ToLower(path.Ext(name))]
	if !known {
		kindOf = "application/octet-stream"
		c.Set(fiber.HeaderContentDisposition, `attachment; filename*=UTF-8''`+url.PathEscape(path.Base(name)))
	}
	c.Set(fiber.HeaderContentType, kindOf)
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	return s.ranged(c, b)
}

// previewBytes bounds a file that a preview shows: what is larger is read once it is published.
const previewBytes = 16 * media.Threshold

// previewText shows one text of a preview with what the gate says of it.
func (s *Server) previewText(c *fiber.Ctx, p accounts.Preview, st repository.Staged, base, part string) error {
	if err := st.Check(); err != nil {
		return err
	}
	n, found := st.Find(part)
	if !found {
		return fiber.ErrNotFound
	}
	lang := language(c)
	v := themes.PreviewPage{
		Title: orElse(n.Metadata.Title, path.Base(p.Address)), Description: n.Metadata.Description, Language: n.Metadata.Language, Kind: string(p.Kind),
		Note: p.Note, Expires: p.Expires, License: licenseView(n.License, lang), Short: short(p.Revision),
	}
	for _, a := range n.Metadata.Creators {
		v.Creators = append(v.Creators, a.Name)
	}
	if part != "" {
		v.Up = themes.Link{Label: orElse(st.Root.Metadata.Title, p.Address), URL: base, Language: st.Root.Metadata.Language}
	}
	for _, sub := range n.Parts {
		v.Parts = append(v.Parts, themes.Link{Label: orElse(sub.Metadata.Title, sub.Path), URL: base + escapedPath(sub.Path), Language: sub.Metadata.Language})
	}
	page, err := s.previewBody(p, st, n, base)
	if err != nil && !errors.Is(err, render.ErrTooLarge) {
		return err
	}
	v.Body = page.HTML
	report := st.Report.Of(part)
	v.Errors, v.Warnings = report.Counts()
	for _, check := range report.Checks() {
		v.Gates = append(v.Gates, themes.GateCheck{Name: check.Name, State: string(check.State), Problems: s.spoken(check.Problems, lang)})
	}
	return s.page(c, "preview", themes.Frame{NoIndex: true, Styles: stylesOf(page)}, v)
}

// previewBody renders one text of a preview. Of a revision, which never changes, it is kept.
func (s *Server) previewBody(p accounts.Preview, st repository.Staged, n metadata.Node, base string) (render.Page, error) {
	view := render.View{
		Audience: render.Teacher, Base: base, Folder: n.Path, Language: n.Metadata.Language, Source: "index.md", Line: n.Document.BodyLine, Files: st.Files,
	}
	if p.Kind != accounts.PreviewRevision {
		return s.o.Renderer.Render(n.Body, view)
	}
	return s.rendered(textKey{revision: p.Revision, base: base, folder: n.Path, language: n.Metadata.Language}, n.Document, view)
}

func escapedPath(folder string) string {
	var b strings.Builder
	for seg := range strings.SplitSeq(folder, "/") {
		b.WriteString("/" + url.PathEscape(seg))
	}
	return b.String()
}

// previews lists the previews of a resource, with the forms for new ones, to who may revise it.
func (s *Server) previews(c *fiber.Ctx, l located) error {
	if _, err := s.previewer(c, l); err != nil {
		return err
	}
	return s.previewsPage(c, l, themes.Previews{})
}

// previewer is who is signed in and may make previews of a resource.
func (s *Server) previewer(c *fiber.Ctx, l located) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	what := accounts.PreviewRevision
	if l.Deleted {
		what = accounts.PreviewHeld
	}
	if err := s.previewMay(c, a, l.place.Root(), what); err != nil {
		return a, err
	}
	if l.Deleted {
		t, err := s.o.Accounts.Takedown(c.UserContext(), l.place.Root().String())
		if err != nil {
			return a, err
		}
		if t.Basis != accounts.ByReview {
			return a, fmt.Errorf("preview of what was taken down: %w", kind.ErrDenied)
		}
	}
	return a, nil
}

func (s *Server) previewsPage(c *fiber.Ctx, l located, v themes.Previews) error {
	ctx := c.UserContext()
	v.Title, v.URL, v.Language = l.Metadata.Title, pathOf(l.place.Address, ""), l.Metadata.Language
	v.Action, v.Lives = v.URL+"/previews", accounts.PreviewLives
	list, err := s.o.Accounts.Previews(ctx, l.place.Root().String())
	if err != nil {
		return err
	}
	for _, p := range list {
		v.List = append(v.List, themes.PreviewLine{ID: p.ID, Kind: string(p.Kind), Part: p.Part, Short: short(p.Revision), By: p.Account, Note: p.Note, Created: p.Created, Expires: p.Expires})
	}
	if l.Deleted {
		v.Kinds = []string{string(accounts.PreviewHeld)}
	} else {
		if a := s.visitor(c); s.o.Drafts != nil {
			if _, _, err := s.o.Drafts.Load(ctx, a.Name, string(l.ID)); err == nil {
				v.Kinds = append(v.Kinds, string(accounts.PreviewDraft))
			} else if !errors.Is(err, kind.ErrNotFound) {
				return err
			}
		}
		v.Kinds = append(v.Kinds, string(accounts.PreviewRevision))
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return s.page(c, "previews", themes.Frame{}, v)
}

// previewsSend makes a preview, whose address is shown once, or ends one.
func (s *Server) previewsSend(c *fiber.Ctx, l located) error {
	a, err := s.previewer(c, l)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	ctx, address := c.UserContext(), l.place.Root().String()
	if values.Get("do") == "end" {
		if err := s.o.Accounts.EndPreview(ctx, address, values.Get("id")); err != nil && !errors.Is(err, kind.ErrNotFound) {
			return err
		}
		return redirect(c, pathOf(l.place.Address, "")+"/previews?notice=preview-ended")
	}
	p := accounts.Preview{
		Kind: accounts.PreviewKind(values.Get("kind")), Address: address, Part: l.place.Part, Resource: string(l.ID), Account: a.Name,
		Note: clip(line(values.Get("note")), 100),
	}
	kinds := []accounts.PreviewKind{accounts.PreviewDraft, accounts.PreviewRevision}
	if l.Deleted {
		kinds = []accounts.PreviewKind{accounts.PreviewHeld}
	}
	if !slices.Contains(kinds, p.Kind) {
		return fiber.NewError(http.StatusUnprocessableEntity, "the form does not say what is to be shown")
	}
	if p.Kind == accounts.PreviewRevision {
		p.Revision = l.Newest
		if l.place.Part != "" { // a part's own revision is older than what readers see around it
			root, err := s.o.Repository.Resource(ctx, l.place.Root())
			if err != nil {
				return err
			}
			p.Revision = root.Revision
		}
	}
	days, _ := strconv.Atoi(values.Get("days"))
	secret, _, err := s.o.Accounts.MakePreview(ctx, p, days)
	if err != nil {
		return err
	}
	at := s.o.BaseURL + previewPath + secret
	if p.Kind == accounts.PreviewDraft && p.Part != "" {
		at += escapedPath(p.Part)
	}
	return s.previewsPage(c, l, themes.Previews{Created: at})
}
