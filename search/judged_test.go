package search_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/commonplace-oer/commonplace/search"
)

var judgedFolder = flag.String("judged", os.Getenv("COMMONPLACE_JUDGED"),
	"folder of a judged set: *queries*.jsonl, and resources in the other *.jsonl; both may end in .gz")

var judgedAlone = flag.Bool("judged-alone", false, "leave FTS5 out, to try many things quickly")

// judgment is a query with the resources that it should find: 2 is what it looks for, 1 is relevant too.
type judgment struct {
	Kind, Language, Text string
	Relevant             map[string]int
}

// judgedSet is a corpus with queries over it.
type judgedSet struct {
	resources []search.Document
	queries   []judgment
}

// readJudged reads a folder. Files named *queries*.jsonl hold judgments; every other *.jsonl holds resources as {id,
// title, description, body, language, subject, teaches}, of which the missing are empty. Queries of which nothing is in the
// corpus are left out.
func readJudged(t testing.TB, dir string) (set judgedSet) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl*"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, name := range files {
		eachLine(t, name, func(line []byte) {
			if strings.Contains(filepath.Base(name), "queries") {
				var j judgment
				require.NoError(t, json.Unmarshal(line, &j), name)
				set.queries = append(set.queries, j)
				return
			}
			var r struct {
				ID, Title, Description, Body, Language, Subject string
				Teaches                                         []string
			}
			require.NoError(t, json.Unmarshal(line, &r), name)
			known[r.ID] = true
			set.resources = append(set.resources, search.Document{
				ID: r.ID, Title: r.Title, Description: r.Description, Body: r.Body, Language: r.Language, Subjects: []string{r.Subject},
				Teaches: r.Teaches,
			})
		})
	}
	set.queries = slices.DeleteFunc(set.queries, func(j judgment) bool {
		for id := range j.Relevant {
			if known[id] {
				return false
			}
		}
		return true
	})
	require.NotEmpty(t, set.resources, "no resources in %s", dir)
	require.NotEmpty(t, set.queries, "no queries in %s", dir)
	return set
}

func eachLine(t testing.TB, name string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer func() { assert.NoError(t, file.Close()) }()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		r, err = gzip.NewReader(file)
		require.NoError(t, err)
	}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			f(line)
		}
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
	}
}

// quality is how good the answers to some queries are: means of nDCG at 10, of the reciprocal rank of the first relevant
// resource among 50, and of the recall among 50.
type quality struct{ ndcg, mrr, recall float64 }

// judge compares the first 50 found with what should be. The gain of a judgment g is 2^g-1 (Burges 2005).
func (j judgment) judge(found []string) (q quality) {
	gain := func(g, rank int) float64 { return (math.Exp2(float64(g)) - 1) / math.Log2(float64(rank)+2) }
	grades := make([]int, 0, len(j.Relevant))
	for _, g := range j.Relevant {
		grades = append(grades, g)
	}
	slices.SortFunc(grades, func(a, b int) int { return b - a })
	ideal := 0.0
	for rank, g := range grades[:min(len(grades), 10)] {
		ideal += gain(g, rank)
	}
	for rank, id := range found[:min(len(found), 50)] {
		g := j.Relevant[id]
		if g == 0 {
			continue
		}
		if rank < 10 {
			q.ndcg += gain(g, rank) / ideal
		}
		if q.mrr == 0 {
			q.mrr = 1 / float64(rank+1)
		}
		q.recall += 1 / float64(len(grades))
	}
	return q
}

// engine answers a query with the first 50 resources.
type engine func(query string) []string

