package standards

import "errors"

// Library is an immutable snapshot of frameworks. The zero value and nil are empty libraries that still know codes by
// their grammar. It is safe for use by many goroutines.
type Library struct{}

// NewLibrary returns a library of the frameworks. Where two hold a statement of the same GUID, the first keeps it.
func NewLibrary(frameworks ...*Framework) *Library { return &Library{} }

// Resolve says which statement a code means, in any of the spellings in use: dotted codes with and without prefix and
// cluster, legal citations, URIs, GUIDs.
func (l *Library) Resolve(code string) Resolution { return l.ResolveWith(code, Hint{}) }

// ResolveWith is Resolve with what else is known.
func (l *Library) ResolveWith(code string, h Hint) Resolution {
	return Resolution{Input: code, Resolution: Unknown}
}

// ResolveAll reads a list of codes ("5.NF.3, 5.NF.4"), with ranges ("5.NF.B.3–5"), and gives one resolution for each
// code in it, in order.
func (l *Library) ResolveAll(text string) []Resolution { return nil }

// Frameworks lists the imported frameworks in the order of their names.
func (l *Library) Frameworks() []*Framework { return nil }

// Framework returns the imported framework of the short name.
func (l *Library) Framework(name string) (*Framework, bool) { return nil, false }

// Statement returns the imported statement with the key, GUID (with or without hyphens, in any case) or URI.
func (l *Library) Statement(key string) (Statement, bool) { return Statement{}, false }

// Roots lists the keys of the statements at the top of the framework, in its order.
func (l *Library) Roots(framework string) []string { return nil }

// Children lists the keys right below a statement, in the framework's order.
func (l *Library) Children(key string) []string { return nil }

// Ancestors lists the keys above a statement, nearest first.
func (l *Library) Ancestors(key string) []string { return nil }

// Descendants lists the keys of all statements below, each parent before its children.
func (l *Library) Descendants(key string) []string { return nil }

// ErrInvalid says that the input is not a CASE package, or is beyond the reader's bounds; the message says which.
var ErrInvalid = errors.New("invalid CASE package")
