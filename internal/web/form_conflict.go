package web

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// conflict shows what was typed beside what somebody else has published meanwhile: the text, and every field in which
// the two differ. A field that only the other one changed comes with their value, so that sending the form again undoes
// nothing by accident; all else that was typed stays, and replaces theirs.
func (s *Server) conflict(c *fiber.Ctx, l located, e themes.Edit) error {
	ctx, lang := c.UserContext(), language(c)
	doc, err := s.o.Repository.Source(ctx, l.Resource)
	if err != nil {
		return err
	}
	theirs, mine := s.fields(l.Metadata, lang), e.Fields
	common := theirs // until more is known of what both began from: what was typed stays
	if len(e.Base) == 40 {
		r, err := s.o.Repository.At(ctx, l.place.Address, e.Base)
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			return err
		}
		if err == nil {
			common = s.fields(r.Metadata, lang)
		}
	}
	v := themes.Conflict{
		Title: l.Metadata.Title, URL: e.URL, Action: e.Action, Language: l.Metadata.Language, Base: l.Newest,
		Mine: e.Text, Theirs: string(doc.Body), Message: e.Message,
	}
	v.Fields, v.Differences = s.merged(common, mine, theirs, lang)
	v.Blocks, _ = s.differ(e.URL, v.Language).text("index.md", []byte(v.Theirs), []byte(v.Mine))
	history, err := s.o.Repository.History(ctx, l.Resource, 1)
	if err != nil {
		return err
	}
	if len(history) > 0 {
		v.Author = history[0].Author
	}
	c.Status(http.StatusConflict)
	return s.page(c, "conflict", themes.Frame{NoIndex: true}, v)
}

// merged is the form's fields after a conflict, and how the two sides differ.
func (s *Server) merged(base, mine, theirs themes.Fields, lang string) (themes.Fields, []themes.Difference) {
	result := themes.Fields{
		Title: mine.Title, Description: mine.Description, Type: mine.Type, Language: mine.Language, License: mine.License,
		Subjects: mine.Subjects, Grades: mine.Grades, Teaches: mine.Teaches, Time: mine.Time,
	}
	var list []themes.Difference
	for _, f := range []struct {
		name                       string
		base, mine, theirs, result *string
	}{
		{"title", &base.Title, &mine.Title, &theirs.Title, &result.Title},
		{"description", &base.Description, &mine.Description, &theirs.Description, &result.Description},
		{"type", &base.Type, &mine.Type, &theirs.Type, &result.Type},
		{"language", &base.Language, &mine.Language, &theirs.Language, &result.Language},
		{"time", &base.Time, &mine.Time, &theirs.Time, &result.Time},
		{"grades", &base.Grades, &mine.Grades, &theirs.Grades, &result.Grades},
		{"subjects", &base.Subjects, &mine.Subjects, &theirs.Subjects, &result.Subjects},
		{"teaches", &base.Teaches, &mine.Teaches, &theirs.Teaches, &result.Teaches},
		{"license", &base.License, &mine.License, &theirs.License, &result.License},
	} {
		if *f.mine == *f.theirs {
			continue
		}
		d := themes.Difference{Name: f.name, Mine: *f.mine, Theirs: *f.theirs, Taken: *f.mine == *f.base}
		if d.Taken {
			*f.result = *f.theirs
		}
		if f.name == "type" || f.name == "language" {
			d.Mine, d.Theirs = s.o.Theme.Label(lang, f.name, d.Mine), s.o.Theme.Label(lang, f.name, d.Theirs)
		}
		list = append(list, d)
	}
	return s.choices(result, lang), list
}
