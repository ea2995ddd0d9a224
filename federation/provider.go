package federation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// ProviderOptions are what a Provider is made of.
type ProviderOptions struct {
	Records   Records
	Name      string   // of the repository, for people
	BaseURL   string   // address of the provider itself, such as https://oer.example.org/oai
	SchemaURL string   // where LRMISchema is served
	Formats   []Format // nil: Formats()
	Icon      string   // address of the repository's picture, and of the page that it links to; empty: none
	Home      string
	Namespace string   // the repository identifier inside oai:<namespace>:<uuid>, a domain name
	Emails    []string // of the administrators, at least one
	Key       []byte   // signs resumption tokens, 16 bytes at least; the same on every node and after a restart
	PageSize  int      // records in an answer; 100

	// Friends returns the base URLs of other providers that harvesters may want to know of; nil for none.
	Friends func(ctx context.Context) ([]string, error)

	// Lists returns the titles of boards' approved lists by their slugs, as the names of the sets that ListSpec names; nil:
	// the slugs are the names. What is on a list is with the Records.
	Lists func(ctx context.Context) (map[string]string, error)

	Now    func() time.Time // time.Now
	Logger *slog.Logger
}

// Provider answers OAI-PMH requests. It is safe for concurrent use and keeps nothing between requests.
type Provider struct {
	o       ProviderOptions
	formats []offered
}

// offered is a format as harvesters see it.
type offered struct {
	oaipmh.Format
	stored string // prefix of its records
}

// Answer is an answer for a web server to send.
type Answer struct {
	Status int
	Type   string // Content-Type
	Body   []byte
}

var emailForm = regexp.MustCompile(`^\S+@(\S+\.)+\S+$`)

// NewProvider returns a provider, or kind.ErrInvalid if an option would make its answers break the protocol.
func NewProvider(o ProviderOptions) (*Provider, error) {
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Name == "" {
		o.Name = "Commonplace"
	}
	for what, address := range map[string]string{"base URL": o.BaseURL, "schema URL": o.SchemaURL} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("oai-pmh provider: %w: the %s %q is no http address", kind.ErrInvalid, what, address)
		}
	}
	if len(o.Key) < 16 {
		return nil, fmt.Errorf("oai-pmh provider: %w: the token key has %d bytes; 16 are needed", kind.ErrInvalid, len(o.Key))
	}
	if len(o.Emails) == 0 {
		return nil, fmt.Errorf("oai-pmh provider: %w: no administrator's email address; the protocol asks for one", kind.ErrInvalid)
	}
	for _, e := range o.Emails {
		if !emailForm.MatchString(e) {
			return nil, fmt.Errorf("oai-pmh provider: %w: %q is no email address", kind.ErrInvalid, e)
		}
	}
	p := &Provider{o: o}
	if o.Formats == nil {
		o.Formats = Formats()
	}
	for _, f := range o.Formats {
		at := offered{Format: oaipmh.Format{Prefix: f.Prefix, Schema: f.Schema, Namespace: f.Namespace}, stored: f.Same}
		if at.Schema == "" {
			at.Schema = o.SchemaURL
		}
		if f.Same == "" {
			at.stored = f.Prefix
		}
		p.formats = append(p.formats, at)
	}
	return p, nil
}

// Formats returns the prefixes of the metadata formats that are served.
func (p *Provider) Formats() []string {
	prefixes := make([]string, len(p.formats))
	for i, f := range p.formats {
		prefixes[i] = f.Prefix
	}
	return prefixes
}

// AnswerQuery answers a request by its raw query (GET) or form (POST).
// An error is the storage's: errors of the protocol are answers.
func (p *Provider) AnswerQuery(ctx context.Context, raw string) (Answer, error) {
	req, errs := oaipmh.ParseQuery(raw)
	return p.answer(ctx, req, errs)
}

// Answer answers a request by its arguments. An error is the storage's: errors of the protocol are answers.
func (p *Provider) Answer(ctx context.Context, args url.Values) (Answer, error) {
	req, errs := oaipmh.Parse(args)
	return p.answer(ctx, req, errs)
}

// reply is one answer in the making.
type reply struct {
	*Provider
	ctx context.Context
	req oaipmh.Request
	at  time.Time // before anything was read: what becomes visible later is as new or newer
}

func (p *Provider) answer(ctx context.Context, req oaipmh.Request, errs oaipmh.Errors) (Answer, error) {
	r := reply{Provider: p, ctx: ctx, req: req, at: p.o.Now().UTC().Truncate(time.Second)}
	var w *oaipmh.Writer
	var err error
	if len(errs) == 0 {
		if r.at, err = p.o.Records.Now(ctx); err != nil {
			return Answer{}, fmt.Errorf("answer %s: %w", req.Verb, err)
		}
		w, errs, err = r.verb()
	}
	if err != nil {
		return Answer{}, fmt.Errorf("answer %s: %w", req.Verb, err)
	}
	if len(errs) > 0 {
		w = r.failed(errs)
	}
	return Answer{Status: http.StatusOK, Type: "text/xml; charset=utf-8", Body: w.Bytes()}, nil
}

// writer begins the answer.
func (r reply) writer() *oaipmh.Writer { return oaipmh.NewWriter(r.at, r.o.BaseURL, r.req.Args) }

func (r reply) failed(errs oaipmh.Errors) *oaipmh.Writer {
	// An identifier that is no URI cannot be repeated: the answer would not keep the schema.
	if !errs.Echo() || r.req.Identifier != "" && !oaipmh.LegalIdentifier(r.req.Identifier) {
		r.req.Args = nil
	}
	w := r.writer()
	w.Errors(errs)
	return w
}

func (r reply) verb() (*oaipmh.Writer, oaipmh.Errors, error) {
	switch r.req.Verb {
	case oaipmh.IdentifyVerb:
		return r.identify()
	case oaipmh.ListMetadataFormats:
		return r.listFormats()
	case oaipmh.ListSets:
		return r.listSets()
	case oaipmh.GetRecord:
		return r.getRecord()
	default:
		return r.list()
	}
}

// refuse is one protocol error as an answer.
func refuse(c oaipmh.Code, message string) (*oaipmh.Writer, oaipmh.Errors, error) {
	return nil, oaipmh.Errors{{Code: c, Message: message}}, nil
}

func (p *Provider) format(prefix string) (offered, bool) {
	for _, f := range p.formats {
		if f.Prefix == prefix {
			return f, true
		}
	}
	return offered{}, false
}

// Namespace is the repository identifier inside the identifiers that are served.
func (p *Provider) Namespace() string { return p.o.Namespace }
