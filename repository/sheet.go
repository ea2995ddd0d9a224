package repository

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Bounds of a table of metadata.
const (
	maxSheet     = 64 << 20 // bytes
	maxSheetRows = 100_000
	maxSheetText = 1 << 20 // bytes of a text that a row names
)

// sheetColumns are the names that a column may have in the header, in lower case without blanks, - and _.
var sheetColumns = map[string]string{
	"path": "path", "file": "path", "folder": "path", "files": "files", "attachments": "files", "slug": "slug", "owner": "owner",
	"title": "title", "name": "title", "description": "description", "abstract": "description", "type": "type",
	"learningresourcetype": "type", "language": "language", "inlanguage": "language", "license": "license",
	"creators": "creators", "creator": "creators", "authors": "creators", "author": "creators",
	"subjects": "subjects", "subject": "subjects", "grades": "grades", "grade": "grades", "teaches": "teaches",
	"standards": "teaches", "assesses": "assesses", "requires": "requires", "time": "time", "timerequired": "time",
	"audience": "audience", "keywords": "keywords", "keyword": "keywords",
}

// SheetRow is one row of a table of metadata: a resource to be.
type SheetRow struct {
	Line        int    // of the table, from 1
	Path        string // of the folder or text, beside the table; "" where a text is made of the row
	Owner, Slug string // Owner is empty where the row names none
	Files       fs.FS  // as it is to be published
}

// Sheet is a table of metadata with the files that it names.
type Sheet struct {
	Rows     []SheetRow
	Left     []string          // columns whose names mean nothing here
	Problems metadata.Problems // of rows that cannot be read; they are not among Rows
}

// ReadSheet reads a table of metadata in UTF-8 with commas, semicolons or tabs, quoted by RFC 4180; beside holds the files
// that it names. The first line names the columns, in any order and case. path is a folder with an index.md, or a Markdown
// file; what the row says replaces what its front matter says. Any other file, or several in the column files, are attached
// to a text that is made of the row's title and description. slug is the last part of the address; without it the path's
// name or the title makes one. In creators, subjects, grades, teaches, assesses, requires, audience, keywords and files,
// "|" or ";" stands between values, and a creator may have a web address in <>.
//
// Every row is one resource: what is wrong with one is in Problems, with its line, and keeps none of the others out. Two
// rows of one address are a problem. A table that is none is kind.ErrInvalid.
func ReadSheet(name string, r io.Reader, beside fs.FS) (Sheet, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxSheet+1))
	switch {
	case err != nil:
		return Sheet{}, fmt.Errorf("read %s: %w", name, err)
	case len(raw) > maxSheet:
		return Sheet{}, fmt.Errorf("%w: %s has more than %d bytes", kind.ErrInvalid, name, maxSheet)
	case !utf8.Valid(raw):
		return Sheet{}, fmt.Errorf("%w: %s is not UTF-8; save the table as CSV in UTF-8", kind.ErrInvalid, name)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	table := csv.NewReader(bytes.NewReader(raw))
	table.Comma, table.FieldsPerRecord = sheetSeparator(raw), -1
	header, err := table.Read()
	if err != nil {
		return Sheet{}, fmt.Errorf("%w: %s: the first line names the columns: %w", kind.ErrInvalid, name, err)
	}
	x := sheetReader{name: name, beside: beside, columns: map[string]int{}, taken: map[string]int{}}
	if err := x.header(header); err != nil {
		return Sheet{}, err
	}
	for {
		fields, err := table.Read()
		if errors.Is(err, io.EOF) {
			return x.sheet, nil
		}
		if err != nil {
			return Sheet{}, fmt.Errorf("%w: %s: %w", kind.ErrInvalid, name, err)
		}
		line, _ := table.FieldPos(0)
		if len(x.sheet.Rows)+len(x.sheet.Problems) >= maxSheetRows {
			return Sheet{}, fmt.Errorf("%w: %s has more than %d rows", kind.ErrInvalid, name, maxSheetRows)
		}
		x.row(line, fields)
	}
}

// sheetSeparator is the one that the header has most of.
func sheetSeparator(raw []byte) rune {
	header, _, _ := bytes.Cut(raw, []byte("\n"))
	best := ','
	for _, sep := range []rune{';', '\t'} {
		if bytes.Count(header, []byte(string(sep))) > bytes.Count(header, []byte(string(best))) {
			best = sep
		}
	}
	return best
}

type sheetReader struct {
	name    string
	beside  fs.FS
	columns map[string]int
	taken   map[string]int // addresses, by the line of the row that has it
	sheet   Sheet
}

func (x *sheetReader) header(names []string) error {
	for i, name := range names {
		plain := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(strings.TrimSpace(name)))
		field, known := sheetColumns[plain]
		if !known {
			x.sheet.Left = append(x.sheet.Left, strings.TrimSpace(name))
			continue
		}
		if at, twice := x.columns[field]; twice {
			return fmt.Errorf("%w: %s: the columns %q and %q mean the same", kind.ErrInvalid, x.name, names[at], name)
		}
		x.columns[field] = i
	}
	_, hasPath := x.columns["path"]
	_, hasTitle := x.columns["title"]
	if !hasPath && !hasTitle {
		return fmt.Errorf("%w: %s has neither a column path nor one title", kind.ErrInvalid, x.name)
	}
	return nil
}

// sheetFields are the values of one row.
type sheetFields func(column string) string

