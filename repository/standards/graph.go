package standards

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Types of lines of the Knowledge Graph.
const (
	graphNode = "node"
	graphEdge = "relationship"
)

const maxLine = 1 << 20 // bytes

// multiState is the jurisdiction under which the Knowledge Graph has the Common Core.
const multiState = "Multi-State"

// graphLine is a line of an export of the Learning Commons Knowledge Graph, version 1.
type graphLine struct {
	Type       string `json:"type"`
	ID         string `json:"identifier"`
	Label      string `json:"label"` // of a relationship
	Source     string `json:"source_identifier"`
	Target     string `json:"target_identifier"`
	Properties struct {
		Jurisdiction text `json:"jurisdiction"`
		Subject      text `json:"academicSubject"`
		Author       text `json:"author"`
		Status       text `json:"adoptionStatus"`
		License      text `json:"license"`
		Attribution  text `json:"attributionStatement"`
		Modified     text `json:"dateModified"`
		Language     text `json:"inLanguage"`
		Code         text `json:"statementCode"`
		Label        text `json:"alternateStatementCode"`
		Text         text `json:"description"`
		Type         text `json:"statementType"`
		Notes        text `json:"notes"`
		Grades       text `json:"gradeLevel"` // a JSON array in a string
		CASE         text `json:"caseIdentifierUUID"`
		CASEURI      text `json:"caseIdentifierURI"`
	} `json:"properties"`
}

// ReadGraph reads JSON lines of the Learning Commons Knowledge Graph: nodes StandardsFrameworkItem, and the relationships
// hasChild, buildsTowards (precedes), relatesTo and hasStandardAlignment (both isRelatedTo).
//
// Relationships name node identifiers, also where they claim to name CASE identifiers; statements get their CASE
// identifiers. An export with several jurisdictions is one framework each: About.Jurisdiction picks it, else the only one
// besides the Common Core is taken; associations to the statements of the others stay. At most 64 MB, 1 MB a line,
// 200,000 nodes and 400,000 relationships; what is beyond, or is no such export, is an ErrInvalid.
func ReadGraph(r io.Reader, about About) (*Framework, error) {
	raw, err := gather([]io.Reader{r})
	if err != nil {
		return nil, err
	}
	g := graph{at: map[string]int{}, parents: map[string]string{}}
	if err := g.read(raw); err != nil {
		return nil, err
	}
	return g.framework(about)
}

type graph struct {
	nodes   []graphLine
	at      map[string]int // node identifier → position
	edges   []graphLine
	parents map[string]string // node identifiers
}

func (g *graph) read(raw []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l graphLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrInvalid, n, err)
		}
		switch {
		case l.Type == graphNode && l.ID != "":
			if len(g.nodes) == maxItems {
				return fmt.Errorf("%w: more than %d statements", ErrInvalid, maxItems)
			}
			if _, twice := g.at[l.ID]; !twice {
				g.at[l.ID] = len(g.nodes)
				g.nodes = append(g.nodes, l)
			}
		case l.Type == graphEdge && l.Label == "hasChild":
			if _, twice := g.parents[l.Target]; !twice && len(g.parents) < maxItems {
				g.parents[l.Target] = l.Source
			}
		case l.Type == graphEdge:
			if len(g.edges) == maxLinks/2 {
				return fmt.Errorf("%w: more than %d relationships", ErrInvalid, maxLinks/2)
			}
			l.Properties.Text, l.Properties.Attribution = "", ""
			g.edges = append(g.edges, l)
		default:
			return fmt.Errorf("%w: line %d is neither a node nor a relationship", ErrInvalid, n)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: line %d has more than %d bytes", ErrInvalid, n+1, maxLine)
	}
	return nil
}

// jurisdiction is the one that is asked for, or that the export is about.
func (g *graph) jurisdiction(asked string) (string, error) {
	count := map[string]int{}
	for i := range g.nodes {
		count[g.nodes[i].Properties.Jurisdiction.String()]++
	}
	var names []string
	for name := range count {
		if strings.EqualFold(name, asked) && asked != "" {
			return name, nil
		}
		names = append(names, name)
	}
	slices.Sort(names)
	listed := strings.Join(names[:min(len(names), 20)], ", ")
	if asked != "" {
		return "", fmt.Errorf("%w: no jurisdiction %q; there are %s", ErrInvalid, asked, listed)
	}
	if len(names) > 1 {
		names = slices.DeleteFunc(names, func(s string) bool { return s == multiState })
	}
	switch len(names) {
	case 0:
		return "", fmt.Errorf("%w: no statements; give the file of statements and that of the hierarchy together", ErrInvalid)
	case 1:
		return names[0], nil
	}
	return "", fmt.Errorf("%w: statements of several jurisdictions (%s); choose one", ErrInvalid, listed)
}

