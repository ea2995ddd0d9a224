package web

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	shownVersions = 4
	shownRemixes  = 8
	shownFiles    = 30
	outlineFrom   = 4 // headings that make an outline worth its place
)

// teacherBlock finds what only teachers see: their blocks, and the keys of quizzes.
var teacherBlock = regexp.MustCompile(`(?m)^[ >*-]*:{3,} *(?:\{ *\.)?(?i:teacher|quiz)\b`)

// extras is what a page needs around its view.
type extras struct {
	styles []string
	images []render.Image
	files  fs.FS // of the repository, at the shown revision
}

// resourceView gathers what a page says of a resource of this server.
// Answers are what a reader sent for one of its quizzes, or nil.
func (s *Server) resourceView(c *fiber.Ctx, l located, answers *render.Answers) (themes.Resource, extras, error) {
	ctx, lang := c.UserContext(), language(c)
	r := l.Resource
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return themes.Resource{}, extras{}, err
	}
	v := s.described(r, lang, peers)
	v.Pinned = l.Pinned() != "" && l.Pinned() != l.Newest
	byDefault := studentsRead(r.Metadata.Audience)
	switch c.Query("view") {
	case "student":
		v.Student = true
	case "teacher":
	default:
		v.Student = byDefault
	}
	v.Alternate = v.Student != byDefault
	v.Clone = s.o.Repository.GitURL(l.place.Address)
	base := l.base()
	v.Links = themes.ResourceLinks{
		Self: base, Teacher: base + "?view=teacher", Student: base + "?view=student", History: base + "/history", Download: base + "/download.zip",
		Conformance: base + "/report", Releases: pathOf(l.place.Root(), "") + "/releases", Print: base + "/print", Remix: base + "/remix", Edit: base + "/edit", JSONLD: base + "/metadata.jsonld",
		Suggest: base + "/suggest", Suggestions: pathOf(l.place.Root(), "") + "/suggestions",
	}
	if v.Alternate {
		v.Links.Print += "?view=" + viewName(v.Student)
	}
	if err := s.rightsLinks(c, l.Resource, &v.Links); err != nil {
		return v, extras{}, err
	}
	if a := s.visitor(c); a.Name != "" && !v.Pinned {
		if v.MayEdit, err = s.allowed(c, accounts.Revise, accounts.OnResource(r.Address.Owner, r.Address.Slug)); err != nil {
			return v, extras{}, err
		}
		if v.Undo, err = s.undoView(c, l, v.MayEdit); err != nil {
			return v, extras{}, err
		}
		v.MaySuggest = !v.MayEdit
		if v.MayRemix || r.Metadata.TranslationOf != nil && v.MayEdit {
			v.Links.Translate = base + "/translate"
		}
		if v.MayEdit {
			if v.Upstream, err = s.upstreamView(ctx, l); err != nil {
				return v, extras{}, err
			}
			v.Links.Offer = s.offerBack(ctx, l)
			v.Links.Previews = pathOf(l.place.Address, "") + "/previews"
			if v.Planned, err = s.planned(c, l.place.Address); err != nil {
				return v, extras{}, err
			}
			if v.Suggested, err = s.o.Repository.Waiting(ctx, l.place.Root()); err != nil {
				return v, extras{}, err
			}
		}
	}
	if v.MayEdit && r.Address.Part == "" {
		v.Links.Delete = base + "/withdraw"
	}
	more, err := s.text(ctx, l, &v, quizForm(l, v), answers)
	if err != nil {
		return v, more, err
	}
	if err := s.around(ctx, r, &v, lang, peers); err != nil {
		return v, more, err
	}
	return v, more, s.versions(ctx, l, &v)
}

