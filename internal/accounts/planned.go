package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Planned is a release of a published revision that is to be made at a time.
type Planned struct {
	Address  string    `json:"address"` // owner/slug
	Version  string    `json:"version"`
	Revision string    `json:"revision"`
	Notes    string    `json:"notes,omitempty"`
	Account  string    `json:"account"` // whose release it will be: who is not allowed to then makes none
	Zone     string    `json:"zone"`    // in which the time was given; "" is UTC
	Due      time.Time `json:"due"`
	Created  time.Time `json:"created"`
	Problem  string    `json:"problem,omitempty"` // why it was not made, PlanReport and so on; it is not tried again until it is planned anew
}

// Why a planned release was not made.
const (
	PlanReport = "report" // the gate refuses it: its report has errors
	PlanRights = "rights" // its account may not release there any more
	PlanGone   = "gone"   // the resource, the revision or the account is not there any more
	PlanTaken  = "taken"  // the version is another release's
)

const (
	maxPlanned = 20                  // of one resource
	farthest   = 2 * 366 * 24 * 3600 // seconds that a release may be ahead

	plannedAll = `SELECT address, version, revision, notes, account, zone, due, created, problem FROM planned `
)

// Plan plans a release, or plans one of the same version anew. The caller has checked that the account may release, that the
// revision is published, and version and notes. A time that is past, or more than two years ahead, is kind.ErrInvalid.
func (s *Service) Plan(ctx context.Context, p Planned) error {
	now := s.now().Unix()
	if due := p.Due.Unix(); due <= now || due > now+farthest {
		return fmt.Errorf("plan release %s: %w: the time must be ahead, and at most two years", p.Version, kind.ErrInvalid)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM planned WHERE address = $1 AND version <> $2`, p.Address, p.Version).Scan(&others); err != nil {
			return err
		}
		if others >= maxPlanned {
			return fmt.Errorf("plan release %s: %w: %d are planned already", p.Version, kind.ErrInvalid, others)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO planned (address, version, revision, notes, account, zone, due, created, problem)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '') ON CONFLICT (address, version) DO UPDATE SET revision = excluded.revision,
			notes = excluded.notes, account = excluded.account, zone = excluded.zone, due = excluded.due, problem = ''`,
			p.Address, p.Version, p.Revision, p.Notes, p.Account, p.Zone, p.Due.Unix(), now); err != nil {
			return err
		}
		return s.note(ctx, tx, "release.plan", "resource:"+p.Address, details("version", p.Version, "due", p.Due.UTC().Format(time.RFC3339)))
	})
}

// Unplan takes a planned release back; kind.ErrNotFound where there is none.
func (s *Service) Unplan(ctx context.Context, address, version string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := unplan(ctx, tx, address, version); err != nil {
			return err
		}
		return s.note(ctx, tx, "release.unplan", "resource:"+address, details("version", version))
	})
}

// Released takes a planned release off the list because it was made.
func (s *Service) Released(ctx context.Context, p Planned) error {
	err := s.write(ctx, func(tx *sql.Tx) error { return unplan(ctx, tx, p.Address, p.Version) })
	return ignore(err, kind.ErrNotFound)
}

func unplan(ctx context.Context, tx *sql.Tx, address, version string) error {
	done, err := tx.ExecContext(ctx, `DELETE FROM planned WHERE address = $1 AND version = $2`, address, version)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("planned release %s of %s: %w", version, address, kind.ErrNotFound))
	}
	return nil
}

// NotReleased notes why a planned release was not made. One that was planned anew meanwhile waits on.
func (s *Service) NotReleased(ctx context.Context, p Planned, why string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE planned SET problem = $1 WHERE address = $2 AND version = $3 AND due = $4`,
			why, p.Address, p.Version, p.Due.Unix())
		return err
	})
}

// Plans are the planned releases of a resource, the next one first.
func (s *Service) Plans(ctx context.Context, address string) ([]Planned, error) {
	return s.plans(ctx, `WHERE address = $1 ORDER BY due, version`, address)
}

// Planned is one of them, or kind.ErrNotFound.
func (s *Service) Planned(ctx context.Context, address, version string) (Planned, error) {
	list, err := s.plans(ctx, `WHERE address = $1 AND version = $2`, address, version)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("planned release %s of %s: %w", version, address, kind.ErrNotFound)
	}
	if err != nil {
		return Planned{}, err
	}
	return list[0], nil
}

// DuePlans are the planned releases whose time has come and that were not tried yet.
func (s *Service) DuePlans(ctx context.Context, limit int) ([]Planned, error) {
	return s.plans(ctx, `WHERE problem = '' AND due <= $1 ORDER BY due, address, version LIMIT $2`, s.now().Unix(), limit)
}

func (s *Service) plans(ctx context.Context, where string, args ...any) ([]Planned, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, p *Planned) error {
		var due, created int64
		if err := row.Scan(&p.Address, &p.Version, &p.Revision, &p.Notes, &p.Account, &p.Zone, &due, &created, &p.Problem); err != nil {
			return err
		}
		p.Due, p.Created = time.Unix(due, 0).UTC(), time.Unix(created, 0).UTC()
		return nil
	}, plannedAll+where, args...)
}
