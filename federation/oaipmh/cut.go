package oaipmh

import (
	"bytes"
	"slices"
)

// binding is a namespace declaration in scope.
type binding struct {
	prefix string // "" is the default namespace
	uri    string // raw, as it stood in its attribute
	depth  int    // of the element that declares it
}

// maxScope is how many declarations may be in scope: each name is looked up among them.
const maxScope = 256

// declare takes the namespace declarations of the start tag just read into scope.
func (d *decoder) declare() error {
	if !bytes.Contains(d.attrs, []byte("xmlns")) {
		return nil
	}
	for attrs := d.attrs; ; {
		name, value, rest, err := d.attribute(attrs)
		if err != nil || name == nil {
			return err
		}
		attrs = rest
		if p, ok := declaredPrefix(name); ok {
			if len(d.scope) >= maxScope {
				return &BoundsError{What: "too many namespace declarations inside one another"}
			}
			d.scope = append(d.scope, binding{d.intern(p), d.intern(value), d.depth()})
		}
	}
}

// declaredPrefix returns the prefix that an attribute declares, if it declares one.
func declaredPrefix(name []byte) ([]byte, bool) {
	if string(name) == "xmlns" {
		return nil, true
	}
	return bytes.CutPrefix(name, []byte("xmlns:"))
}

// leave ends the scope of the element that just ended.
func (d *decoder) leave() {
	for n := len(d.scope); n > 0 && d.scope[n-1].depth > d.depth(); n-- {
		d.scope = d.scope[:n-1]
	}
}

func (d *decoder) lookup(prefix []byte) (binding, bool) {
	for i := len(d.scope) - 1; i >= 0; i-- {
		if d.scope[i].prefix == string(prefix) {
			return d.scope[i], true
		}
	}
	return binding{}, false
}

// cut copies the element whose start tag was just read, to its end, as a document of its own: declarations that it uses and
// that stand further up are put into its root, references that only HTML knows are resolved, comments and processing
// instructions are left out. What makes it unusable is told in fault; the reading goes on.
func (d *decoder) cut(fault *string) ([]byte, error) {
	base := d.depth()
	d.piece, d.outer = d.piece[:0], d.outer[:0]
	if err := d.copyStart(base, fault); err != nil {
		return nil, err
	}
	head := 1 + len(d.name)
	for {
		kind, err := d.next()
		if err != nil {
			return nil, err
		}
		switch kind {
		case startTag:
			if err := d.declare(); err != nil {
				return nil, err
			}
			if err := d.copyStart(base, fault); err != nil {
				return nil, err
			}
		case endTag:
			d.piece = append(append(append(d.piece, "</"...), d.name...), '>')
			d.leave()
			if d.depth() < base {
				return d.assemble(head), nil
			}
		case charData:
			d.piece = appendRepaired(d.piece, d.text, false)
		case cdata:
			d.piece = appendLiteral(d.piece, d.text)
		}
		if len(d.piece) > d.bounds.Record {
			d.fault(fault, "it is larger than %d bytes", d.bounds.Record)
			d.piece = d.piece[:0] // read on, keep nothing
			head = 0
		}
	}
}

// assemble returns the copied element with the declarations that it needs after the first head bytes.
func (d *decoder) assemble(head int) []byte {
	if head == 0 {
		return nil
	}
	out := make([]byte, 0, len(d.piece)+100*len(d.outer))
	out = append(out, d.piece[:head]...)
	slices.Sort(d.outer)
	for _, prefix := range d.outer {
		b, _ := d.lookup([]byte(prefix))
		out = append(out, " xmlns"...)
		if prefix != "" {
			out = append(append(out, ':'), prefix...)
		}
		out = append(out, `="`...)
		out = appendRepaired(out, []byte(b.uri), true)
		out = append(out, '"')
	}
	return append(out, d.piece[head:]...)
}

// copyStart copies a start tag and notes which outer declarations it uses.
func (d *decoder) copyStart(base int, fault *string) error {
	d.piece = append(append(d.piece, '<'), d.name...)
	prefix, _, prefixed := bytes.Cut(d.name, []byte(":"))
	if !prefixed {
		prefix = nil
	}
	d.uses(prefix, base, fault)
	var seen [8][]byte
	count := 0
	for attrs := d.attrs; ; {
		name, value, rest, err := d.attribute(attrs)
		if err != nil {
			return err
		}
		if name == nil {
			break
		}
		attrs = rest
		if slices.ContainsFunc(seen[:min(count, len(seen))], func(n []byte) bool { return bytes.Equal(n, name) }) {
			d.fault(fault, "the attribute %s of <%s> is there twice", short(name), short(d.name))
			continue
		}
		seen[count%len(seen)] = name
		count++
		if _, declares := declaredPrefix(name); !declares {
			if p, _, ok := bytes.Cut(name, []byte(":")); ok {
				d.uses(p, base, fault)
			}
			// A qualified name in a value, such as xsi:type="dcterms:W3CDTF", needs its declaration too.
			if p, _, ok := bytes.Cut(value, []byte(":")); ok && len(p) < 30 {
				if _, bound := d.lookup(p); bound {
					d.uses(p, base, fault)
				}
			}
		}
		d.piece = append(append(append(d.piece, ' '), name...), `="`...)
		d.piece = append(appendRepaired(d.piece, value, true), '"')
	}
	d.piece = append(d.piece, '>')
	return nil
}

// uses notes that a prefix is used inside the cut that began at depth base.
func (d *decoder) uses(prefix []byte, base int, fault *string) {
	if string(prefix) == "xml" {
		return
	}
	b, bound := d.lookup(prefix)
	switch {
	case !bound && len(prefix) > 0:
		d.fault(fault, "the namespace prefix %s is not declared", short(prefix))
	case bound && b.depth < base && !slices.Contains(d.outer, b.prefix):
		d.outer = append(d.outer, b.prefix)
	}
}