// described is what any resource says of itself, own or harvested, without looking anything else up.
func (s *Server) described(r repository.Resource, lang string, peers map[string]string) themes.Resource {
	graph, ref := s.o.Repository.Graph(r)
	credit := licensing.Attribute(graph, ref, lang)
	v := themes.Resource{
		Card:      s.card(r, lang, peers),
		URL:       linkOf(r),
		Revision:  short(r.Revision),
		Published: r.Published,
		People:    people(r.Metadata.Creators),
		Credit:    creditView(credit),
		Sources:   sourceViews(r.Metadata.Sources, lang),
		Size:      r.Size,
		MayRemix:  remixable(r.License),
		Permanent: s.o.Repository.Permalink(r.ID),
	}
	v.Funding, v.Rights = fundingView(r, lang), rightsView(r, lang)
	v.Alignments = s.alignments(r.Metadata)
	return v
}

// studentsRead reports whether the plain address of a resource shows the student view: unless it is for adults only. Who
// was sent a lesson's address, by paper or QR code, must not meet the answers first.
func studentsRead(audience []string) bool {
	return len(audience) == 0 || slices.Contains(audience, "student") || slices.Contains(audience, "parent")
}

func viewName(student bool) string {
	if student {
		return "student"
	}
	return "teacher"
}

func remixable(id licensing.ID) bool {
	l, ok := licensing.Lookup(id)
	return ok && l.Adaptable
}

func short(revision string) string { return revision[:min(len(revision), 7)] }

func creditView(c licensing.Credit) themes.Credit {
	return themes.Credit{Text: c.Text(), HTML: string(c.HTML()), Shown: c.HTML()}
}

func sourceViews(sources []metadata.Source, lang string) []themes.Source {
	var list []themes.Source
	for _, src := range sources {
		v := themes.Source{
			Title: src.Title, URL: web(src.URL), People: people(src.Creators), Changes: src.Changes,
			License: licenseView(licensing.Normalize(src.License).License(), lang),
			Sources: sourceViews(src.Sources, lang),
		}
		if v.Title == "" {
			v.Title = src.ID
		}
		list = append(list, v)
	}
	return list
}

// written is the text of a resource, as it is stored and as one audience reads it.
type written struct {
	files fs.FS
	doc   metadata.Document
	page  render.Page
}

// textKey is what a rendered text depends on: a revision never changes.
type textKey struct {
	revision, base, folder, language, quiz string
	student                                bool
}

// Bounds of the texts that are kept as they were rendered.
const (
	textsKept = 2048
	textKept  = 32 << 10 // bytes of one, of its source and what it became
)

// written renders the text of a resource, with what was answered to its quizzes. With render.ErrTooLarge
// the page is empty, and the rest is as usual.
func (s *Server) written(ctx context.Context, l located, student bool, quiz string, answers *render.Answers) (w written, err error) {
	r := l.Resource
	if w.files, err = s.o.Repository.Files(ctx, r); err != nil {
		return w, err
	}
	key := textKey{r.Revision, pathOf(r.Address.Root(), l.Pinned()), r.Address.Part, r.Metadata.Language, quiz, student}
	if kept, ok := s.texts.Get(key); ok && answers == nil {
		w.doc, w.page = kept.doc, kept.page
		return w, nil
	}
	name := path.Join(r.Address.Part, "index.md")
	src, err := fs.ReadFile(w.files, name)
	if err != nil {
		return w, err
	}
	w.doc, _ = metadata.Parse(name, src)
	audience := render.Teacher
	if student {
		audience = render.Student
	}
	w.page, err = s.o.Renderer.Render(w.doc.Body, render.View{
		Audience: audience, Base: key.base, Folder: key.folder,
		Language: key.language, Source: "index.md", Line: w.doc.BodyLine,
		Files: w.files, Quiz: quiz, Answers: answers,
	})
	if err == nil && answers == nil {
		s.keepText(key, w.doc, w.page, len(src))
	}
	return w, err
}

