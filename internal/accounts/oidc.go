package accounts

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Provider is an OpenID Connect provider, such as a district's single sign-on, whose people may sign in here.
type Provider struct {
	Name         string   // in addresses: lower-case letters, digits, hyphens
	Title        string   // on the sign-in page
	Issuer       string   // as its discovery document says it
	ClientID     string   // of this server at the provider
	ClientSecret string   // "": a public client, with PKCE alone
	Scopes       []string // beside openid; nil: profile
	GroupsClaim  string   // where the provider says which groups somebody is in; "": it does not
	// Require is a claim that must have a value, as claim=value: a provider that knows students too must let through staff
	// only, because this server has no accounts of students. "": nothing is asked.
	Require     string
	NewAccounts bool              // who has no account here yet gets one at the first sign-in
	Teams       map[string]string // by group: the team or board, or team:role, that its people are in
}

// Check says what is wrong with a provider's settings.
func (p Provider) Check() error {
	if err := CheckName(p.Name); err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !local(u) {
		return fmt.Errorf("provider %s: %w: issuer %q is no https address", p.Name, kind.ErrInvalid, p.Issuer)
	}
	if p.ClientID == "" {
		return fmt.Errorf("provider %s: %w: it needs a client-id", p.Name, kind.ErrInvalid)
	}
	if claim, value, ok := strings.Cut(p.Require, "="); p.Require != "" && (!ok || claim == "" || value == "") {
		return fmt.Errorf("provider %s: %w: require %q: use claim=value", p.Name, kind.ErrInvalid, p.Require)
	}
	if len(p.Teams) > 0 && p.GroupsClaim == "" {
		return fmt.Errorf("provider %s: %w: teams need a groups-claim", p.Name, kind.ErrInvalid)
	}
	return nil
}

// local reports whether plain http is good enough: on this machine, for trying out.
func local(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
}

// Host is what an outbound client must be allowed to connect to.
func (p Provider) Host() string {
	u, err := url.Parse(p.Issuer)
	if err != nil {
		return ""
	}
	return u.Host
}

// Elsewhere signs people in with accounts of other places.
type Elsewhere struct {
	list   []Provider
	client *http.Client
	base   string // of this server, without a slash at its end
	now    func() time.Time

	mu    sync.Mutex
	known map[string]*oidc.Provider // by name, after the first success: a provider that is down stops no start
}

// NewElsewhere returns it over a client that goes nowhere but where the operator lets it.
func NewElsewhere(list []Provider, client *http.Client, baseURL string, now func() time.Time) (*Elsewhere, error) {
	for i, p := range list {
		if err := p.Check(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list[:i], func(q Provider) bool { return q.Name == p.Name }) {
			return nil, fmt.Errorf("provider %s: %w: there are two of that name", p.Name, kind.ErrInvalid)
		}
	}
	return &Elsewhere{list: list, client: client, base: strings.TrimSuffix(baseURL, "/"), now: now, known: map[string]*oidc.Provider{}}, nil
}

// Providers are those that there are, in the operator's order. A nil Elsewhere has none.
func (e *Elsewhere) Providers() []Provider {
	if e == nil {
		return nil
	}
	return e.list
}

// Title is what an issuer is called; its address where it is no provider any more.
func (e *Elsewhere) Title(issuer string) string {
	for _, p := range e.Providers() {
		if p.Issuer == issuer {
			return p.Title
		}
	}
	return issuer
}

// Attempt is what a browser must bring back to finish a sign-in that it began. It lives in a cookie.
type Attempt struct {
	Provider string `json:"p"`
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Next     string `json:"next,omitempty"` // where the person wanted to go
	Link     bool   `json:"link,omitempty"` // to add the identity to the account that is signed in
}

// AttemptLife is how long it may take to sign in elsewhere.
const AttemptLife = 10 * time.Minute

// Identity is somebody for whom a provider vouches. Issuer and Subject name the person; nothing else does.
type Identity struct {
	Provider string   `json:"provider"`
	Issuer   string   `json:"issuer"`
	Subject  string   `json:"subject"`
	Display  string   `json:"display"`  // as the provider says; may be empty
	Proposed string   `json:"proposed"` // a name for an account, good by CheckName
	Groups   []string `json:"groups,omitempty"`
}

// find returns a provider and its endpoints, which are asked for once.
func (e *Elsewhere) find(ctx context.Context, name string) (Provider, *oidc.Provider, error) {
	i := slices.IndexFunc(e.Providers(), func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, nil, fmt.Errorf("provider %s: %w", name, kind.ErrNotFound)
	}
	p := e.list[i]
	e.mu.Lock()
	found := e.known[name]
	e.mu.Unlock()
	if found != nil {
		return p, found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, e.client), p.Issuer)
	if err != nil {
		return p, nil, fmt.Errorf("sign-in provider %s: %w: %w", name, kind.ErrUnavailable, err)
	}
	e.mu.Lock()
	e.known[name] = found
	e.mu.Unlock()
	return p, found, nil
}

