package standards

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxSize is the number of bytes that a framework may have, decompressed. The largest state framework in use has about
// 30 MB.
const MaxSize = 64 << 20

// Bounds of what the readers take.
const (
	maxItems    = 200_000
	maxLinks    = 400_000 // associations
	maxFew      = 5000    // definitions of a kind, rubrics, criteria of a rubric, levels of a criterion
	maxTexts    = 50      // values of one field
	maxDepth    = 64      // levels of the tree
	maxProblems = 500
)

// ErrInvalid says that the input is not a framework, or is beyond the readers' bounds; the message says which.
var ErrInvalid = errors.New("invalid framework")

var errTooLarge = fmt.Errorf("%w: more than %d MB", ErrInvalid, MaxSize>>20)

// ReadCASE reads a CASE 1.0 or 1.1 CFPackage of at most 64 MB, plain or compressed with gzip, and gives the framework
// the short name. Real packages
// lack fields and contradict themselves: items without a code, repeated identifiers, parents that do not exist, cycles.
// Those are tolerated, and listed in Framework.Problems. Anything else wrong is an ErrInvalid.
func ReadCASE(r io.Reader, name string) (*Framework, error) {
	raw, err := gather([]io.Reader{r})
	if err != nil {
		return nil, err
	}
	return readCASE(raw, name)
}

func readCASE(raw []byte, name string) (*Framework, error) {
	p, err := decodePackage(raw)
	if err != nil {
		return nil, err
	}
	f := &Framework{
		Name: name, GUID: p.Document.key(), URI: p.Document.URI.String(), Title: string(p.Document.Title),
		Creator: string(p.Document.Creator), Publisher: string(p.Document.Publisher), Version: string(p.Document.Version),
		Status: string(p.Document.Status), Language: string(p.Document.Language), Subjects: p.Document.Subject, Raw: raw,
	}
	f.Changed, f.Definitions = p.Document.Changed.String(), p.Definitions.read()
	f.License, f.Notice = license(p.Document.License, f.Definitions.Licenses)
	b := builder{f: f, items: map[string]int{}, uris: map[string]string{}}
	b.types, b.groupings = titles(f.Definitions.ItemTypes), titles(f.Definitions.Groupings)
	b.read(p)
	return f, nil
}

