package standards_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

const asnSample = `[{"id":"http://asn.jesandco.org/resources/S1","text":"Fractions","asn_statementLabel":{"literal":"Domain"},
 "dcterms_language":{"uri":"http://id.loc.gov/vocabulary/iso639-2/eng"},"dcterms_subject":{"prefLabel":"Math"},"cls":"folder","children":[
  {"dcterms_description":{"literal":"Add fractions.","language":"en-US"},"asn_statementNotation":"T.5.NF.1","id":"http://asn.jesandco.org/resources/S2","leaf":"true",
   "dcterms_educationLevel":[{"prefLabel":"5"},{"prefLabel":"6"}],"asn_altStatementNotation":"5.NF.1","asn_comment":[{"literal":"First."},"Second."],
   "asn_identifier":{"uri":"http://purl.org/ASN/resources/S2","prefLabel":"http://purl.org/ASN/resources/S2"},
   "skos_exactMatch":[{"uri":"http://standards.example.org/5/NF/1"},{"uri":"urn:guid:00AD38F9C5714DA8A8A45BEE5C8F3B11"}]}]},
 {"children":[{"id":"http://asn.jesandco.org/resources/S4","text":"Below."}],"text":"Practice","id":"http://asn.jesandco.org/resources/S3"}]`

func TestReadASN(t *testing.T) {
	f, err := standards.Read(standards.About{Name: "trial"}, strings.NewReader(asnSample))
	require.NoError(t, err)
	require.Len(t, f.Statements, 4)
	s := f.Statements[1]
	assert.Equal(t, "00ad38f9-c571-4da8-a8a4-5bee5c8f3b11", s.Key)
	assert.Equal(t, "T.5.NF.1", s.Code)
	assert.Equal(t, "5.NF.1", s.Label)
	assert.Equal(t, "Add fractions.", s.Text)
	assert.Equal(t, "First.\n\nSecond.", s.Notes)
	assert.Equal(t, []string{"05", "06"}, s.Grades)
	assert.Equal(t, "http://standards.example.org/5/NF/1", s.URI)
	assert.Equal(t, f.Statements[0].Key, s.Parent)
	assert.Equal(t, "Domain", f.Statements[0].Type)
	assert.Equal(t, "en", f.Statements[0].Language)
	assert.Equal(t, []string{"Math"}, f.Subjects)
	assert.Equal(t, "Below.", f.Statements[3].Text, "children may stand before their parent's own fields")
	assert.Equal(t, f.Statements[2].Key, f.Statements[3].Parent)
	var same []string
	for _, a := range f.Associations {
		assert.Equal(t, "exactMatchOf", a.Type)
		assert.Equal(t, s.Key, a.Origin)
		same = append(same, a.Target)
	}
	assert.Equal(t, []string{"http://asn.jesandco.org/resources/S2"}, same, "the network's other address is the same")
	found := standards.NewLibrary(f).Resolve("http://purl.org/ASN/resources/S2")
	assert.Equal(t, s.Key, found.Key())
	conforms(t, f.Raw)
	checkTree(t, f)
}

func TestReadASNRefuses(t *testing.T) {
	deep := strings.Repeat(`[{"id":"x","children":`, 5000)
	tests := map[string]struct{ in, message string }{
		"empty":            {`[]`, "no statements"},
		"no objects":       {`[1]`, "want a statement"},
		"no id":            {`[{"text":"x"}]`, "statement 1 has no id"},
		"an id twice":      {`[{"id":"x"},{"id":"x"}]`, "stands twice"},
		"endless nesting":  {deep, "more than 64 levels"},
		"children no list": {`[{"id":"x","children":{}}]`, "want an array"},
		"cut off":          {`[{"id":"x"`, "EOF"},
		"something after":  {`[{"id":"x"}]]`, "after the array"},
		"too many":         {`[{"id":"0"}` + strings.Repeat(`,{"text":1}`, 1) + `]`, "no id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := standards.Read(standards.About{Name: "x"}, strings.NewReader(tt.in))
			require.ErrorIs(t, err, standards.ErrInvalid)
			assert.ErrorContains(t, err, tt.message)
		})
	}
}

