package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Owner is a namespace of addresses: a person's or a team's.
type Owner struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Team  bool   `json:"team"`
}

// AddTeam creates a team's namespace. A name that is taken is kind.ErrConflict.
func (s *Service) AddTeam(ctx context.Context, name, title string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if title == "" {
		title = name
	}
	return s.write(ctx, func(tx *sql.Tx) error { return addOwner(ctx, tx, name, title, "team") })
}

// AddMember lets an account write to a team's namespace.
func (s *Service) AddMember(ctx context.Context, team, account string) error {
	if _, err := s.Account(ctx, account); err != nil {
		return fmt.Errorf("add member %s: %w", account, err)
	}
	owner, err := s.Owner(ctx, team)
	if err != nil {
		return err
	}
	if !owner.Team {
		return fmt.Errorf("%s is a person, not a team: %w", team, kind.ErrInvalid)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO members (team, account, role) VALUES ($1, $2, 'member') ON CONFLICT DO NOTHING`,
			team, account)
		return err
	})
}

// Owner returns one owner, or kind.ErrNotFound.
func (s *Service) Owner(ctx context.Context, name string) (Owner, error) {
	o := Owner{Name: name}
	var what string
	err := s.db.Read().QueryRowContext(ctx, `SELECT title, kind FROM owners WHERE name = $1`, name).Scan(&o.Title, &what)
	if errors.Is(err, sql.ErrNoRows) {
		return Owner{}, fmt.Errorf("owner %s: %w", name, kind.ErrNotFound)
	}
	o.Team = what == "team"
	return o, err
}

// Writable lists the owners whose namespaces an account may write to by itself: its own first, then its teams.
func (s *Service) Writable(ctx context.Context, a Account) ([]Owner, error) {
	rows, err := s.db.Read().QueryContext(ctx,
		`SELECT o.name, o.title, o.kind FROM owners o
		 WHERE o.name = $1 OR o.name IN (SELECT team FROM members WHERE account = $1)
		 ORDER BY o.kind, o.name`, a.Name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Owner
	for rows.Next() {
		var o Owner
		var what string
		if err := rows.Scan(&o.Name, &o.Title, &what); err != nil {
			return nil, err
		}
		o.Team = what == "team"
		list = append(list, o)
	}
	return list, rows.Err()
}

// MayWrite reports whether an account may write to an owner's namespace: its own, its teams', or, for admins, any.
func (s *Service) MayWrite(ctx context.Context, a Account, owner string) (bool, error) {
	if a.Role == Admin || a.Name == owner {
		return true, nil
	}
	var one int
	err := s.db.Read().QueryRowContext(ctx, `SELECT 1 FROM members WHERE team = $1 AND account = $2`, owner, a.Name).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func addOwner(ctx context.Context, tx *sql.Tx, name, title, what string) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO owners (name, title, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		name, title, what)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("the name %s is taken: %w", name, kind.ErrConflict))
	}
	return nil
}