func (f sheetFields) list(column string) (list []string) {
	for _, one := range strings.FieldsFunc(f(column), func(r rune) bool { return r == '|' || r == ';' || r == '\n' }) {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// row reads one row.
func (x *sheetReader) row(line int, values []string) {
	fields := sheetFields(func(column string) string {
		if i, ok := x.columns[column]; ok && i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	})
	if !slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) != "" }) {
		return // an empty line of a spreadsheet
	}
	fail := func(code, remedy, format string, args ...any) {
		x.sheet.Problems = append(x.sheet.Problems, metadata.Problem{
			File: x.name, Line: line, Severity: metadata.Error, Code: code, Message: fmt.Sprintf(format, args...), Remedy: remedy,
		})
	}
	row := SheetRow{Line: line, Path: strings.TrimSuffix(strings.TrimPrefix(fields("path"), "./"), "/"), Owner: fields("owner"), Slug: fields("slug")}
	if row.Slug == "" {
		row.Slug = rowSlug(row.Path, fields("title"))
	}
	if err := CheckSlug(row.Slug); err != nil {
		fail("sheet-slug", "use 1 to 80 lower-case letters, digits and inner hyphens", "%q cannot be the last part of an address", row.Slug)
		return
	}
	address := row.Owner + "/" + row.Slug
	if first, twice := x.taken[address]; twice {
		fail("sheet-twice", "give one of them another slug", "line %d has the same address, %s", first, row.Slug)
		return
	}
	x.taken[address] = line
	files, err := x.files(row, fields)
	if err != nil {
		fail("sheet-file", "correct the row; paths start where the table is", "%s", err)
		return
	}
	row.Files = files
	x.sheet.Rows = append(x.sheet.Rows, row)
}

// rowSlug makes the last part of an address of a path's name, or of a title.
func rowSlug(name, title string) string {
	if name == "" || name == "." {
		return Slug(title)
	}
	if path.Base(name) == "index.md" && path.Dir(name) != "." {
		name = path.Dir(name)
	}
	return Slug(strings.TrimSuffix(path.Base(name), path.Ext(name)))
}

// files are those of a row's resource.
func (x *sheetReader) files(row SheetRow, fields sheetFields) (fs.FS, error) {
	g := gathered{files: map[string]gatheredFile{}}
	index, attached := []byte(nil), fields.list("files")
	if row.Path != "" {
		info, err := fs.Stat(x.beside, row.Path)
		ext := strings.ToLower(path.Ext(row.Path))
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %s", row.Path, reasonOf(err))
		case info.IsDir():
			if g.base, err = fs.Sub(x.beside, row.Path); err == nil {
				index, err = readText(g.base, "index.md")
			}
		case ext == ".md" || ext == ".markdown":
			index, err = readText(x.beside, row.Path)
		default:
			attached = append([]string{row.Path}, attached...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s", row.Path, reasonOf(err))
		}
	}
	var names []string
	for _, one := range attached {
		info, err := fs.Stat(x.beside, one)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("it is not a file")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s", one, reasonOf(err))
		}
		name := path.Base(one)
		if _, twice := g.files[name]; twice || name == "index.md" {
			return nil, fmt.Errorf("two files are called %s", name)
		}
		g.files[name] = gatheredFile{from: x.beside, path: one, size: info.Size()}
		names = append(names, name)
	}
	edit := fields.edit()
	if index == nil {
		body := sheetBody(fields("description"), names)
		edit.Body = &body
	}
	doc, _ := metadata.Parse("index.md", index)
	src, err := doc.With(edit)
	if err != nil {
		return nil, err
	}
	g.files["index.md"] = gatheredFile{data: src, size: int64(len(src))}
	return g, nil
}

// reasonOf is an error without the operating system's words for where.
func reasonOf(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	if errors.Is(err, fs.ErrInvalid) {
		return "the path leads out of the table's folder, or is none"
	}
	return err.Error()
}

func readText(fsys fs.FS, name string) ([]byte, error) {
	src, err := readHead(fsys, name, maxSheetText+1)
	if err == nil && len(src) > maxSheetText {
		err = fmt.Errorf("it has more than %d bytes", maxSheetText)
	}
	if src == nil {
		src = []byte{}
	}
	return src, err
}

// sheetBody is the text of a resource that is only files.
func sheetBody(description string, names []string) string {
	var b strings.Builder
	if description != "" {
		b.WriteString(description + "\n")
	}
	for i, name := range names {
		if i == 0 && b.Len() > 0 {
			b.WriteString("\n")
		}
		label := strings.NewReplacer("[", "(", "]", ")", "\\", "/").Replace(name)
		fmt.Fprintf(&b, "- [%s](<%s>)\n", label, name)
	}
	return b.String()
}

// edit is what a row says of its resource; what it leaves empty stays as it is.
func (f sheetFields) edit() (e metadata.Edit) {
	text := func(to **string, column string) {
		if v := f(column); v != "" {
			*to = &v
		}
	}
	list := func(to **[]string, column string) {
		if v := f.list(column); v != nil {
			*to = &v
		}
	}
	text(&e.Title, "title")
	text(&e.Description, "description")
	text(&e.Language, "language")
	text(&e.License, "license")
	text(&e.Time, "time")
	list(&e.Subjects, "subjects")
	list(&e.Grades, "grades")
	list(&e.Audience, "audience")
	list(&e.Keywords, "keywords")
	if v := metadata.Type(f("type")); v != "" {
		e.Type = &v
	}
	if names := f.list("creators"); names != nil {
		agents := make([]metadata.Agent, len(names))
		for i, name := range names {
			before, address, _ := strings.Cut(name, "<")
			agents[i] = metadata.Agent{Name: strings.TrimSpace(before), URL: strings.TrimSuffix(strings.TrimSpace(address), ">")}
		}
		e.Creators = &agents
	}
	if a := (metadata.Alignments{Teaches: f.list("teaches"), Assesses: f.list("assesses"), Requires: f.list("requires")}); len(a.Teaches)+len(a.Assesses)+len(a.Requires) > 0 {
		e.Alignments = &a
	}
	return e
}
