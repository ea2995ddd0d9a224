package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Basis is why a resource is not shown.
type Basis string

// What the law demands is answered with 451 (RFC 7725), what the site's rules demand with 410. A first publication of a new
// account is under review until a moderator has seen it.
const (
	ByLaw    Basis = "law"
	ByRules  Basis = "rules"
	ByReview Basis = "review"
)

// Takedown keeps a resource of this server out of its catalog until it is lifted. While it lasts nobody publishes at the
// address.
type Takedown struct {
	Address    string    `json:"address"` // owner/slug
	Basis      Basis     `json:"basis"`
	Notice     string    `json:"notice"` // what readers see
	By         string    `json:"by"`
	Created    time.Time `json:"created"`
	Appeal     string    `json:"appeal,omitempty"` // what the owner says against it
	AppealedBy string    `json:"appealedBy,omitempty"`
	Appealed   time.Time `json:"appealed,omitzero"`
	Answer     string    `json:"answer,omitempty"` // to the appeal, where it was refused
	AnsweredBy string    `json:"answeredBy,omitempty"`
	Answered   time.Time `json:"answered,omitzero"`
}

// maxWords bounds what people write in notices, appeals and reports, in bytes.
const maxWords = 4000

// TakeDown notes that a resource is taken down; the caller withdraws it from the catalog. Doing it again replaces the notice.
func (s *Service) TakeDown(ctx context.Context, address string, basis Basis, notice string) error {
	if basis != ByLaw && basis != ByRules {
		return fmt.Errorf("take down %s: %w: the basis is law or rules", address, kind.ErrInvalid)
	}
	if notice == "" || len(notice) > maxWords {
		return fmt.Errorf("take down %s: %w: readers are told why, in at most %d bytes", address, kind.ErrInvalid, maxWords)
	}
	return s.write(ctx, func(tx *sql.Tx) error { return s.takeDown(ctx, tx, address, basis, notice) })
}

func (s *Service) takeDown(ctx context.Context, tx *sql.Tx, address string, basis Basis, notice string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO takedowns (address, basis, notice, taken_by, created, appeal, appealed_by, appealed, answer, answered_by, answered)
		VALUES ($1, $2, $3, $4, $5, '', '', 0, '', '', 0)
		ON CONFLICT (address) DO UPDATE SET basis = excluded.basis, notice = excluded.notice, taken_by = excluded.taken_by`,
		address, string(basis), notice, actorOf(ctx), s.now().Unix())
	if err != nil {
		return err
	}
	return s.note(ctx, tx, "takedown", "resource:"+address, details("basis", string(basis), "notice", notice))
}

// Lift ends a takedown; the caller reinstates the resource. Where there is none it is kind.ErrNotFound. Lifting the review of
// a first publication lets the account publish without one from then on.
func (s *Service) Lift(ctx context.Context, address, why string) error {
	t, err := s.Takedown(ctx, address)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM takedowns WHERE address = $1`, address)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("takedown of %s: %w", address, kind.ErrNotFound))
		}
		if t.Basis == ByReview {
			if _, err := tx.ExecContext(ctx, `UPDATE accounts SET trusted = 1 WHERE name = $1`, t.By); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, "takedown.lift", "resource:"+address, details("basis", string(t.Basis), "why", why))
	})
}

// AppealTakedown stores what an owner says against a takedown; moderators decide about it. While one waits for its answer, another
// is kind.ErrConflict.
func (s *Service) AppealTakedown(ctx context.Context, address, words string) error {
	if words == "" || len(words) > maxWords {
		return fmt.Errorf("appeal: %w: say why, in at most %d bytes", kind.ErrInvalid, maxWords)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM takedowns WHERE address = $1 AND basis <> 'review' AND appealed > 0 AND answered = 0`, address).
			Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fmt.Errorf("appeal: %w: one waits for its answer already", kind.ErrConflict)
		}
		done, err := tx.ExecContext(ctx, `UPDATE takedowns SET appeal = $1, appealed_by = $2, appealed = $3, answer = '', answered_by = '', answered = 0
			WHERE address = $4 AND basis <> 'review'`, words, actorOf(ctx), s.now().Unix(), address)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("takedown of %s: %w", address, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "takedown.appeal", "resource:"+address, details("words", words))
	})
}

// RefuseAppeal answers an appeal with no. Who took the resource down cannot be who answers, unless an administrator does:
// somebody else looks at it again.
func (s *Service) RefuseAppeal(ctx context.Context, address, answer string, admin bool) error {
	if answer == "" || len(answer) > maxWords {
		return fmt.Errorf("answer: %w: say why, in at most %d bytes", kind.ErrInvalid, maxWords)
	}
	t, err := s.Takedown(ctx, address)
	if err != nil {
		return err
	}
	if t.By == actorOf(ctx) && !admin {
		return fmt.Errorf("answer an appeal against one's own decision: %w", kind.ErrDenied)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE takedowns SET answer = $1, answered_by = $2, answered = $3 WHERE address = $4 AND appealed > 0`,
			answer, actorOf(ctx), s.now().Unix(), address)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("appeal for %s: %w", address, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "takedown.refuse", "resource:"+address, details("answer", answer))
	})
}