func TestReadCSV(t *testing.T) {
	tests := map[string]string{
		"commas":         "code,statement,parent,grade\nT,Number,,\nT.1,\"Share \"\"fairly\"\", twice\",T,3-5\nT.2,Café,T,\"K, 1\"\n",
		"any order":      "\ufeffGrade,Full Statement,Parent Code,CODE\r\n,Number,,T\r\n3–5,\"Share \"\"fairly\"\", twice\",T,T.1\r\n\r\n\"K;1\",Café,T,T.2\r\n",
		"semicolons":     "code;statement;parent;grade\nT;Number;;\nT.1;\"Share \"\"fairly\"\", twice\";T;Grades 3-5\nT.2;Café;T;K,1\n",
		"tabs":           "statement\tcode\tgrade\tparent\nNumber\tT\nShare \"fairly\", twice\tT.1\t3-5\tT\nCafé\tT.2\tK/1\tT\n",
		"children first": "code,statement,parent,grade\nT.1,\"Share \"\"fairly\"\", twice\",T,3-5\nT.2,Café,T,\"K, 1\"\nT,Number,,\n",
	}
	var first *standards.Framework
	for _, name := range []string{"commas", "any order", "semicolons", "tabs", "children first"} {
		t.Run(name, func(t *testing.T) {
			in := tests[name]
			if name == "tabs" {
				in = strings.ReplaceAll(in, `Share "fairly", twice`, `"Share ""fairly"", twice"`)
			}
			f, err := standards.Read(standards.About{Name: "trial"}, strings.NewReader(in))
			require.NoError(t, err)
			assert.Equal(t, []string{"T", "T.1", "T.2"}, codes(f))
			assert.Equal(t, `Share "fairly", twice`, f.Statements[1].Text)
			assert.Equal(t, []string{"03", "04", "05"}, f.Statements[1].Grades)
			assert.Equal(t, []string{"KG", "01"}, f.Statements[2].Grades)
			assert.Equal(t, "Café", f.Statements[2].Text)
			assert.Equal(t, f.Statements[0].Key, f.Statements[2].Parent)
			assert.Empty(t, f.Problems)
			conforms(t, f.Raw)
			checkTree(t, f)
			if first == nil {
				first = f
			}
			assert.Equal(t, first.Statements, f.Statements, "identifiers follow from the name and the code")
		})
	}
	other, err := standards.Read(standards.About{Name: "other"}, strings.NewReader(tests["commas"]))
	require.NoError(t, err)
	assert.NotEqual(t, first.Statements[0].Key, other.Statements[0].Key, "two frameworks may use one code")
}

func TestReadCSVTakesTheOptionalColumns(t *testing.T) {
	f, err := standards.Read(standards.About{Name: "trial", Title: "Trial", Creator: "Us", Version: "2026", Language: "en", License: "CC BY 4.0"},
		strings.NewReader("code,statement,identifier,uri,type,label,notes,language,color\n"+
			"T,Number,{00AD38F9C5714DA8A8A45BEE5C8F3B11},https://x.org/t,Domain,No.,A note,es,red\nT,Number again,00ad38f9-c571-4da8-a8a4-5bee5c8f3b12,,,,,,\n"))
	require.NoError(t, err)
	s := f.Statements[0]
	assert.Equal(t, "00ad38f9-c571-4da8-a8a4-5bee5c8f3b11", s.Key)
	assert.Equal(t, []string{"https://x.org/t", "Domain", "No.", "A note", "es"}, []string{s.URI, s.Type, s.Label, s.Notes, s.Language})
	assert.Equal(t, []string{"Trial", "Us", "2026", "en", "CC BY 4.0"}, []string{f.Title, f.Creator, f.Version, f.Language, f.License})
	assert.Equal(t, []string{"column-left-out"}, problems(f))
	conforms(t, f.Raw)
}