// rendered renders a text of a revision, or has it from before.
func (s *Server) rendered(key textKey, doc metadata.Document, v render.View) (render.Page, error) {
	if kept, ok := s.texts.Get(key); ok {
		return kept.page, nil
	}
	page, err := s.o.Renderer.Render(doc.Body, v)
	if err == nil {
		s.keepText(key, doc, page, len(doc.Body))
	}
	return page, err
}

func (s *Server) keepText(key textKey, doc metadata.Document, page render.Page, source int) {
	if source+len(page.HTML)+len(page.Text) <= textKept {
		s.texts.Add(key, written{doc: doc, page: page})
	}
}

// text renders the body and lists the files.
func (s *Server) text(ctx context.Context, l located, v *themes.Resource, quiz string, answers *render.Answers) (extras, error) {
	w, err := s.written(ctx, l, v.Student, quiz, answers)
	if err != nil && !errors.Is(err, render.ErrTooLarge) {
		return extras{}, err
	}
	v.Body = w.page.HTML
	v.HasNotes = teacherBlock.Match(w.doc.Body)
	if len(w.page.Outline) >= outlineFrom {
		for _, h := range w.page.Outline {
			if h.Level <= 3 {
				v.Outline = append(v.Outline, themes.Heading{Level: h.Level, ID: h.ID, Text: h.Text})
			}
		}
	}
	v.Files, err = s.files(w.files, l, w.doc.Metadata.Assets)
	return extras{styles: stylesOf(w.page), images: w.page.Images, files: w.files}, err
}

func stylesOf(page render.Page) []string {
	var styles []string
	if page.Formulas {
		styles = append(styles, render.MathCSS())
	}
	if page.Code {
		styles = append(styles, render.HighlightCSS())
	}
	if page.Quizzes {
		styles = append(styles, render.QuizCSS())
	}
	if page.Diagrams {
		styles = append(styles, render.DiagramCSS())
	}
	return styles
}

// files lists what stands beside the text, without what belongs to the parts.
func (s *Server) files(fsys fs.FS, l located, assets map[string]metadata.Asset) ([]themes.File, error) {
	root := l.Resource.Address.Part
	if root == "" {
		root = "."
	}
	var list []themes.File
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		if d.IsDir() {
			if _, err := fs.Stat(fsys, path.Join(name, "index.md")); err == nil {
				return fs.SkipDir // a part
			}
			return nil
		}
		inside := strings.TrimPrefix(strings.TrimPrefix(name, l.Resource.Address.Part), "/")
		if inside == "index.md" {
			return nil
		}
		if len(list) == shownFiles {
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := themes.File{Path: inside, URL: rawPath(pathOf(l.place.Address, l.Pinned()), inside), Size: info.Size()}
		if a, ok := assets[inside]; ok && a.License != "" {
			f.License = licenseView(licensing.Normalize(a.License).License(), "en")
		}
		list = append(list, f)
		return nil
	})
	return list, err
}

// around looks up what is related: the unit and its parts, remixes, translations.
func (s *Server) around(ctx context.Context, r repository.Resource, v *themes.Resource, lang string, peers map[string]string) error {
	remixes, err := s.o.Repository.Remixes(ctx, r)
	if err != nil {
		return err
	}
	if v.Badges, err = s.badges(ctx, r, true); err != nil {
		return err
	}
	v.Remixes = s.cards(remixes[:min(len(remixes), shownRemixes)], lang, peers)
	translations, err := s.o.Repository.Translations(ctx, r)
	if err != nil {
		return err
	}
	for _, t := range translations {
		view, err := s.translationView(ctx, r, t)
		if err != nil {
			return err
		}
		v.Languages = append(v.Languages, view)
	}
	parts, err := s.o.Repository.Parts(ctx, r)
	if err != nil {
		return err
	}
	for _, p := range parts {
		v.Parts = append(v.Parts, partView(p, r.License, lang))
	}
	if len(parts) > 0 {
		v.Coverage = s.unitCoverage(r, parts)
		whole, ref := s.o.Repository.Whole(r, parts)
		v.Credit = creditView(licensing.Attribute(whole, ref, lang))
	}
	if r.Unit == "" {
		return nil
	}
	return s.inUnit(ctx, r, v)
}

