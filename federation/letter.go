package federation

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// LetterType is the media type of a Letter on the wire.
const LetterType = "application/json"

// ErrFull says that too many letters of unknown servers wait already.
var ErrFull = errors.New("too many suggestions of servers that are not known here wait already; ask the administrators of this server to add yours as a peer")

// MaxLetter bounds the bytes of a letter: files grow by a third in base64.
const MaxLetter = 12 << 20

// Letter is a change that somebody at one server suggests to a resource at another. It travels as JSON in a signed POST
// to /api/v1/suggestions of the resource's home; docs/formats.md describes it.
type Letter struct {
	ID       string       `json:"id"`       // a UUID, given by the sender: a letter that arrives twice is stored once
	Server   string       `json:"server"`   // base URL of the sender
	Resource string       `json:"resource"` // OAI identifier
	Base     string       `json:"base"`     // the revision that was changed
	Message  string       `json:"message,omitempty"`
	By       string       `json:"by"`   // account at the sender
	Name     string       `json:"name"` // as the credit is to show it
	Sent     time.Time    `json:"sent"`
	Files    []LetterFile `json:"files"`
}

// LetterFile is a changed file, by its path from the root of the resource's repository.
type LetterFile struct {
	Path    string `json:"path"`
	Data    []byte `json:"data,omitempty"` // base64 in JSON
	Deleted bool   `json:"deleted,omitempty"`
}

// LetterState is what the resource's home says of a letter.
type LetterState struct {
	State  string `json:"state"` // held, open, accepted, declined
	Reason string `json:"reason,omitempty"`
	URL    string `json:"url,omitempty"` // where the suggestion is shown
}

// Known reports whether this is an answer that a home gives: anything can answer in its place.
func (s LetterState) Known() bool {
	return slices.Contains([]string{"held", "open", "accepted", "declined"}, s.State)
}

// ReadLetter reads a letter within bounds. It returns kind.ErrInvalid, with what is wrong.
func ReadLetter(body []byte) (Letter, error) {
	var l Letter
	if len(body) > MaxLetter {
		return l, fmt.Errorf("%w: the letter has more than %d MB", kind.ErrInvalid, MaxLetter>>20)
	}
	if err := json.Unmarshal(body, &l); err != nil {
		return l, fmt.Errorf("%w: the letter is not the JSON that docs/formats.md describes: %w", kind.ErrInvalid, err)
	}
	server, err := url.Parse(l.Server)
	_, badID := uuid.Parse(l.ID)
	switch {
	case err != nil || server.Host == "" || server.Scheme != "https" && server.Scheme != "http" || len(l.Server) > 200,
		server.User != nil, server.RawQuery != "", server.Fragment != "", strings.ContainsFunc(l.Server, unicode.IsControl):
		return l, fmt.Errorf("%w: server is not the base URL of a web site", kind.ErrInvalid)
	case badID != nil:
		return l, fmt.Errorf("%w: id is not a UUID", kind.ErrInvalid)
	case l.Resource == "" || len(l.Resource) > 1000:
		return l, fmt.Errorf("%w: resource is not an identifier", kind.ErrInvalid)
	case strings.TrimSpace(l.Name) == "" || len(l.Name) > 200 || len(l.By) > 200:
		return l, fmt.Errorf("%w: name and by say who suggests it, in at most 200 bytes each", kind.ErrInvalid)
	case strings.ContainsFunc(l.Name+l.By, unicode.IsControl) || strings.ContainsAny(l.By, "@<> "):
		return l, fmt.Errorf("%w: name or by has characters that no name has", kind.ErrInvalid)
	case len(l.Message) > 10_000:
		return l, fmt.Errorf("%w: the message has more than 10,000 bytes", kind.ErrInvalid)
	case len(l.Files) == 0:
		return l, fmt.Errorf("%w: it changes nothing", kind.ErrInvalid)
	}
	l.Server = strings.TrimSuffix(l.Server, "/")
	return l, nil
}

// Offer is the letter as the resource's repository takes it.
func (l Letter) Offer(a repository.Address) repository.Offer {
	o := repository.Offer{
		Address: a.Root(), Base: l.Base, Message: l.Message, Server: l.Server, Key: l.ID, Edits: map[string]*[]byte{},
		Actor: repository.Actor{Name: l.By, Display: l.Name},
	}
	for _, f := range l.Files {
		if f.Deleted {
			o.Edits[f.Path] = nil
			continue
		}
		o.Edits[f.Path] = &f.Data
	}
	return o
}

// SentLetter is a letter at its sender's: on its way, or answered.
type SentLetter struct {
	Letter Letter        `json:"letter"` // without its files once it has arrived
	To     string        `json:"to"`     // base URL of the resource's home
	About  repository.ID `json:"about"`  // the harvested resource
	Title  string        `json:"title"`
	// State is what the home says of it; its State is "" while the letter has not arrived, and "refused" where the home
	// will never take it.
	State LetterState `json:"state"`
	Tried time.Time   `json:"tried,omitzero"` // when its home was last asked
}

// Due reports whether the home should be asked again: soon while the letter has not arrived, now and then while it waits
// for a decision, never once that is known.
func (s SentLetter) Due(now time.Time) bool {
	switch s.State.State {
	case "":
		return now.Sub(s.Tried) >= 2*time.Minute
	case "held", "open":
		return now.Sub(s.Tried) >= 15*time.Minute
	}
	return false
}

// Decided reports whether nothing more will be heard of the letter.
func (s SentLetter) Decided() bool {
	return slices.Contains([]string{"refused", "accepted", "declined"}, s.State.State)
}

// HeldLetter is a letter of a server that is no peer, waiting for an administrator.
type HeldLetter struct {
	Name    string
	Letter  Letter
	Key     string // of the server, as KeyID writes it
	At      time.Time
	Address repository.Address
}

// SpeaksFor reports whether an identifier is in a peer's own namespace.
func SpeaksFor(p Peer, identifier string) bool {
	return p.Namespace != "" && NamespaceOf(identifier) == p.Namespace
}
