package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

func rubricPath(board, id string) string { return "/boards/" + board + "/rubrics/" + id }

// rubric shows a rubric to everybody, and to a chair as a form: that of the board's own to be changed, "new" to begin one.
func (s *Server) rubric(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx, board, id := c.UserContext(), c.Params("board"), c.Params("rubric")
	lang := language(c)
	var r approval.Rubric
	switch {
	case id != "new":
		r, err = b.Rubric(ctx, approval.RubricRef{ID: id}, lang)
	case c.Query("from") != "":
		r, err = b.Rubric(ctx, approval.RubricRef{ID: c.Query("from")}, lang)
		r.ID, r.Version = "", 0
	}
	if err != nil {
		return err
	}
	if id == "new" {
		if _, err := s.chair(c, board); err != nil {
			return err
		}
	}
	return s.rubricPage(c, b, r, "", id == approval.AchieveID)
}

func (s *Server) rubricPage(c *fiber.Ctx, b Boards, r approval.Rubric, problem string, fixed bool) error {
	board := c.Params("board")
	who, err := s.juror(c, board)
	if err != nil {
		return err
	}
	v := themes.Rubric{
		Board: board, Action: "/boards/" + board + "/rubrics", ID: r.ID, Title: r.Title, About: r.About, Problem: problem, Fixed: fixed || !who.Chair,
		Version: r.Version, Language: r.Language,
	}
	for i, k := range r.Criteria {
		v.Criteria = append(v.Criteria, criterionView(i+1, k))
	}
	if !v.Fixed {
		const blank = 3
		for range blank {
			v.Criteria = append(v.Criteria, themes.Criterion{Number: len(v.Criteria) + 1})
		}
		rubrics, err := b.Rubrics(c.UserContext(), language(c))
		if err != nil {
			return err
		}
		for _, other := range rubrics {
			v.Sources = append(v.Sources, themes.Link{Label: other.Title, URL: rubricPath(board, "new") + "?from=" + other.ID, Language: other.Language})
		}
	}
	return s.page(c, "rubric", themes.Frame{Lede: v.About}, v)
}

// rubricSave stores a rubric as a new version, or gives room for more criteria.
func (s *Server) rubricSave(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	board := c.Params("board")
	if _, err := s.chair(c, board); err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	r := approval.Rubric{ID: text("id"), Title: text("title"), About: text("about"), Language: language(c)}
	if r.ID == "" {
		r.ID = repository.Slug(r.Title)
	}
	const most = 60
	for n := 1; n <= most; n++ {
		at := "-" + strconv.Itoa(n)
		k := approval.Criterion{ID: text("criterion" + at), Title: text("title" + at), Help: text("help" + at), Needed: values.Get("needed"+at) != ""}
		for i := range k.Anchors {
			k.Anchors[i] = text("anchor" + at + "-" + strconv.Itoa(i))
		}
		if k.Title == "" && k.Help == "" {
			continue
		}
		if k.ID == "" {
			k.ID = repository.Slug(k.Title)
		}
		r.Criteria = append(r.Criteria, k)
	}
	if values.Get("do") == "more" {
		return s.rubricPage(c, b, r, "", false)
	}
	saved, err := b.SaveRubric(c.UserContext(), r)
	if approval.Code(err) != "" {
		c.Status(classify(err).status)
		return s.rubricPage(c, b, r, s.boardRefusal(c, err), false)
	}
	if err != nil {
		return err
	}
	s.boardActed(c, "rubric", board, saved.ID)
	return redirect(c, rubricPath(board, saved.ID)+"?notice=rubric-saved")
}