const takedownColumns = `SELECT address, basis, notice, taken_by, created, appeal, appealed_by, appealed, answer, answered_by, answered FROM takedowns `

// Takedown returns the one of an address, or kind.ErrNotFound.
func (s *Service) Takedown(ctx context.Context, address string) (Takedown, error) {
	list, err := s.takedowns(ctx, `WHERE address = $1`, address)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("takedown of %s: %w", address, kind.ErrNotFound)
	}
	if err != nil {
		return Takedown{}, err
	}
	return list[0], nil
}

// Takedowns lists all that last, those that wait for a moderator first: reviews and unanswered appeals.
func (s *Service) Takedowns(ctx context.Context) ([]Takedown, error) {
	return s.takedowns(ctx, `ORDER BY CASE WHEN basis = 'review' THEN 0 WHEN appealed > answered THEN 1 ELSE 2 END, created DESC, address LIMIT 1000`)
}

func (s *Service) takedowns(ctx context.Context, where string, args ...any) ([]Takedown, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, t *Takedown) error {
		var created, appealed, answered int64
		if err := row.Scan(&t.Address, &t.Basis, &t.Notice, &t.By, &created, &t.Appeal, &t.AppealedBy, &appealed, &t.Answer, &t.AnsweredBy, &answered); err != nil {
			return err
		}
		t.Created = time.Unix(created, 0).UTC()
		if appealed > 0 {
			t.Appealed = time.Unix(appealed, 0).UTC()
		}
		if answered > 0 {
			t.Answered = time.Unix(answered, 0).UTC()
		}
		return nil
	}, takedownColumns+where, args...)
}

// ReviewNewAccounts has the first publication of every account that is made from now on wait for a moderator. Call it before
// the service is shared.
func (s *Service) ReviewNewAccounts(on bool) { s.reviewNew = on }

// Hold decides about a publication before it is shown, and returns why it is not, "" for most. What was taken down stays so,
// whoever publishes; something new of an account that nobody has looked at waits. What the operator publishes is not held.
func (s *Service) Hold(ctx context.Context, address, account string, fresh bool) (string, error) {
	t, err := s.Takedown(ctx, address)
	if err == nil {
		return "held: " + string(t.Basis), nil
	}
	if !errors.Is(err, kind.ErrNotFound) || !fresh || actorOf(ctx) == Operator {
		return "", ignore(err, kind.ErrNotFound)
	}
	var trusted int
	err = s.db.Read().QueryRowContext(ctx, `SELECT trusted FROM accounts WHERE name = $1`, account).Scan(&trusted)
	if errors.Is(err, sql.ErrNoRows) || err == nil && trusted != 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return "held: " + string(ByReview), s.write(ctx, func(tx *sql.Tx) error {
		return s.takeDown(As(ctx, account), tx, address, ByReview, "")
	})
}

// ignore is the error unless it is of the kind.
func ignore(err, of error) error {
	if errors.Is(err, of) {
		return nil
	}
	return err
}

// recordPrefix begins the address of a takedown of a record that was harvested; an address of this server has no colon.
const recordPrefix = "record:"

// RecordAddress is the address that a takedown of a harvested record has, by its id here.
func RecordAddress(id string) string { return recordPrefix + id }

// RecordOf is the id of the harvested record that a takedown's address names, if it does.
func RecordOf(address string) (id string, ok bool) { return strings.CutPrefix(address, recordPrefix) }

// TakenDown are the addresses of all that is taken down or held, owner/slug or as RecordAddress makes them.
func (s *Service) TakenDown(ctx context.Context) (map[string]bool, error) {
	list, err := sqldb.Strings(ctx, s.db.Read(), `SELECT address FROM takedowns`)
	down := make(map[string]bool, len(list))
	for _, address := range list {
		down[address] = true
	}
	return down, err
}
