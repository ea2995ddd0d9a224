package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Letters brings suggestions from server to server. What was sent is kept in the bucket until its answer is known; what
// came from a server that is no peer waits there for an administrator.
type Letters struct {
	app *App
	key ed25519.PrivateKey
	mu  sync.Mutex // one letter is held at a time, so that their number stays within bounds
}

const (
	sentPrefix     = "letters/sent/"
	receivedPrefix = "letters/received/"
	heldPrefix     = "letters/held/"
	maxHeld        = 100 // letters of unknown servers that wait
	maxHeldOfKey   = 10  // of one of them
	deliverTime    = 20 * time.Second
	maxState       = 64 << 10
)

func newLetters(a *App) *Letters {
	mac := hmac.New(sha256.New, a.settings.Secret)
	mac.Write([]byte("key that signs suggestions"))
	return &Letters{app: a, key: ed25519.NewKeyFromSeed(mac.Sum(nil))}
}

// Key is the public key that this server's letters are signed with.
func (l *Letters) Key() ed25519.PublicKey {
	public, _ := l.key.Public().(ed25519.PublicKey)
	return public
}

// Sent is a letter on its way, or answered.
type Sent = federation.SentLetter

// Send keeps a letter about a harvested resource and tries to deliver it. One that cannot be delivered now goes out
// later; the error then is nil.
func (l *Letters) Send(ctx context.Context, r repository.Resource, letter federation.Letter) (Sent, error) {
	if r.Own() || r.Origin.URL == "" {
		return Sent{}, fmt.Errorf("%w: %s has no address at its home", kind.ErrInvalid, r.Metadata.Title)
	}
	home, err := l.home(ctx, r)
	if err != nil {
		return Sent{}, err
	}
	letter.ID, letter.Server, letter.Resource = uuid.NewString(), l.app.Config.BaseURL, r.Identifier
	letter.Sent = l.app.now().UTC().Truncate(time.Second)
	sent := Sent{Letter: letter, To: home, About: r.ID, Title: r.Metadata.Title, Tried: letter.Sent}
	if err := l.keep(ctx, sent); err != nil {
		return Sent{}, err
	}
	if sent, err = l.deliver(ctx, sent); err != nil {
		l.app.log.Warn("suggestion not delivered yet", "peer", home, "err", err)
	}
	return sent, nil
}

// home is the base URL of the peer that a resource was harvested from: a page's address could be anybody's.
func (l *Letters) home(ctx context.Context, r repository.Resource) (string, error) {
	p, err := l.app.Catalog.Peer(ctx, r.Origin.Peer)
	if err != nil {
		return "", err
	}
	if !federation.SpeaksFor(p, r.Identifier) {
		return "", fmt.Errorf("%w: %s passes on what is not its own; suggest it at its home %s", kind.ErrInvalid, p.Title, r.Origin.URL)
	}
	return siteOf(p.URL), nil
}

// siteOf is the scheme and host of an address.
func siteOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

func (l *Letters) keep(ctx context.Context, s Sent) error {
	return putJSON(ctx, l.app.bucket, sentPrefix+s.Letter.ID+".json", s, blob.Always())
}

func putJSON(ctx context.Context, bucket blob.Store, key string, v any, when blob.Condition) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = bucket.Put(ctx, key, bytes.NewReader(b), when)
	return err
}

// deliver posts a letter to its home, and keeps what was answered.
func (l *Letters) deliver(ctx context.Context, s Sent) (Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, deliverTime)
	defer cancel()
	body, err := json.Marshal(s.Letter)
	if err != nil {
		return s, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.To+"/api/v1/suggestions", bytes.NewReader(body))
	if err != nil {
		return s, err
	}
	r.Header.Set("Content-Type", federation.LetterType)
	federation.SignRequest(r, body, l.key, l.app.now())
	state, status, err := l.ask(r)
	if err != nil {
		return s, err
	}
	switch {
	case status == http.StatusCreated || status == http.StatusAccepted || status == http.StatusOK:
		s.State = state
	case status >= 500 || status == http.StatusTooManyRequests:
		return s, fmt.Errorf("%s answered %d", s.To, status)
	default: // it will never be taken
		s.State = federation.LetterState{State: "refused", Reason: state.Reason}
	}
	s.Letter.Files = nil // it has arrived
	return s, l.keep(context.WithoutCancel(ctx), s)
}

