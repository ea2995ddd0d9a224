package web

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// coverageCSV is the whole table for other programs.
func (s *Server) coverageCSV(c *fiber.Ctx, f *standards.Framework, a coverageAsked, cover *covered) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"framework", "code", "statement", "grades", "depth", "resources", "state", "covered", "thin", "missing", "url"})
	rows := cover.under(a.under)
	if a.state != "" {
		rows = cover.table(a)
	}
	for _, r := range rows {
		_ = w.Write([]string{
			f.Name, cellText(r.Code), cellText(plain(r.Text)), strings.Join(caseGrades(r.Grades), " "), strconv.Itoa(r.Depth), strconv.Itoa(r.Subtree.Total), string(r.State),
			strconv.Itoa(r.Leaves.Covered), strconv.Itoa(r.Leaves.Thin), strconv.Itoa(r.Leaves.Missing), s.o.BaseURL + a.found(r.Key),
		})
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="coverage-`+f.Base()+`.csv"`)
	return s.send(c, b.Bytes())
}

// cellText keeps spreadsheets from taking a text for a formula.
func cellText(s string) string { return approval.Harmless([]string{s})[0] }