// partView shows a part of a unit; one with another license than the unit's is shown with it.
func partView(p repository.Part, unit licensing.ID, lang string) themes.Part {
	m := p.Metadata
	v := themes.Part{
		Title: m.Title, Description: m.Description, Language: m.Language, Type: string(m.Type), Minutes: minutes(m.Time), Elsewhere: p.Pinned(),
	}
	if p.License != unit || !p.Known {
		v.License = licenseView(p.License, lang)
	}
	switch {
	case !p.Known:
		v.Title = p.Identifier
	case p.Pinned() && p.Own():
		v.URL = pathOf(p.Address, p.Revision)
	default:
		v.URL = linkOf(p.Resource)
	}
	return v
}

// inUnit places a part among its neighbors.
func (s *Server) inUnit(ctx context.Context, r repository.Resource, v *themes.Resource) error {
	unit, err := s.o.Repository.ByID(ctx, r.Unit)
	if errors.Is(err, kind.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Crumbs = append(v.Crumbs, themes.Link{Label: unit.Metadata.Title, URL: linkOf(unit), Language: unit.Metadata.Language})
	at := slices.Index(unit.Parts, r.ID)
	if at < 0 {
		return nil
	}
	v.Position, v.Of = at+1, len(unit.Parts)
	near := unit.Parts[max(0, at-1):min(len(unit.Parts), at+2)]
	list, err := s.o.Catalog.Resources(ctx, near)
	if err != nil {
		return err
	}
	for _, n := range list {
		link := &themes.Link{Label: n.Metadata.Title, URL: linkOf(n), Language: n.Metadata.Language}
		switch slices.Index(unit.Parts, n.ID) - at {
		case -1:
			v.Previous = link
		case 1:
			v.Next = link
		}
	}
	return nil
}

// versions lists the newest few revisions.
func (s *Server) versions(ctx context.Context, l located, v *themes.Resource) error {
	newest := l.Resource
	newest.Revision = l.Newest
	commits, err := s.o.Repository.History(ctx, newest, shownVersions+1)
	if err != nil {
		return err
	}
	v.More = len(commits) > shownVersions
	called, err := s.versionNames(ctx, l.place.Address)
	if err != nil {
		return err
	}
	for i, commit := range commits[:min(len(commits), shownVersions)] {
		version, err := called.view(ctx, commit, i == 0)
		if err != nil {
			return err
		}
		v.Versions = append(v.Versions, version)
	}
	return nil
}

// alignments are the standards of a resource, with their text where their framework is known here.
func (s *Server) alignments(m metadata.Metadata) []themes.Alignment {
	var list []themes.Alignment
	library := s.o.Standards()
	for _, group := range []struct {
		kind  string
		codes []string
	}{{"teaches", m.Alignments.Teaches}, {"assesses", m.Alignments.Assesses}, {"requires", m.Alignments.Requires}} {
		for _, code := range group.codes {
			a := themes.Alignment{Kind: group.kind, Code: shortCode(code), URL: "/search?standard=" + escapeQuery(code)}
			res := library.Resolve(code)
			if st, ok := library.Statement(res.Key()); ok {
				a.Text, a.Language, a.URL = st.Text, st.Language, statementPath(st)
				if st.Code != "" {
					a.Code = shortCode(st.Code)
				}
			} else if res.Known() {
				a.Code = shortCode(res.Code)
			}
			for _, key := range library.Successors(res.Key()) {
				next := known(library, key)
				a.Successors = append(a.Successors, themes.Link{Label: orElse(next.Code, next.Text), URL: next.URL})
			}
			list = append(list, a)
		}
	}
	return list
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
