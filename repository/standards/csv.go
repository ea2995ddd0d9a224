package standards

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvColumns are the names that a column may have in the header, in lower case without blanks, - and _.
var csvColumns = map[string][]string{
	"code":       {"code", "humancodingscheme", "notation", "standardcode"},
	"statement":  {"statement", "fullstatement", "description", "text", "standard"},
	"parent":     {"parent", "parentcode"},
	"grade":      {"grade", "grades", "gradelevel", "educationlevel"},
	"identifier": {"identifier", "guid", "uuid", "id"},
	"uri":        {"uri", "url"},
	"type":       {"type", "cfitemtype", "statementtype"},
	"label":      {"label", "abbreviatedstatement", "alternativelabel"},
	"language":   {"language", "lang"},
	"notes":      {"notes", "note"},
}

const maxCSVErrors = 20

// ReadCSV reads a table of statements in UTF-8, separated by commas, semicolons or tabs, quoted by RFC 4180. The first
// line names the columns, in any order and in any case: code and statement are needed; parent (the code of the statement
// above, anywhere in the file), grade ("K", "5", "3-5", "9, 10"), identifier (a GUID), uri, type, label, language and
// notes may be there. Columns of other names are listed in Framework.Problems and left out.
//
// A statement without an identifier gets one that follows from the framework's short name and its code, the same at
// every import. Errors, at most 20 together, name their lines and are of kind ErrInvalid; then nothing was read.
func ReadCSV(r io.Reader, about About) (*Framework, error) {
	raw, err := gather([]io.Reader{r})
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("%w: line %d is not UTF-8; save the table as CSV in UTF-8", ErrInvalid, invalidLine(raw))
	}
	c := csvReader{rows: csv.NewReader(bytes.NewReader(raw)), lines: map[string]int{}, ids: map[string]int{}, byCode: map[string]string{}}
	c.draft = about.draft("urn:commonplace:csv:" + about.Name)
	c.rows.Comma = separator(raw)
	c.rows.FieldsPerRecord = -1
	c.rows.ReuseRecord = true
	if err := c.read(); err != nil {
		return nil, err
	}
	f, err := c.draft.framework(about.Name)
	if err == nil {
		f.Problems = append(c.problems, f.Problems...)
	}
	return f, err
}

func invalidLine(raw []byte) int {
	line := 1
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		raw = raw[n:]
	}
	return line
}

// separator is the one that the header has most of.
func separator(raw []byte) rune {
	header, _, _ := bytes.Cut(raw, []byte("\n"))
	best := ','
	for _, sep := range []rune{';', '\t'} {
		if bytes.Count(header, []byte(string(sep))) > bytes.Count(header, []byte(string(best))) {
			best = sep
		}
	}
	return best
}

type csvReader struct {
	rows     *csv.Reader
	column   map[string]int
	draft    draft
	lines    map[string]int    // code → line
	ids      map[string]int    // identifier → line
	byCode   map[string]string // code → identifier; "" where several have it
	parents  []string          // codes, of the draft's items
	at       []int             // their lines
	wrong    []csvProblem
	problems []Problem
}

type csvProblem struct {
	line int
	text string
}

func (c *csvReader) error(line int, format string, args ...any) {
	if len(c.wrong) <= maxCSVErrors {
		c.wrong = append(c.wrong, csvProblem{line, fmt.Sprintf(format, args...)})
	}
}

// report is what is wrong, by line.
func (c *csvReader) report() error {
	if len(c.wrong) == 0 {
		return nil
	}
	slices.SortStableFunc(c.wrong, func(a, b csvProblem) int { return a.line - b.line })
	var lines []string
	for i, p := range c.wrong {
		if i == maxCSVErrors {
			lines = append(lines, "and more")
			break
		}
		lines = append(lines, fmt.Sprintf("line %d: %s", p.line, p.text))
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(lines, "\n"))
}

