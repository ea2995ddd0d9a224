package approval

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
)

var csvHead = []string{
	"position", "identifier", "title", "standing", "decided", "expires", "by", "license", "revision", "tree", "version", "url", "git",
	"conditions", "note", "subjects", "grades", "mean scores", "kappa",
}

// CSV are the bytes of list.csv: one entry a line, UTF-8, by RFC 4180.
func (f File) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{csvHead}
	for _, it := range f.Items {
		scores := make([]string, len(it.Approval.Scores))
		for i, m := range it.Approval.Scores {
			scores[i] = m.Criterion + " " + strconv.FormatFloat(m.Mean, 'f', 2, 64)
		}
		kappa := ""
		if g := it.Approval.Agreement; g != nil && g.Defined {
			kappa = strconv.FormatFloat(g.Kappa, 'f', 3, 64)
		}
		i, a := it.Item, it.Approval
		rows = append(rows, []string{
			strconv.Itoa(it.Position), i.Identifier, i.Name, string(a.Standing), day10(a.Decided), a.Expires, a.By, i.SPDX, i.Revision, i.Tree,
			i.Version, i.URL, i.Git, a.Conditions, a.Note, strings.Join(i.Subjects, "; "), strings.Join(i.Grades, "; "),
			strings.Join(scores, "; "), kappa,
		})
	}
	for _, row := range rows {
		if err := w.Write(Harmless(row)); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// Harmless keeps spreadsheets from taking a cell for a formula: OWASP, CSV injection. Some take the wide forms of the signs
// too, and some look past spaces.
func Harmless(row []string) []string {
	for i, cell := range row {
		if begin := strings.TrimLeft(cell, " \u00a0\u3000"); strings.IndexAny(begin, "=+-@\t\r\n＝＋－＠") == 0 {
			row[i] = "'" + cell
		}
	}
	return row
}