func (e *Elsewhere) oauth(p Provider, at *oidc.Provider) oauth2.Config {
	scopes := p.Scopes
	if scopes == nil {
		scopes = []string{"profile"}
	}
	return oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: at.Endpoint(), RedirectURL: e.base + "/sign-in/with/" + p.Name + "/back",
		Scopes: append([]string{oidc.ScopeOpenID}, scopes...),
	}
}

// Begin returns where to send the browser, and what it must bring back.
func (e *Elsewhere) Begin(ctx context.Context, name string) (address string, a Attempt, err error) {
	p, at, err := e.find(ctx, name)
	if err != nil {
		return "", a, err
	}
	a = Attempt{Provider: name, State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier()}
	c := e.oauth(p, at)
	return c.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

// Finish turns what the provider sent the browser back with into an identity. What does not fit the attempt, what the
// provider refused, and who has not the required claim are kind.ErrDenied.
func (e *Elsewhere) Finish(ctx context.Context, a Attempt, query url.Values) (Identity, error) {
	p, at, err := e.find(ctx, a.Provider)
	if err != nil {
		return Identity{}, err
	}
	refuse := func(why string, err error) (Identity, error) {
		if err == nil {
			return Identity{}, fmt.Errorf("sign in with %s: %w: %s", p.Name, kind.ErrDenied, why)
		}
		return Identity{}, fmt.Errorf("sign in with %s: %w: %s: %w", p.Name, kind.ErrDenied, why, err)
	}
	switch {
	case a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(query.Get("state"))) != 1:
		return refuse("another sign-in was begun", nil)
	case query.Has("iss") && query.Get("iss") != p.Issuer: // RFC 9207: an answer of one provider is not another's
		return refuse("the answer is another provider's", nil)
	case query.Get("error") != "":
		return refuse("the provider says "+query.Get("error"), nil)
	}
	ctx = oidc.ClientContext(ctx, e.client)
	c := e.oauth(p, at)
	token, err := c.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		if failed := new(oauth2.RetrieveError); !errors.As(err, &failed) {
			return Identity{}, fmt.Errorf("sign in with %s: %w: %w", p.Name, kind.ErrUnavailable, err)
		}
		return refuse("the code is worth nothing", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return refuse("there is no ID token", nil)
	}
	id, err := at.Verifier(&oidc.Config{ClientID: p.ClientID, Now: e.now}).Verify(ctx, raw)
	if err != nil {
		return refuse("the ID token is not good", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return refuse("the ID token is of another sign-in", nil)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return refuse("the ID token is not good", err)
	}
	if at.UserInfoEndpoint() != "" { // most providers say names and groups there only
		info, err := at.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Identity{}, fmt.Errorf("sign in with %s: %w: %w", p.Name, kind.ErrUnavailable, err)
		}
		if info.Subject != id.Subject { // OpenID Connect Core 1.0, section 5.3.2
			return refuse("user info is somebody else's", nil)
		}
		more := map[string]any{}
		if err := info.Claims(&more); err != nil {
			return refuse("user info is not good", err)
		}
		for name, value := range more {
			if _, there := claims[name]; !there {
				claims[name] = value
			}
		}
	}
	if claim, value, ok := strings.Cut(p.Require, "="); ok && !slices.Contains(texts(claims[claim]), value) {
		return refuse("the account has no "+p.Require, nil)
	}
	return Identity{
		Provider: p.Name, Issuer: id.Issuer, Subject: id.Subject, Display: display(claims), Proposed: propose(claims),
		Groups: texts(claims[p.GroupsClaim]),
	}, nil
}

// texts are a claim's values: one, or a list.
func texts(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case bool:
		return []string{fmt.Sprint(v)}
	case []any:
		var list []string
		for _, one := range v {
			if s, ok := one.(string); ok && len(list) < 1000 {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// display is what a provider calls somebody, in at most 80 characters without control characters.
func display(claims map[string]any) string {
	for _, name := range []string{"name", "given_name", "nickname"} {
		if s, ok := claims[name].(string); ok && strings.TrimSpace(s) != "" {
			words := []rune(strings.Join(strings.Fields(s), " "))
			return string(words[:min(len(words), 80)])
		}
	}
	return ""
}

// propose makes a name for an account of what a provider says.
func propose(claims map[string]any) string {
	for _, name := range []string{"preferred_username", "nickname", "given_name", "name"} {
		s, ok := claims[name].(string)
		if !ok {
			continue
		}
		s, _, _ = strings.Cut(strings.ToLower(s), "@")
		var b strings.Builder
		for _, r := range s {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
				b.WriteRune(r)
			case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
				b.WriteByte('-')
			}
		}
		s = b.String()
		s = strings.Trim(s[:min(len(s), 39)], "-")
		if CheckName(s) == nil {
			return s
		}
	}
	return ""
}