func TestReadCSVNamesTheLine(t *testing.T) {
	tests := map[string]struct{ in, message string }{
		"no code column":   {"kode,statement\nT,x\n", `line 1: no column "code"`},
		"columns twice":    {"code,statement,text\n", "line 1: two columns hold the statement"},
		"no rows":          {"code,statement\n", "no statements"},
		"no statement":     {"code,statement\nT,\n", "line 2: no statement"},
		"no code":          {"code,statement\n,x\n", "line 2: no code"},
		"code twice":       {"code,statement\nT,x\n\"U\",\"a\nb\"\nT,y\n", `line 5: code "T" stands on line 2 already`},
		"missing parent":   {"code,statement,parent\nT,x,\nT.1,y,U\n", `line 3: parent "U" is not in the table`},
		"vague parent":     {"code,statement,parent,id\nT,x,,00ad38f9-c571-4da8-a8a4-5bee5c8f3b11\nT,y,,00ad38f9-c571-4da8-a8a4-5bee5c8f3b12\nU,z,T,\n", `line 4: parent "T" is the code of several`},
		"below itself":     {"code,statement,parent\nT,x,U\nU,y,T\n", "is below itself"},
		"its own parent":   {"code,statement,parent\nT,x,T\n", `line 2: "T" is below itself`},
		"not a GUID":       {"code,statement,guid\nT,x,12\n", `line 2: identifier "12" is no GUID`},
		"GUID twice":       {"code,statement,guid\nT,x,00ad38f9-c571-4da8-a8a4-5bee5c8f3b11\nU,x,00AD38F9-C571-4DA8-A8A4-5BEE5C8F3B11\n", "line 3: identifier 00ad38f9-c571-4da8-a8a4-5bee5c8f3b11 stands on line 2"},
		"no address":       {"code,statement,uri\nT,x,javascript:1\n", "line 2: uri"},
		"not UTF-8":        {"code,statement\nT,x\nU,caf\xe9\n", "line 3 is not UTF-8"},
		"open quotes":      {"code,statement\nT,\"x\nU,y\n", "line 3"},
		"both at once":     {"code,statement\nT,\n,x\n", "line 2: no statement\nline 3: no code"},
		"not too many":     {"code,statement\n" + strings.Repeat(",x\n", 30), "and more"},
		"neither":          {"<html>", "neither a CASE package"},
		"nothing":          {"", "neither a CASE package"},
		"truncated gzip":   {"\x1f\x8b\x08", "gzip"},
		"gzip of nonsense": {"\x1f\x8bnonsense nonsense", "gzip"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := standards.Read(standards.About{Name: "x"}, strings.NewReader(tt.in))
			require.ErrorIs(t, err, standards.ErrInvalid)
			assert.ErrorContains(t, err, tt.message)
		})
	}
}

const graphNodes = `{"type":"node","identifier":"11111111-0000-4000-8000-000000000001","labels":["StandardsFrameworkItem"],"properties":{"jurisdiction":"California","academicSubject":"Mathematics","author":"Department","license":"https://creativecommons.org/licenses/by/4.0/","attributionStatement":"By us.","gradeLevel":"[\"K\",\"10\"]","description":"Counting","statementCode":"K.CC","statementType":"Domain","inLanguage":"en-US","dateModified":"2025-03-27","caseIdentifierUUID":"22222222-0000-4000-8000-000000000001","caseIdentifierURI":"https://case.example.org/1"}}
{"type":"node","identifier":"11111111-0000-4000-8000-000000000010","labels":["StandardsFrameworkItem"],"properties":{"jurisdiction":"California","description":"Ten","statementCode":"K.CC.10","caseIdentifierUUID":"22222222-0000-4000-8000-000000000010"}}
{"type":"node","identifier":"11111111-0000-4000-8000-000000000002","labels":["StandardsFrameworkItem"],"properties":{"jurisdiction":"California","description":"Two","statementCode":"K.CC.2","caseIdentifierUUID":"22222222-0000-4000-8000-000000000002"}}
{"type":"node","identifier":"11111111-0000-4000-8000-000000000003","labels":["StandardsFrameworkItem"],"properties":{"jurisdiction":"Multi-State","description":"Core","statementCode":"C.2","caseIdentifierUUID":"22222222-0000-4000-8000-000000000003","caseIdentifierURI":"https://case.example.org/3"}}`

