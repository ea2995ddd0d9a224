package web

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/internal/word"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	pictures "github.com/commonplace-oer/commonplace/repository/picture"
	"github.com/commonplace-oer/commonplace/themes"
)

// unitBegin keeps what was uploaded, and shows what would become of it.
func (s *Server) unitBegin(c *fiber.Ctx, a accounts.Account, u *upload, owner string) error {
	files, err := u.folder()
	if err == nil && strings.EqualFold(path.Ext(u.name), ".docx") {
		files, err = s.word.Read(c.UserContext(), u.file, u.file.size, u.name)
	}
	if errors.Is(err, word.ErrTooLarge) {
		return errTooLarge
	}
	if err != nil {
		return err
	}
	archive, err := archived(files, false)
	if err != nil {
		return err
	}
	defer archive.remove()
	tag, err := s.o.Drafts.SaveUpload(c.UserContext(), a.Name, archive)
	if err != nil {
		return err
	}
	if files, err = unzip(archive, archive.size); err != nil {
		return err
	}
	typed := url.Values{"owner": {owner}, "slug": {strings.TrimSpace(u.fields["slug"])}, "upload": {string(tag)}, "name": {u.name}}
	return s.unitPage(c, a, files, typed, true)
}

// archived is a folder as an archive, its pictures without the places where they were taken, and with or without the files
// that a system hides.
func archived(files fs.FS, hidden bool) (archive *spooled, err error) {
	tmp, err := os.CreateTemp("", "commonplace-upload-")
	if err != nil {
		return nil, err
	}
	archive = &spooled{File: tmp}
	defer func() {
		if err != nil {
			archive.remove()
		}
	}()
	z := zip.NewWriter(tmp)
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() || !hidden && strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if pictures.IsPicture(name) {
			if clean, err := pictures.Clean(name, data); err == nil {
				data = clean // what is no picture is told by the check
			}
		}
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	archive.size, err = tmp.Seek(0, io.SeekEnd)
	return archive, err
}

// unitSend is what the check page sends: another order, or that it is to be published.
func (s *Server) unitSend(c *fiber.Ctx) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if s.o.Drafts == nil {
		return fiber.ErrNotFound
	}
	typed, err := form(c)
	if err != nil {
		return err
	}
	body, err := s.o.Drafts.Upload(c.UserContext(), a.Name, drafts.Tag(typed.Get("upload")))
	if errors.Is(err, kind.ErrNotFound) {
		return fiber.NewError(http.StatusConflict, s.theme(c).Text(language(c), "unit.lost"))
	}
	if err != nil {
		return err
	}
	archive, err := spool(body, unzippedTotal)
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	defer archive.remove()
	files, err := unzip(archive, archive.size)
	if err != nil {
		return err
	}
	do, part, _ := strings.Cut(typed.Get("do"), ":")
	switch do {
	case "up":
		typed["part"] = moved(typed["part"], part, -1)
	case "down":
		typed["part"] = moved(typed["part"], part, 1)
	case "publish":
		return s.unitPublish(c, a, files, typed)
	}
	return s.unitPage(c, a, files, typed, false)
}

