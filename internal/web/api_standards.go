package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// apiLine is a statement in a list.
type apiLine struct {
	Key       string `json:"key"`
	Framework string `json:"framework,omitempty"`
	Code      string `json:"code,omitempty"`
	Text      string `json:"text,omitempty"`
	Resources *int   `json:"resources,omitempty"` // for it and for what is below it
}

// apiRelation is a link to another statement.
type apiRelation struct {
	Type    string `json:"type"`
	Inverse bool   `json:"inverse,omitempty"`
	apiLine
}

// apiStatement is all that is known of one statement.
type apiStatement struct {
	standards.Statement
	URL       string               `json:"url"`
	Title     string               `json:"frameworkTitle"`
	License   string               `json:"license,omitempty"`
	Notice    string               `json:"notice,omitempty"` // text that must stand where the statement is shown
	Above     []apiLine            `json:"above"`            // the top first
	Below     []apiLine            `json:"below"`
	Related   []apiRelation        `json:"related"`
	Replaced  []apiLine            `json:"replacedBy"`
	Resources map[search.Field]int `json:"resources"` // standard (teaches or assesses), teaches, assesses and requires, with what is below
}

// apiStandard says what a code means: one statement, or 300 with those that it may mean.
func (s *Server) apiStandard(c *fiber.Ctx) error {
	ctx, library := c.UserContext(), s.o.Standards()
	code := unescaped(c.Params("code"))
	st, ok := library.Statement(code)
	if !ok {
		found := library.ResolveWith(code, standards.Hint{Framework: c.Query("framework"), Subject: c.Query("subject"), Jurisdiction: c.Query("jurisdiction")})
		if found.Resolution == standards.Ambiguous {
			return s.json(c, fiber.StatusMultipleChoices, found)
		}
		if st, ok = library.Statement(found.Key()); !ok {
			return kind.ErrNotFound
		}
	}
	f, ok := library.Framework(st.Framework)
	if !ok {
		return kind.ErrNotFound
	}
	line := func(key string) apiLine {
		l := apiLine{Key: key}
		if other, ok := library.Statement(key); ok {
			l.Framework, l.Code, l.Text = other.Framework, other.Code, other.Text
		}
		return l
	}
	v := apiStatement{
		Statement: st, URL: s.o.BaseURL + statementPath(st), Title: f.Title, License: f.License, Notice: f.Notice,
		Above: []apiLine{}, Below: []apiLine{}, Related: []apiRelation{}, Replaced: []apiLine{}, Resources: map[search.Field]int{},
	}
	for _, key := range library.Ancestors(st.Key) {
		v.Above = append([]apiLine{line(key)}, v.Above...)
	}
	n := &counter{index: s.o.Search, library: library}
	children := library.Children(st.Key)
	counts, err := n.below(ctx, f.Name, st.Key, children)
	if err != nil {
		return err
	}
	for _, key := range children {
		l, count := line(key), counts[key]
		l.Resources = &count
		v.Below = append(v.Below, l)
	}
	for _, r := range library.Related(st.Key) {
		v.Related = append(v.Related, apiRelation{Type: r.Type, Inverse: r.Inverse, apiLine: line(r.Other)})
	}
	for _, key := range library.Successors(st.Key) {
		v.Replaced = append(v.Replaced, line(key))
	}
	for _, field := range []search.Field{search.Standard, search.Teaches, search.Assesses, search.Requires} {
		if v.Resources[field], err = n.total(ctx, field, st.Key); err != nil {
			return err
		}
	}
	return s.json(c, fiber.StatusOK, v)
}
