package mail

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	jobKind    = "sealed mail"
	plainKind  = "mail"         // what versions queued that did not seal
	maxWaiting = 10_000         // messages of all nodes
	maxTries   = 12             // over about four days
	firstWait  = time.Minute    // before the second try; each wait is three times as long as the one before
	longest    = 12 * time.Hour // between two tries
)

// Queue keeps messages until they are sent, sealed: an invitation's link is a secret, and so is who is written to. Who reads the
// database, and not the server's own secret, reads neither.
type Queue struct {
	seal   cipher.AEAD
	jobs   *jobs.Queue
	server Server
	log    *slog.Logger
	now    func() time.Time
	wanted func(context.Context, Message) (bool, error)
}

// NewQueue returns the queue of a server over the jobs of all nodes, which have the same key of 32 bytes. Before each try wanted is asked whether the message is to
// go out still, for it may have waited for days; one that is not is dropped.
func NewQueue(q *jobs.Queue, s Server, key []byte, log *slog.Logger, wanted func(context.Context, Message) (bool, error)) (*Queue, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of queued mail: %w", err)
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("key of queued mail: %w", err)
	}
	return &Queue{seal: seal, jobs: q, server: s, log: log, now: s.Now, wanted: wanted}, nil
}

// Add has a message sent soon. One with the same ID that waits already is replaced. Where too many wait it is
// kind.ErrUnavailable.
func (q *Queue) Add(ctx context.Context, m Message) error {
	if err := CheckAddress(m.To); err != nil {
		return err
	}
	n, err := q.jobs.Count(ctx, jobKind)
	if err != nil {
		return err
	}
	if n >= maxWaiting {
		return fmt.Errorf("mail: %w: %d messages wait already", kind.ErrUnavailable, n)
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return q.jobs.Add(ctx, jobKind, m.ID, base64.StdEncoding.EncodeToString(q.seal.Seal(nil, nil, b, []byte(m.ID))), time.Time{})
}

// take leases the next message that is due; nil if there is none.
func (q *Queue) take(ctx context.Context) (*jobs.Job, error) {
	j, err := q.jobs.Take(ctx, jobKind)
	if err != nil || j != nil {
		return j, err
	}
	return q.jobs.Take(ctx, plainKind)
}

// message reads what a job is to send.
func (q *Queue) message(j *jobs.Job) (m Message, err error) {
	b := []byte(j.Payload)
	if j.Kind == jobKind {
		if b, err = base64.StdEncoding.DecodeString(j.Payload); err != nil {
			return m, fmt.Errorf("queued mail %s: %w", j.Name, err)
		}
		if b, err = q.seal.Open(nil, nil, b, []byte(j.Name)); err != nil {
			return m, fmt.Errorf("queued mail %s: %w", j.Name, err)
		}
	}
	return m, json.Unmarshal(b, &m)
}

// Deliver sends what is due, one after the other, and returns how many went out. A message that the server cannot take now is
// tried again later, and given up after twelve tries; one that it refuses is given up at once.
func (q *Queue) Deliver(ctx context.Context) (sent int, err error) {
	for ctx.Err() == nil {
		j, err := q.take(ctx)
		if err != nil || j == nil {
			return sent, err
		}
		m, err := q.message(j)
		if err != nil {
			err = errors.Join(err, j.Finish(ctx, nil))
			return sent, err
		}
		after := context.WithoutCancel(ctx)
		wanted, err := q.wanted(j.Context(), m)
		if err != nil {
			return sent, errors.Join(err, j.Defer(after, wait(j.Attempts)))
		}
		if wanted {
			err = q.server.Send(j.Context(), m)
		}
		switch {
		case !wanted:
			err = j.Finish(after, nil)
		case err == nil:
			sent++
			err = j.Finish(after, nil)
		case errors.Is(err, ErrRefused), j.Attempts >= maxTries:
			q.log.Warn("mail given up", "job", j.Name, "err", err) // who it was for is not logged
			err = j.Finish(after, nil)
		default:
			q.log.Warn("mail not sent yet", "job", j.Name, "err", err)
			return sent, j.Defer(after, wait(j.Attempts)) // the server is down for the others too
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, ctx.Err()
}

// wait is how long the next try of a message is away.
func wait(tries int64) time.Duration {
	d := firstWait
	for n := int64(1); n < tries && d < longest; n++ {
		d *= 3
	}
	return min(d, longest)
}