func ours(t testing.TB, docs []search.Document) engine {
	t.Helper()
	x, err := search.Open("", search.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	for i := 0; i < len(docs); i += 500 {
		require.NoError(t, x.Apply(t.Context(), int64(i+1), docs[i:min(i+500, len(docs))], nil))
	}
	return func(query string) []string {
		q, _ := search.ParseQuery(query)
		got, err := x.Search(context.Background(), search.Request{Query: q, Size: 50, Facets: []search.Field{}})
		require.NoError(t, err)
		return ids(got)
	}
}

// fts5 is SQLite's full text search as its users know it: any of the words, accents folded, ordered by its bm25.
func fts5(t testing.TB, docs []search.Document) engine {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	_, err = db.ExecContext(t.Context(),
		`create virtual table r using fts5(id unindexed, title, text, tokenize = "unicode61 remove_diacritics 2")`)
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	for _, d := range docs {
		_, err := tx.ExecContext(t.Context(), `insert into r values (?, ?, ?)`, d.ID, d.Title, strings.Join(append([]string{d.Description, d.Body}, d.Teaches...), "\n"))
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	return func(query string) (found []string) {
		words := strings.FieldsFunc(query, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if len(words) == 0 {
			return nil
		}
		rows, err := db.QueryContext(context.Background(), `select id from r where r match ? order by rank limit 50`,
			`"`+strings.Join(words, `" OR "`)+`"`)
		require.NoError(t, err)
		defer func() { assert.NoError(t, rows.Close()) }()
		for rows.Next() {
			var id string
			require.NoError(t, rows.Scan(&id))
			found = append(found, id)
		}
		require.NoError(t, rows.Err())
		return found
	}
}

// score gives the quality of an engine by kind of query, by half of the queries ("half 0" to tune on, "half 1" to report),
// and of "all".
func (s judgedSet) score(e engine) (map[string]quality, map[string]int) {
	sums, n := map[string]quality{}, map[string]int{}
	for _, j := range s.queries {
		q := j.judge(e(j.Text))
		for _, k := range []string{"all", j.Kind, half(j.Text)} {
			s := sums[k]
			sums[k] = quality{s.ndcg + q.ndcg, s.mrr + q.mrr, s.recall + q.recall}
			n[k]++
		}
	}
	for k, s := range sums {
		f := float64(n[k])
		sums[k] = quality{s.ndcg / f, s.mrr / f, s.recall / f}
	}
	return sums, n
}

func half(text string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return fmt.Sprint("half ", h.Sum32()>>7&1)
}

// table prints two engines side by side, as docs/measurements.md has it.
func table(us, them map[string]quality, n map[string]int) string {
	var b strings.Builder
	b.WriteString("| kind | queries | ours: nDCG@10 | MRR | recall@50 | FTS5: nDCG@10 | MRR | recall@50 |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	kinds := make([]string, 0, len(n))
	for k := range n {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		o, f := us[k], them[k]
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n", k, n[k], o.ndcg, o.mrr, o.recall, f.ndcg, f.mrr, f.recall)
	}
	return b.String()
}

// TestJudged holds the ranking to the judged set of testdata: lessons that we wrote, in English and Spanish, and what
// teachers type. What a query looks for must come first, and no kind of query may be answered worse than by FTS5.
func TestJudged(t *testing.T) {
	set := readJudged(t, "testdata/judged")
	us, them := ours(t, set.resources), fts5(t, set.resources)
	for _, j := range set.queries {
		t.Run(j.Kind+"/"+j.Text, func(t *testing.T) {
			found := us(j.Text)
			require.NotEmpty(t, found)
			assert.Equal(t, 2, j.Relevant[found[0]], "%v", found)
		})
	}
	o, n := set.score(us)
	f, _ := set.score(them)
	t.Logf("%d resources\n%s", len(set.resources), table(o, f, n))
	for kind := range n {
		assert.GreaterOrEqual(t, o[kind].ndcg, f[kind].ndcg, "nDCG@10 of %s against FTS5", kind)
	}
}

// TestMadeQueries holds the ranking to queries that are made of our sample lessons, section by section. The floors are low
// enough for the samples to change; docs/measurements.md has what larger sets say.
func TestMadeQueries(t *testing.T) {
	set := generate(sections(t, "../content-samples"), 300)
	us, n := set.score(ours(t, set.resources))
	them, _ := set.score(fts5(t, set.resources))
	t.Logf("%d resources\n%s", len(set.resources), table(us, them, n))
	ours, theirs, count := map[string]float64{}, map[string]float64{}, map[string]int{} // sums by group of kinds
	for kind, n := range n {
		group, _, _ := strings.Cut(strings.TrimPrefix(kind, "es_"), "_")
		ours[group] += us[kind].ndcg * float64(n)
		theirs[group] += them[kind].ndcg * float64(n)
		count[group] += n
	}
	for group, floor := range map[string]float64{
		"all": .68, "known": .85, "term": .8, "question": .4, "objective": .42, "typo": .75, "grade": .85, "code": .85,
	} {
		n := float64(count[group])
		assert.GreaterOrEqual(t, ours[group]/n, floor, "nDCG@10 of %s", group)
		assert.GreaterOrEqual(t, ours[group]/n, theirs[group]/n-.03, "nDCG@10 of %s against FTS5", group)
	}
	assert.Greater(t, n["all"], 500)
}

// sections reads a folder of Markdown as one resource for each section.
func sections(t testing.TB, dir string) (docs []search.Document) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".md" {
			return err
		}
		b, err := os.ReadFile(name)
		text, language := string(b), "en"
		if regexp.MustCompile(`(?m)^(in)?language: *"?es`).MatchString(text) {
			language = "es"
		}
		for i, section := range strings.Split(text, "\n## ") {
			title, body, _ := strings.Cut(section, "\n")
			if i > 0 && len(body) > 200 {
				docs = append(docs, search.Document{
					ID: fmt.Sprintf("%s#%d", filepath.ToSlash(name), i), Title: title, Body: strings.Join(strings.Fields(body), " "), Language: language,
				})
			}
		}
		return err
	}))
	require.NotEmpty(t, docs)
	return docs
}

// TestJudgedFolder scores a judged set that is not in the repository: go test ./search -run JudgedFolder -v -judged DIR.
// With -judged-made, the queries are made from its resources instead.
func TestJudgedFolder(t *testing.T) {
	if *judgedFolder == "" {
		t.Skip("point -judged or COMMONPLACE_JUDGED at a folder with a judged set")
	}
	set := readJudged(t, *judgedFolder)
	if *judgedMade {
		set = generate(set.resources, 1500).halved(*judgedHalf)
	}
	us, n := set.score(ours(t, set.resources))
	them := map[string]quality{}
	if !*judgedAlone {
		them, _ = set.score(fts5(t, set.resources))
	}
	t.Logf("%d resources\n%s", len(set.resources), table(us, them, n))
	for kind := range n {
		assert.GreaterOrEqual(t, us[kind].ndcg, them[kind].ndcg, "nDCG@10 of %s against FTS5", kind)
	}
	if !*judgedMade { // it depends on what is made
		assert.GreaterOrEqual(t, us["all"].ndcg, 0.82, "nDCG@10")
	}
}