func (g *graph) framework(about About) (*Framework, error) {
	of, err := g.jurisdiction(about.Jurisdiction)
	if err != nil {
		return nil, err
	}
	d := about.draft("urn:commonplace:graph:" + about.Name)
	others := 0
	for i := range g.nodes {
		n := &g.nodes[i].Properties
		if n.Jurisdiction.String() != of {
			others++
			continue
		}
		if len(d.Items) == 0 {
			g.describe(&d, about, n.Subject.String(), i)
		}
		if day := changed(n.Modified.String()); day > d.Changed {
			d.Changed = day
		}
		d.Items = append(d.Items, g.item(i))
	}
	g.order(d.Items)
	for i := range g.edges {
		if l, ok := g.link(&g.edges[i], of); ok {
			d.Links = append(d.Links, l)
		}
	}
	f, err := d.framework(about.Name)
	if err == nil && others > 0 {
		f.Problems = append([]Problem{{"jurisdiction-left-out", "", fmt.Sprintf("%d statements of other jurisdictions were left out", others)}}, f.Problems...)
	}
	return f, err
}

// describe fills in what a file says of the whole in each of its statements.
func (g *graph) describe(d *draft, about About, subject string, i int) {
	n := &g.nodes[i].Properties
	if about.Title == "" {
		d.Title = strings.TrimSpace(n.Jurisdiction.String() + " " + subject)
	}
	if about.Creator == "" && n.Author != "" {
		d.Creator = n.Author.String()
	}
	if subject != "" {
		d.Subjects = []string{subject}
	}
	d.Status = n.Status.String()
	if about.License == "" {
		d.LicenseURI, d.LicenseText = n.License.String(), n.Attribution.String()
	}
	if about.Language == "" {
		d.Language = n.Language.String()
	}
}

// key is the CASE identifier of a node, else its own.
func (g *graph) key(node string) string {
	if i, ok := g.at[node]; ok {
		if id := guid(g.nodes[i].Properties.CASE.String()); id != "" {
			return id
		}
	}
	if id := guid(node); id != "" {
		return id
	}
	return derive(node, "")
}

func (g *graph) item(i int) draftItem {
	l := &g.nodes[i]
	n := &l.Properties
	it := draftItem{
		ID: g.key(l.ID), URI: n.CASEURI.String(), Code: n.Code.String(), Label: n.Label.String(), Text: n.Text.String(),
		Type: n.Type.String(), Notes: n.Notes.String(), Language: n.Language.String(), Changed: changed(n.Modified.String()),
	}
	var grades texts
	if json.Unmarshal([]byte(n.Grades), &grades) != nil {
		grades = texts{n.Grades.String()}
	}
	for _, grade := range grades {
		it.Grades = append(it.Grades, gradesOf(grade)...)
	}
	if p, ok := g.at[g.parents[l.ID]]; ok && g.nodes[p].Properties.Jurisdiction == n.Jurisdiction {
		it.Parent = g.key(g.nodes[p].ID)
	}
	return it
}

// order sorts by code, for an export has no order of its own.
func (g *graph) order(items []draftItem) {
	slices.SortStableFunc(items, func(a, b draftItem) int {
		return cmp.Or(natural(a.Code, b.Code), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
	})
}

// natural compares codes so that 2 stands before 10.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, restA := piece(a)
		y, restB := piece(b)
		if unicode.IsDigit(rune(x[0])) && unicode.IsDigit(rune(y[0])) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Compare(len(x), len(y)); c != 0 {
				return c
			}
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// piece splits off a run of digits, or of what is none.
func piece(s string) (first, rest string) {
	digits := s[0] >= '0' && s[0] <= '9'
	for i := range len(s) {
		if (s[i] >= '0' && s[i] <= '9') != digits {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// link makes a relationship from or to a statement of the jurisdiction an association from it.
func (g *graph) link(e *graphLine, of string) (draftLink, bool) {
	types := map[string]string{"buildsTowards": "precedes", "relatesTo": "isRelatedTo", "hasStandardAlignment": "isRelatedTo"}
	i, ok := g.at[e.Source]
	if !ok || g.nodes[i].Properties.Jurisdiction.String() != of || types[e.Label] == "" {
		return draftLink{}, false
	}
	l := draftLink{Type: types[e.Label], Origin: g.key(e.Source), Target: g.key(e.Target)}
	if j, ok := g.at[e.Target]; ok {
		l.TargetURI, l.Title = g.nodes[j].Properties.CASEURI.String(), g.nodes[j].Properties.Code.String()
	}
	return l, true
}
