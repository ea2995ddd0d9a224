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
	app    *App
	key    ed25519.PrivateKey
	mu     sync.Mutex    // one letter is held at a time, so that their number stays within bounds
	asking chan struct{} // bounds how many strangers are asked for their keys at a time
	ended  sync.Map      // keys of letters that were sent and decided, which are not read again
}

const (
	sentPrefix     = "letters/sent/"
	receivedPrefix = "letters/received/"
	heldPrefix     = "letters/held/"
	maxHeld        = 100       // letters of unknown servers that wait
	maxHeldOfHost  = 10        // of one of them
	maxHeldSize    = 512 << 10 // of one such letter, in bytes
	maxHeldFiles   = 50        // in it
	maxWaiting     = 50        // letters of one account that are not decided yet
	maxAsking      = 4
	askTime        = 10 * time.Second
	deliverTime    = 20 * time.Second
	maxState       = 64 << 10
)

func newLetters(a *App) *Letters {
	mac := hmac.New(sha256.New, a.settings.Secret)
	mac.Write([]byte("key that signs suggestions"))
	return &Letters{app: a, key: ed25519.NewKeyFromSeed(mac.Sum(nil)), asking: make(chan struct{}, maxAsking)}
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
	before, err := l.SentBy(ctx, letter.By)
	if err != nil {
		return Sent{}, err
	}
	before = slices.DeleteFunc(before, func(s Sent) bool { return s.Decided() })
	if len(before) >= maxWaiting {
		return Sent{}, fmt.Errorf("%w: %d suggestions of yours wait for other servers already; wait until some are decided", kind.ErrInvalid, len(before))
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
	return putJSON(ctx, l.app.bucket, sentBy(s.Letter.By)+s.Letter.ID+".json", s, blob.Always())
}

// sentBy is where the letters of an account are.
func sentBy(account string) string { return sentPrefix + shortSum(account) + "/" }

func shortSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
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
	case status < 300 && state.Known():
		s.State = state
		s.Letter.Files = nil // it has arrived
	case status < 400, status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return s, fmt.Errorf("%s answered %d", s.To, status) // a page before the network, a proxy without its server
	default: // it will never be taken
		s.State = federation.LetterState{State: "refused", Reason: state.Reason}
	}
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
	list, err := l.all(ctx, sentPrefix, &l.ended)
	var failed []error
	down := map[string]bool{} // homes that did not answer this time
	for _, s := range list {
		if !s.Due(l.app.now()) || down[s.To] {
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
		down[s.To] = err != nil
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
	if err != nil || status != http.StatusOK || !state.Known() || state == s.State {
		return err
	}
	s.State = state
	return l.keep(context.WithoutCancel(ctx), s)
}

// SentBy lists what an account has sent, the newest first.
func (l *Letters) SentBy(ctx context.Context, account string) ([]Sent, error) {
	list, err := l.all(ctx, sentBy(account), nil)
	slices.SortFunc(list, func(a, b Sent) int { return b.Letter.Sent.Compare(a.Letter.Sent) })
	return list, err
}

// all reads the letters below a prefix, but those in ended, to which it adds what is decided.
func (l *Letters) all(ctx context.Context, prefix string, ended *sync.Map) (list []Sent, err error) {
	for info, err := range l.app.bucket.List(ctx, prefix) {
		if err != nil {
			return list, err
		}
		if ended != nil {
			if _, known := ended.Load(info.Key); known {
				continue
			}
		}
		var s Sent
		if err := readJSON(ctx, l.app.bucket, info.Key, &s); err != nil {
			return list, err
		}
		if ended != nil && s.Decided() {
			ended.Store(info.Key, true)
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

// room returns federation.ErrFull where too many letters of strangers wait already, or too many of one site.
func (l *Letters) room(ctx context.Context, server string) error {
	all, ofHost, suffix := 0, 0, heldOf(server)
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return err
		}
		all++
		if strings.HasSuffix(info.Key, suffix) {
			ofHost++
		}
	}
	if all >= maxHeld || ofHost >= maxHeldOfHost {
		return federation.ErrFull
	}
	return nil
}

// heldOf ends the key of a held letter: it says whose it is, so that they are counted without being read.
func heldOf(server string) string { return "-" + shortSum(siteOf(server)) + ".json" }

// held is the key of a held letter by its name.
func (l *Letters) held(ctx context.Context, name string) (string, error) {
	for info, err := range l.app.bucket.List(ctx, heldPrefix+name+"-") {
		return info.Key, err
	}
	return "", fmt.Errorf("suggestion %s: %w", name, kind.ErrNotFound)
}

// hold keeps a letter of an unknown server, if not too many wait already.
func (l *Letters) hold(ctx context.Context, name string, got received) (federation.LetterState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(ctx, got.Letter.Server); err != nil {
		return federation.LetterState{}, err
	}
	err := putJSON(ctx, l.app.bucket, heldPrefix+name+heldOf(got.Letter.Server), got, blob.IfAbsent())
	if err != nil && !errors.Is(err, blob.ErrConflict) {
		return federation.LetterState{}, err
	}
	return federation.LetterState{State: "held"}, nil
}

// store makes a letter a suggestion.
func (l *Letters) store(ctx context.Context, name string, got received) (federation.LetterState, error) {
	one, err := l.app.Repository.Suggest(ctx, got.Letter.Offer(got.Address))
	if errors.Is(err, repository.ErrCrowded) { // its sender keeps it, and tries again
		return federation.LetterState{}, fmt.Errorf("%w: %w", federation.ErrFull, err)
	}
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
	if !named(name) {
		return federation.LetterState{}, kind.ErrNotFound
	}
	var got received
	err := readJSON(ctx, l.app.bucket, receivedPrefix+name+".json", &got)
	if errors.Is(err, blob.ErrNotFound) {
		if _, err = l.held(ctx, name); err == nil {
			return federation.LetterState{State: "held"}, nil
		}
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
				if one.State == repository.Removed {
					state.State = string(repository.Declined)
				}
			}
			return state, nil
		}
	}
	return federation.LetterState{State: "declined"}, nil // so old that the record has forgotten it
}

