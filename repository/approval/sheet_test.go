package approval_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// filled is a sheet with a score in each row, changed by edit.
func filled(t testing.TB, c *approval.Call, comma rune, edit func(row int, cells []string) []string) []byte {
	t.Helper()
	b, err := approval.Sheet(c, c.Submissions)
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	require.NoError(t, err)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = comma
	for i, row := range rows {
		if i > 0 && row[3] != "overall" {
			row[5] = "2"
		} else if i > 0 {
			row[6] = "Good, mostly;\nwith \"two\" lines"
		}
		if edit != nil {
			row = edit(i+1, row)
		}
		if row != nil {
			require.NoError(t, w.Write(row))
		}
	}
	w.Flush()
	return out.Bytes()
}

func TestASheetGoesOutAndComesIn(t *testing.T) {
	t.Parallel()
	c := call(t, open(), submit(1, "a1"), submit(2, "b1"))
	for _, comma := range ",;\t" {
		reviews, problems := approval.ReadSheet(c, append([]byte("\ufeff"), filled(t, c, comma, nil)...))
		require.Empty(t, problems)
		require.Len(t, reviews, 2)
		require.NoError(t, reviews[2].Check(c.Rubric))
		assert.Equal(t, "Good, mostly;\nwith \"two\" lines", reviews[1].Comment)
	}
	empty, err := approval.Sheet(c, c.Submissions)
	require.NoError(t, err)
	reviews, problems := approval.ReadSheet(c, empty)
	assert.Empty(t, problems)
	assert.Empty(t, reviews, "what is not filled in is not reviewed")
	part := filled(t, c, ',', func(_ int, cells []string) []string {
		if cells[0] == "2" {
			return nil
		}
		return cells
	})
	reviews, problems = approval.ReadSheet(c, part)
	assert.Empty(t, problems)
	assert.Len(t, reviews, 1)
}

func TestEveryProblemOfASheetHasItsLine(t *testing.T) {
	t.Parallel()
	c := call(t, open(), submit(1, "a1"))
	set := func(line, cell int, value string) func(int, []string) []string {
		return func(row int, cells []string) []string {
			if row == line {
				cells[cell] = value
			}
			return cells
		}
	}
	for _, x := range []struct {
		name         string
		line         int
		column, code string
		edit         func(int, []string) []string
	}{
		{"score 4", 3, "score", "score", set(3, 5, "4")},
		{"no score, a comment", 4, "score", "score", func(row int, cells []string) []string {
			if row == 4 {
				cells[5], cells[6] = "", "later"
			}
			return cells
		}},
		{"another submission", 5, "submission", "submission", set(5, 0, "9")},
		{"no number", 5, "submission", "submission", set(5, 0, "one")},
		{"another revision", 6, "revision", "revision", set(6, 2, hash("a2"))},
		{"no such criterion", 7, "criterion", "criterion", set(7, 3, "charm")},
		{"twice", 8, "criterion", "criterion-twice", set(8, 3, "alignment")},
		{"one left out", 2, "score", "score-missing", set(9, 5, "")},
		{"a control character", 2, "comment", "comment", set(2, 6, "a\x00b")},
		{"no column", 1, "score", "column", set(1, 5, "points")},
	} {
		_, problems := approval.ReadSheet(c, filled(t, c, ',', x.edit))
		require.NotEmpty(t, problems, x.name)
		assert.Equal(t, x.line, problems[0].Line, "%s: %v", x.name, problems)
		assert.Equal(t, x.code, problems[0].Code, "%s: %v", x.name, problems)
		assert.Equal(t, x.column, problems[0].Column, "%s: %v", x.name, problems)
	}
	_, problems := approval.ReadSheet(c, nil)
	assert.Equal(t, "empty", problems[0].Code)
	_, problems = approval.ReadSheet(c, []byte("submission,revision,criterion,score,comment\n1,\"unclosed"))
	assert.Equal(t, "csv", problems[0].Code)
	_, problems = approval.ReadSheet(c, bytes.Repeat([]byte("x"), approval.MaxSheet+1))
	assert.Equal(t, "too-long", problems[0].Code)
	_, problems = approval.ReadSheet(c, bytes.Repeat([]byte(","), approval.MaxSheet))
	require.Len(t, problems, 1)
	assert.Equal(t, "too-long", problems[0].Code, "four million cells are not read")
	wrong := "submission,revision,criterion,score,comment\n" + strings.Repeat("x,y,z,1,\n", 1000)
	_, problems = approval.ReadSheet(c, []byte(wrong))
	assert.Len(t, problems, 200, "as many as anybody reads")
}

func FuzzReadSheet(f *testing.F) {
	c := call(f, open(), submit(1, "a1"), submit(2, "b1"))
	f.Add(filled(f, c, ',', nil))
	f.Add([]byte("submission;revision;criterion;score;comment\n1;x;\"a\"\"b\";NA;"))
	f.Add([]byte("\ufeffsubmission\trevision\tcriterion\tscore\tcomment\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		reviews, problems := approval.ReadSheet(c, src)
		if len(problems) > 0 {
			require.Nil(t, reviews)
			return
		}
		for n, v := range reviews {
			require.NoError(t, v.Check(c.Rubric), "submission %d", n)
		}
		again, err := approval.Filled(c, reviews)
		require.NoError(t, err)
		back, problems := approval.ReadSheet(c, again)
		require.Empty(t, problems, "what was read is written and read again")
		require.Len(t, back, len(reviews))
		for n, v := range reviews {
			require.Equal(t, strings.ReplaceAll(v.Comment, "\r\n", "\n"), back[n].Comment)
		}
	})
}

func FuzzReadRubric(f *testing.F) {
	b, err := json.Marshal(approval.Achieve("en"))
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"id":"a","version":1,"title":"x","criteria":[{"id":"a","title":"b","anchors":["","","",""]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := approval.ReadRubric(src)
		if err != nil {
			return
		}
		b, err := json.Marshal(r)
		require.NoError(t, err)
		_, err = approval.ReadRubric(b)
		require.NoError(t, err)
	})
}

func TestWhatIsWrongWithARubric(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, code string
		change     func(*approval.Rubric)
	}{
		{"nothing", "", func(*approval.Rubric) {}},
		{"no title", "rubric-title", func(r *approval.Rubric) { r.Title = " " }},
		{"no criterion", "rubric-empty", func(r *approval.Rubric) { r.Criteria = nil }},
		{"too many", "rubric-long", func(r *approval.Rubric) { r.Criteria = make([]approval.Criterion, 41) }},
		{"one twice", "rubric-twice", func(r *approval.Rubric) { r.Criteria[1].ID = r.Criteria[0].ID }},
		{"half of the anchors", "rubric-anchors", func(r *approval.Rubric) { r.Criteria[0].Anchors[2] = "" }},
		{"a name with a slash", "rubric-id", func(r *approval.Rubric) { r.Criteria[0].ID = "a/b" }},
	} {
		r := rubric()
		r.Criteria = append([]approval.Criterion{}, r.Criteria...)
		x.change(&r)
		assert.Equal(t, x.code, approval.Code(r.Check()), x.name)
	}
}