// ask sends a request and reads the small answer.
func (l *Letters) ask(r *http.Request) (state federation.LetterState, status int, err error) {
	resp, err := l.app.client.Do(r)
	if err != nil {
		return state, 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxState))
	if err != nil {
		return state, resp.StatusCode, err
	}
	var problem struct {
		federation.LetterState
		Detail string `json:"detail"`
	}
	if json.Unmarshal(b, &problem) == nil {
		state = problem.LetterState
		if problem.Detail != "" {
			state.Reason = problem.Detail
		}
	}
	return state, resp.StatusCode, nil
}

// Follow delivers what is waiting, and asks what became of what was delivered.
func (l *Letters) Follow(ctx context.Context) error {
	list, err := l.all(ctx)
	var failed []error
	for _, s := range list {
		if !s.Due(l.app.now()) {
			continue
		}
		s.Tried = l.app.now().UTC()
		if keeping := l.keep(ctx, s); keeping != nil {
			return keeping
		}
		if s.State.State == "" {
			_, err = l.deliver(ctx, s)
		} else {
			err = l.poll(ctx, s)
		}
		failed = append(failed, err)
	}
	return errors.Join(append(failed, err)...)
}

func (l *Letters) poll(ctx context.Context, s Sent) error {
	ctx, cancel := context.WithTimeout(ctx, deliverTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.To+"/api/v1/suggestions/"+l.name(l.Key(), s.Letter.ID), nil)
	if err != nil {
		return err
	}
	state, status, err := l.ask(r)
	if err != nil || status != http.StatusOK || state.State == "" || state == s.State {
		return err
	}
	s.State = state
	return l.keep(context.WithoutCancel(ctx), s)
}

// SentBy lists what an account has sent, the newest first.
func (l *Letters) SentBy(ctx context.Context, account string) ([]Sent, error) {
	list, err := l.all(ctx)
	list = slices.DeleteFunc(list, func(s Sent) bool { return s.Letter.By != account })
	slices.SortFunc(list, func(a, b Sent) int { return b.Letter.Sent.Compare(a.Letter.Sent) })
	return list, err
}

func (l *Letters) all(ctx context.Context) (list []Sent, err error) {
	for info, err := range l.app.bucket.List(ctx, sentPrefix) {
		if err != nil {
			return list, err
		}
		var s Sent
		if err := readJSON(ctx, l.app.bucket, info.Key, &s); err != nil {
			return list, err
		}
		list = append(list, s)
	}
	return list, nil
}

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
	if !known {
		return l.hold(ctx, name, got)
	}
	return l.store(ctx, name, got)
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
		about, err := federation.Ask(ctx, l.app.client, siteOf(p.URL))
		if err != nil {
			return false, fmt.Errorf("%w: the key of %s could not be asked for: %w", kind.ErrUnavailable, p.Name, err)
		}
		p.Key = about.Key
		if err := l.app.Catalog.SavePeer(ctx, p); err != nil {
			return false, err
		}
	}
	if p.Key != federation.KeyID(key) {
		return false, fmt.Errorf("%w: this is not the key that the peer %s has", kind.ErrDenied, p.Name)
	}
	return true, nil
}

// hold keeps a letter of an unknown server, if not too many wait already.
func (l *Letters) hold(ctx context.Context, name string, got received) (federation.LetterState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, err := l.Held(ctx)
	if err != nil {
		return federation.LetterState{}, err
	}
	ofKey := 0
	for _, h := range held {
		if h.Key == got.Key {
			ofKey++
		}
	}
	if len(held) >= maxHeld || ofKey >= maxHeldOfKey {
		return federation.LetterState{}, federation.ErrFull
	}
	err = putJSON(ctx, l.app.bucket, heldPrefix+name+".json", got, blob.IfAbsent())
	if err != nil && !errors.Is(err, blob.ErrConflict) {
		return federation.LetterState{}, err
	}
	return federation.LetterState{State: "held"}, nil
}

