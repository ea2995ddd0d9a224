package accounts

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Event is one line of the audit log: a decision, or a change of a right.
type Event struct {
	Seq    int64             `json:"seq"` // from 1, without a gap
	At     time.Time         `json:"at"`  // whole seconds, UTC
	Actor  string            `json:"actor"`
	Action string            `json:"action"` // such as member.set
	Object string            `json:"object"` // such as owner:math-team
	Detail map[string]string `json:"detail,omitempty"`
	// Hash is SHA-256, in hexadecimal, of the hash before (64 zeros before the first), a newline, and this event as JSON
	// without its hash. A line that is changed, moved or taken out breaks the chain from there on.
	Hash string `json:"hash,omitempty"`
}

// Operator is the actor of what is done with the command line, or by the server itself.
const Operator = "operator"

type actorKey struct{}

// As returns a context whose changes the audit log ascribes to an account.
func As(ctx context.Context, account string) context.Context {
	return context.WithValue(ctx, actorKey{}, account)
}

func actorOf(ctx context.Context) string {
	if name, ok := ctx.Value(actorKey{}).(string); ok && name != "" {
		return name
	}
	return Operator
}

// genesis is what the first event's hash covers in the place of the one before.
const genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// chain is the hash of an event after another one.
func (e Event) chain(before string) string {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and numbers only
	}
	sum := sha256.Sum256(append([]byte(before+"\n"), b...))
	return hex.EncodeToString(sum[:])
}

// Record appends an event that happened outside of this package: a board's decision, an erasure. The actor is As's.
func (s *Service) Record(ctx context.Context, action, object string, detail map[string]string) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.note(ctx, tx, action, object, detail) })
}

// note appends an event in the transaction of what it is about.
func (s *Service) note(ctx context.Context, tx *sql.Tx, action, object string, detail map[string]string) error {
	e := Event{Seq: 1, At: s.now().UTC().Truncate(time.Second), Actor: actorOf(ctx), Action: action, Object: object, Detail: detail}
	before := genesis
	var seq int64
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("audit log: %w", err)
	}
	e.Seq = seq + 1
	e.Hash = e.chain(before)
	return appendEvent(ctx, tx, e)
}

func appendEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, at, actor, action, object, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.Seq, e.At.Unix(), e.Actor, e.Action, e.Object, string(detail), e.Hash)
	return err
}

// Audit returns the events after a number, the oldest first, at most limit.
func (s *Service) Audit(ctx context.Context, after int64, limit int) ([]Event, error) {
	return s.events(ctx, `WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// NewestAudit returns the newest events before a number, newest first; 0 is before nothing.
func (s *Service) NewestAudit(ctx context.Context, before int64, limit int) ([]Event, error) {
	if before == 0 {
		before = 1 << 62
	}
	return s.events(ctx, `WHERE seq < $1 ORDER BY seq DESC LIMIT $2`, before, limit)
}

func (s *Service) events(ctx context.Context, where string, args ...any) ([]Event, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, e *Event) error {
		var at int64
		var detail string
		if err := row.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object, &detail, &e.Hash); err != nil {
			return err
		}
		e.At = time.Unix(at, 0).UTC()
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return fmt.Errorf("audit log, event %d: %w", e.Seq, err)
		}
		return nil
	}, `SELECT seq, at, actor, action, object, detail, hash FROM audit `+where, args...)
}

const auditPage = 1000

// ExportAudit writes the whole log as JSON lines. It checks the chain on its way, and ends with an error where it is broken.
func (s *Service) ExportAudit(ctx context.Context, w io.Writer) (events int64, err error) {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for link := (chainLink{hash: genesis}); ; {
		page, err := s.Audit(ctx, link.seq, auditPage)
		if err != nil {
			return link.seq, err
		}
		for _, event := range page {
			if link, err = link.next(event); err != nil {
				return link.seq, errors.Join(err, out.Flush())
			}
			if err := e.Encode(event); err != nil {
				return link.seq, err
			}
		}
		if len(page) < auditPage {
			return link.seq, out.Flush()
		}
	}
}

// VerifyAudit reads a log as ExportAudit wrote it, checks its chain, and returns how many events it has and the last one's
// hash. A copy of that hash kept elsewhere proves that nothing before it was changed since.
func VerifyAudit(r io.Reader) (events int64, head string, err error) {
	link := chainLink{hash: genesis}
	for d := json.NewDecoder(r); ; {
		var e Event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return link.seq, link.hash, nil
		} else if err != nil {
			return link.seq, link.hash, fmt.Errorf("audit log after event %d: %w: %w", link.seq, kind.ErrInvalid, err)
		}
		if link, err = link.next(e); err != nil {
			return link.seq, link.hash, err
		}
	}
}

// chainLink is the place in the log that was reached.
type chainLink struct {
	seq  int64
	hash string
}

func (l chainLink) next(e Event) (chainLink, error) {
	if e.Seq != l.seq+1 {
		return l, fmt.Errorf("audit log: %w: event %d follows %d", kind.ErrInvalid, e.Seq, l.seq)
	}
	if want := e.chain(l.hash); e.Hash != want {
		return l, fmt.Errorf("audit log: %w: event %d is not what was written", kind.ErrInvalid, e.Seq)
	}
	return chainLink{e.Seq, e.Hash}, nil
}

// ImportAudit appends events that another database had, in order and with an unbroken chain; those there already must be the
// same. It is for a database that is made anew from a backup.
func (s *Service) ImportAudit(ctx context.Context, list []Event) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		link := chainLink{hash: genesis}
		err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&link.seq, &link.hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		for _, e := range list {
			if e.Seq <= link.seq {
				continue
			}
			if link, err = link.next(e); err != nil {
				return err
			}
			if err := appendEvent(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}
