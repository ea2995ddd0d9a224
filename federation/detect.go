package federation

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Detected is what was found at an address that somebody pasted.
type Detected struct {
	URL         string // base URL of the provider, or of the sitemap
	Source      Source
	Namespace   string // of its own OAI identifiers
	Claimed     bool   // it says itself that the namespace is its own; else it is the host of the URL
	Title       string
	Emails      []string
	Granularity string
	Deletions   string
	Formats     []string // prefixes
	Prefix      string   // the format that would be harvested; "" if none can be read
	Sets        []Set    // the first ones; nil if the provider has none
	Commonplace bool     // it is a server of our kind
	Key         string   // that signs what it sends, where it is one
	Friends     []string // base URLs of other repositories that it names
}

// Peer is the peer to save for what was found.
func (d Detected) Peer() Peer {
	return Peer{Name: PeerName(d.URL), Title: d.Title, URL: d.URL, Source: d.Source, Namespace: d.Namespace, Key: d.Key}
}

// PeerName suggests a name for the peer at an address: its host, with hyphens.
func PeerName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "peer"
	}
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimPrefix(u.Host, "www.")) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if name := strings.Trim(b.String(), "-"); name != "" {
		return name
	}
	return "peer"
}

// places are where providers live below the root of a server, ours first.
var places = []string{"/oai", "/oai/request", "/server/oai/request", "/oai2d", "/oai-pmh", "/oai/OAIHandler"}

// Detect finds the OAI-PMH provider behind an address: where a server of our kind says that it is, the address itself, or a
// usual place on the same server. Where there is none, it looks for a sitemap, and for JSON-LD of learning resources in the
// first pages that it names. Nothing is stored. If there is neither it returns kind.ErrInvalid, with the address and what came back.
func (h *Harvester) Detect(ctx context.Context, pasted string) (Detected, error) {
	base, err := cleanAddress(pasted)
	if err != nil {
		return Detected{}, err
	}
	candidates := []string{base}
	var about About
	if u, err := url.Parse(base); err == nil {
		if about, err = Ask(ctx, h.o.Client, u.Scheme+"://"+u.Host); err == nil && host(about.OAI) == host(base) {
			candidates = []string{about.OAI, base} // a server of our kind says where to ask
		} else {
			about = About{}
		}
		for _, path := range places {
			root := url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}
			if s := root.String(); !slices.Contains(candidates, s) {
				candidates = append(candidates, s)
			}
		}
	}
	var first error
	for _, candidate := range candidates {
		resp, err := h.once(ctx, address(candidate, url.Values{"verb": {string(oaipmh.IdentifyVerb)}}), nil)
		if err == nil && resp.Verb == oaipmh.IdentifyVerb {
			found, err := h.describe(ctx, candidate, resp.Identify)
			if about.OAI == candidate {
				found.Commonplace, found.Key = true, about.Key
			}
			return found, err
		}
		if ctx.Err() != nil {
			return Detected{}, ctx.Err()
		}
		if err == nil {
			err = fmt.Errorf("it answers, but not to Identify: %w", resp.Errors)
		}
		if first == nil {
			first = err
		}
		// A server that cannot be reached is not tried at other places.
		if !answered(err) {
			break
		}
	}
	var refused *fetch.AddressError
	if errors.As(first, &refused) {
		return Detected{}, fmt.Errorf("%s: %w: %w", base, kind.ErrDenied, first)
	}
	if answered(first) {
		if d, ok := h.detectSitemap(ctx, base); ok {
			return d, nil
		}
	}
	return Detected{}, fmt.Errorf("%s: %w: no OAI-PMH repository found: %w", base, kind.ErrInvalid, first)
}

// answered reports whether an error is about what a server answered, not about reaching it.
func answered(err error) bool {
	var not *oaipmh.NotOAIError
	var syntax *oaipmh.SyntaxError
	var status *statusError
	return errors.As(err, &not) || errors.As(err, &syntax) || errors.As(err, &status)
}

