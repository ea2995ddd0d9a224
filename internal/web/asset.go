package web

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	pictures "github.com/commonplace-oer/commonplace/repository/picture"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/themes"
)

// assetLimit bounds a file that is uploaded while editing: a film belongs where films are, or comes with git.
const assetLimit = 50 << 20

// assetKinds are the files that lessons show or play, or that are of use beside them.
var assetKinds = []string{
	".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".mp3", ".m4a", ".ogg", ".wav", ".mp4", ".webm", ".vtt", ".txt", ".csv", ".pdf",
}

// isShown reports whether a lesson shows or plays a file where it stands.
func isShown(name string) bool {
	kind := mediaTypes[strings.ToLower(path.Ext(name))]
	return strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

// cleanAsset makes a file fit to be published, or says why it cannot be.
func cleanAsset(name string, src []byte) ([]byte, metadata.Problems) {
	ext := strings.ToLower(path.Ext(name))
	refused := func(code, why, remedy string) metadata.Problems {
		return metadata.Problems{{File: name, Severity: metadata.Error, Code: code, Message: why, Remedy: remedy}}
	}
	switch {
	case !slices.Contains(assetKinds, ext):
		return nil, refused("asset-kind", "it is none of the kinds that lessons have", "use one of "+strings.Join(assetKinds, " "))
	case ext == ".svg":
		if err := render.CheckSVG(src); err != nil {
			return nil, refused("drawing-script", err.Error(), "export it again as a plain drawing, without scripts and links")
		}
	case pictures.IsPicture(name):
		clean, err := pictures.Clean(name, src)
		if err != nil {
			return nil, refused("picture-unsafe", err.Error(), "save it again as PNG or JPEG, smaller if it is large")
		}
		return clean, nil
	}
	return src, nil
}

// assetUpload publishes a file with what was said of it, and puts what shows it into the text, which is not published yet.
func (s *Server) assetUpload(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, typed url.Values, u *upload) error {
	lang := language(c)
	again := func(status int, problems ...themes.Problem) error {
		v.Problems = problems
		c.Status(status)
		return s.editFull(c, l, v)
	}
	say := func(key string) themes.Problem { return themes.Problem{Message: s.theme(c).Text(lang, key)} }
	if u.file == nil {
		return again(http.StatusUnprocessableEntity, say("asset.none"))
	}
	if u.file.size > assetLimit {
		return again(http.StatusRequestEntityTooLarge, say("asset.large"))
	}
	src := make([]byte, u.file.size)
	if _, err := u.file.ReadAt(src, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	data, refused := cleanAsset(u.name, src)
	if refused != nil {
		return again(http.StatusUnprocessableEntity, s.spoken(refused, lang)...)
	}
	shown := strings.HasPrefix(mediaTypes[strings.ToLower(path.Ext(u.name))], "image/")
	if shown && strings.TrimSpace(v.Upload.Alt) == "" {
		return again(http.StatusUnprocessableEntity, say("asset.alt.missing"))
	}
	doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	files, err := s.o.Repository.Files(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	name := v.Upload.Path // to be replaced
	if name == "" {
		name = freeAsset(files, l.place.Part, u.name)
	} else if _, err := fs.Stat(files, path.Join(l.place.Part, name)); err != nil || !strings.EqualFold(path.Ext(name), path.Ext(u.name)) {
		return again(http.StatusUnprocessableEntity, say("asset.other"))
	}
	assets := maps.Clone(doc.Metadata.Assets)
	if assets == nil {
		assets = map[string]metadata.Asset{}
	}
	assets[name] = s.assetOf(v.Upload, l.Metadata)
	message := s.theme(c).Text(lang, "asset.message", "Path", name)
	if l, v, err = s.assetPublish(c, a, l, v, repository.Edit{Files: map[string]*[]byte{name: &data}, Change: metadata.Edit{Assets: &assets}, Message: message}); err != nil {
		return s.assetRefused(c, l, v, err)
	}
	if typed.Get("asset-path") == "" {
		v.Text = fileTool(name, strings.TrimSpace(v.Upload.Alt)).use(v.Text, v.Words, v.Where)
	}
	v.Upload, v.Words, v.Added = themes.Upload{}, "", name
	return s.editFull(c, l, v)
}

// assetOf is what is kept of an upload: what differs from its lesson.
func (s *Server) assetOf(u themes.Upload, m metadata.Metadata) metadata.Asset {
	asset := metadata.Asset{Alt: strings.TrimSpace(u.Alt), Source: strings.TrimSpace(u.Source)}
	own := licensing.Normalize(m.License).License()
	if u.License != "" && licensing.ID(u.License) != own {
		asset.License = u.License
	}
	if names := commas(u.Creators); strings.Join(names, ", ") != creatorNames(m) {
		for _, n := range names {
			asset.Creators = append(asset.Creators, metadata.Agent{Name: n})
		}
	}
	return asset
}

func creatorNames(m metadata.Metadata) string {
	names := make([]string, len(m.Creators))
	for i, c := range m.Creators {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// assetRemove takes a file out of the lesson.
func (s *Server) assetRemove(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, name string) error {
	doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	assets := maps.Clone(doc.Metadata.Assets)
	delete(assets, name)
	message := s.theme(c).Text(language(c), "asset.message.removed", "Path", name)
	if l, v, err = s.assetPublish(c, a, l, v, repository.Edit{Files: map[string]*[]byte{name: nil}, Change: metadata.Edit{Assets: &assets}, Message: message}); err != nil {
		return s.assetRefused(c, l, v, err)
	}
	v.Removed = name
	return s.editFull(c, l, v)
}

// assetPublish publishes a change of files at once, over the newest revision: it touches no text. A form that began from
// that revision goes on from the new one.
func (s *Server) assetPublish(c *fiber.Ctx, a accounts.Account, l located, v themes.Edit, e repository.Edit) (located, themes.Edit, error) {
	e.Address, e.Base, e.Actor = l.place.Address, l.Newest, s.actor(a)
	if _, err := s.o.Repository.Revise(c.UserContext(), e); err != nil {
		return l, v, err
	}
	s.changed(c)
	now, err := s.locatePlace(c.UserContext(), l.place)
	if err != nil {
		return l, v, err
	}
	if v.Base == l.Newest {
		v.Base = now.Newest
	}
	return now, v, nil
}

// assetRefused shows the form again with what stands against a change of files.
func (s *Server) assetRefused(c *fiber.Ctx, l located, v themes.Edit, err error) error {
	var invalid *repository.InvalidError
	switch {
	case errors.As(err, &invalid):
		v.Problems = s.spoken(invalid.Problems, language(c))
		c.Status(http.StatusUnprocessableEntity)
	case errors.Is(err, kind.ErrConflict):
		v.Problems = []themes.Problem{{Message: s.theme(c).Text(language(c), "asset.conflict")}}
		c.Status(http.StatusConflict)
	default:
		return err
	}
	return s.editFull(c, l, v)
}

// refusal is what an error of a kind says for people.
func refusal(err error) string { return strings.TrimPrefix(err.Error(), kind.ErrInvalid.Error()+": ") }

// freeAsset is where an uploaded file goes: under media, by a plain name that nothing has yet.
func freeAsset(files fs.FS, folder, upload string) string {
	ext := strings.ToLower(path.Ext(upload))
	base := repository.Slug(strings.TrimSuffix(upload, path.Ext(upload)))
	if base == "" {
		base = "file"
	}
	for n := 1; ; n++ {
		name := "media/" + base + ext
		if n > 1 {
			name = fmt.Sprintf("media/%s-%d%s", base, n, ext)
		}
		if _, err := fs.Stat(files, path.Join(folder, name)); errors.Is(err, fs.ErrNotExist) || n == 1000 {
			return name
		}
	}
}

// assetViews lists the files beside the text, and prefills the form for one more.
func (s *Server) assetViews(c *fiber.Ctx, l located, v *themes.Edit) error {
	doc, err := s.o.Repository.Source(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	files, err := s.o.Repository.Files(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	list, err := s.files(files, l, doc.Metadata.Assets)
	if err != nil {
		return err
	}
	v.MayUpload = true
	for _, f := range list {
		if strings.HasPrefix(path.Base(f.Path), ".") {
			continue
		}
		alt := doc.Metadata.Assets[f.Path].Alt
		v.Assets = append(v.Assets, themes.EditAsset{
			File: f, Alt: alt, Shown: isShown(f.Path), Used: strings.Contains(v.Text, (&url.URL{Path: f.Path}).EscapedPath()), Selected: f.Path == v.Upload.Path,
		})
	}
	if v.Upload.Creators == "" {
		v.Upload.Creators = creatorNames(l.Metadata)
	}
	if v.Upload.License == "" {
		v.Upload.License = string(licensing.Normalize(l.Metadata.License).License())
	}
	v.Upload.Licenses = s.choices(themes.Fields{License: v.Upload.License}, language(c)).Licenses
	return nil
}
