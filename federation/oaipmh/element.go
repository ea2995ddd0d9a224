package oaipmh

import (
	"bytes"
	"errors"
	"io"
)

// Element is an XML element that holds only text.
type Element struct {
	Namespace string
	Name      string // without prefix
	Text      []byte
}

// ReadElement reads a document that is one element with only text in it, such as a wrapper around another format.
func ReadElement(raw []byte) (Element, error) {
	d := &decoder{
		scanner: newScanner(bytes.NewReader(raw), min(len(raw)+1, maxTag), 1),
		bounds:  Bounds{}.orDefault(), strings: map[string]string{},
	}
	var e Element
	for {
		kind, err := d.next()
		if errors.Is(err, io.EOF) && d.closed {
			return e, nil
		}
		if err != nil {
			return Element{}, err
		}
		switch {
		case kind == startTag:
			if err := d.declare(); err != nil {
				return Element{}, err
			}
			prefix, name, prefixed := bytes.Cut(d.name, []byte(":"))
			if !prefixed {
				prefix, name = nil, d.name
			}
			b, _ := d.lookup(prefix)
			e.Namespace, e.Name = string(appendDecoded(nil, []byte(b.uri))), string(name)
		case kind == charData && d.depth() > 0:
			e.Text = appendDecoded(e.Text, d.text)
		case kind == cdata && d.depth() > 0:
			e.Text = append(e.Text, d.text...)
		}
	}
}