func (c *csvReader) read() error {
	if err := c.header(); err != nil {
		return err
	}
	for {
		row, err := c.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return csvError(err)
		}
		if len(c.draft.Items) == maxItems {
			return fmt.Errorf("%w: more than %d statements", ErrInvalid, maxItems)
		}
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			line, _ := c.rows.FieldPos(0)
			c.row(line, row)
		}
	}
	for i, code := range c.parents {
		if code == "" {
			continue
		}
		id, ok := c.byCode[code]
		switch {
		case !ok:
			c.error(c.at[i], "parent %q is not in the table", code)
		case id == "":
			c.error(c.at[i], "parent %q is the code of several statements", code)
		default:
			c.draft.Items[i].Parent = id
		}
	}
	c.cycles()
	if err := c.report(); err != nil {
		return err
	}
	if len(c.draft.Items) == 0 {
		return fmt.Errorf("%w: the table has no statements", ErrInvalid)
	}
	return nil
}

func csvError(err error) error {
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("%w: line %d: %w", ErrInvalid, bad.Line, bad.Err)
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

func (c *csvReader) header() error {
	row, err := c.rows.Read()
	if err != nil {
		return csvError(err)
	}
	c.column = map[string]int{}
	for i, title := range row {
		plain := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(strings.TrimSpace(title)))
		name := ""
		for field, names := range csvColumns {
			if slices.Contains(names, plain) {
				name = field
			}
		}
		switch _, twice := c.column[name]; {
		case name == "" && plain != "":
			c.problems = append(c.problems, Problem{"column-left-out", "", fmt.Sprintf("the column %q is not known and was left out", clip(title, 60))})
		case twice:
			return fmt.Errorf("%w: line 1: two columns hold the %s", ErrInvalid, name)
		case name != "":
			c.column[name] = i
		}
		if len(c.problems) > maxTexts {
			return fmt.Errorf("%w: line 1: more than %d unknown columns", ErrInvalid, maxTexts)
		}
	}
	for _, needed := range []string{"code", "statement"} {
		if _, ok := c.column[needed]; !ok {
			return fmt.Errorf("%w: line 1: no column %q; a table has at least the columns code and statement, and may have parent and grade", ErrInvalid, needed)
		}
	}
	return nil
}

func clip(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return s
}

func (c *csvReader) row(line int, row []string) {
	field := func(name string) string {
		if i, ok := c.column[name]; ok && i < len(row) {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	it := draftItem{
		Code: field("code"), Text: field("statement"), URI: field("uri"), Type: field("type"), Label: field("label"),
		Notes: field("notes"), Language: field("language"), Grades: gradesOf(field("grade")),
	}
	given := field("identifier")
	it.ID = guid(given)
	switch {
	case given != "" && it.ID == "":
		c.error(line, "identifier %q is no GUID", clip(given, 60))
		return
	case it.Code == "" && it.ID == "":
		c.error(line, "no code")
		return
	case it.Text == "":
		c.error(line, "no statement")
		return
	case it.URI != "" && address(it.URI) == "":
		c.error(line, "uri %q is no address", clip(it.URI, 60))
		return
	}
	if it.ID == "" {
		if first, twice := c.lines[it.Code]; twice {
			c.error(line, "code %q stands on line %d already; where a code is used twice, a column identifier must tell them apart", clip(it.Code, 60), first)
			return
		}
		it.ID = derive(c.draft.ID, it.Code)
	}
	if first, twice := c.ids[it.ID]; twice {
		c.error(line, "identifier %s stands on line %d already", it.ID, first)
		return
	}
	c.ids[it.ID] = line
	if it.Code != "" {
		if _, twice := c.lines[it.Code]; twice {
			c.byCode[it.Code] = ""
		} else {
			c.lines[it.Code], c.byCode[it.Code] = line, it.ID
		}
	}
	c.draft.Items = append(c.draft.Items, it)
	c.parents = append(c.parents, field("parent"))
	c.at = append(c.at, line)
}

// cycles finds statements that are below themselves.
func (c *csvReader) cycles() {
	position := make(map[string]int, len(c.draft.Items))
	for i, it := range c.draft.Items {
		position[it.ID] = i
	}
	const going, done = 1, 2
	state := make([]byte, len(c.draft.Items))
	for i := range c.draft.Items {
		var path []int
		for at := i; state[at] != done; {
			if state[at] == going {
				c.error(c.at[at], "%q is below itself", clip(c.draft.Items[at].Code, 60))
				break
			}
			state[at] = going
			path = append(path, at)
			if c.draft.Items[at].Parent == "" {
				break
			}
			at = position[c.draft.Items[at].Parent]
		}
		for _, at := range path {
			state[at] = done
		}
	}
}
