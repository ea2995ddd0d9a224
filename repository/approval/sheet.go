package approval

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of a score sheet.
const (
	MaxSheet     = 4 << 20 // bytes
	maxSheetRows = 20_000
	maxSheetCuts = 500_000 // separators, those in comments too: a cell takes twenty times its byte to read
	maxProblems  = 200
)

var sheetHead = []string{"submission", "title", "revision", "criterion", "criterion title", "score", "comment"}

// overall is the criterion of the row with the comment on the whole.
const overall = "overall"

// Sheet writes a score sheet to fill in offline: one row for each criterion of each submission, and one for a comment on
// the whole. What the reviewer has not reviewed yet is empty.
func Sheet(c *Call, submissions []*Submission) ([]byte, error) {
	rows := [][]string{sheetHead}
	for _, s := range submissions {
		for _, row := range sheetRows(c.Rubric, s, Review{}) {
			rows = append(rows, Harmless(row))
		}
	}
	return writeRows(rows)
}

// Filled writes a score sheet with reviews, by number of their submission, as ReadSheet reads it back: it is no file for a
// spreadsheet, for cells stand there as they are.
func Filled(c *Call, reviews map[int]Review) ([]byte, error) {
	rows := [][]string{sheetHead}
	for _, s := range c.Submissions {
		if v, ok := reviews[s.Number]; ok {
			rows = append(rows, sheetRows(c.Rubric, s, v)...)
		}
	}
	return writeRows(rows)
}

func sheetRows(r Rubric, s *Submission, v Review) (rows [][]string) {
	begin := []string{strconv.Itoa(s.Number), s.Work.Title, s.Work.Revision}
	for _, k := range r.Criteria {
		score, comment := "", ""
		if m, ok := v.mark(k.ID); ok {
			score, comment = m.Score.String(), m.Comment
		}
		rows = append(rows, append(begin[:3:3], k.ID, k.Title, score, comment))
	}
	return append(rows, append(begin[:3:3], overall, "", "", v.Comment))
}

