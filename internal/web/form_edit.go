package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// editShow is the form with what is published now, or with the draft that its visitor left.
func (s *Server) editShow(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	v := s.editView(c, l, s.fields(l.Metadata, language(c)))
	v.Base, v.Text = l.Newest, string(doc.Body)
	old, err := s.resumeDraft(c, a, l, &v)
	if err != nil {
		return err
	}
	if old {
		return s.conflict(c, l, v)
	}
	return s.editFull(c, l, v)
}

// editor is who may edit a resource at its newest revision.
func (s *Server) editor(c *fiber.Ctx, l located) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	return a, s.mayRevise(c, a, l.place.Owner, l.place.Slug)
}

func (s *Server) editView(c *fiber.Ctx, l located, fields themes.Fields) themes.Edit {
	page := pathOf(l.place.Address, "")
	return themes.Edit{Title: l.Metadata.Title, URL: page, Action: page + "/edit", Language: l.Metadata.Language, Fields: fields}
}

// fields are the metadata as the form shows them.
func (s *Server) fields(m metadata.Metadata, lang string) themes.Fields {
	f := themes.Fields{
		Title: m.Title, Description: m.Description, Type: string(m.Type), Language: m.Language,
		License: string(licensing.Normalize(m.License).License()), Subjects: strings.Join(m.Subjects, ", "),
		Grades: strings.Join(m.Grades, ", "), Teaches: strings.Join(m.Alignments.Teaches, ", "),
	}
	if f.License == "" {
		f.License = m.License
	}
	if n := minutes(m.Time); n > 0 {
		f.Time = strconv.Itoa(n)
	}
	return s.choices(f, lang)
}

// choices fills in what the selects of the form offer: always what is chosen now, too.
func (s *Server) choices(f themes.Fields, lang string) themes.Fields {
	option := func(list []themes.Choice, value, label, chosen string) []themes.Choice {
		return append(list, themes.Choice{Value: value, Label: label, Selected: value == chosen})
	}
	for _, t := range metadata.Types() {
		f.Types = option(f.Types, string(t), s.o.Theme.Label(lang, "type", string(t)), f.Type)
	}
	languages := []string{"en", "es", "fr", "zh", "vi", "ar", "ht", "tl", "ru", "ko", "pt", "hmn", "so", "uk"}
	if f.Language != "" && !slices.Contains(languages, f.Language) {
		languages = append(languages, f.Language)
	}
	for _, l := range languages {
		f.Languages = option(f.Languages, l, s.o.Theme.Label(lang, "language", l), f.Language)
	}
	licenses := []licensing.ID{licensing.CCBY, licensing.CCBYSA, licensing.CCBYNC, licensing.CCBYNCSA, licensing.CC0}
	if id := licensing.ID(f.License); f.License != "" && !slices.Contains(licenses, id) {
		licenses = append(licenses, id)
	}
	for _, id := range licenses {
		label := string(id)
		if l, ok := licensing.Lookup(id); ok {
			label = l.Short + ": " + s.o.Theme.Label(lang, "license.kind", licenseKind(id))
		}
		f.Licenses = option(f.Licenses, string(id), label, f.License)
	}
	return f
}

// typedFields are the metadata as they came back from the form.
func (s *Server) typedFields(v url.Values, lang string) themes.Fields {
	get := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return s.choices(themes.Fields{
		Title: get("title"), Description: get("description"), Type: get("type"), Language: get("language"), License: get("license"),
		Subjects: get("subjects"), Grades: get("grades"), Teaches: get("teaches"), Time: get("time"),
	}, lang)
}

// change is the edit that leads from what is published to what was typed: only what differs, so that everything else in
// the file stays byte for byte.
func (s *Server) change(old, typed themes.Fields, m metadata.Metadata, oldBody, body string) metadata.Edit {
	var e metadata.Edit
	text := func(old, typed string) *string {
		if old == typed {
			return nil
		}
		return &typed
	}
	list := func(old, typed string) *[]string {
		if old == typed {
			return nil
		}
		l := commas(typed)
		return &l
	}
	e.Title = text(old.Title, typed.Title)
	e.Description = text(old.Description, typed.Description)
	e.Language = text(old.Language, typed.Language)
	e.License = text(old.License, typed.License)
	e.Subjects = list(old.Subjects, typed.Subjects)
	e.Grades = list(old.Grades, typed.Grades)
	e.Body = text(oldBody, body)
	if old.Type != typed.Type {
		t := metadata.Type(typed.Type)
		e.Type = &t
	}
	if old.Time != typed.Time {
		n, err := strconv.Atoi(typed.Time)
		d := duration(n)
		if err != nil {
			d = typed.Time // not a number: the check says so, at its line
		}
		e.Time = &d
	}
	if old.Teaches != typed.Teaches {
		a := m.Alignments
		a.Teaches = commas(typed.Teaches)
		e.Alignments = &a
	}
	return e
}

