package app

import (
	"bytes"
	"context"
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
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Sent is a letter on its way, or answered.
type Sent = federation.SentLetter

// Send keeps a letter about a harvested resource and tries to deliver it. One that cannot be delivered now goes out
// later; the error then is nil. One that says what another says that waits for an answer is that one: a form was sent twice.
func (l *Letters) Send(ctx context.Context, r repository.Resource, letter federation.Letter) (Sent, error) {
	if r.Own() || r.Origin.URL == "" {
		return Sent{}, fmt.Errorf("%w: %s has no address at its home", kind.ErrInvalid, r.Metadata.Title)
	}
	home, err := l.home(ctx, r)
	if err != nil {
		return Sent{}, err
	}
	letter.Server, letter.Resource = l.app.Config.BaseURL, r.Identifier
	if letter.ID, err = l.id(letter); err != nil {
		return Sent{}, err
	}
	letter.Sent = l.app.now().UTC().Truncate(time.Second)
	sent := Sent{Letter: letter, To: home, About: r.ID, Title: r.Metadata.Title, Tried: letter.Sent}
	switch before, err := l.begin(ctx, &sent); {
	case err != nil:
		return Sent{}, err
	case before != nil:
		return *before, nil
	}
	if sent, err = l.deliver(ctx, sent); err != nil {
		l.app.log.Warn("suggestion not delivered yet", "peer", home, "err", err)
	}
	return sent, nil
}

// begin keeps a letter that is to be sent, unless one that says the same waits for an answer: then it is that one.
func (l *Letters) begin(ctx context.Context, sent *Sent) (*Sent, error) {
	l.beginning.Lock()
	defer l.beginning.Unlock()
	before, err := l.SentBy(ctx, sent.Letter.By)
	if err != nil {
		return nil, err
	}
	waiting := 0
	for i := range before {
		same := before[i].Letter.ID == sent.Letter.ID
		switch {
		case same && !before[i].Decided():
			return &before[i], nil
		case same: // it may be said again
			sent.Letter.ID = uuid.NewString()
		case !before[i].Decided():
			waiting++
		}
	}
	if waiting >= maxWaiting {
		return nil, fmt.Errorf("%w: %d suggestions of yours wait for other servers already", repository.ErrCrowded, waiting)
	}
	return nil, l.keep(ctx, *sent)
}

// id is made of what a letter says, so that one that is sent twice is known, and of this server's key, so that nobody guesses it.
func (l *Letters) id(letter federation.Letter) (string, error) {
	said, err := json.Marshal(letter)
	if err != nil {
		return "", err
	}
	const byContent = 8 // version of a UUID (RFC 9562)
	return uuid.NewHash(hmac.New(sha256.New, l.key.Seed()), uuid.Nil, said, byContent).String(), nil
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

// post brings suggestions on their way until the server stops.
func (h *Harvests) post(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.deliver(); err != nil && h.ctx.Err() == nil {
			h.app.log.Warn("suggestions not brought on their way", "err", err)
		}
	}
}

// deliver brings suggestions on their way, unless another node does.
func (h *Harvests) deliver() error {
	job, err := h.app.jobs.Hold(h.ctx, "letters", "")
	if errors.Is(err, jobs.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(h.app.Letters.Follow(job.Context()), job.Finish(context.WithoutCancel(h.ctx), nil))
}
