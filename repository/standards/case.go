package standards

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a package that the reader takes. The largest state framework in use has about 30 MB.
const (
	maxPackage  = 64 << 20 // bytes
	maxItems    = 200_000
	maxLinks    = 400_000 // associations
	maxTexts    = 1000    // values of one field
	maxDepth    = 64      // levels of the tree
	maxProblems = 500
)

// ErrInvalid says that the input is not a CASE package, or is beyond the reader's bounds; the message says which.
var ErrInvalid = errors.New("invalid CASE package")

// ReadCASE reads a CASE 1.0 or 1.1 CFPackage of at most 64 MB and gives the framework the short name. Real packages
// lack fields and contradict themselves: items without a code, repeated identifiers, parents that do not exist, cycles.
// Those are tolerated, and listed in Framework.Problems. Anything else wrong is an ErrInvalid.
func ReadCASE(r io.Reader, name string) (*Framework, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPackage+1))
	if err != nil {
		return nil, fmt.Errorf("read CASE package: %w", err)
	}
	if len(raw) > maxPackage {
		return nil, fmt.Errorf("%w: more than %d MB", ErrInvalid, maxPackage>>20)
	}
	p, err := decodePackage(raw)
	if err != nil {
		return nil, err
	}
	if len(p.Items) > maxItems || len(p.Associations) > maxLinks {
		return nil, fmt.Errorf("%w: more than %d items or %d associations", ErrInvalid, maxItems, maxLinks)
	}
	f := &Framework{
		Name: name, GUID: p.Document.key(), URI: p.Document.URI.String(), Title: string(p.Document.Title),
		Creator: string(p.Document.Creator), Publisher: string(p.Document.Publisher), Version: string(p.Document.Version),
		Status: string(p.Document.Status), Language: string(p.Document.Language), Subjects: p.Document.Subject, Raw: raw,
	}
	f.License, f.Notice = p.license()
	b := builder{f: f, items: map[string]int{}, uris: map[string]string{}}
	b.read(p)
	return f, nil
}

// decodePackage takes the package itself, or an object with the package in the member CFPackage.
func decodePackage(raw []byte) (wirePackage, error) {
	var p struct {
		wirePackage
		Package *wirePackage `json:"CFPackage"`
	}
	text := bytes.TrimPrefix(raw, []byte("\ufeff"))
	if err := json.Unmarshal(text, &p); err != nil {
		return wirePackage{}, fmt.Errorf("%w: %s", ErrInvalid, jsonPlace(text, err))
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
	b.cutCycles()
	b.emit()
}

// associate sets the parent of an isChildOf association, and keeps any other.
func (b *builder) associate(a *wireAssociation) {
	origin, target := b.end(a.Origin), b.end(a.Target)
	id := a.key()
	if a.Type != "isChildOf" {
		b.f.Associations = append(b.f.Associations, Association{GUID: id, Type: string(a.Type), Origin: origin, Target: target})
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

// license gives the name of the package's license and the text that it asks for.
func (p *wirePackage) license() (name, notice string) {
	name = strings.TrimSpace(string(p.Document.License.Title))
	if name == "" {
		name = p.Document.License.URI.String()
	}
	for _, l := range p.Definitions.Licenses {
		if p.Document.License.Identifier == "" || guid(string(l.Identifier)) == guid(string(p.Document.License.Identifier)) {
			if name == "" {
				name = string(l.Title)
			}
			return name, string(l.Text)
		}
	}
	return name, ""
}
