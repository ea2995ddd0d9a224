package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// SuggestionState says what became of a suggestion.
type SuggestionState string

// The states.
const (
	Open     SuggestionState = ""
	Accepted SuggestionState = "accepted"
	Declined SuggestionState = "declined"
	Removed  SuggestionState = "removed" // declined, and its text taken away
)

// suggestion is a change that was offered, as a record keeps it. Its commits are at refs/suggestions/<number>/head.
type suggestion struct {
	Number   int             `json:"number"`
	Revision Revision        `json:"revision"`         // empty: the one that its ref names
	By       string          `json:"by"`               // account here, or on the server that sent it
	Name     string          `json:"name"`             // as credits show it
	Server   string          `json:"server,omitempty"` // base URL of the server that sent it; empty: this one
	Key      string          `json:"key,omitempty"`    // by which that server names the suggestion
	At       int64           `json:"at"`
	State    SuggestionState `json:"state,omitempty"`
	Decider  string          `json:"decider,omitempty"`
	Decided  int64           `json:"decided,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// Suggestion is a change that somebody offers to a resource's owner.
type Suggestion struct {
	Number   int
	Revision Revision
	By, Name string
	Server   string // base URL of the server that it came from; "" is this one
	At       time.Time
	Message  string // of its newest commit
	State    SuggestionState
	Decider  string // who accepted or declined it
	Decided  time.Time
	Reason   string // of the one who declined it
}

// What waits for an owner's decision is bounded, so that nobody can bury what others suggest. All together is less than a
// record keeps: only what was decided is ever forgotten.
const (
	maxOpenOfOne    = 10 // of one account
	maxOpenOfServer = 50 // of all accounts of another server
	maxOpen         = 100
)

// ErrCrowded says that too much waits for the owner's decision already. It is kind.ErrInvalid.
var ErrCrowded = fmt.Errorf("%w: too many suggestions wait for the owner's decision; suggest this when some are decided", kind.ErrInvalid)

// suggested is the record with one more suggestion, or ErrCrowded. Of too many, the oldest that are decided go.
func (r record) suggested(one suggestion) (record, error) {
	ofOne, ofServer, open := 0, 0, 0
	for _, s := range r.Suggestions {
		if s.State != Open {
			continue
		}
		open++
		if s.Server == one.Server {
			ofServer++
			if s.By == one.By {
				ofOne++
			}
		}
	}
	if open >= maxOpen || ofOne >= maxOpenOfOne || one.Server != "" && ofServer >= maxOpenOfServer {
		return r, ErrCrowded
	}
	r.Generation++
	r.Suggestions = append(slices.Clone(r.Suggestions), one)
	r.forget()
	return r, nil
}

// forget drops the oldest suggestions that are decided, as far as they are too many or too long: a manifest holds them.
func (r *record) forget() {
	size := 0
	for _, s := range r.Suggestions {
		b, _ := json.Marshal(s)
		size += len(b)
	}
	for len(r.Suggestions) > maxSuggestions || size > maxSuggested {
		i := slices.IndexFunc(r.Suggestions, func(s suggestion) bool { return s.State != Open })
		if i < 0 {
			return
		}
		b, _ := json.Marshal(r.Suggestions[i])
		size -= len(b)
		r.Suggestions = slices.Delete(r.Suggestions, i, i+1)
	}
}

// decided is the record with a suggestion's state changed.
func (r record) decided(number int, state SuggestionState, by, reason string, at time.Time) record {
	r.Suggestions = slices.Clone(r.Suggestions)
	for i := range r.Suggestions {
		if s := &r.Suggestions[i]; s.Number == number {
			s.State, s.Decider, s.Decided, s.Reason = state, by, at.Unix(), reason
		}
	}
	r.forget()
	return r
}

// emptied is the record without what a suggestion's author wrote.
func (r record) emptied(number int, rev Revision) record {
	r.Suggestions = slices.Clone(r.Suggestions)
	for i := range r.Suggestions {
		if s := &r.Suggestions[i]; s.Number == number {
			s.Revision, s.Name = rev, ""
		}
	}
	return r
}

func (r record) suggestion(number int) (suggestion, bool) {
	i := slices.IndexFunc(r.Suggestions, func(s suggestion) bool { return s.Number == number })
	if i < 0 {
		return suggestion{}, false
	}
	return r.Suggestions[i], true
}

// next is the number of the next suggestion.
func (r record) next() int {
	n := 0
	for _, s := range r.Suggestions {
		n = max(n, s.Number)
	}
	return n + 1
}

// emailOf is by whom a suggestion is, for git. An account of another server is none of this one's, whatever its name.
func (s *Service) emailOf(one suggestion) string {
	if one.Server == "" {
		return s.email(Actor{Name: one.By})
	}
	host := "unknown.invalid"
	if u, err := url.Parse(one.Server); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return strings.Map(func(r rune) rune {
		if r == '@' || unicode.IsSpace(r) {
			return '-'
		}
		return r
	}, one.By) + "@" + host
}

func suggestionRef(number int) string { return fmt.Sprintf("refs/suggestions/%d/head", number) }

// Suggestions returns the changes offered to a repository, newest first.
func (s *Service) Suggestions(ctx context.Context, a Address) (list []Suggestion, err error) {
	defer annotate(&err, "list suggestions of", a)
	at, err := s.o.Catalog.Reservation(ctx, a.Owner, a.Slug)
	if err != nil {
		return nil, err
	}
	view, rec, err := s.open(ctx, at)
	if err != nil || view == nil {
		return nil, err
	}
	for _, offered := range slices.Backward(rec.Suggestions) {
		list = append(list, shownSuggestion(ctx, view, offered))
	}
	return list, nil
}

// Suggestion returns one of them.
func (s *Service) Suggestion(ctx context.Context, a Address, number int) (v Suggestion, err error) {
	defer annotate(&err, "get a suggestion for", a)
	_, view, _, one, err := s.offered(ctx, a, number)
	if err != nil {
		return v, err
	}
	return shownSuggestion(ctx, view, one), nil
}

// Waiting is how many suggestions wait for a decision.
func (s *Service) Waiting(ctx context.Context, a Address) (n int, err error) {
	defer annotate(&err, "count suggestions for", a)
	at, err := s.o.Catalog.Reservation(ctx, a.Owner, a.Slug)
	if err != nil {
		return 0, err
	}
	_, rec, err := s.open(ctx, at)
	for _, offered := range rec.Suggestions {
		if offered.State == Open {
			n++
		}
	}
	return n, err
}

func shownSuggestion(ctx context.Context, view *gitstore.Repository, offered suggestion) Suggestion {
	v := Suggestion{
		Number: offered.Number, Revision: offered.Revision, By: offered.By, Name: offered.Name, Server: offered.Server,
		At: time.Unix(offered.At, 0).UTC(), State: offered.State, Decider: offered.Decider, Reason: offered.Reason,
	}
	if offered.Decided != 0 {
		v.Decided = time.Unix(offered.Decided, 0).UTC()
	}
	if commit, err := view.Commit(ctx, offered.Revision); err == nil && v.State != Removed {
		v.Message = commit.Message
	}
	return v
}

// Offer is a change to be suggested to a resource's owner.
type Offer struct {
	Address Address
	Base    Revision           // the published revision that was changed
	Edits   map[string]*[]byte // new bytes of files, by path from the repository's root; nil deletes
	Actor   Actor
	Message string // why; its first line is the title
	// Server is the base URL of another server that sent the offer; empty: it was made here. Key is how the sender names the
	// offer. One that was stored already under its key is not stored again; one that was made here only as long as it is Open.
	Server, Key string
}

// maxOffer bounds the bytes and files of one offer.
const (
	maxOffer      = 8 << 20
	maxOfferFiles = 1000
)

// Suggest stores a change for the resource's owner to review. What is wrong with the changed files is the owner's to
// judge. It returns kind.ErrNotFound where Base is not a published revision of the resource, and kind.ErrInvalid for an
// offer that changes nothing or too much; that may be ErrCrowded.
func (s *Service) Suggest(ctx context.Context, o Offer) (out Suggestion, err error) {
	defer annotate(&err, "suggest a change to", o.Address)
	if err := o.check(); err != nil {
		return out, err
	}
	const attempts = 5
	for range attempts {
		if out, err = s.suggest(ctx, o); !errors.Is(err, kind.ErrConflict) {
			return out, err
		}
	}
	return out, err
}

func (o Offer) check() error {
	size := 0
	for name, data := range o.Edits {
		if data != nil {
			size += len(*data)
		}
		if name == "" || strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") {
			return fmt.Errorf("path %q: %w", name, kind.ErrInvalid)
		}
	}
	switch {
	case len(o.Edits) == 0:
		return fmt.Errorf("%w: it changes nothing", kind.ErrInvalid)
	case size > maxOffer || len(o.Edits) > maxOfferFiles:
		return fmt.Errorf("%w: at most %d files of %d MB together", kind.ErrInvalid, maxOfferFiles, maxOffer>>20)
	case len(o.Message) > 10_000:
		return fmt.Errorf("%w: the message has more than 10,000 bytes", kind.ErrInvalid)
	}
	return nil
}

func (s *Service) suggest(ctx context.Context, o Offer) (Suggestion, error) {
	at, view, rec, err := s.live(ctx, o.Address)
	if err != nil {
		return Suggestion{}, err
	}
	for _, old := range rec.Suggestions {
		if o.Key != "" && old.Key == o.Key && old.Server == o.Server && (o.Server != "" || old.State == Open) {
			return shownSuggestion(ctx, view, old), nil
		}
	}
	published, err := view.Ancestor(ctx, o.Base, view.Manifest().Refs[mainRef])
	if err != nil {
		return Suggestion{}, err
	}
	if !published {
		return Suggestion{}, fmt.Errorf("revision %s: %w", o.Base, kind.ErrNotFound)
	}
	now := s.now()
	one := suggestion{
		Number: rec.next(), By: o.Actor.Name, Name: o.Actor.Display, Server: o.Server, Key: o.Key, At: now.Unix(),
	}
	next, err := rec.suggested(one)
	if err != nil {
		return Suggestion{}, err
	}
	save := gitstore.Save{
		Base: view, Ref: suggestionRef(one.Number), Parents: []gitstore.Hash{o.Base},
		Edits: map[string]*gitstore.File{}, Author: o.Actor.Display, Email: s.emailOf(one), Message: o.Message, When: now,
	}
	if save.Message == "" {
		save.Message = "Suggest a change"
	}
	for name, data := range o.Edits {
		save.Edits[name] = nil
		if data != nil {
			save.Edits[name] = &gitstore.File{Data: *data}
		}
	}
	save.Record = next.encode()
	saved, rev, err := s.o.Store.Save(ctx, location(at), save)
	if err != nil {
		return Suggestion{}, err
	}
	// The record was written before the commit had a name: readers take it from the ref.
	one.Revision = rev
	return shownSuggestion(ctx, saved, one), nil
}