// editPublish publishes what the form brings, or does what its button says. If somebody else published first, both sides
// are shown.
func (s *Server) editPublish(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	typed, u, err := s.editForm(c)
	if err != nil {
		return err
	}
	defer u.remove()
	do, file, _ := strings.Cut(typed.Get("do"), ":")
	if name, ok := strings.CutPrefix(file, "file:"); ok {
		doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
		if err != nil {
			return err
		}
		typed.Set("alt:"+name, doc.Metadata.Assets[name].Alt)
	}
	v := s.editView(c, l, s.typedFields(typed, language(c)))
	v.Drafts = s.o.Drafts != nil
	s.fillEdit(&v, typed, language(c))
	switch do {
	case "preview", "tool":
		return s.editFull(c, l, v)
	case "draft":
		return s.saveDraft(c, a, l, v, typed)
	case "discard":
		return s.discardDraft(c, a, l)
	case "upload":
		return s.assetUpload(c, a, l, v, typed, u)
	case "remove":
		return s.assetRemove(c, a, l, v, file)
	case "merge", "merge-edit":
		return s.conflictSettle(c, a, l, v, typed)
	}
	return s.editSave(c, a, l, v)
}

// editForm reads the form, which brings a file where one is uploaded.
func (s *Server) editForm(c *fiber.Ctx) (url.Values, *upload, error) {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), "multipart/") {
		typed, err := form(c)
		return typed, new(upload), err
	}
	u, err := s.readUpload(c)
	if err != nil {
		return nil, nil, err
	}
	typed := url.Values{}
	for name, value := range u.fields {
		typed.Set(name, value)
	}
	return typed, u, nil
}

// editSave publishes what was typed.
func (s *Server) editSave(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit) error {
	ctx, lang := c.UserContext(), language(c)
	if v.Base != l.Newest {
		return s.overtaken(c, a, l, v)
	}
	doc, err := s.o.Repository.Source(ctx, l.Resource)
	if err != nil {
		return err
	}
	return s.editRevise(c, a, l, v, s.change(s.fields(l.Metadata, lang), v.Fields, l.Metadata, string(doc.Body), v.Text))
}

// editRevise publishes a change of the newest revision. What hinders it is shown: problems in the form, and what somebody else
// published meanwhile beside what was typed.
func (s *Server) editRevise(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, change metadata.Edit) error {
	ctx := c.UserContext()
	out, err := s.o.Repository.Revise(ctx, repository.Edit{
		Address: l.place.Address, Base: l.Newest, Actor: s.actor(a), Message: v.Message, Change: change,
	})
	var invalid *repository.InvalidError
	var overtaken *repository.ConflictError
	switch {
	case errors.As(err, &invalid):
		v.Problems = s.spoken(invalid.Problems, language(c))
		c.Status(http.StatusUnprocessableEntity)
		return s.editFull(c, l, v)
	case errors.As(err, &overtaken):
		if l, err = s.locatePlace(ctx, l.place); err != nil {
			return err
		}
		return s.overtaken(c, a, l, v)
	case errors.Is(err, metadata.ErrFront):
		c.Status(http.StatusUnprocessableEntity)
		return s.editFull(c, l, v) // whose check says so
	case err != nil:
		return err
	}
	s.changed(c)
	s.forgetDraft(c, a, l)
	notice := "published"
	if out.Unchanged {
		notice = "unchanged"
	}
	return redirect(c, v.URL+"?notice="+notice)
}

// fillEdit puts what was typed into the form's view, changed by the tool whose button was pressed.
func (s *Server) fillEdit(v *themes.Edit, typed url.Values, lang string) {
	v.Base, v.Text, v.Message = typed.Get("base"), typed.Get("text"), strings.TrimSpace(typed.Get("message"))
	v.Draft, v.Words = typed.Get("draft"), strings.TrimSpace(typed.Get("words"))
	v.From, v.To = place10(typed.Get("from")), place10(typed.Get("to"))
	v.Block = typed.Get("block")
	v.Where, _ = strconv.Atoi(typed.Get("where"))
	v.Upload = themes.Upload{
		Path: typed.Get("asset-path"), Alt: typed.Get("asset-alt"), License: typed.Get("asset-license"), Creators: typed.Get("asset-creators"), Source: typed.Get("asset-source"),
	}
	if t, ok := s.toolOf(typed, lang); ok {
		v.Text, v.Words, v.Used = t.use(v.Text, v.Words, v.Where), "", true
	}
}

// place10 is a place in a text as a script counted it, or "".
func place10(s string) string {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return ""
}

// onlyLooks reports whether a form of the editor asks for itself, with a preview or by a tool.
func onlyLooks(typed url.Values) bool {
	do, _, _ := strings.Cut(typed.Get("do"), ":")
	return do == "preview" || do == "tool"
}

// editFull is the form with checks and files, of what may be published here.
func (s *Server) editFull(c *fiber.Ctx, l located, v themes.Edit) error {
	var f themes.Frame
	v.Preview, f.Styles = s.previewWhole(v.Text, v.Fields.Language, v.URL, l.place.Part)
	if err := s.checked(c, l, &v); err != nil {
		return err
	}
	if err := s.assetViews(c, l, &v); err != nil {
		return err
	}
	return s.desk(c, f, v)
}

// editPage is the form with its tools and a preview.
func (s *Server) editPage(c *fiber.Ctx, v themes.Edit) error {
	var f themes.Frame
	v.Preview, f.Styles = s.preview(v.Text, v.Fields.Language, v.URL)
	return s.desk(c, f, v)
}

// desk is the form with its tools.
func (s *Server) desk(c *fiber.Ctx, f themes.Frame, v themes.Edit) error {
	lang := language(c)
	v.Buttons, v.Blocks = s.toolViews(buttons, lang), s.toolViews(blocks, lang)
	v.Places = places(v.Text, v.Where)
	return s.page(c, "edit", f, v)
}