// decodePackage takes the package itself, or an object with the package in the member CFPackage.
func decodePackage(raw []byte) (wirePackage, error) {
	var p struct {
		wirePackage
		Package *wirePackage `json:"CFPackage"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return wirePackage{}, fmt.Errorf("%w: %s", ErrInvalid, jsonPlace(raw, err))
	}
	if p.Package != nil {
		p.wirePackage = *p.Package
	}
	if p.Document.Identifier == "" && p.Document.URI.String() == "" && p.Document.Title == "" {
		return wirePackage{}, fmt.Errorf("%w: no CFDocument", ErrInvalid)
	}
	return p.wirePackage, nil
}

// jsonPlace says what is wrong with a JSON text, with the line where it is known.
func jsonPlace(text []byte, err error) string {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &mismatch):
		offset = mismatch.Offset
	}
	if offset < 0 || offset > int64(len(text)) {
		return err.Error()
	}
	return fmt.Sprintf("line %d: %v", 1+bytes.Count(text[:offset], []byte("\n")), err)
}

// builder turns the items and associations of a package into statements.
type builder struct {
	f     *Framework
	items map[string]int    // key → position in the package
	uris  map[string]string // address → key
	nodes []node

	types, groupings map[string]string // titles, see titles
}

// node is one item on its way to become a statement.
type node struct {
	Statement
	order    float64 // sequenceNumber of the association to its parent
	ordered  bool
	children []int
}

func (b *builder) read(p wirePackage) {
	codeless := 0
	for i := range p.Items {
		it := &p.Items[i]
		key := it.key()
		if key == "" {
			b.problem("identifier-missing", "", fmt.Sprintf("item %d has neither identifier nor URI; it was left out", i+1))
			continue
		}
		if _, twice := b.items[key]; twice {
			b.problem("identifier-repeated", key, "another item has the same identifier; the first was kept")
			continue
		}
		s := it.statement(b.f)
		if s.Type == "" {
			s.Type = it.TypeURI.title(b.types)
		}
		if s.Code == "" {
			codeless++
		}
		b.items[key] = len(b.nodes)
		b.nodes = append(b.nodes, node{Statement: s})
		if a := address(s.URI); a != "" {
			b.uris[a] = key
		}
	}
	if codeless > 0 {
		b.problem("code-missing", "", fmt.Sprintf("%d of %d items have no humanCodingScheme", codeless, len(b.nodes)))
	}
	for i := range p.Associations {
		b.associate(&p.Associations[i])
	}
	b.rubrics(p.Rubrics)
	b.cutCycles()
	b.emit()
}

// associate sets the parent of an isChildOf association, and keeps any other.
func (b *builder) associate(a *wireAssociation) {
	origin, target := b.end(a.Origin), b.end(a.Target)
	id := a.key()
	if a.Type != "isChildOf" {
		link := Association{GUID: id, Type: a.Type.String(), Origin: origin, Target: target, Grouping: a.Grouping.title(b.groupings)}
		if link.Grouping == "" {
			link.Grouping = a.Grouping.key()
		}
		if _, here := b.items[target]; !here {
			link.Title = a.Target.Title.String()
		}
		b.f.Associations = append(b.f.Associations, link)
		return
	}
	child, ok := b.items[origin]
	if !ok {
		b.problem("child-missing", id, "an isChildOf association starts at an item that is not in the package")
		return
	}
	n := &b.nodes[child]
	isDocument := target == b.f.GUID || address(target) != "" && address(target) == address(b.f.URI)
	_, isItem := b.items[target]
	switch {
	case !isDocument && !isItem:
		b.problem("parent-missing", n.GUID, "its parent is not in the package; it was put at the top")
	case n.Parent != "" && isItem && n.Parent != target:
		b.problem("several-parents", n.GUID, "it has another parent besides; the first was kept")
		b.f.Associations = append(b.f.Associations, Association{GUID: id, Type: "isChildOf", Origin: origin, Target: target})
		return
	case isItem:
		n.Parent = target
	}
	if v, err := a.Sequence.Float64(); err == nil && !n.ordered {
		n.order, n.ordered = v, true
	}
}

// end gives the key of the item at one end of an association, or what stands there.
func (b *builder) end(n wireNode) string {
	if key := itemKey(n.Identifier, ""); key != "" {
		if _, ok := b.items[key]; ok || n.URI == "" {
			return key
		}
	}
	if key, ok := b.uris[address(n.URI.String())]; ok {
		return key
	}
	return itemKey(n.Identifier, n.URI)
}

// cutCycles puts the first item of each cycle, and items below maxDepth levels, at the top.
func (b *builder) cutCycles() {
	depth := make([]int, len(b.nodes)) // 0: not known yet
	for i := range b.nodes {
		var path []int
		on := map[int]bool{}
		at := i
		for depth[at] == 0 && !on[at] {
			on[at] = true
			path = append(path, at)
			if b.nodes[at].Parent == "" {
				break
			}
			at = b.items[b.nodes[at].Parent]
		}
		if last := path; len(last) > 0 && depth[at] == 0 && b.nodes[at].Parent != "" {
			b.problem("cycle", b.nodes[at].GUID, "it is below itself; it was put at the top")
			b.nodes[at].Parent = ""
			depth[at] = 1
		}
		for j := len(path) - 1; j >= 0; j-- {
			n := path[j]
			if b.nodes[n].Parent == "" {
				depth[n] = 1
				continue
			}
			depth[n] = depth[b.items[b.nodes[n].Parent]] + 1
			if depth[n] > maxDepth {
				b.problem("too-deep", b.nodes[n].GUID, fmt.Sprintf("it is below %d levels; it was put at the top", maxDepth))
				b.nodes[n].Parent = ""
				depth[n] = 1
			}
		}
	}
}

// emit lists the statements, each parent before its children.
func (b *builder) emit() {
	var top []int
	for i := range b.nodes {
		if p := b.nodes[i].Parent; p != "" {
			at := b.items[p]
			b.nodes[at].children = append(b.nodes[at].children, i)
		} else {
			top = append(top, i)
		}
	}
	b.sort(top)
	slices.Reverse(top)
	for stack := top; len(stack) > 0; {
		n := &b.nodes[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		b.f.Statements = append(b.f.Statements, n.Statement)
		b.sort(n.children)
		slices.Reverse(n.children)
		stack = append(stack, n.children...)
	}
}

// sort orders siblings by their sequence numbers, else as the package has them.
func (b *builder) sort(siblings []int) {
	slices.SortStableFunc(siblings, func(i, j int) int {
		x, y := &b.nodes[i], &b.nodes[j]
		switch {
		case !x.ordered || !y.ordered || x.order == y.order:
			return i - j
		case x.order < y.order:
			return -1
		}
		return 1
	})
}

func (b *builder) problem(code, subject, message string) {
	switch n := len(b.f.Problems); {
	case n < maxProblems:
		b.f.Problems = append(b.f.Problems, Problem{code, subject, message})
	case n == maxProblems:
		b.f.Problems = append(b.f.Problems, Problem{"more", "", "there are more problems than are listed here"})
	}
}

// license gives the name of the package's license and the text that it asks for. Where the document names none, the
// only one that the package defines is meant.
func license(named wireNode, defined []Definition) (name, notice string) {
	var d Definition
	key, at := named.key(), address(named.URI.String())
	for _, l := range defined {
		if key == "" && len(defined) == 1 || key != "" && l.GUID == key || at != "" && address(l.URI) == at {
			d = l
			break
		}
	}
	for _, name := range []string{named.Title.String(), d.Title, named.URI.String()} {
		if name != "" {
			return name, d.Text
		}
	}
	return "", d.Text
}

func (w *wireDefinitions) read() Definitions {
	list := func(from few[wireDefinition]) []Definition {
		var all []Definition
		for i := range from {
			d := &from[i]
			code := d.TypeCode.String()
			if code == "" {
				code = d.Hierarchy.String()
			}
			all = append(all, Definition{
				GUID: d.key(), URI: d.URI.String(), Title: d.Title.String(), Description: d.Description.String(), Code: code,
				Keywords: d.Keywords.String(), Text: d.Text.String(),
			})
		}
		return all
	}
	return Definitions{
		Concepts: list(w.Concepts), Subjects: list(w.Subjects), Licenses: list(w.Licenses), ItemTypes: list(w.ItemTypes),
		Groupings: list(w.Groupings),
	}
}

// rubrics reads the rubrics, criteria and levels in the order of their positions.
func (b *builder) rubrics(from []wireRubric) {
	for _, r := range from {
		out := Rubric{GUID: r.key(), URI: r.URI.String(), Title: r.Title.String(), Description: r.Description.String(), Criteria: []RubricCriterion{}}
		byPosition(r.Criteria, func(c wireCriterion) text { return c.Position })
		for _, c := range r.Criteria {
			criterion := RubricCriterion{
				GUID: c.key(), Category: c.Category.String(), Description: c.Description.String(), Weight: c.Weight.String(),
				Statement: b.end(c.Item), Levels: []RubricLevel{},
			}
			byPosition(c.Levels, func(l wireLevel) text { return l.Position })
			for _, l := range c.Levels {
				criterion.Levels = append(criterion.Levels, RubricLevel{
					GUID: l.key(), Quality: l.Quality.String(), Description: l.Description.String(), Feedback: l.Feedback.String(), Score: l.Score.String(),
				})
			}
			out.Criteria = append(out.Criteria, criterion)
		}
		b.f.Rubrics = append(b.f.Rubrics, out)
	}
}

// byPosition sorts by the numbers that all have, and leaves the order where one has none.
func byPosition[T any](all []T, position func(T) text) {
	for _, v := range all {
		if _, err := position(v).Float64(); err != nil {
			return
		}
	}
	slices.SortStableFunc(all, func(x, y T) int {
		a, _ := position(x).Float64()
		b, _ := position(y).Float64()
		return cmp.Compare(a, b)
	})
}