const graphEdges = `{"type":"relationship","identifier":"e1","label":"hasChild","source_identifier":"11111111-0000-4000-8000-000000000001","target_identifier":"11111111-0000-4000-8000-000000000010"}
{"type":"relationship","identifier":"e2","label":"hasChild","source_identifier":"11111111-0000-4000-8000-000000000001","target_identifier":"11111111-0000-4000-8000-000000000002"}
{"type":"relationship","identifier":"e3","label":"hasChild","source_identifier":"99999999-0000-4000-8000-000000000009","target_identifier":"11111111-0000-4000-8000-000000000001"}
{"type":"relationship","identifier":"e4","label":"buildsTowards","source_identifier":"11111111-0000-4000-8000-000000000002","target_identifier":"11111111-0000-4000-8000-000000000010"}
{"type":"relationship","identifier":"e5","label":"hasStandardAlignment","source_identifier":"11111111-0000-4000-8000-000000000002","target_identifier":"11111111-0000-4000-8000-000000000003"}
`

func TestReadGraph(t *testing.T) {
	f, err := standards.Read(standards.About{Name: "ca"}, strings.NewReader(graphNodes), strings.NewReader(graphEdges))
	require.NoError(t, err)
	assert.Equal(t, []string{"K.CC", "K.CC.2", "K.CC.10"}, codes(f), "2 stands before 10")
	assert.Equal(t, "California Mathematics", f.Title)
	assert.Equal(t, "https://creativecommons.org/licenses/by/4.0/", f.License)
	assert.Equal(t, "By us.", f.Notice)
	s := f.Statements[0]
	assert.Equal(t, "22222222-0000-4000-8000-000000000001", s.Key)
	assert.Equal(t, []string{"KG", "10"}, s.Grades)
	assert.Equal(t, s.Key, f.Statements[2].Parent)
	require.Len(t, f.Associations, 2)
	precedes, crosswalk := f.Associations[0], f.Associations[1]
	assert.Equal(t, []string{"precedes", "22222222-0000-4000-8000-000000000002", "22222222-0000-4000-8000-000000000010"},
		[]string{precedes.Type, precedes.Origin, precedes.Target})
	assert.Equal(t, []string{"isRelatedTo", "22222222-0000-4000-8000-000000000003", "C.2"}, []string{crosswalk.Type, crosswalk.Target, crosswalk.Title})
	assert.Equal(t, []string{"jurisdiction-left-out"}, problems(f))
	conforms(t, f.Raw)
	checkTree(t, f)

	core, err := standards.Read(standards.About{Name: "core", Jurisdiction: "multi-state"}, strings.NewReader(graphNodes+"\n"+graphEdges))
	require.NoError(t, err)
	assert.Equal(t, []string{"C.2"}, codes(core))
	_, err = standards.Read(standards.About{Name: "core", Jurisdiction: "Utah"}, strings.NewReader(graphNodes))
	require.ErrorIs(t, err, standards.ErrInvalid)
	assert.ErrorContains(t, err, "there are California, Multi-State")
	_, err = standards.Read(standards.About{Name: "ca"}, strings.NewReader(graphEdges))
	assert.ErrorContains(t, err, "no statements")
	_, err = standards.Read(standards.About{Name: "ca"}, strings.NewReader(graphNodes+"\n{\"type\":"))
	assert.ErrorContains(t, err, "line 5")
}

