package web

import (
	"bytes"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/themes"
)

// compare shows what changed between two revisions of a resource.
func (s *Server) compare(c *fiber.Ctx, l located) error {
	ctx := c.UserContext()
	from, to, ok := strings.Cut(l.Rest, "..")
	if !ok || !isRevision(from) || !isRevision(to) {
		return fiber.ErrNotFound
	}
	var sides [2]repository.Resource
	var trees [2]fs.FS
	var commits [2]gitstore.Commit
	for i, rev := range []string{from, to} {
		full, err := s.expand(ctx, l.Resource, rev)
		if err != nil {
			return err
		}
		if sides[i], err = s.o.Repository.At(ctx, l.place.Address, full); err != nil {
			return err
		}
		sides[i].Revision = full
		if trees[i], err = s.o.Repository.Files(ctx, sides[i]); err != nil {
			return err
		}
		history, err := s.o.Repository.History(ctx, sides[i], 1)
		if err != nil {
			return err
		}
		if len(history) > 0 {
			commits[i] = history[0]
		}
	}
	changes, err := s.o.Repository.Changes(ctx, l.Resource, sides[0].Revision, sides[1].Revision)
	if err != nil {
		return err
	}
	page := pathOf(l.place.Address, "")
	v := themes.Compare{
		Title: l.Metadata.Title, Language: l.Metadata.Language, URL: page, History: page + "/history",
	}
	called, err := s.versionNames(ctx, l.place.Address)
	if err != nil {
		return err
	}
	if v.Old, err = called.view(ctx, commits[0], false); err != nil {
		return err
	}
	if v.New, err = called.view(ctx, commits[1], sides[1].Revision == l.Newest); err != nil {
		return err
	}
	var list []change
	for _, c := range changes {
		list = append(list, change{path: c.Path, kind: string(c.Kind)})
	}
	if v.Files, err = s.differ(page, l.Metadata.Language).files(ctx, list, trees[0], trees[1]); err != nil {
		return err
	}
	left, err := s.leaver(ctx, l.place.Owner)
	if err != nil {
		return err
	}
	if left.Pseudonym != "" {
		for i := range v.Files {
			for j := range v.Files[i].Blocks {
				for k, f := range v.Files[i].Blocks[j].Fields {
					if f.Field == "creators" {
						f.Old, f.New = strings.ReplaceAll(f.Old, left.Display, left.Pseudonym), strings.ReplaceAll(f.New, left.Display, left.Pseudonym)
						v.Files[i].Blocks[j].Fields[k] = f
					}
				}
			}
		}
	}
	return s.page(c, "compare", themes.Frame{}, v)
}

func isRevision(s string) bool {
	if len(s) < 7 || len(s) > 40 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

func isBinary(b []byte) bool {
	head := b[:min(len(b), 8000)]
	return bytes.IndexByte(head, 0) >= 0 || len(b) <= 8000 && !utf8.Valid(b)
}
