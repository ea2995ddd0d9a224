package app

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// name is the one name that a server's letter has here, so that nobody can take another server's.
func (l *Letters) name(key ed25519.PublicKey, id string) string {
	sum := sha256.Sum256([]byte(federation.KeyID(key) + " " + strings.ToLower(id)))
	return hex.EncodeToString(sum[:16])
}

// received is a letter that arrived: where it is stored, or that it waits.
type received struct {
	Letter  federation.Letter  `json:"letter"`
	Key     string             `json:"key"`
	At      time.Time          `json:"at"`
	Address repository.Address `json:"address,omitzero"`
	Number  int                `json:"number,omitempty"`
	Refused string             `json:"refused,omitempty"` // why an administrator did not let it through
}

// Receive takes a letter from its signed request. One from a peer becomes a suggestion at once; one from somebody else
// is held for an administrator. The state says which.
func (l *Letters) Receive(ctx context.Context, method, target string, header http.Header, body []byte) (federation.LetterState, error) {
	key, err := federation.VerifyRequest(method, target, header, body, l.app.now())
	if err != nil {
		return federation.LetterState{}, err
	}
	letter, err := federation.ReadLetter(body)
	if err != nil {
		return federation.LetterState{}, err
	}
	name := l.name(key, letter.ID)
	if state, err := l.State(ctx, name); !errors.Is(err, kind.ErrNotFound) {
		return state, err // it came before
	}
	r, err := l.app.Repository.ByIdentifier(ctx, letter.Resource)
	if err != nil {
		return federation.LetterState{}, err
	}
	if !r.Own() || r.Deleted {
		return federation.LetterState{}, fmt.Errorf("resource %s: %w", letter.Resource, kind.ErrNotFound)
	}
	known, err := l.known(ctx, letter.Server, key)
	if err != nil {
		return federation.LetterState{}, err
	}
	got := received{Letter: letter, Key: federation.KeyID(key), At: l.app.now().UTC().Truncate(time.Second), Address: r.Address}
	if known {
		return l.store(ctx, name, got)
	}
	if len(body) > maxHeldSize || len(letter.Files) > maxHeldFiles {
		return federation.LetterState{}, fmt.Errorf("%w: of a server that is not known here, a suggestion has at most %d KB and %d files",
			kind.ErrInvalid, maxHeldSize>>10, maxHeldFiles)
	}
	if err := l.room(ctx, letter.Server); err != nil { // before the sender makes this server ask anybody
		return federation.LetterState{}, err
	}
	if err := l.proven(ctx, letter.Server, key); err != nil {
		return federation.LetterState{}, err
	}
	return l.hold(ctx, name, got)
}

// proven reports whether the site that a letter says it is from shows the key that the letter is signed with. Keys cost
// nothing: without this, anybody could write in the name of any site, and fill the queue.
func (l *Letters) proven(ctx context.Context, server string, key ed25519.PublicKey) error {
	select {
	case l.asking <- struct{}{}:
		defer func() { <-l.asking }()
	default:
		return federation.ErrFull
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	about, err := federation.Ask(ctx, l.app.client, server)
	if err != nil {
		return fmt.Errorf("%w: the key of %s could not be asked for: %w", kind.ErrUnavailable, server, err)
	}
	if about.Key != federation.KeyID(key) {
		return fmt.Errorf("%w: this is not the key that %s shows", kind.ErrDenied, server)
	}
	return nil
}

// known reports whether the server is a peer and the key is its own. The key that a peer shows first is pinned.
func (l *Letters) known(ctx context.Context, server string, key ed25519.PublicKey) (bool, error) {
	peers, err := l.app.Catalog.Peers(ctx)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(peers, func(p federation.Peer) bool { return siteOf(p.URL) == siteOf(server) })
	if i < 0 {
		return false, nil
	}
	p := peers[i]
	if p.Key == "" {
		if err := l.proven(ctx, siteOf(p.URL), key); err != nil { // who only says to be the peer pins nothing
			return false, err
		}
		p.Key = federation.KeyID(key)
		if err := l.app.Catalog.SavePeer(ctx, p); err != nil {
			return false, err
		}
	}
	if p.Key != federation.KeyID(key) {
		return false, fmt.Errorf("%w: this is not the key that the peer %s has", kind.ErrDenied, p.Name)
	}
	return true, nil
}