// cleanAddress makes a base URL of what people paste: with or without a scheme, with the arguments of some request.
func cleanAddress(pasted string) (string, error) {
	s := strings.TrimSpace(pasted)
	if !strings.Contains(s, "://") {
		s = "https://" + s
		if u, err := url.Parse(s); err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()) != nil) {
			s = "http" + strings.TrimPrefix(s, "https")
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q: %w: paste the http or https address of a repository", pasted, kind.ErrInvalid)
	}
	u.User, u.Fragment = nil, ""
	args := u.Query()
	for _, own := range []string{"verb", "metadataPrefix", "identifier", "from", "until", "set", "resumptionToken"} {
		args.Del(own)
	}
	u.RawQuery = args.Encode()
	if u.Path == "/" {
		u.Path = ""
	}
	return u.String(), nil
}

// describe asks a provider for the rest.
func (h *Harvester) describe(ctx context.Context, base string, id oaipmh.Identify) (Detected, error) {
	d := Detected{
		URL: base, Title: id.Name, Emails: id.Emails, Granularity: string(id.Granularity), Deletions: string(id.Deletions),
	}
	d.Namespace, d.Claimed = home(base, id)
	d.Friends = friendsOf(id)
	resp, err := h.once(ctx, address(base, url.Values{"verb": {string(oaipmh.ListMetadataFormats)}}), nil)
	if err != nil {
		return Detected{}, fmt.Errorf("%s: %w: %w", base, kind.ErrInvalid, err)
	}
	for _, f := range resp.Formats {
		d.Formats = append(d.Formats, f.Prefix)
		d.Commonplace = d.Commonplace || f.Namespace == LRMINamespace
	}
	d.Prefix = best(resp.Formats)
	// Sets are an extra: a provider that has none, or cannot list them, can still be harvested.
	if resp, err := h.once(ctx, address(base, url.Values{"verb": {string(oaipmh.ListSets)}}), nil); err == nil {
		for _, s := range resp.Sets {
			d.Sets = append(d.Sets, Set{Spec: s.Spec, Name: s.Name})
		}
	}
	return d, nil
}

// identify asks a peer what it is, with repetitions; patient as for ask.
func (h *Harvester) identify(ctx context.Context, base string, patient bool) (oaipmh.Identify, error) {
	resp, err := h.ask(ctx, address(base, url.Values{"verb": {string(oaipmh.IdentifyVerb)}}), patient, nothing)
	if err != nil {
		return oaipmh.Identify{}, err
	}
	if resp.Verb != oaipmh.IdentifyVerb {
		return oaipmh.Identify{}, fmt.Errorf("%s: %w: the peer does not answer Identify: %w", base, kind.ErrInvalid, resp.Errors)
	}
	if resp.Identify.Granularity == "" {
		resp.Identify.Granularity = oaipmh.Days // every repository understands days
	}
	return resp.Identify, nil
}

// choose picks the best format that a peer offers.
func (h *Harvester) choose(ctx context.Context, base string) (string, error) {
	resp, err := h.ask(ctx, address(base, url.Values{"verb": {string(oaipmh.ListMetadataFormats)}}), true, nothing)
	if err != nil {
		return "", err
	}
	prefix := best(resp.Formats)
	if prefix == "" {
		return "", unreadable(base, resp.Formats)
	}
	return prefix, nil
}

func nothing() func(oaipmh.Record) error { return nil }

// maxFriends is how many repositories one names at most.
const maxFriends = 200

// friendsOf are the base URLs in the descriptions of the form friends 2.0.
func friendsOf(id oaipmh.Identify) []string {
	var all []string
	for _, description := range id.Descriptions {
		var d struct {
			XMLName xml.Name
			URLs    []string `xml:"baseURL"`
		}
		if xml.Unmarshal(description, &d) != nil || d.XMLName.Local != "friends" || d.XMLName.Space != "http://www.openarchives.org/OAI/2.0/friends/" {
			continue
		}
		for _, s := range d.URLs {
			if s, err := cleanAddress(s); err == nil && len(all) < maxFriends && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}