// store makes a letter a suggestion.
func (l *Letters) store(ctx context.Context, name string, got received) (federation.LetterState, error) {
	one, err := l.app.Repository.Suggest(ctx, got.Letter.Offer(got.Address))
	if err != nil {
		return federation.LetterState{}, err
	}
	got.Number, got.Letter.Files = one.Number, nil
	if err := putJSON(ctx, l.app.bucket, receivedPrefix+name+".json", got, blob.Always()); err != nil {
		return federation.LetterState{}, err
	}
	return l.State(ctx, name)
}

// State says what became of a letter, by its name here.
func (l *Letters) State(ctx context.Context, name string) (federation.LetterState, error) {
	if len(name) != 32 || strings.Trim(name, "0123456789abcdef") != "" {
		return federation.LetterState{}, kind.ErrNotFound
	}
	var got received
	err := readJSON(ctx, l.app.bucket, receivedPrefix+name+".json", &got)
	if errors.Is(err, blob.ErrNotFound) {
		if err = readJSON(ctx, l.app.bucket, heldPrefix+name+".json", &got); err == nil {
			return federation.LetterState{State: "held"}, nil
		}
	}
	if errors.Is(err, blob.ErrNotFound) {
		return federation.LetterState{}, fmt.Errorf("suggestion %s: %w", name, kind.ErrNotFound)
	}
	if err != nil {
		return federation.LetterState{}, err
	}
	if got.Refused != "" {
		return federation.LetterState{State: "declined", Reason: got.Refused}, nil
	}
	list, err := l.app.Repository.Suggestions(ctx, got.Address.Root())
	if err != nil {
		return federation.LetterState{}, err
	}
	for _, one := range list {
		if one.Number == got.Number {
			state := federation.LetterState{State: "open", URL: fmt.Sprintf("%s/suggestions/%d", l.app.Repository.URL(got.Address.Root()), one.Number)}
			if one.State != repository.Open {
				state.State, state.Reason = string(one.State), one.Reason
			}
			return state, nil
		}
	}
	return federation.LetterState{State: "declined"}, nil // so old that the record has forgotten it
}

// Held lists the letters of unknown servers, the oldest first.
func (l *Letters) Held(ctx context.Context) (list []federation.HeldLetter, err error) {
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return list, err
		}
		var got received
		if err := readJSON(ctx, l.app.bucket, info.Key, &got); err != nil {
			return list, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(info.Key, heldPrefix), ".json")
		list = append(list, federation.HeldLetter{Name: name, Letter: got.Letter, Key: got.Key, At: got.At, Address: got.Address})
	}
	slices.SortFunc(list, func(a, b federation.HeldLetter) int { return a.At.Compare(b.At) })
	return list, nil
}

// Release lets a held letter through to the owner of its resource, or refuses it for a reason.
func (l *Letters) Release(ctx context.Context, name string, through bool, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(name) != 32 || strings.Trim(name, "0123456789abcdef") != "" {
		return kind.ErrNotFound
	}
	var got received
	err := readJSON(ctx, l.app.bucket, heldPrefix+name+".json", &got)
	if errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("suggestion %s: %w", name, kind.ErrNotFound)
	}
	if err != nil {
		return err
	}
	if through {
		_, err = l.store(ctx, name, got)
	} else {
		got.Letter.Files = nil
		if got.Refused = reason; reason == "" {
			got.Refused = "not accepted from this server"
		}
		err = putJSON(ctx, l.app.bucket, receivedPrefix+name+".json", got, blob.Always())
	}
	if err != nil {
		return err
	}
	return l.app.bucket.Delete(ctx, heldPrefix+name+".json")
}
