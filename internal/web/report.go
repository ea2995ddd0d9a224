package web

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// conformance shows what machines found in a revision.
func (s *Server) conformance(c *fiber.Ctx, l located) error {
	r, err := s.o.Repository.Report(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	called, err := s.o.Repository.Labels(c.UserContext(), l.place.Address)
	if err != nil {
		return err
	}
	lang := language(c)
	v := themes.Conformance{
		Title: l.Metadata.Title, URL: l.base(), Language: l.Metadata.Language, Short: called.Of(r.Revision), Made: r.Made,
		JSON: pathOf(l.place.Address, r.Revision) + "/report.json",
	}
	v.Errors, v.Warnings = r.Counts()
	for _, check := range r.Checks() {
		v.Gates = append(v.Gates, themes.GateCheck{Name: check.Name, State: string(check.State), Problems: s.spoken(check.Problems, lang)})
	}
	criteria := r.Conformance()
	counts := repository.ConformanceCounts(criteria)
	for _, state := range []repository.CheckState{repository.CheckFailed, repository.CheckPerson, repository.CheckPassed, repository.CheckNothing} {
		v.States = append(v.States, themes.Count{Label: string(state), Count: counts[state]})
		for _, one := range criteria {
			if one.State == state {
				v.Criteria = append(v.Criteria, themes.Success{
					Number: one.Number, Level: one.Level, State: string(one.State), By: string(one.By), Problems: s.spoken(one.Places, lang),
				})
			}
		}
	}
	return s.page(c, "conformance", themes.Frame{}, v)
}

// apiReport is a report as data.
type apiReport struct {
	ID          repository.ID                 `json:"id"`
	Identifier  string                        `json:"identifier"`
	URL         string                        `json:"url"` // of the page
	Title       string                        `json:"title"`
	Revision    string                        `json:"revision"`
	Made        time.Time                     `json:"made"`
	Errors      int                           `json:"errors"`
	Warnings    int                           `json:"warnings"`
	Checks      []repository.GateCheck        `json:"checks"`
	Standard    string                        `json:"standard"`
	Conformance []repository.Criterion        `json:"conformance"`
	Resources   []repository.ReportedResource `json:"resources"`
}

// wcagStandard is the version of the criteria, as W3C names it.
const wcagStandard = "https://www.w3.org/TR/2018/REC-WCAG21-20180605/"

// reportFile answers with a report as data.
func (s *Server) reportFile(c *fiber.Ctx, l located) error {
	r, err := s.o.Repository.Report(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	out := apiReport{
		ID: l.ID, Identifier: l.Identifier, URL: s.o.BaseURL + pathOf(l.place.Address, r.Revision) + "/report", Title: l.Metadata.Title,
		Revision: r.Revision, Made: r.Made, Checks: r.Checks(), Standard: wcagStandard, Conformance: r.Conformance(), Resources: r.Parts,
	}
	out.Errors, out.Warnings = r.Counts()
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	return s.json(c, http.StatusOK, out)
}

// apiResourceReport answers with the report on a resource's newest revision, or on the one that the query names.
func (s *Server) apiResourceReport(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	if !r.Own() || r.Deleted {
		return fiber.ErrNotFound
	}
	l, err := s.locatePlace(c.UserContext(), place{Address: r.Address, Revision: c.Query("revision")})
	if err != nil {
		return err
	}
	return s.reportFile(c, l)
}
