package licensing

import "html/template"

// Credit is the credit for one work and everything it was made from, in reading order.
type Credit struct {
	Lang string
}

// Attribute writes the credit for the work target of the graph. Languages: "en" and "es"; any other is answered in
// English. The credit of an unknown target is empty.
func Attribute(g Graph, target string, lang string) Credit { return Credit{} }

// Text is the credit as plain text, one work a line.
func (c Credit) Text() string { return "" }

// Markdown is the credit as Markdown, with everything foreign escaped.
func (c Credit) Markdown() string { return "" }

// HTML is the credit as HTML with RDFa, safe in a template; foreign text is escaped and only http and https are linked.
func (c Credit) HTML() template.HTML { return "" }

// JSONLD is the credit as a schema.org object with license, creditText, copyrightNotice and isBasedOn.
func (c Credit) JSONLD() []byte { return nil }