// moved moves one of a list a place up or down.
func moved(list []string, one string, by int) []string {
	i := slices.Index(list, one)
	if j := i + by; i >= 0 && j >= 0 && j < len(list) {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// replaced is a folder with some of its files replaced.
type replaced struct {
	fs.FS
	with fstest.MapFS
}

// Open implements fs.FS.
func (r replaced) Open(name string) (fs.File, error) {
	if _, ok := r.with[name]; ok {
		return r.with.Open(name)
	}
	return r.FS.Open(name)
}

// unitWith is a folder with what was said on the check page written into its texts.
func unitWith(files fs.FS, typed url.Values, a accounts.Account) (fs.FS, error) {
	out := replaced{files, fstest.MapFS{}}
	tree, _ := metadata.Check(files, metadata.CheckOptions{Draft: true})
	for i, n := range tree.Root.All() {
		var e metadata.Edit
		if aligned := typed["align:"+n.Path]; len(aligned) > 0 {
			all := n.Document.Metadata.Alignments
			all.Teaches = slices.Clone(all.Teaches)
			for _, code := range aligned {
				if !slices.Contains(all.Teaches, code) {
					all.Teaches = append(all.Teaches, code)
				}
			}
			e.Alignments = &all
		}
		if i == 0 {
			rootEdit(&e, n, typed, a)
		}
		data, err := n.Document.With(e)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", kind.ErrInvalid, n.File, err)
		}
		out.with[n.File] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return out, nil
}

// rootEdit is what the check page says of the whole: its title, language, license, and the order of its parts.
func rootEdit(e *metadata.Edit, n metadata.Node, typed url.Values, a accounts.Account) {
	m := n.Document.Metadata
	set := func(name string, to **string) {
		if v := strings.TrimSpace(typed.Get(name)); v != "" {
			*to = &v
		}
	}
	set("title", &e.Title)
	set("language", &e.Language)
	if v := typed.Get("license"); v != "" && licensing.ID(v) != licensing.Normalize(m.License).License() {
		e.License = &v
	}
	if len(m.Creators) == 0 {
		e.Creators = &[]metadata.Agent{{Name: a.Display}}
	}
	if m.Type == "" {
		kind := metadata.Lesson
		if len(n.Parts) > 0 {
			kind = metadata.Unit
		}
		e.Type = &kind
	}
	order := typed["part"]
	if len(order) == 0 || len(m.Parts) == 0 && slices.Equal(order, partNames(n)) {
		return
	}
	parts := slices.Clone(n.Metadata.Parts)
	slices.SortStableFunc(parts, func(x, y metadata.Part) int {
		return slices.Index(order, partName(x)) - slices.Index(order, partName(y))
	})
	e.Parts = &parts
}

func partName(p metadata.Part) string {
	if p.Path != "" {
		return p.Path
	}
	return p.Pin.ID
}

func partNames(n metadata.Node) []string {
	var names []string
	for _, p := range n.Metadata.Parts {
		names = append(names, partName(p))
	}
	return names
}

// unitPublish publishes what was checked.
func (s *Server) unitPublish(c *fiber.Ctx, a accounts.Account, files fs.FS, typed url.Values) error {
	made, err := unitWith(files, typed, a)
	if err != nil {
		return err
	}
	owner, err := s.namespace(c, a, typed.Get("owner"))
	if err != nil {
		return err
	}
	p := repository.Publication{Owner: owner, Slug: strings.TrimSpace(typed.Get("slug")), Files: made, Actor: s.actor(a), IfAbsent: typed.Get("new") != ""}
	if p.Slug == "" {
		p.Slug = proposedSlug(made, typed.Get("name"))
	}
	if err := s.mayRevise(c, a, p.Owner, p.Slug); err != nil {
		return err
	}
	out, err := s.o.Repository.Publish(c.UserContext(), p)
	switch {
	case errors.Is(err, kind.ErrInvalid):
		c.Status(http.StatusUnprocessableEntity)
		return s.unitPage(c, a, files, typed, false)
	case p.IfAbsent && errors.Is(err, kind.ErrConflict):
		switch same, err := s.published(c, a, p); {
		case err != nil:
			return err
		case same: // the form was sent twice
			return redirect(c, pathOf(repository.Address{Owner: p.Owner, Slug: p.Slug}, "")+"?notice=published")
		}
		c.Status(http.StatusConflict)
		return s.unitPage(c, a, files, typed, false)
	case err != nil:
		return err
	}
	s.changed(c)
	if err := s.o.Drafts.DiscardUpload(c.UserContext(), a.Name); err != nil {
		s.o.Logger.Warn("upload not discarded", "actor", a.Name, "err", err)
	}
	return redirect(c, pathOf(out.Resource.Address, "")+"?notice=published")
}

// unitPage shows an upload as it would be published: problems by file and line, the parts in their order, standards that
// it may be aligned to and why, and the license of each file. First proposes; later what was chosen stays.
func (s *Server) unitPage(c *fiber.Ctx, a accounts.Account, files fs.FS, typed url.Values, first bool) error {
	ctx, lang := c.UserContext(), language(c)
	if first {
		tree, _ := metadata.Check(files, metadata.CheckOptions{Draft: true})
		m := tree.Root.Document.Metadata
		typed.Set("title", orElse(m.Title, firstTitle(tree.Root, typed.Get("name"))))
		typed.Set("language", orElse(m.Language, lang))
		typed.Set("license", orElse(string(licensing.Normalize(m.License).License()), m.License)) // what is not understood is not replaced
		if m.License == "" {
			typed.Set("license", string(licensing.CCBY))
		}
		typed["part"] = partNames(tree.Root)
		if typed.Get("slug") == "" {
			typed.Set("new", "1")
		}
	}
	made, err := unitWith(files, typed, a)
	if err != nil {
		return err
	}
	v := themes.Unit{Title: typed.Get("title"), Slug: typed.Get("slug"), Upload: typed.Get("upload"), Name: typed.Get("name"), New: typed.Get("new") != ""}
	if v.Owner, err = s.namespace(c, a, typed.Get("owner")); err != nil {
		return err
	}
	if v.Slug == "" {
		if v.Slug = proposedSlug(made, v.Name); v.Slug == nameless {
			if v.Slug, err = s.numbered(c, a, repository.Publication{Owner: v.Owner, Files: made, Actor: s.actor(a)}); err != nil {
				return err
			}
		}
	}
	if repository.CheckSlug(v.Slug) != nil {
		proposed := repository.Slug(v.Slug)
		v.Problems = []themes.Problem{{Message: s.theme(c).Text(lang, "new.slug.bad", "Typed", v.Slug, "Slug", proposed)}}
		v.Slug = proposed
	}
	if v.Owners, err = s.owners(c, a); err != nil {
		return err
	}
	v.Owners = with(v.Owners, v.Owner)
	f := s.choices(themes.Fields{License: typed.Get("license"), Language: typed.Get("language")}, lang)
	v.Licenses, v.Languages = f.Licenses, f.Languages
	out, err := s.o.Repository.Publish(ctx, repository.Publication{Owner: v.Owner, Slug: v.Slug, Files: made, Actor: s.actor(a), DryRun: true, IfAbsent: v.New})
	problems := out.Problems
	var invalid *repository.InvalidError
	var overtaken *repository.ConflictError
	switch {
	case errors.As(err, &invalid):
		problems, v.Refused = invalid.Problems, true
	case errors.As(err, &overtaken):
		v.Taken = overtaken.Current.Metadata.Title
	case errors.Is(err, kind.ErrInvalid):
		v.Problems, v.Refused = append(v.Problems, themes.Problem{Message: refusal(err)}), true
	case err != nil:
		return err
	}
	v.Problems = append(v.Problems, s.spoken(problems, lang)...)
	tree, _ := metadata.Check(made, metadata.CheckOptions{Draft: true})
	uploaded, _ := metadata.Check(files, metadata.CheckOptions{Draft: true}) // what was chosen is not proposed anew
	v.Parts = s.unitParts(tree.Root, uploaded.Root, typed, first, lang)
	v.Files, v.Size = uploadedFiles(tree, lang), tree.Size
	return s.page(c, "unit", themes.Frame{}, v)
}

// firstTitle is what a text without a title is called: by its first heading, or by its file.
func firstTitle(n metadata.Node, name string) string {
	if list := headings(string(n.Body)); len(list) > 0 {
		return list[0].title
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, path.Ext(name)), "-", " ")
}

// unitParts are the resources of an upload, the whole first.
func (s *Server) unitParts(root, uploaded metadata.Node, typed url.Values, first bool, lang string) (list []themes.UnitPart) {
	before := map[string]metadata.Node{}
	for _, n := range uploaded.All() {
		before[n.Path] = n
	}
	for i, n := range root.All() {
		p := themes.UnitPart{
			Path: n.Path, Title: orElse(n.Metadata.Title, n.Path), Type: string(n.Metadata.Type), Minutes: minutes(n.Metadata.Time), Words: n.Words,
			License: licenseView(n.License, lang), Depth: strings.Count(n.Path, "/"), Root: i == 0,
		}
		p.Movable = i > 0 && slices.Contains(partNames(root), n.Path)
		p.Proposals = s.proposals(before[n.Path])
		for k := range p.Proposals {
			p.Proposals[k].Checked = first && p.Proposals[k].Named || slices.Contains(typed["align:"+n.Path], p.Proposals[k].Code)
		}
		list = append(list, p)
	}
	return list
}

// uploadedFiles are the files beside the texts, with the license of each.
func uploadedFiles(tree metadata.Tree, lang string) (list []themes.UnitFile) {
	nodes := tree.Root.All()
	slices.SortFunc(nodes, func(a, b metadata.Node) int { return len(b.Path) - len(a.Path) }) // the nearest first
	for _, f := range tree.Files {
		if path.Base(f.Path) == "index.md" || len(list) == 200 {
			continue
		}
		for _, n := range nodes {
			inside := f.Path
			if n.Path != "" {
				var ok bool
				if inside, ok = strings.CutPrefix(f.Path, n.Path+"/"); !ok {
					continue
				}
			}
			id, own := n.Assets[inside]
			if !own {
				id = n.License
			}
			list = append(list, themes.UnitFile{Path: f.Path, Size: f.Size, License: licenseView(id, lang), Own: own, Alt: n.Document.Metadata.Assets[inside].Alt})
			break
		}
	}
	return list
}
