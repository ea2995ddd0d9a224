package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Report says that something is wrong with a resource. Nothing is kept of who said so.
type Report struct {
	ID       string    `json:"id"`
	Resource string    `json:"resource"` // its id, own or harvested
	Title    string    `json:"title"`
	Page     string    `json:"page"`     // path of its page
	Revision string    `json:"revision"` // that was shown
	Why      string    `json:"why"`
	Words    string    `json:"words"`
	Created  time.Time `json:"created"`
	Closed   time.Time `json:"closed,omitzero"`
	ClosedBy string    `json:"closedBy,omitempty"`
	Outcome  string    `json:"outcome,omitempty"`
}

// ReportReasons are what a report can be about.
var ReportReasons = []string{"mistake", "rights", "harmful", "personal", "spam", "other"}

// maxOpenReports bounds what waits, so that nobody can fill the disk by reporting; at most maxReportsEach of it is about one
// resource.
const (
	maxOpenReports = 5000
	maxReportsEach = 20
)

// AddReport stores a report. It is kind.ErrUnavailable where too many wait already; about one resource more than enough is
// taken and forgotten.
func (s *Service) AddReport(ctx context.Context, r Report) error {
	if !slices.Contains(ReportReasons, r.Why) || len(r.Words) > maxWords {
		return fmt.Errorf("report: %w: choose what it is about, and use at most %d bytes", kind.ErrInvalid, maxWords)
	}
	var all, same int
	if err := s.db.Read().QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN resource = $1 THEN 1 ELSE 0 END), 0)
		FROM reports WHERE closed = 0`, r.Resource).Scan(&all, &same); err != nil {
		return err
	}
	if all >= maxOpenReports {
		return fmt.Errorf("report: %w: too many wait already", kind.ErrUnavailable)
	}
	if same >= maxReportsEach {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO reports (id, resource, title, page, revision, why, words, created, closed, closed_by, outcome)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '')`,
			uuid.NewString(), r.Resource, r.Title, r.Page, r.Revision, r.Why, r.Words, s.now().Unix())
		return err
	})
}

// Reports lists those that wait, the oldest first, at most limit, and how many there are.
func (s *Service) Reports(ctx context.Context, limit int) (list []Report, all int, err error) {
	if err := s.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM reports WHERE closed = 0`).Scan(&all); err != nil {
		return nil, 0, err
	}
	list, err = sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, r *Report) error {
		var created int64
		if err := row.Scan(&r.ID, &r.Resource, &r.Title, &r.Page, &r.Revision, &r.Why, &r.Words, &created); err != nil {
			return err
		}
		r.Created = time.Unix(created, 0).UTC()
		return nil
	}, `SELECT id, resource, title, page, revision, why, words, created FROM reports
		WHERE closed = 0 ORDER BY created, id LIMIT $1`, limit)
	return list, all, err
}

// CloseReport ends a report with what came of it.
func (s *Service) CloseReport(ctx context.Context, id, outcome string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var resource string
		err := tx.QueryRowContext(ctx, `SELECT resource FROM reports WHERE id = $1 AND closed = 0`, id).Scan(&resource)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("report: %w", kind.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE reports SET closed = $1, closed_by = $2, outcome = $3 WHERE id = $4`,
			s.now().Unix(), actorOf(ctx), outcome, id); err != nil {
			return err
		}
		return s.note(ctx, tx, "report.close", "id:"+resource, details("report", id, "outcome", outcome))
	})
}

// CloseReportsOf ends all that wait about a resource.
func (s *Service) CloseReportsOf(ctx context.Context, resource, outcome string) error {
	ids, err := sqldb.Strings(ctx, s.db.Read(), `SELECT id FROM reports WHERE closed = 0 AND resource = $1`, resource)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.CloseReport(ctx, id, outcome); err != nil {
			return err
		}
	}
	return nil
}

// Reporting counts a report that came from an address, which is compared and never kept. After five within a quarter of an
// hour it is a *WaitError for a while.
func (s *Service) Reporting(ctx context.Context, address string) error {
	return s.reporters.begin(ctx, s.now(), "", address)
}

// Block says that an owner may not publish.
type Block struct {
	Owner   string    `json:"owner"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
}

// BlockOwner keeps an account or a team from publishing; what is published stays. An account that is blocked publishes
// nowhere, and its sessions and tokens read on.
func (s *Service) BlockOwner(ctx context.Context, owner, reason string) error {
	if _, err := s.Owner(ctx, owner); err != nil {
		return err
	}
	if reason == "" || len(reason) > maxWords {
		return fmt.Errorf("block %s: %w: say why, in at most %d bytes", owner, kind.ErrInvalid, maxWords)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO blocks (owner, reason, blocked_by, created) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner) DO UPDATE SET reason = excluded.reason, blocked_by = excluded.blocked_by`,
			owner, reason, actorOf(ctx), s.now().Unix()); err != nil {
			return err
		}
		return s.note(ctx, tx, "block", OnOwner(owner).String(), details("reason", reason))
	})
}

// Unblock lets an owner publish again.
func (s *Service) Unblock(ctx context.Context, owner string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM blocks WHERE owner = $1`, owner)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("block of %s: %w", owner, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "block.lift", OnOwner(owner).String(), nil)
	})
}

// Blocks lists who is blocked, the newest first.
func (s *Service) Blocks(ctx context.Context) ([]Block, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, b *Block) error {
		var created int64
		if err := row.Scan(&b.Owner, &b.Reason, &b.By, &created); err != nil {
			return err
		}
		b.Created = time.Unix(created, 0).UTC()
		return nil
	}, `SELECT owner, reason, blocked_by, created FROM blocks ORDER BY created DESC, owner`)
}