func writeRows(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// SheetProblem is one thing wrong with a score sheet.
type SheetProblem struct {
	Line   int    // from 1
	Column string // name of the column; "" where it is about the whole row
	Code   string // stable
	Value  string // what stands there; "" where that says nothing
	Text   string // a sentence in English
}

func (p SheetProblem) String() string {
	if p.Column != "" {
		return fmt.Sprintf("line %d, %s: %s", p.Line, p.Column, p.Text)
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// ReadSheet reads a score sheet that was filled in, by commas, semicolons or tabs. It answers the review of each submission
// that has at least one score or comment, and everything that is wrong; a sheet with a problem is not to be taken.
func ReadSheet(c *Call, src []byte) (map[int]Review, []SheetProblem) {
	s := sheetReader{call: c, reviews: map[int]Review{}, first: map[int]int{}, seen: map[string]int{}}
	if len(src) > MaxSheet {
		s.problem(1, "", "too-long", "the sheet has %d bytes, and %d are allowed", len(src), MaxSheet)
		return nil, s.problems
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	comma := separator(src)
	if cuts := bytes.Count(src, []byte(string(comma))); cuts > maxSheetCuts {
		s.problem(1, "", "too-long", "the sheet has %d cells, and %d are allowed", cuts, maxSheetCuts)
		return nil, s.problems
	}
	r := csv.NewReader(bytes.NewReader(src))
	r.FieldsPerRecord = -1
	r.Comma = comma
	r.ReuseRecord = true
	var columns map[string]int
	for rows := 0; len(s.problems) < maxProblems; rows++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line := 1
			if p, ok := errors.AsType[*csv.ParseError](err); ok {
				line = p.Line
			}
			s.problem(line, "", "csv", "the row cannot be read: %v", errors.Unwrap(err))
			break
		}
		line, _ := r.FieldPos(0)
		switch {
		case rows > maxSheetRows:
			s.problem(line, "", "too-long", "the sheet has more than %d rows", maxSheetRows)
			return nil, s.problems
		case columns == nil:
			if columns = s.head(line, row); columns == nil {
				return nil, s.problems
			}
		default:
			s.row(line, columns, row)
		}
	}
	if columns == nil && len(s.problems) == 0 {
		s.problem(1, "", "empty", "the sheet is empty")
	}
	s.whole()
	if len(s.problems) > 0 {
		return nil, s.problems
	}
	return s.reviews, nil
}

// separator guesses it from the first line, as spreadsheets of some countries write semicolons.
func separator(src []byte) rune {
	line, _, _ := bytes.Cut(src, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

type sheetReader struct {
	call     *Call
	reviews  map[int]Review
	first    map[int]int    // line of the first row of a submission
	seen     map[string]int // line of a submission's criterion
	problems []SheetProblem
}

// problem notes what is wrong in a column, or with the whole row.
func (s *sheetReader) problem(line int, column, code, text string, args ...any) {
	s.problems = append(s.problems, SheetProblem{Line: line, Column: column, Code: code, Text: fmt.Sprintf(text, args...)})
}

// wrong notes what is wrong with a value.
func (s *sheetReader) wrong(line int, column, code, value, text string, args ...any) {
	s.problem(line, column, code, text, args...)
	s.problems[len(s.problems)-1].Value = strings.ToValidUTF8(value[:min(len(value), 40)], "")
}

// head finds the columns that are needed, in any order.
func (s *sheetReader) head(line int, row []string) map[string]int {
	columns := map[string]int{}
	for i, name := range row {
		columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"submission", "revision", "criterion", "score", "comment"} {
		if _, ok := columns[name]; !ok {
			s.problem(line, name, "column", "there is no column %q", name)
			return nil
		}
	}
	return columns
}

func (s *sheetReader) row(line int, columns map[string]int, row []string) {
	cell := func(name string) string {
		if i := columns[name]; i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	if strings.TrimSpace(strings.Join(row, "")) == "" {
		return
	}
	number, err := strconv.Atoi(cell("submission"))
	if err != nil {
		s.wrong(line, "submission", "submission", cell("submission"), "the submission %.40q is no number", cell("submission"))
		return
	}
	sub, err := s.call.Submission(number)
	if err != nil {
		s.wrong(line, "submission", "submission", cell("submission"), "%v", err)
		return
	}
	if rev := cell("revision"); rev != sub.Work.Revision {
		s.wrong(line, "revision", "revision", rev, "the sheet is about revision %.40q, and submission %d is %s", rev, number, sub.Work.Revision)
		return
	}
	criterion, comment := cell("criterion"), cell("comment")
	key := strconv.Itoa(number) + "/" + criterion
	if old, twice := s.seen[key]; twice {
		s.wrong(line, "criterion", "criterion-twice", criterion, "submission %d has %.80q in line %d already", number, criterion, old)
		return
	}
	s.seen[key] = line
	if err := checkText("the comment", comment, maxText); err != nil {
		s.problem(line, "comment", "comment", "%v", err)
		return
	}
	if cell("score") == "" && comment == "" {
		return
	}
	if _, ok := s.first[number]; !ok {
		s.first[number] = line
	}
	v := s.reviews[number]
	if criterion == overall {
		v.Comment = comment
	} else if !s.mark(line, &v, criterion, cell("score"), comment) {
		return
	}
	s.reviews[number] = v
}

func (s *sheetReader) mark(line int, v *Review, criterion, written, comment string) bool {
	if _, ok := s.call.Rubric.criterion(criterion); !ok {
		s.wrong(line, "criterion", "criterion", criterion, "the rubric has no criterion %.80q", criterion)
		return false
	}
	score, ok := ParseScore(written)
	if !ok {
		s.wrong(line, "score", "score", written, "the score %.40q is not 0, 1, 2, 3 or NA", written)
		return false
	}
	v.Marks = append(v.Marks, Mark{Criterion: criterion, Score: score, Comment: comment})
	return true
}

// whole checks the reviews when all rows are known.
func (s *sheetReader) whole() {
	for _, sub := range s.call.Submissions { // in their order, so that problems are
		line, begun := s.first[sub.Number]
		if !begun || len(s.problems) > 0 {
			continue
		}
		if err := s.reviews[sub.Number].Check(s.call.Rubric); err != nil {
			s.problem(line, "score", Code(err), "submission %d: %v", sub.Number, err)
		}
	}
}
