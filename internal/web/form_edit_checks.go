package web

import (
	"errors"
	"math"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownChecks is how many problems stand beside the text; the others come as these go.
const shownChecks = 25

// checked tells beside the text what publishing it would say, line by line.
func (s *Server) checked(c *fiber.Ctx, l located, v *themes.Edit) error {
	ctx, lang := c.UserContext(), language(c)
	if v.Suggest && v.Base != l.Newest {
		return nil // something was published meanwhile: its owner sees how the two meet
	}
	doc, err := s.o.Repository.Source(ctx, l.Resource)
	if err != nil {
		return err
	}
	change := s.change(s.fields(l.Metadata, lang), v.Fields, l.Metadata, string(doc.Body), v.Text)
	made, err := doc.With(change)
	if errors.Is(err, metadata.ErrFront) {
		v.Problems = append(v.Problems, s.tooMuchSaid(lang))
		return nil
	}
	if err != nil {
		return err
	}
	out, err := s.o.Repository.Revise(ctx, repository.Edit{Address: l.place.Address, Base: l.Newest, Change: change, DryRun: true})
	problems := out.Problems
	var invalid *repository.InvalidError
	var overtaken *repository.ConflictError
	switch {
	case errors.As(err, &invalid):
		problems = invalid.Problems
	case errors.As(err, &overtaken): // it is said when it is to be published
		return nil
	case err != nil:
		return err
	}
	v.Checking = s.checking(problems, doc.File, string(made), v.Fields.Language, lang)
	return nil
}

// tooMuchSaid says that no front matter holds what was typed into the fields.
func (s *Server) tooMuchSaid(lang string) themes.Problem {
	return themes.Problem{Message: s.o.Theme.Text(lang, "edit.long")}
}

// checking is what stands beside a text in a language: problems of the file that it makes, and its reading level.
func (s *Server) checking(problems metadata.Problems, file, made, language, lang string) themes.Checking {
	body, line := metadata.Body([]byte(made))
	v := themes.Checking{Checks: s.checkViews(problems, file, line, made, lang), Checked: true}
	if grade, ok := s.o.Repository.ReadingLevel(body, language); ok {
		v.Grade = max(1, int(math.Round(grade)))
	}
	return v
}

// checkedRemix is what publishing a remix would say of its text; nothing where that is refused for other reasons, which
// are told when it is published.
func (s *Server) checkedRemix(c *fiber.Ctx, p repository.RemixPlan, m repository.Remix, written string) themes.Checking {
	made, problems, err := s.o.Repository.CheckRemix(c.UserContext(), p, m)
	if err != nil {
		return themes.Checking{}
	}
	return s.checking(problems, "index.md", string(made), written, language(c))
}

// checkViews are the problems of one file. Lines count from where the text begins, as its author sees it; what is above is
// of the fields.
func (s *Server) checkViews(problems metadata.Problems, file string, body int, text, lang string) (list []themes.TextCheck) {
	lines := strings.Split(text, "\n")
	for i, p := range s.spoken(problems, lang) {
		if p.File != file || len(list) == shownChecks {
			continue
		}
		check := themes.TextCheck{Problem: p}
		if problems[i].Line > 0 && problems[i].Line >= body && problems[i].Line <= len(lines) {
			check.Row = problems[i].Line - body + 1
			check.Excerpt = clip(strings.TrimSpace(lines[problems[i].Line-1]), 70)
		}
		list = append(list, check)
	}
	return list
}

// spoken are problems in the language of the page, as far as it has words for them.
func (s *Server) spoken(ps metadata.Problems, lang string) []themes.Problem {
	list := problems(ps)
	if lang == "en" {
		return list
	}
	for i, p := range ps {
		if text := s.o.Theme.Label(lang, "problem", p.Code); text != p.Code {
			list[i].Message = text
			list[i].Remedy = ""
		}
		if text := s.o.Theme.Label(lang, "remedy", p.Code); text != p.Code {
			list[i].Remedy = text
		}
	}
	return list
}