func TestReadTakesGzip(t *testing.T) {
	raw, err := os.ReadFile("testdata/teks-math-excerpt.json")
	require.NoError(t, err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	f, err := standards.Read(standards.About{Name: "x"}, &b)
	require.NoError(t, err)
	assert.Equal(t, raw, f.Raw)
}

func TestReadBoundsWhatGzipHides(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range standards.MaxSize>>20 + 1 {
		_, err := z.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	_, err := standards.Read(standards.About{Name: "x"}, &b)
	require.ErrorIs(t, err, standards.ErrInvalid)
	assert.ErrorContains(t, err, "more than 64 MB")
}

func FuzzReadASN(f *testing.F) {
	f.Add([]byte(asnSample))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := standards.ReadASN(bytes.NewReader(in), standards.About{Name: "x"})
		if err != nil {
			require.ErrorIs(t, err, standards.ErrInvalid)
			return
		}
		checkTree(t, got)
		assert.True(t, json.Valid(got.Raw))
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("code,statement,parent,grade\nT,Number,,\nT.1,\"Share, twice\",T,3-5\n"))
	f.Add([]byte("\ufeffcode;statement;identifier\r\nT;x;00ad38f9-c571-4da8-a8a4-5bee5c8f3b11\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := standards.ReadCSV(bytes.NewReader(in), standards.About{Name: "x"})
		if err != nil {
			require.ErrorIs(t, err, standards.ErrInvalid)
			return
		}
		checkTree(t, got)
		conforms(t, got.Raw)
	})
}

func FuzzReadGraph(f *testing.F) {
	f.Add([]byte(graphNodes + "\n" + graphEdges))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := standards.ReadGraph(bytes.NewReader(in), standards.About{Name: "x"})
		if err != nil {
			require.ErrorIs(t, err, standards.ErrInvalid)
			return
		}
		checkTree(t, got)
	})
}

// endless repeats a text up to 200 MB, and counts what was read of it.
type endless struct {
	head, again string
	read        int
}

func (e *endless) Read(b []byte) (int, error) {
	if e.read >= 200<<20 {
		return 0, io.EOF
	}
	n := 0
	for n < len(b) {
		at := e.read + n
		if at < len(e.head) {
			n += copy(b[n:], e.head[at:])
		} else {
			n += copy(b[n:], e.again[(at-len(e.head))%len(e.again):])
		}
	}
	e.read += n
	return n, nil
}

func TestReadStopsWhereAFrameworkIsTooLarge(t *testing.T) {
	for name, in := range map[string]*endless{
		"CASE": {head: `{"CFDocument":{"title":"x"},"CFItems":[`, again: `{"identifier":"a","fullStatement":"the same again"},`},
		"CSV":  {head: "code,statement\n", again: "T.1,the same again\n"},
		"text": {again: "no framework at all "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := standards.Read(standards.About{Name: "x"}, in)
			require.ErrorIs(t, err, standards.ErrInvalid)
			assert.LessOrEqual(t, in.read, standards.MaxSize+1<<20, "bytes that were read of 200 MB")
		})
	}
}

func TestReadCASEOfManyFaults(t *testing.T) {
	const n = 20_000 // what is done for each pair of them would never end
	var cycle, twice, lost, links, away []string
	for i := range n {
		id := fmt.Sprintf("i%d", i)
		cycle = append(cycle, item(id, fmt.Sprintf("c%d", i)))
		links = append(links, child(id, fmt.Sprintf("i%d", (i+1)%n), 1))
		twice = append(twice, item("same", "T"))
		lost = append(lost, item(id, "L"))
		away = append(away, child(id, "nowhere", 1))
	}
	for name, tt := range map[string]struct {
		items, links []string
		statements   int
	}{"one cycle": {cycle, links, n}, "one identifier": {twice, nil, 1}, "no parents": {lost, away, n}} {
		t.Run(name, func(t *testing.T) {
			f, err := standards.ReadCASE(strings.NewReader(pack(tt.items, tt.links)), "trial")
			require.NoError(t, err)
			assert.Len(t, f.Statements, tt.statements)
			assert.NotEmpty(t, f.Problems)
			assert.LessOrEqual(t, len(f.Problems), 2000)
		})
	}
}
