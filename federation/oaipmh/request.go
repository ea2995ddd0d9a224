package oaipmh

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Request is a request that keeps all rules that can be checked without looking at records.
type Request struct {
	Verb        Verb
	Identifier  string
	Prefix      string
	From, Until time.Time // inclusive, to the second; zero where not given
	Set         string
	Token       string

	Args []Arg // as they came, for the answer's request element, in the order of the schema
}

// Arg is one argument of a request.
type Arg struct{ Name, Value string }

// maxArgument is the longest argument that is looked at; the longest of ours, a token, has less than 700 bytes.
const maxArgument = 4096

// rule says what a verb takes.
type rule struct {
	required, optional []string
	resumes            bool // takes a resumptionToken instead of everything else
}

var rules = map[Verb]rule{
	IdentifyVerb:        {},
	ListMetadataFormats: {optional: []string{"identifier"}},
	ListSets:            {resumes: true},
	ListIdentifiers:     {required: []string{"metadataPrefix"}, optional: []string{"from", "until", "set"}, resumes: true},
	ListRecords:         {required: []string{"metadataPrefix"}, optional: []string{"from", "until", "set"}, resumes: true},
	GetRecord:           {required: []string{"identifier", "metadataPrefix"}},
}

// order is the order of arguments in answers.
var order = []string{"verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"}

const uriChars = `(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=\x{a0}-\x{d7ff}\x{f900}-\x{fdcf}\x{fdf0}-\x{ffef}]|%[0-9A-Fa-f]{2})`

var (
	prefixForm = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+$`)
	specForm   = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*$`)
	// RFC 3986, with characters beyond ASCII as IRIs and the schema's anyURI have them.
	uriForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.\-]*:` + uriChars + `+(#` + uriChars + `*)?$`)
)

// ParseQuery reads the arguments of a GET request's query or a POST request's form, which have the same form. What cannot
// be decoded is a badArgument.
func ParseQuery(raw string) (Request, Errors) {
	args, err := url.ParseQuery(raw)
	if err != nil {
		return Request{}, Errors{errorf(BadArgument, "the arguments cannot be decoded: %v", err)}
	}
	return Parse(args)
}

// Parse checks the arguments of a request and reports every mistake. On errors the Request holds what could be read; its
// Args must be echoed only if Echo says so.
func Parse(args url.Values) (Request, Errors) {
	verbs := args["verb"]
	switch {
	case len(verbs) == 0 || len(verbs) == 1 && verbs[0] == "":
		return Request{}, Errors{errorf(BadVerb, "the verb argument is missing; use verb=Identify to begin")}
	case len(verbs) > 1:
		return Request{}, Errors{errorf(BadVerb, "the verb argument is repeated")}
	}
	req := Request{Verb: Verb(verbs[0])}
	r, known := rules[req.Verb]
	if !known {
		return Request{}, Errors{errorf(BadVerb, "%s is not a verb of OAI-PMH; mind the case", quote(verbs[0]))}
	}
	p := parser{args: args, rule: r, req: &req}
	p.names()
	p.values()
	if len(p.errs) == 0 {
		for _, name := range order {
			if v, ok := args[name]; ok {
				req.Args = append(req.Args, Arg{name, v[0]})
			}
		}
	}
	return req, p.errs
}

// Echo reports whether an answer with these errors repeats the request's arguments: not if they were wrong themselves.
func (es Errors) Echo() bool { return !es.Has(BadVerb) && !es.Has(BadArgument) }

type parser struct {
	args url.Values
	rule rule
	req  *Request
	errs Errors
}

func (p *parser) bad(format string, args ...any) {
	p.errs = append(p.errs, errorf(BadArgument, format, args...))
}

// names checks which arguments are there.
func (p *parser) names() {
	names := make([]string, 0, len(p.args))
	for name := range p.args {
		names = append(names, name)
	}
	slices.Sort(names)
	_, resumed := p.args["resumptionToken"]
	resumed = resumed && p.rule.resumes
	for _, name := range names {
		known := name == "verb" || slices.Contains(p.rule.required, name) || slices.Contains(p.rule.optional, name) ||
			name == "resumptionToken" && p.rule.resumes
		switch {
		case !known:
			p.bad("%s takes no argument %s", p.req.Verb, quote(name))
		case len(p.args[name]) > 1:
			p.bad("the argument %s is repeated", name)
		case resumed && name != "verb" && name != "resumptionToken":
			p.bad("resumptionToken is exclusive: send it without %s", name)
		}
	}
	for _, name := range p.rule.required {
		if _, ok := p.args[name]; !ok && !resumed {
			p.bad("%s needs the argument %s", p.req.Verb, name)
		}
	}
}

// values checks what the arguments say.
func (p *parser) values() {
	var from, until Granularity
	for _, name := range order[1:] {
		values, ok := p.args[name]
		if !ok || len(values) != 1 {
			continue
		}
		v := values[0]
		if len(v) > maxArgument || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return !legal(r) }) {
			p.bad("the value of %s is too long or holds characters that XML cannot", name)
			continue
		}
		switch name {
		case "identifier":
			p.req.Identifier = v
		case "metadataPrefix":
			if p.req.Prefix = v; !prefixForm.MatchString(v) {
				p.bad("metadataPrefix %s is not well-formed; ListMetadataFormats names the formats", quote(v))
			}
		case "set":
			if p.req.Set = v; !specForm.MatchString(v) {
				p.bad("set %s is not well-formed; ListSets names the sets", quote(v))
			}
		case "resumptionToken":
			p.req.Token = v
		case "from":
			p.req.From, from = p.date(name, v)
		case "until":
			if p.req.Until, until = p.date(name, v); until == Days {
				p.req.Until = p.req.Until.Add(24*time.Hour - time.Second)
			}
		}
	}
	switch {
	case from == "" || until == "":
	case from != until:
		p.bad("from and until must have the same granularity")
	case p.req.From.After(p.req.Until):
		p.bad("from is later than until")
	}
}

func (p *parser) date(name, v string) (time.Time, Granularity) {
	t, g, ok := ParseStamp(v)
	if !ok {
		p.bad("%s %s is not a date in UTC; write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ", name, quote(v))
	}
	return t, g
}

// LegalIdentifier reports whether the text could be the identifier of a record at all: a URI.
func LegalIdentifier(s string) bool {
	if len(s) > maxArgument || !uriForm.MatchString(s) {
		return false
	}
	_, err := url.Parse(s)
	return err == nil
}

// quote shows a foreign value in a message: short, and without what XML forbids.
func quote(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