func named(name string) bool { return len(name) == 32 && strings.Trim(name, "0123456789abcdef") == "" }

// Held lists the letters of unknown servers, the oldest first, without what is in their files.
func (l *Letters) Held(ctx context.Context) (list []federation.HeldLetter, err error) {
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return list, err
		}
		var got received
		if err := readJSON(ctx, l.app.bucket, info.Key, &got); err != nil {
			return list, err
		}
		for i := range got.Letter.Files {
			got.Letter.Files[i].Data = nil
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(info.Key, heldPrefix), "-")
		list = append(list, federation.HeldLetter{Name: name, Letter: got.Letter, Key: got.Key, At: got.At, Address: got.Address})
	}
	slices.SortFunc(list, func(a, b federation.HeldLetter) int { return a.At.Compare(b.At) })
	return list, nil
}

// Release lets a held letter through to the owner of its resource, or refuses it for a reason.
func (l *Letters) Release(ctx context.Context, name string, through bool, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !named(name) {
		return kind.ErrNotFound
	}
	key, err := l.held(ctx, name)
	if err != nil {
		return err
	}
	var got received
	if err := readJSON(ctx, l.app.bucket, key, &got); err != nil {
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
	return l.app.bucket.Delete(ctx, key)
}

// erase deletes the held letters that change any of the erased files of a repository: they have the text, too.
func (l *Letters) erase(ctx context.Context, at repository.Address, paths []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return err
		}
		var got received
		if err := readJSON(ctx, l.app.bucket, info.Key, &got); err != nil {
			return err
		}
		touches := slices.ContainsFunc(got.Letter.Files, func(f federation.LetterFile) bool {
			return slices.ContainsFunc(paths, func(p string) bool { return f.Path == p || strings.HasPrefix(f.Path, p+"/") })
		})
		if got.Address.Root() == at.Root() && touches {
			if err := l.app.bucket.Delete(ctx, info.Key); err != nil {
				return err
			}
		}
	}
	return nil
}
