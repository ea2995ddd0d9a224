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

// GrantRole is a right on one resource or list.
type GrantRole string

// Editor may revise it, as its owner may.
const Editor GrantRole = "editor"

// Grant is a right of an account on one resource or list, beside what its owner's members have.
type Grant struct {
	Object  string    `json:"object"` // as Object.String gives it
	Account string    `json:"account"`
	Display string    `json:"display"` // of the account
	Role    GrantRole `json:"role"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
}

// SetGrant lets an account revise one resource or list.
func (s *Service) SetGrant(ctx context.Context, on Object, account string, role GrantRole) error {
	if role != Editor || on.Kind != ResourceObject && on.Kind != ListObject {
		return fmt.Errorf("right %q on %s: %w: use editor on a resource or a list", role, on, kind.ErrInvalid)
	}
	if _, err := s.Account(ctx, account); err != nil {
		return fmt.Errorf("share with %s: %w", account, err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO grants (object, account, role, granted_by, created) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (object, account) DO UPDATE SET role = excluded.role`, on.String(), account, string(role), actorOf(ctx), s.now().Unix())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, "grant.set", on.String(), details("account", account, "role", string(role)))
	})
}

// RemoveGrant takes the right away; where there is none it is kind.ErrNotFound.
func (s *Service) RemoveGrant(ctx context.Context, on Object, account string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE object = $1 AND account = $2`, on.String(), account)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("right of %s on %s: %w", account, on, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "grant.remove", on.String(), details("account", account))
	})
}

// Grants lists who has a right on one resource or list, by name.
func (s *Service) Grants(ctx context.Context, on Object) ([]Grant, error) {
	return s.grants(ctx, `WHERE g.object = $1 ORDER BY g.account`, on.String())
}

// GrantsOf lists the resources and lists that an account has a right on.
func (s *Service) GrantsOf(ctx context.Context, account string) ([]Grant, error) {
	return s.grants(ctx, `WHERE g.account = $1 ORDER BY g.object`, account)
}

func (s *Service) grants(ctx context.Context, where, value string) ([]Grant, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, g *Grant) error {
		var created int64
		if err := row.Scan(&g.Object, &g.Account, &g.Display, &g.Role, &g.By, &created); err != nil {
			return err
		}
		g.Created = time.Unix(created, 0).UTC()
		return nil
	}, `SELECT g.object, g.account, a.display, g.role, g.granted_by, g.created
		FROM grants g JOIN accounts a ON a.name = g.account `+where, value)
}
