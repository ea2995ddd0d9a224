package bench

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/search/corpus"
)

// tables is what both SQL engines keep beside the text: one row for each value of what a resource can have several of.
const tables = `
CREATE TABLE doc (id INTEGER PRIMARY KEY, license TEXT, subject TEXT, type TEXT, language TEXT, source TEXT, modified BIGINT);
CREATE TABLE doc_grade (doc INTEGER, grade TEXT, PRIMARY KEY (doc, grade));
CREATE TABLE doc_standard (doc INTEGER, standard TEXT, PRIMARY KEY (doc, standard));
CREATE TABLE doc_above (standard TEXT, doc INTEGER, PRIMARY KEY (standard, doc));
CREATE INDEX doc_modified ON doc (modified);
CREATE INDEX doc_license ON doc (license);
CREATE INDEX grade_doc ON doc_grade (grade, doc);
`

// facetQueries counts seven facets over the matches m. CROSS JOIN makes SQLite go from the matches to their values.
const facetQueries = `
SELECT 'license', license, count(*) FROM m CROSS JOIN doc WHERE doc.id = m.id GROUP BY license
UNION ALL SELECT 'subject', subject, count(*) FROM m CROSS JOIN doc WHERE doc.id = m.id GROUP BY subject
UNION ALL SELECT 'type', type, count(*) FROM m CROSS JOIN doc WHERE doc.id = m.id GROUP BY type
UNION ALL SELECT 'language', language, count(*) FROM m CROSS JOIN doc WHERE doc.id = m.id GROUP BY language
UNION ALL SELECT 'source', source, count(*) FROM m CROSS JOIN doc WHERE doc.id = m.id GROUP BY source
UNION ALL SELECT 'grade', grade, count(*) FROM m CROSS JOIN doc_grade WHERE doc = m.id GROUP BY grade
UNION ALL SELECT 'standard', standard, n FROM (SELECT standard, count(*) AS n FROM m CROSS JOIN doc_standard WHERE doc = m.id GROUP BY standard ORDER BY n DESC LIMIT 100) s
UNION ALL SELECT 'total', '', count(*) FROM m`

// readAll reads all rows, and gives the last column of those whose first column is "total".
func readAll(rows *sql.Rows, err error) (total int, _ error) {
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, value string
		var n int
		if err := rows.Scan(&kind, &value, &n); err != nil {
			return 0, err
		}
		if kind == "total" {
			total = n
		}
	}
	return total, rows.Err()
}

// side inserts what both SQL engines keep beside the text.
type side struct {
	doc, grade, standard, above *sql.Stmt
	library                     *standards.Library
}

func newSide(db *sql.DB) (s *side, err error) {
	f, err := corpus.Framework()
	if err != nil {
		return nil, err
	}
	s = &side{library: standards.NewLibrary(f)}
	for at, text := range map[**sql.Stmt]string{
		&s.doc:      "INSERT INTO doc (id, license, subject, type, language, source, modified) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		&s.grade:    "INSERT INTO doc_grade VALUES ($1, $2)",
		&s.standard: "INSERT INTO doc_standard VALUES ($1, $2)",
		&s.above:    "INSERT INTO doc_above VALUES ($1, $2)",
	} {
		if *at, err = db.Prepare(text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *side) insert(tx *sql.Tx, id int, d *search.Document) (err error) {
	to := map[string]*sql.Stmt{"doc": s.doc, "doc_grade": s.grade, "doc_standard": s.standard, "doc_above": s.above}
	s.rows(id, d, func(table string, row ...any) {
		if err == nil {
			_, err = tx.Stmt(to[table]).Exec(row...)
		}
	})
	return err
}

// rows gives the rows of a resource in the tables, none twice.
func (s *side) rows(id int, d *search.Document, add func(table string, row ...any)) {
	add("doc", id, string(d.License), d.Subjects[0], d.Type, d.Language, d.Source, d.Modified.Unix())
	for _, g := range d.Grades {
		add("doc_grade", id, g)
	}
	var known []string
	for i, a := range d.Teaches {
		if !slices.Contains(d.Teaches[:i], a) {
			add("doc_standard", id, a)
		}
		for _, above := range append(s.library.Ancestors(a), a) {
			if !slices.Contains(known, above) {
				known = append(known, above)
				add("doc_above", above, id)
			}
		}
	}
}

// text is all that is searched but the title.
func text(d *search.Document) string {
	return strings.Join([]string{d.Description, d.Body, strings.Join(d.Keywords, " "), strings.Join(d.Creators, " ")}, "\n")
}
